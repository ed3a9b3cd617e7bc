"""A worker on a real ledger, with a training that only says what it was asked for."""

import os
import signal
import threading
from types import SimpleNamespace

import pytest

from xinzhi.config.compose import unchanging
from xinzhi.errors import ConfigError, DataError, StoreError
from xinzhi.sweeping import command
from xinzhi.sweeping.entering import enter
from xinzhi.sweeping.frozen import Freezer
from xinzhi.sweeping.ledger import patience
from xinzhi.sweeping.ledger.ledger import Ledger
from xinzhi.sweeping.search.final import FINAL, final_job, searched
from xinzhi.sweeping.work.ending import Pruned, Stopped
from xinzhi.sweeping.work.heartbeat import Heartbeat
from xinzhi.sweeping.work.outcome import Outcome
from xinzhi.sweeping.work.worker import Worker

WORDS = ("experiment=tumour_screening", "sweep.name=wide")


def rows(_config):
    return "rows"


def nothing(*_):
    return None


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "xinzhi.sweeping.work.attempt.rows_of", lambda *_: SimpleNamespace(digest="rows")
    )
    monkeypatch.setattr("xinzhi.sweeping.work.worker.digest_of", lambda *_: "rows")
    monkeypatch.setattr("xinzhi.sweeping.work.execution.weights_of", nothing)
    monkeypatch.setattr("xinzhi.sweeping.work.attempt.came_through", nothing)
    monkeypatch.setattr("xinzhi.sweeping.work.attempt.continuing", lambda *_: ())
    return Ledger.open(tmp_path / "sweeps.db")


@pytest.fixture
def begin(ledger):
    def begin(*words, hidden="16,32,64", seed="0,1"):
        given = [*WORDS, f"model.hidden={hidden}", f"seed={seed}", *words]
        asked = command.read(given, freeze=rows)
        ledger.create(asked.sweep, asked.jobs)
        ledger.change(asked.sweep.name, parent_run="parent")
        return asked

    with unchanging():
        yield begin


class Training:
    """Says that a network is the better the wider, and the first seed better than the second."""

    def __init__(self, hinder=None):
        self.seen, self.hinder = [], hinder

    def __call__(self, config, beside):
        hidden, seed = config.model.hidden, config.seed
        self.seen.append((hidden, seed, config.test, beside.tags["job"]))
        if self.hinder:
            self.hinder(config)
        metrics = {"val/loss": 1 / hidden + 0.001 * seed}
        if config.test:
            metrics["test/loss"] = 0.5
        return {"run_id": f"run {hidden} {seed} {config.test}", "metrics": metrics, "wall_s": 1.0}


def test_all_jobs_run_once_and_only_the_best_sees_the_test_rows(ledger, begin):
    begin()
    train = Training()
    assert Worker(ledger, "wide", train=train, logs=False).work() == 7
    *search, last = train.seen
    assert [one[:3] for one in search] == [(h, s, False) for h in (16, 32, 64) for s in (0, 1)]
    assert last == (64, 0, True, "-1")
    assert ledger.sweep("wide").final_run == "run 64 0 True"
    assert Worker(ledger, "wide", train=train, logs=False).work() == 0


def test_a_failed_job_costs_no_other_and_is_not_the_best(ledger, begin):
    def hinder(config):
        if config.model.hidden == 64 and config.seed == 0:
            raise DataError("no such luck")

    begin()
    Worker(ledger, "wide", train=Training(hinder), logs=False).work()
    failed = [job for job in ledger.jobs("wide") if job.state == "failed"]
    assert [(job.number, job.error) for job in failed] == [(4, "error: no such luck")]
    assert ledger.sweep("wide").final_run == "run 32 0 True"  # 64 has lost a seed
    ledger.retry_failed("wide")
    train = Training()
    Worker(ledger, "wide", train=train, logs=False).work()
    assert [one[:3] for one in train.seen] == [(64, 0, False), (64, 0, True)]


def test_the_first_failure_stops_where_that_was_asked_for(ledger, begin):
    def hinder(_config):
        raise DataError("never")

    begin("sweep.fail_fast=true")
    train = Training(hinder)
    Worker(ledger, "wide", train=train, logs=False).work()
    assert len(train.seen) == 1
    assert ledger.sweep("wide").phase == "stopped"
    assert ledger.counts("wide")["waiting"] == 5


def test_a_job_that_ran_out_of_memory_is_tried_with_half_the_batch(ledger, begin):
    batches = []

    def hinder(config):
        batches.append((config.datamodule.batch_size, config.trainer.accumulate_grad_batches))
        if config.model.hidden == 16 and config.datamodule.batch_size == 64:
            raise MemoryError

    begin("datamodule.batch_size=64", seed=0)
    Worker(ledger, "wide", train=Training(hinder), logs=False).work()
    assert batches[:2] == [(64, 1), (32, 2)]
    assert ledger.counts("wide")["failed"] == 0
    assert ledger.jobs("wide")[1].attempts == 2


def test_what_is_pruned_is_pruned_and_what_is_stopped_waits(ledger, begin):
    def hinder(config):
        if config.model.hidden == 16:
            raise Pruned("no hope")
        if config.model.hidden == 32:
            ledger.change("wide", phase="stopped")
            raise Stopped("the sweep was stopped")

    begin(seed=0)
    Worker(ledger, "wide", train=Training(hinder), logs=False).work()
    assert [job.state for job in ledger.jobs("wide")] == ["pruned", "waiting", "waiting"]


def test_ctrl_c_gives_the_job_back(ledger, begin):
    def hinder(_config):
        os.kill(os.getpid(), signal.SIGINT)

    begin()
    with pytest.raises(KeyboardInterrupt):
        Worker(ledger, "wide", train=Training(hinder), logs=False).work()
    assert {job.state for job in ledger.jobs("wide")} == {"waiting"}


def test_an_orphan_takes_no_further_job(ledger, begin):
    begin()
    train = Training()
    assert Worker(ledger, "wide", train=train, parent=2**22 - 1, logs=False).work() == 0


def test_a_heartbeat_hears_that_the_sweep_was_stopped(ledger, begin):
    begin()
    job = ledger.claim("wide", "me", lease_s=1)
    heard = threading.Event()
    with Heartbeat(ledger, job, "me", lease_s=1) as heart:
        heart.obey()
        ledger.change("wide", phase="stopped")
        for _ in range(100):
            if heart.asked or heard.wait(0.1):
                break
        with pytest.raises(Stopped, match="stopped"):
            heart.obey()


def test_the_last_job_is_chosen_once_all_have_ended(ledger, begin):
    asked = begin()
    assert final_job(asked.sweep, ledger.jobs("wide")) is None
    Worker(ledger, "wide", train=Training(), logs=False).work()
    jobs = ledger.jobs("wide")
    assert [job.number for job in jobs] == [FINAL, *range(6)]
    assert len(searched(jobs)) == 6
    assert final_job(asked.sweep, jobs).params == {"of": 4}


def test_tpe_asks_as_it_goes_and_stops_at_its_number(ledger, begin):
    begin("sweep.method=tpe", "sweep.trials=5", hidden="range(8,128,8)", seed=0)
    assert ledger.jobs("wide") == []
    train = Training()
    Worker(ledger, "wide", train=train, logs=False).work()
    *search, last = train.seen
    assert len(search) == 5
    assert last[0] == max(one[0] for one in search)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["model.hiden=1,2"], "model.hidden"),
        (["model.hidden=16,x"], "model.hidden"),
        (["sweep.metod=tpe"], "sweep.method"),
        (["sweep.method=tpe"], "sweep.trials=20"),
        (["sweep.method=random", "sweep.trials=0"], "sweep.trials"),
        (["sweep.objectives={val/loss: least}"], "max"),
        (["tracking.uri=postgresql://ana:s3cret-pw@db/x"], "MLFLOW_TRACKING_URI"),
        (["model=logistc,network"], "logistic"),
        (["optimizer.lr=interval(1e-4,1e-2)"], "sweep.method"),
    ],
)
def test_what_cannot_run_is_told_before_anything_starts(words, said):
    with pytest.raises(ConfigError) as told:
        command.read(["experiment=tumour_screening", *words], freeze=rows)
    assert said in str(told.value)
    assert "s3cret" not in str(told.value)


def test_the_same_command_has_the_same_name_and_another_space_is_told():
    def read(*words):
        return command.read(["experiment=tumour_screening", *words], freeze=rows).sweep

    one = read("model.hidden=16,32", "seed=0,1")
    assert read("model.hidden=16,32", "seed=0,1", "report=json").name == one.name
    other = read("model.hidden=16,64", "seed=0,1")
    assert other.name != one.name
    assert "hidden" in " ".join(command.differs(one, other))
    assert command.differs(one, one) == []


def test_rows_of_a_search_that_asks_as_it_goes_are_frozen_before():
    seen = []
    command.read(
        ["experiment=tumour_screening", "model.hidden=range(8,64,8)", "sweep.method=tpe",
         "sweep.trials=3"],
        freeze=lambda config: seen.append(config) or "rows",
    )  # fmt: skip
    assert seen


def test_keys_in_another_order_are_the_same_sweep(ledger, begin):
    begin("model.layers=1,2", hidden="16,32", seed=0)
    Worker(ledger, "wide", train=Training(), logs=False).work()
    words = [WORDS[0], "seed=0", "model.layers=1,2", "model.hidden=16,32", WORDS[1]]
    enter(ledger, command.read(words, freeze=rows), Freezer())
    assert ledger.counts("wide")["waiting"] == 0
    assert ledger.counts("wide")["finished"] == 5
    words[2] = "model.layers=1,3"
    with pytest.raises(ConfigError, match="was another"):
        enter(ledger, command.read(words, freeze=rows), Freezer())


def test_a_job_that_never_comes_to_its_end_is_given_up(ledger, begin):
    begin(hidden="16", seed=0)
    for _ in range(12):
        job = ledger.claim("wide", "one that dies", lease_s=1)
        ledger.release(job, "one that dies")
    Worker(ledger, "wide", train=Training(), logs=False).work()
    (job,) = searched(ledger.jobs("wide"))
    assert job.state == "failed"
    assert "12 times" in job.error


def test_of_what_has_ended_weights_are_left_at_most(ledger, begin, monkeypatch):
    done = []
    monkeypatch.setattr("xinzhi.tracking.store.open_store", lambda *_: "store")
    monkeypatch.setattr("xinzhi.tracking.leftovers.drop", lambda _, run: done.append(("gone", run)))
    monkeypatch.setattr(
        "xinzhi.tracking.leftovers.keep_weights", lambda _, run: done.append(("slim", run))
    )

    def train(config, beside):
        hidden = config.model.hidden
        job = ledger.job("wide", int(beside.tags["job"]))
        beside.started(f"run {hidden} {job.attempts}")
        if hidden == 16:
            raise Pruned("no hope")
        if hidden == 32:
            raise DataError("no such luck")
        if job.attempts < 3 and not config.test:
            ledger.release(job, job.worker)  # as a worker that was killed leaves it
            raise Stopped("killed")
        return {"run_id": f"run {hidden} {job.attempts}", "metrics": {"val/loss": 1.0}}

    begin(seed=0)
    Worker(ledger, "wide", train=train, logs=False).work()
    assert [job.state for job in searched(ledger.jobs("wide"))] == ["pruned", "failed", "finished"]
    assert done == [
        ("slim", "run 16 1"),
        ("slim", "run 32 1"),
        ("gone", "run 64 1"),
        ("gone", "run 64 2"),
    ]


def test_a_ledger_that_is_away_costs_no_job(ledger, begin, monkeypatch, capfd):
    left = dict.fromkeys(("claim", "finish", "fail", "started", "counts"), 2)

    def trying(name, real):
        def tried(*given, **named):
            left[name] -= 1
            if left[name] >= 0:
                raise StoreError("the ledger does not answer") from ConnectionError("timed out")
            return real(*given, **named)

        return tried

    def hinder(config):
        if config.model.hidden == 16:
            raise DataError("no such luck")

    begin("sweep.max_failures=9", seed=0)
    monkeypatch.setattr(patience, "_PAUSE_S", 0)
    for name in left:
        monkeypatch.setattr(ledger, name, trying(name, getattr(ledger, name)))
    assert Worker(ledger, "wide", train=Training(hinder)).work() == 3
    states = [job.state for job in searched(ledger.jobs("wide"))]
    assert states == ["failed", "finished", "finished"]
    assert max(left.values()) < 0
    assert "waiting for it" in capfd.readouterr().err


def test_what_will_not_pass_is_not_waited_for(ledger, begin, monkeypatch):
    def full(*_, **__):
        raise StoreError("the disk is full") from OSError("no space left on device")

    begin(seed=0)
    monkeypatch.setattr(ledger, "claim", full)
    with pytest.raises(StoreError, match="full"):
        Worker(ledger, "wide", train=Training(), logs=False).work()


@pytest.mark.parametrize(("kept", "times"), [({"val/loss": 0.5, "wall_s": 2.0}, 0), ({}, 1)])
def test_what_came_through_counts_with_its_costs_or_is_trained_again(
    ledger, begin, monkeypatch, kept, times
):
    begin("sweep.objectives={val/loss: min, wall_s: min}", hidden="16", seed=0)
    job = ledger.claim("wide", "killed", lease_s=60)
    ledger.started(job, "killed", run_id="whole")
    ledger.release(job, "killed")
    known = Outcome("whole", kept)
    monkeypatch.setattr("xinzhi.sweeping.work.attempt.came_through", lambda *_: known)
    train = Training()
    Worker(ledger, "wide", train=train, logs=False).work()
    (job,) = searched(ledger.jobs("wide"))
    assert job.state == "finished"
    assert job.values[1] == (2.0 if kept else 1.0)
    assert len([one for one in train.seen if not one[2]]) == times
