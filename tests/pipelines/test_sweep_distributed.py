"""A job that trains on two ranks: in a process of its own, recorded, pruned and stopped as any."""

import threading
import time

import psutil
import pytest
from conftest import last_of_each

from xinzhi.sweeping import command
from xinzhi.sweeping.frozen import Freezer
from xinzhi.sweeping.ledger.ledger import Ledger
from xinzhi.sweeping.work.worker import Worker
from xinzhi.tracking.store import open_store

RANKS = ("trainer=ddp", "trainer.accelerator=cpu", "trainer.devices=2")


@pytest.fixture
def begin(store_folder, warm_cache, tiny, monkeypatch):
    monkeypatch.setenv("XINZHI_CACHE", str(warm_cache))

    def begin(*words):
        freezer = Freezer()
        given = [*last_of_each(*tiny, *RANKS, *words), "sweep.name=ranks"]
        asked = command.read(given, freeze=freezer)
        ledger = Ledger.open(store_folder / "sweeps.db")
        ledger.create(asked.sweep, asked.jobs)
        settings = {**asked.sweep.settings, **freezer.settings()}
        ledger.change("ranks", parent_run="parent", settings=settings)
        return ledger

    return begin


def work(ledger):
    from xinzhi.pipelines import train

    return Worker(ledger, "ranks", train=train.run).work()


def statuses(store_folder):
    client = open_store(folder=store_folder).client
    runs = client.search_runs([client.get_experiment_by_name("tiny").experiment_id])
    return sorted(run.info.status for run in runs)


def nobody_is_left():
    return not [one for one in psutil.Process().children(recursive=True) if "ranks" in told(one)]


def told(process):
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def test_it_is_recorded_and_the_best_is_judged_on_the_test_rows(begin, store_folder):
    ledger = begin("optimizer.lr=1e-3,2e-3", "trainer.max_epochs=2")
    given_up, *_ = ledger.jobs("ranks")
    ledger.skip([given_up])
    assert work(ledger) == 2
    final, _, job = ledger.jobs("ranks")
    assert job.state == "finished"
    assert job.values == (job.metrics["val/f1_macro"],)
    assert sorted(job.reports) == [1, 2]
    assert job.progress == 1
    assert "epoch 2" in (store_folder / "sweeps" / "ranks" / "00001.log").read_text()
    assert final.state == "finished"
    assert "test/f1_macro" in final.metrics
    assert statuses(store_folder) == ["FINISHED", "FINISHED"]


LONELY = """
import lightning

class Lonely(lightning.Callback):
    def on_train_batch_end(self, trainer, *_):
        if trainer.global_rank == RANK and trainer.global_step == 2:
            raise RuntimeError("CUDA out of memory. Tried to allocate 9 GiB, and nobody knows")
"""


@pytest.mark.parametrize("rank", [0, 1])
def test_a_rank_that_fails_alone_keeps_nobody_waiting(begin, store_folder, rank):
    project = store_folder.parent
    name = f"lonely_{rank}"  # another test's module of one name would be found first
    (project / "xinzhi.yaml").write_text(f"allow: [{name}]")
    (project / f"{name}.py").write_text(LONELY.replace("RANK", str(rank)))
    ledger = begin("seed=1", f"+callbacks.own._target_={name}.Lonely", "sweep.retries=0")
    begun = time.monotonic()
    work(ledger)
    assert time.monotonic() - begun < 150  # of half an hour
    (job,) = [job for job in ledger.jobs("ranks") if job.number == 0]
    assert job.state == "failed"
    assert rank or "out of memory" in job.error  # else the first one tells of the broken connection
    assert nobody_is_left()


def test_it_is_pruned(begin, store_folder):
    ledger = begin("seed=0", "optimizer.lr=1e-3,2e-3,3e-3,4e-3,5e-3,6e-3", "sweep.pruning=median")
    for _ in range(5):  # which the median wants to have seen
        job = ledger.claim("ranks", "me", lease_s=60)
        ledger.report(job, 1, 2.0)
        ledger.finish(job, "me", values=[2.0], metrics={"val/f1_macro": 2.0}, run_id=None)
    work(ledger)
    last = ledger.jobs("ranks")[-1]
    assert last.state == "pruned", last.error
    assert statuses(store_folder)[-1] == "KILLED"
    assert nobody_is_left()


def test_it_stops_with_its_sweep(begin, store_folder):
    ledger = begin("seed=1", "optimizer.lr=1e-3,2e-3", "trainer.max_epochs=10000")
    worker = threading.Thread(target=work, args=[ledger])
    worker.start()
    while not any(job.reports for job in ledger.jobs("ranks")):
        assert worker.is_alive()
        time.sleep(0.2)
    ledger.change("ranks", phase="stopped")
    worker.join(timeout=60)
    assert not worker.is_alive()
    assert [job.state for job in ledger.jobs("ranks")] == ["waiting", "waiting"]
    assert statuses(store_folder) == ["KILLED"]
    assert nobody_is_left()
