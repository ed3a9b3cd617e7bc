"""What the actions of `xinzhi sweep` answer, without a training."""

from dataclasses import replace

import made_up_sweeps as made_up
import pytest

from xinzhi.errors import ConfigError
from xinzhi.sweeping.actions import act
from xinzhi.sweeping.ledger.opening import open_ledger
from xinzhi.sweeping.search.final import FINAL

SWEEP = made_up.sweep("g", trials=2, phase="ended")


def train(*_):
    raise AssertionError("nothing is to be trained")


def asked(action, *words):
    return act(action, words, ledger=None, train=train)


@pytest.fixture
def ledger(store_folder):  # noqa: ARG001 - an empty project
    """A sweep that has ended: six jobs, and the one that tested and registered the best."""
    ledger = open_ledger()
    jobs = made_up.jobs(SWEEP, pruned=0, failed=0)
    ledger.create(SWEEP, jobs)
    for job in [*jobs, replace(jobs[0], number=FINAL, trial=FINAL, identity="final")]:
        ledger.add([replace(job, state="waiting", values=())])
    while job := ledger.claim("g", "me", lease_s=60):
        ledger.finish(job, "me", values=[0.5], metrics={}, run_id="r")
    return ledger


def test_a_sweep_that_has_ended_is_not_stopped(ledger):
    said = asked("stop", "g")
    assert "has ended already" in said.table()
    assert "resume" not in said.table()
    assert ledger.sweep("g").phase == "ended"


def test_a_sweep_that_goes_on_is_stopped(ledger):
    ledger.change("g", phase="open")
    said = asked("stop", "g")
    assert "0 running jobs go back and wait" in said.table()
    assert ledger.sweep("g").phase == "stopped"


@pytest.mark.parametrize("word", ["-2", "0"])
def test_a_sweep_is_extended_by_one_at_least(ledger, word):  # noqa: ARG001 - a sweep
    with pytest.raises(ConfigError, match=f"must be at least 1, was {word}"):
        asked("extend", word, "g")


def test_the_best_is_told_with_its_seed_and_a_command(ledger):  # noqa: ARG001 - a sweep
    best = asked("best", "g")
    seeds = [word for word in best.overrides if word.startswith("seed=")]
    assert len(seeds) == 1
    words, _, command = best.table().splitlines()
    assert words.endswith(seeds[0])
    assert command == f"next: {best.command}"
    assert f"train {words}" in command


def test_a_list_counts_the_jobs_of_the_search(ledger):
    assert ledger.counts("g")["finished"] == 7
    listed = asked("list")
    assert "6 finished" in listed.table()
    assert listed.sweeps[0]["finished"] == 6
