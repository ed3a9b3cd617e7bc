import json
import shutil
from types import SimpleNamespace

import pandas as pd
import pytest
from mlflow.models import infer_signature

from xinzhi.errors import StoreError, UnknownReference
from xinzhi.registry.files import load_folder
from xinzhi.registry.versions import aliases, register, resolve
from xinzhi.tracking import models
from xinzhi.tracking.run import start_run

TEST_SPLIT = SimpleNamespace(name="reviews", digest="0123456789abcdef")


@pytest.fixture
def train(store, tmp_path, constant_code):  # noqa: ARG001 - what is saved answers with it
    def train(label):
        folder = tmp_path / f"made-{label}"
        folder.mkdir()
        (folder / "bundle.json").write_text(json.dumps({"format": 1, "label": label}))
        example = pd.DataFrame({"text": ["a text"]})
        run = start_run(store, experiment="reviews", run_name=f"cnn {label}", config_yaml="",
                        params={"lr": "1"}, tags={"task": "t"}, system_metrics=False)  # fmt: skip
        with run:
            run.dataset(TEST_SPLIT, source="/data/reviews.csv", context="test")
            model_id = run.model(
                "reviews",
                folder,
                signature=infer_signature(example, pd.DataFrame({"label": [label]})),
                input_example=example,
                step=40,
                metrics={"test/f1": 0.75},
                dataset=TEST_SPLIT,
            )
        shutil.rmtree(folder)  # the store has its own copy
        return run.run_id, model_id

    return train


def test_run_model_version_and_dataset_can_be_walked(store, train):
    run_id, model_id = train("good")
    number = register(store, model_id=model_id, run_id=run_id, name="reviews", tags={"task": "t"})
    client = store.client
    run = client.get_run(run_id)
    (output,) = run.outputs.model_outputs  # run → model
    assert (output.model_id, output.step) == (model_id, 40)
    model = client.get_logged_model(output.model_id)
    assert (model.source_run_id, model.status) == (run_id, "READY")  # model → run
    (metric,) = model.metrics  # model → metric → dataset
    assert (metric.key, metric.value, metric.dataset_name) == ("test/f1", 0.75, "reviews")
    (given,) = run.inputs.dataset_inputs  # run → dataset
    assert given.dataset.digest == metric.dataset_digest == TEST_SPLIT.digest
    version = client.get_model_version_by_alias("reviews", "challenger")  # version → model, run
    assert (int(version.version), version.run_id) == (number, run_id)
    assert version.source == f"models:/{model_id}"
    found = client.search_logged_models(
        [run.info.experiment_id],
        filter_string="metrics.`test/f1` > 0.7",
        datasets=[{"dataset_name": "reviews", "dataset_digest": TEST_SPLIT.digest}],
    )
    assert [entry.model_id for entry in found] == [model_id]  # dataset → model


def test_anybody_can_load_it_with_mlflow_and_without_pickle(store, train):
    import mlflow

    run_id, model_id = train("good")
    register(store, model_id=model_id, run_id=run_id, name="reviews")
    with store.as_global():
        answer = mlflow.pyfunc.load_model("models:/reviews/1").predict(
            pd.DataFrame({"text": ["x"]})
        )
    assert answer["label"].tolist() == ["good"]
    assert not list(store.folder.rglob("*.pkl"))


def test_references_to_versions(store, train):
    (old_run, old), (new_run, new) = train("old"), train("new")
    for run_id, model_id in ((old_run, old), (new_run, new)):
        register(store, model_id=model_id, run_id=run_id, name="reviews")
    assert resolve(store, "reviews/1").model_id == old
    assert resolve(store, "reviews@challenger").model_id == new  # the alias moved on
    assert resolve(store, "reviews").model_id == new  # the latest, while there is no champion
    store.client.set_registered_model_alias("reviews", "champion", "1")
    assert resolve(store, "reviews").model_id == old
    assert resolve(store, "cnn new").model_id == resolve(store, "last").model_id == new
    assert resolve(store, new_run[:8]).version is None
    label = json.loads(
        (load_folder(store, resolve(store, "reviews/1")) / "bundle.json").read_text()
    )
    assert label["label"] == "old"


@pytest.mark.parametrize(
    ("reference", "candidate"),
    [("reviws", "reviews"), ("reviews@champion", "reviews@challenger"), ("reviews/7", "reviews/1")],
)
def test_unknown_versions_list_what_there_is(store, train, reference, candidate):
    run_id, model_id = train("good")
    register(store, model_id=model_id, run_id=run_id, name="reviews")
    with pytest.raises(UnknownReference) as caught:
        resolve(store, reference)
    assert candidate in caught.value.candidates


def test_a_run_without_a_model_is_said(store):
    run = store.client.create_run(store.experiment("demo"), run_name="bare")
    with pytest.raises(UnknownReference, match="it kept none"):
        load_folder(store, resolve(store, "bare"))
    assert run


def test_files_that_are_gone_are_said(store, train):
    train("good")
    resolved = resolve(store, "last")
    shutil.rmtree(load_folder(store, resolved))
    with pytest.raises(StoreError, match="they are gone"):
        load_folder(store, resolved)


def test_a_model_that_cannot_be_kept_is_marked_failed(store, train, monkeypatch):
    monkeypatch.setattr(
        models, "_save", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left"))
    )
    with pytest.raises(StoreError, match="full"):
        train("good")
    (model,) = store.client.search_logged_models([store.experiment("reviews")])
    assert model.status == "FAILED"


def test_a_model_is_registered_once_however_often_it_is_asked_for(store, train):
    run_id, model_id = train("good")
    first = register(store, model_id=model_id, run_id=run_id, name="reviews")
    assert register(store, model_id=model_id, run_id=run_id, name="reviews") == first
    other, its_model = train("better")
    second = register(store, model_id=its_model, run_id=other, name="reviews")
    assert register(store, model_id=model_id, run_id=run_id, name="reviews") == first
    assert aliases(store, "reviews") == {"challenger": second} == {"challenger": first + 1}
    assert register(store, model_id=model_id, run_id=run_id, name="under another name") == 1
