"""Registered models with versions that anybody may decide on."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from xinzhi.registry.receipts import open_ledger

NURSERY = """
import json, os, signal, sys, traceback
from pathlib import Path
import mlflow
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore
from decisions import draft, promote
from xinzhi.registry import moves, receipt_notes, receipts
from xinzhi.registry.receipt_ledger import ReceiptLedger
from xinzhi.registry.registered import ClientRegistered
from xinzhi.registry.registered_tables import TableRegistered
from xinzhi.tracking.store import address_of

def dying(owner, name, call=1, *, after=False):
    real, calls = getattr(owner, name), []
    def patched(*words, **more):
        calls.append(1)
        if len(calls) == call and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*words, **more)
        if len(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(owner, name, patched)

def work(script, told, begin):
    os.read(begin, 1)
    store = address_of(told["uri"], Path(told["folder"]))
    ledger = receipts.open_ledger(store)
    exec(script, {**globals(), "store": store, "ledger": ledger})

for line in sys.stdin:
    told, children = json.loads(line), []
    begin, release = os.pipe()
    for script in told["scripts"]:
        child = os.fork()
        if child == 0:
            os.close(release)
            os.environ["MLFLOW_TRACKING_URI"] = told["uri"]
            try:
                work(script, told, begin)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        children.append(child)
    os.close(begin)
    os.close(release)  # all begin at once
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    print(json.dumps(ends), flush=True)
"""


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


@pytest.fixture(scope="module")
def crew():
    """Runs scripts in processes of their own: all at once, each until its end or its death."""
    # MLflow takes seconds to import: once, in a process that opens nothing and forks
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2])])}
    nursery = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", NURSERY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )

    def crew(store, *scripts):
        """How each script ended: its exit code, or minus the signal that killed it."""
        uri = {"uri": store.uri, "folder": str(store.folder), "scripts": scripts}
        nursery.stdin.write(json.dumps(uri) + "\n")
        nursery.stdin.flush()
        return json.loads(nursery.stdout.readline())

    yield crew
    nursery.kill()
    nursery.communicate()
