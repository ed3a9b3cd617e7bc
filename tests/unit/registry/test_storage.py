"""What `xinzhi store clean` takes and leaves; here because versions decide it."""

import os
import time
from pathlib import Path

import pytest
import torch
from mlflow.entities import LoggedModelOutput

from xinzhi.registry.files import load_folder
from xinzhi.registry.versions import register, resolve
from xinzhi.tracking import leftovers, spares, storage, unfinished

DAY_S = 86_400


@pytest.fixture
def caches(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def train(store):
    """A run that ended `days` ago, with checkpoints and a bundle."""

    def train(name, *, days=60, status="FINISHED", model=True):
        client, ended_ms = store.client, int(1000 * (time.time() - days * DAY_S))
        experiment = store.experiment("reviews")
        run = client.create_run(experiment, run_name=name, start_time=ended_ms - 1000)
        checkpoint = Path(run.info.artifact_uri) / "checkpoints" / "best.ckpt"
        checkpoint.parent.mkdir(parents=True)
        checkpoint.write_bytes(b"0" * 1_000_000)
        model_id = None
        if model:
            made = client.create_logged_model(experiment, name=name, source_run_id=run.info.run_id)
            bundle = Path(made.artifact_location) / "artifacts" / "bundle"
            bundle.mkdir(parents=True)
            (bundle / "bundle.json").write_text("{}")
            client.finalize_logged_model(made.model_id, "READY")
            client.log_outputs(run.info.run_id, [LoggedModelOutput(made.model_id, 0)])
            model_id = made.model_id
        client.set_terminated(run.info.run_id, status, end_time=ended_ms)
        return run.info.run_id, model_id

    return train


def found(store, caches, days=30):
    return {(s.what, s.label.split(" ")[0]) for s in spares.spare(store, caches, older_days=days)}


def test_beaten_runs_lose_their_checkpoints_and_keep_their_model(store, caches, train):
    beaten, best = train("beaten"), train("best")
    train("young", days=2)
    train("interrupted", status="KILLED", model=False)
    register(store, model_id=best[1], run_id=best[0], name="reviews")
    assert found(store, caches) == {("checkpoints", "beaten")}
    freed = spares.remove(store, spares.spare(store, caches, older_days=30))
    assert freed == 1.0
    assert found(store, caches) == set()
    assert load_folder(store, resolve(store, beaten[0])).is_dir()
    kept = store.client.get_run(best[0]).info.artifact_uri
    assert (Path(kept) / "checkpoints" / "best.ckpt").exists()


def test_of_a_sweep_the_best_keeps_its_weights_once_it_has_ended(store, caches, train):
    jobs = [train(name, model=False)[0] for name in ("first", "second", "third")]
    over, _ = train("over", model=False)
    other, _ = train("other", model=False)
    client = store.client
    for run_id in jobs:
        client.set_tag(run_id, "mlflow.parentRunId", over)
    for run_id in (over, other):
        client.set_tag(run_id, "pipeline", "sweep")
    assert found(store, caches) == set()  # nothing is known to be the best
    client.set_tag(over, "best_run", jobs[1])
    assert found(store, caches) == {("checkpoints", "first"), ("checkpoints", "third")}
    client.set_tag(other, "best_run", jobs[2])  # a sweep that took its result over
    assert found(store, caches) == {("checkpoints", "first")}
    client.set_terminated(over, "KILLED")  # it may be gone on with
    assert found(store, caches) == set()


def test_of_a_run_that_nobody_goes_on_with_the_weights_are_left(store, train):
    run_id, _ = train("pruned", status="KILLED")
    folder = Path(store.client.get_run(run_id).info.artifact_uri) / "checkpoints"
    for name in ("best", "last"):
        torch.save({"state_dict": {}, "optimizer_states": [torch.ones(9)]}, folder / f"{name}.ckpt")
    leftovers.keep_weights(store, run_id)
    assert [file.name for file in folder.iterdir()] == ["best.ckpt"]
    assert torch.load(folder / "best.ckpt", weights_only=True)["optimizer_states"] == []
    assert not unfinished.has_checkpoint(store, run_id)
    leftovers.drop(store, run_id)
    assert not folder.exists()
    leftovers.drop(store, run_id)
    leftovers.keep_weights(store, "0" * 32)


def test_a_run_that_goes_on_keeps_all(store):
    run = store.client.create_run(store.experiment("reviews"))
    folder = store.folder / "work" / run.info.run_id / "checkpoints"
    folder.mkdir(parents=True)
    (folder / "last.ckpt").touch()
    leftovers.keep_weights(store, run.info.run_id)
    leftovers.drop(store, run.info.run_id)
    assert (folder / "last.ckpt").exists()


def test_models_of_deleted_runs_go_unless_a_version_names_them(store, caches, train):
    gone, named = train("gone"), train("named")
    register(store, model_id=named[1], run_id=named[0], name="reviews")
    store.client.delete_run(gone[0])
    store.client.delete_run(named[0])
    assert ("model", "gone") not in found(store, caches)  # made just now, so not old enough
    assert {entry for entry in found(store, caches, days=-1) if entry[0] == "model"} == {
        ("model", "gone")
    }
    spares.remove(store, spares.spare(store, caches, older_days=-1))
    left = store.client.search_logged_models([store.experiment("reviews")])
    assert [model.model_id for model in left] == [named[1]]
    assert load_folder(store, resolve(store, "reviews/1")).is_dir()


def test_caches_that_nobody_used_go(store, caches):
    for name, days in (("old", 90), ("new", 1)):
        path = caches / "tokens" / name / "table.arrow"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"0" * 500_000)
        used = time.time() - days * DAY_S
        os.utime(path, (used, used))
    assert found(store, caches) == {("cache", "tokens/old")}
    spares.remove(store, spares.spare(store, caches, older_days=30))
    assert [path.name for path in (caches / "tokens").iterdir()] == ["new"]


def test_what_takes_room(store, caches, train):
    train("one")
    rooms = {room.what: room for room in storage.measure(store, caches)}
    assert rooms["reviews: checkpoints"].mb == 1.0
    assert rooms["database"].mb > 0.5
    total = sum(path.stat().st_size for path in store.folder.rglob("*") if path.is_file()) / 1e6
    assert sum(room.mb for room in rooms.values()) == pytest.approx(total, abs=0.5)
