import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

# before torch is imported: two workers on two cores would otherwise fight over them
os.environ.setdefault("OMP_NUM_THREADS", "1")

REVIEWS = Path(__file__).parent / "fixtures" / "text_classification" / "reviews.csv"


@pytest.fixture(scope="session")
def store_template(tmp_path_factory):
    """One migrated database per session: creating one takes seconds."""
    from xinzhi.tracking import database

    path = tmp_path_factory.mktemp("template") / "mlflow.db"
    database.ensure(path)
    return path


@pytest.fixture(scope="session")
def place_store(store_template):
    """Puts the folder of an empty store, `mlruns`, into a project."""
    from xinzhi.tracking import relocation

    def place(project):
        folder = project / "mlruns"
        folder.mkdir()
        shutil.copy(store_template, folder / "mlflow.db")
        relocation.relocate(folder / "mlflow.db")
        return folder

    return place


@pytest.fixture
def store_folder(place_store, tmp_path, monkeypatch):
    """The folder of an empty store, `mlruns` of a project that is the current folder."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    return place_store(tmp_path)


@pytest.fixture
def store(store_folder):
    """An empty store."""
    from xinzhi.tracking.store import open_store

    return open_store(folder=store_folder)


@pytest.fixture(scope="session")
def tiny():
    """Overrides of a training that takes a second: 200 real reviews, a small TextCNN, fp32."""
    return (
        "experiment=text_classification",
        "name=tiny",
        "model=textcnn",
        "model.embedding=8",
        "model.channels=4",
        f"data.train={REVIEWS}",
        "data.text=text",
        "data.label=label",
        "data.ignore=[tags]",
        "datamodule.max_examples=16",
        "trainer=cpu",
        "trainer.precision=32-true",
        "trainer.max_epochs=1",
        "tracking.system_metrics=false",
    )


@pytest.fixture(scope="session")
def warm_cache(tmp_path_factory):
    """A cache of snapshots and tokens that the session's trainings share."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def train(store_folder, warm_cache, tiny, monkeypatch, capfd):  # noqa: ARG001 - a store is needed
    """Runs `xinzhi train` on the tiny reviews; overrides, the later the stronger."""
    from xinzhi.config.entry import start

    monkeypatch.setenv("XINZHI_CACHE", str(warm_cache))

    def train(*overrides, command=tiny):
        capfd.readouterr()
        code = start("train", [*command, *overrides, "report=json"])
        out, err = capfd.readouterr()
        told = json.loads(out) if out.strip() else {}
        return SimpleNamespace(code=code, told=told, err=err, **told)

    train.tiny = tiny
    return train
