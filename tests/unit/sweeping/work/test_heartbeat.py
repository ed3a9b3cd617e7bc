"""A training goes on while the ledger is away, and what it said is written once it is back."""

import time
from types import SimpleNamespace

import pytest

from xinzhi.errors import StoreError
from xinzhi.sweeping.records import Job, Sweep
from xinzhi.sweeping.work import heartbeat
from xinzhi.sweeping.work.ending import Stopped
from xinzhi.sweeping.work.heartbeat import Heartbeat
from xinzhi.sweeping.work.watching import Watch

JOB = Job(sweep="first", number=0, trial=0, identity="id", worker="me", attempts=1)
SWEEP = Sweep(
    name="first", experiment="x", fixed=(), axes=(), pruning="median", objectives=("val/f1",)
)


class Ledger:
    """Notes what is told to it, where it is not away."""

    def __init__(self):
        self.away, self.held, self.told, self.beats = False, True, [], 0

    def _answer(self):
        if self.away:
            raise StoreError("the ledger does not answer") from ConnectionError("timed out")

    def beat(self, *_, **__):
        self._answer()
        self.beats += 1
        return self.held

    def regain(self, *_, **__):
        return False

    def report(self, _job, step, value):
        self._answer()
        self.told.append((step, value))

    def jobs(self, _name):
        self._answer()
        raise AssertionError

    def sweep(self, _name):
        return SWEEP


@pytest.fixture
def ledger(monkeypatch):
    monkeypatch.setattr(heartbeat, "_NOTED_WITHIN_S", 0.2)
    return Ledger()


def until(happens):
    for _ in range(200):
        if happens():
            return True
        time.sleep(0.02)
    return False


def test_what_is_said_meanwhile_is_written_in_its_order_when_the_ledger_is_back(ledger):
    with Heartbeat(ledger, JOB, "me", lease_s=0.2) as heart:
        heart.note(lambda: ledger.report(JOB, 1, 0.1))
        assert ledger.told == [(1, 0.1)]
        ledger.away = True
        begun = time.monotonic()
        for step in (2, 3, 4):
            heart.note(lambda step=step: ledger.report(JOB, step, step / 10))
        assert time.monotonic() - begun < 1  # once for all of them
        assert heart.is_away
        heart.obey()
        assert until(lambda: heart.is_away and not heart.asked)
        ledger.away = False
        assert until(lambda: len(ledger.told) == 4)
        assert until(lambda: not heart.is_away)
    assert ledger.told == [(1, 0.1), (2, 0.2), (3, 0.3), (4, 0.4)]


def test_it_beats_however_much_is_said(ledger):
    with Heartbeat(ledger, JOB, "me", lease_s=0.2) as heart:
        until_s = time.monotonic() + 1
        while time.monotonic() < until_s:
            heart.note(lambda: None)
    assert ledger.beats >= 5


def test_what_can_never_be_written_keeps_nothing_else_back(ledger, capfd):
    def broken():
        raise ValueError("never")

    with Heartbeat(ledger, JOB, "me", lease_s=1) as heart:
        heart.note(broken)
        heart.note(lambda: ledger.report(JOB, 1, 0.5))
    assert ledger.told == [(1, 0.5)]
    assert "never" in capfd.readouterr().err


def test_only_somebody_else_who_has_the_job_ends_it(ledger):
    with Heartbeat(ledger, JOB, "me", lease_s=0.2) as heart:
        ledger.held = False
        assert until(lambda: heart.asked)
        with pytest.raises(Stopped, match="another worker"):
            heart.obey()


def test_nobody_is_hopeless_of_whom_nothing_can_be_compared(ledger):
    with Heartbeat(ledger, JOB, "me", lease_s=0.2) as heart:
        watch = Watch(ledger, SWEEP, JOB, heart=heart)
        ledger.away = True
        trainer = SimpleNamespace(
            callback_metrics={"val/f1": 0.5},
            state=SimpleNamespace(fn="fit"),
            sanity_checking=False,
            current_epoch=0,
            world_size=1,
        )
        watch.on_validation_end(trainer, None)
        ledger.away = False
        assert until(lambda: ledger.told == [(1, 0.5)])
