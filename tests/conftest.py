import shutil

import pytest


@pytest.fixture(scope="session")
def store_template(tmp_path_factory):
    """One migrated database per session: creating one takes seconds."""
    from xinzhi.tracking import database

    path = tmp_path_factory.mktemp("template") / "mlflow.db"
    database.ensure(path)
    return path


@pytest.fixture
def store_folder(store_template, tmp_path, monkeypatch):
    """The folder of an empty store, `mlruns` of a project that is the current folder."""
    from xinzhi.tracking import relocation

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "mlruns"
    folder.mkdir()
    shutil.copy(store_template, folder / "mlflow.db")
    relocation.relocate(folder / "mlflow.db")
    return folder


@pytest.fixture
def store(store_folder):
    """An empty store."""
    from xinzhi.tracking.store import open_store

    return open_store(folder=store_folder)
