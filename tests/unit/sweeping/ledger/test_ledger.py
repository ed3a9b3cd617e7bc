"""What is entered into a ledger is what is read from it, on a file and on a server."""

import math
from dataclasses import replace

import pytest

from xinzhi.config.near import UnknownNameError
from xinzhi.errors import ConfigError
from xinzhi.sweeping.ledger.ledger import Ledger
from xinzhi.sweeping.records import Axis, Job, Sweep

FULL_SWEEP = Sweep(
    name="宽度 and lr",
    experiment="评论",
    fixed=("model=textcnn", "data.text='a, b'"),
    axes=(
        Axis(key="model", choices=("textcnn", "'a, b'", "[1, 2]", "{a: 1}")),
        Axis(key="optimizer.lr", low=1e-5, high=0.1, log=True),
        Axis(key="model.width", low=8, high=64, step=8, integer=True),
    ),
    seeds=(0, 1, 2**40),
    method="tpe",
    trials=20,
    seed=7,
    pruning="median",
    objectives=("val/f1_macro", "latency_ms"),
    modes=("max", "min"),
    created=1e9,
    settings={"workers": {"count": 2}, "fail_fast": False, "note": "好", "none": None},
)
FULL_JOB = Job(
    sweep=FULL_SWEEP.name,
    number=3,
    trial=1,
    identity="c0ffee",
    seed=2**40,
    params={"model": "'a, b'", "optimizer.lr": 0.1 + 0.2, "model.width": 16, "flag": True},
    overrides=("model='a, b'", "optimizer.lr=0.30000000000000004"),
    state="failed",
    worker="host:boot/pid:[1]:7:1.0",
    lease_until=1e9 + 1 / 3,
    attempts=2,
    retry=("datamodule.max_examples=8",),
    run_id="abc",
    values=(1 / 3, math.inf),
    metrics={"val/f1_macro": 1 / 3, "val/loss": 1e-300},
    reports={1: 0.1, 20: 2 / 3, 3: -0.0},
    attrs={"rung": 0, "best": [1.5, None]},
    progress=0.7,
    error="no memory 内存",
    log="/logs/3.txt",
    started=1e9 + 0.1,
    ended=1e9 + 0.7,
)


def test_all_fields_come_back_as_they_were(ledger, place):
    assert ledger.create(FULL_SWEEP, [FULL_JOB]) == FULL_SWEEP
    again = Ledger.open(place, create=False)
    assert again.sweep(FULL_SWEEP.name) == FULL_SWEEP
    assert again.jobs(FULL_SWEEP.name) == [FULL_JOB]
    again.close()


def test_what_no_number_is_comes_back(ledger, sweep, jobs):
    ledger.create(sweep(), jobs(number=1))
    job = ledger.claim("first", "w", lease_s=60)
    ledger.report(job, 1, math.nan)
    assert ledger.finish(job, "w", values=(math.nan,), metrics={"a": -math.inf}, run_id="r")
    (read,) = ledger.jobs("first")
    assert math.isnan(read.values[0])
    assert math.isnan(read.reports[1])
    assert read.metrics == {"a": -math.inf}


def test_a_sweep_and_its_jobs_are_entered_together_or_not_at_all(ledger, sweep, jobs):
    with pytest.raises(Exception, match="ledger"):
        ledger.create(
            sweep(), [*jobs(number=2), Job(sweep="of none", number=0, trial=0, identity="x")]
        )
    assert ledger.sweeps() == []
    ledger.create(sweep(), jobs(number=2))
    assert ledger.counts("first")["waiting"] == 2


def test_a_name_is_taken_once(ledger, sweep, jobs):
    made = ledger.create(sweep(), jobs())
    assert made.created > 1e9
    with pytest.raises(ConfigError, match="xinzhi sweep resume first"):
        ledger.create(sweep(trials=5), [])
    assert ledger.sweep("first") == made


def test_an_unknown_sweep_is_answered_with_what_there_is(ledger, sweep):
    ledger.create(sweep("lr_and_width"), [])
    ledger.create(sweep("other"), [])
    for ask in (ledger.sweep, ledger.jobs, ledger.counts, ledger.retry_failed):
        with pytest.raises(UnknownNameError) as caught:
            ask("lr_and_widht")
        assert caught.value.candidates[0] == "lr_and_width"


def test_sweeps_are_listed_newest_first_with_their_jobs_by_state(ledger, sweep, jobs):
    ledger.create(sweep("old", created=1.0), jobs("old", 3))
    ledger.create(sweep("empty", created=2.0), [])
    ledger.create(sweep("new", created=3.0), jobs("new", 2, ["a", "b"]))
    job = ledger.claim("new", "w", lease_s=60)
    ledger.fail(job, "w", error="no")
    listed = [(one.name, {state: n for state, n in by.items() if n}) for one, by in ledger.sweeps()]
    assert listed == [("new", {"failed": 1, "waiting": 1}), ("empty", {}), ("old", {"waiting": 3})]


def test_a_change_touches_what_it_names_alone(ledger, sweep):
    made = ledger.create(sweep(trials=3, settings={"a": 1}), [])
    changed = ledger.change("first", phase="draining", parent_run="p", settings={"b": [1, 2]})
    expected = replace(made, phase="draining", parent_run="p", settings={"b": [1, 2]})
    assert ledger.sweep("first") == changed == expected
    with pytest.raises(TypeError):
        ledger.change("first", phases="open")
    with pytest.raises(UnknownNameError):
        ledger.change("frist", phase="open")


def test_further_jobs_leave_those_that_are_there_alone(ledger, sweep, jobs):
    ledger.create(sweep(), jobs(number=2))
    held = ledger.claim("first", "w", lease_s=60)
    ledger.add(jobs(number=4))
    ledger.add(jobs(number=4))
    ledger.add([])
    read = ledger.jobs("first")
    assert [job.number for job in read] == [0, 1, 2, 3]
    assert read[0] == held


def test_jobs_of_one_state(ledger, sweep, jobs):
    ledger.create(sweep(), jobs(number=4))
    held = ledger.claim("first", "w", lease_s=60)
    assert ledger.skip([held, *ledger.jobs("first")[2:]]) == 2
    assert ledger.jobs("first", state="running") == [held]
    assert [job.number for job in ledger.jobs("first", state="pruned")] == [2, 3]
    assert ledger.counts("first") == {
        "waiting": 1, "running": 1, "finished": 0, "pruned": 2, "failed": 0
    }  # fmt: skip


def test_failed_jobs_wait_again(ledger, sweep, jobs):
    ledger.create(sweep(), jobs(number=2))
    for _ in range(2):
        assert ledger.fail(ledger.claim("first", "w", lease_s=60), "w", error="a\0b")
    assert {job.error for job in ledger.jobs("first")} == {"ab"}
    assert ledger.retry_failed("first") == 2
    assert ledger.retry_failed("first") == 0
    job = ledger.claim("first", "w", lease_s=60)
    assert (job.number, job.attempts, job.error) == (0, 2, None)
