import json
from pathlib import Path

import pytest

from xinzhi.tracking import parents, recovery, views
from xinzhi.tracking.references import find_run
from xinzhi.tracking.run import start_run


def begin(store, name="lr_and_width"):
    command = "xinzhi train -m optimizer.lr=1e-3,1e-4"
    return parents.start_parent(
        store, "reviews", name, command, "seed: 0\n", {"method": "tpe", "empty": ""}
    )


def child(store, parent, **metrics):
    run = start_run(
        store, experiment="reviews", run_name="cnn lr=1e-3 s0 7f3a", config_yaml="",
        params={"objective": "val/f1", "lr": "1e-3"},
        tags=parents.child_tags(parent) | {"sweep": "lr_and_width"}, system_metrics=False,
    )  # fmt: skip
    with run:
        run.metrics({name.replace("_", "/"): value for name, value in metrics.items()}, step=1)
    return run.run_id


def status(store, run_id):
    return store.client.get_run(run_id).info.status


def test_children_are_found_under_their_parent(store):
    parent = begin(store)
    own = {child(store, parent, val_f1=value) for value in (0.5, 0.6)}
    experiment = store.experiment("reviews")
    found = store.client.search_runs([experiment], f"tags.mlflow.parentRunId = '{parent}'")
    assert {run.info.run_id for run in found} == own
    kept = store.client.get_run(parent)
    assert kept.info.run_name == kept.data.tags["sweep"] == "lr_and_width"
    assert kept.data.tags["command"].startswith("xinzhi train -m")
    assert "empty" not in kept.data.tags
    assert (Path(kept.info.artifact_uri) / "config.yaml").read_text() == "seed: 0\n"


def test_it_is_nobodys_process_so_that_opening_the_store_leaves_it_alone(store):
    parent = begin(store)
    assert recovery.reap(store.client, store.folder) == []
    assert status(store, parent) == "RUNNING"


def test_one_that_was_begun_and_not_noted_down_is_gone_on_with(store):
    parent = begin(store)
    assert begin(store) == parent
    assert begin(store, 'another\'s "name"') != parent
    parents.end_parent(store, parent, "FINISHED", {}, None, "")
    assert begin(store) != parent  # a new sweep of an old name


@pytest.mark.parametrize(
    ("phase", "worked_on", "expected"),
    [
        ("open", True, "RUNNING"),
        ("open", False, "KILLED"),  # its controller was shot
        ("draining", True, "RUNNING"),
        ("draining", False, "KILLED"),
        ("stopped", False, "KILLED"),
        ("ended", False, "FINISHED"),
    ],
)
def test_the_ledger_says_which_status_is_true(store, phase, worked_on, expected):
    parent = begin(store)
    assert parents.settle(store, parent, phase, worked_on=worked_on) == expected
    assert status(store, parent) == expected
    assert (store.client.get_run(parent).info.end_time is None) == (expected == "RUNNING")


def test_a_stopped_sweep_that_is_resumed_runs_again_and_ends_once(store):
    parent = begin(store)
    parents.settle(store, parent, "stopped")
    parents.settle(store, parent, "open", worked_on=True)
    assert status(store, parent) == "RUNNING"
    parents.end_parent(store, parent, "FAILED", {}, None, "half of it failed")
    assert parents.settle(store, parent, "ended") == "FAILED"


def test_the_end_keeps_table_page_and_note_and_may_be_written_again(store, tmp_path):
    folder = tmp_path / "drawn"
    folder.mkdir()
    (folder / "report.html").write_text("<p>best</p>")
    table = {"columns": ["trial", "lr"], "data": [[0, 1e-3], [1, 1e-4]]}
    (folder / "table.json").write_text(json.dumps(table))
    parent = begin(store)
    for value in (0.8, 0.9):  # extended by further jobs
        parents.end_parent(
            store, parent, "FINISHED", {"best/val/f1 宏": value}, folder, f"best {value}",
            tags={"best_trial": "3"},
        )  # fmt: skip
    kept = store.client.get_run(parent)
    assert kept.info.status == "FINISHED"
    assert kept.data.metrics["best/val/f1 宏"] == 0.9
    assert kept.data.tags["mlflow.note.content"] == "best 0.9"
    assert kept.data.tags["best_trial"] == "3"
    files = {file.path for file in store.client.list_artifacts(parent, "sweep")}
    assert files == {"sweep/report.html", "sweep/table.json"}
    with store.as_global():
        experiment = store.experiment("reviews")
        shown = store.client.load_table(experiment, "sweep/table.json", [parent])
    assert shown.to_dict("list") == {"trial": [0, 1], "lr": [1e-3, 1e-4]}


def test_the_last_training_is_a_job_and_never_the_sweep(store):
    parent = begin(store)
    own = child(store, parent, val_f1=0.5)
    parents.end_parent(store, parent, "FINISHED", {}, None, "")
    assert find_run(store, "last").run_id == own


def test_a_sweep_changes_neither_what_ranks_nor_which_columns_the_leaderboard_shows(store):
    experiment = store.experiment("reviews")
    tested = start_run(
        store, experiment="reviews", run_name="cnn s1", config_yaml="",
        params={"objective": "val/f1", "lr": "1e-3"}, tags={}, system_metrics=False,
    )  # fmt: skip
    with tested:
        tested.metrics({"val/f1": 0.7, "test/f1": 0.6}, step=1)
    parent = begin(store)
    child(store, parent, val_f1=0.9)
    parents.end_parent(store, parent, "FINISHED", {}, None, "")
    views.refresh(store, experiment)
    tags = store.client.get_experiment(experiment).tags

    def state(view):
        return json.loads(json.loads(tags[f"mlflow.sharedViewState.{view}"])["state"])

    assert state("leaderboard")["orderByKey"] == "metrics.`test/f1`"
    assert state("sweep")["orderByKey"] == "metrics.`val/f1`"
    assert "params.`lr`" not in state("leaderboard")["selectedColumns"]  # it never varied
