import json

from xinzhi.tracking import views


def state(store, experiment, key):
    saved = json.loads(
        store.client.get_experiment(experiment).tags[f"mlflow.sharedViewState.{key}"]
    )
    return saved["name"], json.loads(saved["state"])


def test_leaderboard_ranks_by_the_objective_on_the_test_rows(store):
    experiment = store.experiment("reviews")
    for number, lr in enumerate(("0.1", "0.01")):
        run = store.client.create_run(experiment)
        for key, value in (("objective", "val/accuracy"), ("model.lr", lr), ("model.depth", "2"),
                           ("asked.overrides", f"lr={lr}")):  # fmt: skip
            store.client.log_param(run.info.run_id, key, value)
        for key in ("test/accuracy", "test/class/f1", "val/accuracy"):
            store.client.log_metric(run.info.run_id, key, 0.5 + number / 10)
        store.client.set_terminated(run.info.run_id)
    views.refresh(store, experiment)
    name, leaderboard = state(store, experiment, "leaderboard")
    assert name == "Leaderboard"
    assert leaderboard["orderByKey"] == "metrics.`test/accuracy`"
    assert leaderboard["orderByAsc"] is False
    assert leaderboard["selectedColumns"][:2] == ["metrics.`test/accuracy`", "params.`model.lr`"]
    assert "params.`model.depth`" not in leaderboard["selectedColumns"]  # it never varied


def test_the_searches_of_the_views_are_ones_that_mlflow_understands(store):
    experiment = store.experiment("reviews")
    tags = [{"sweep": "s1"}, {}]
    ids = [store.client.create_run(experiment, tags=tag).info.run_id for tag in tags]
    store.client.set_terminated(ids[0], "FINISHED")
    store.client.set_terminated(ids[1], "KILLED")
    views.refresh(store, experiment)
    for key, expected in (("leaderboard", ids[0]), ("sweep", ids[0]), ("failed", ids[1])):
        _, page = state(store, experiment, key)
        (found,) = store.client.search_runs([experiment], page["searchFilter"])
        assert found.info.run_id == expected


def test_a_description_of_ones_own_stays(store):
    experiment = store.experiment("reviews")
    views.refresh(store, experiment)
    assert "reviews" in store.client.get_experiment(experiment).tags["mlflow.note.content"]
    store.client.set_experiment_tag(experiment, "mlflow.note.content", "mine")
    views.refresh(store, experiment)
    assert store.client.get_experiment(experiment).tags["mlflow.note.content"] == "mine"
