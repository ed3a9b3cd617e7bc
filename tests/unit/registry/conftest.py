"""Registered models with versions that anybody may decide on."""

import subprocess
import sys
from contextlib import suppress

import pytest
from decisions import HEAD

from xinzhi.registry.receipts import open_ledger


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request):
    """An empty store in a file, and one on a real server."""
    return request.getfixturevalue("store" if request.param == "sqlite" else "postgres_store")


@pytest.fixture
def versions():
    """Registers versions of a model, each with a run; gives the runs by version."""

    def versions(store, number, name="reviews"):
        from mlflow.exceptions import MlflowException

        client, experiment = store.client, store.experiment(name)
        with suppress(MlflowException):  # it is there
            client.create_registered_model(name)
        runs = {}
        for _ in range(number):
            run_id = client.create_run(experiment).info.run_id
            made = client.create_model_version(name, "s3://bucket/model", run_id=run_id)
            runs[int(made.version)] = run_id
        return runs

    return versions


@pytest.fixture
def ledger(kept, versions):
    """The ledger of a store that has four versions of `reviews` and `runs` of them."""
    runs = versions(kept, 4)
    ledger = open_ledger(kept)
    ledger.runs = runs
    yield ledger
    ledger.close()


@pytest.fixture
def local(store, versions):
    """The same in a file."""
    runs = versions(store, 4)
    ledger = open_ledger(store)
    ledger.runs = runs
    yield ledger
    ledger.close()


@pytest.fixture
def start():
    """Starts a process with a script on a ledger; all are ended with the test."""
    started = []

    def start(store, script, *words):
        command = [sys.executable, "-c", HEAD + script, store.uri, store.folder, *words]
        process = subprocess.Popen(  # noqa: S603
            list(map(str, command)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
