"""A sweep is closed when nobody is at it any more, and not before."""

from dataclasses import replace

import pytest

from xinzhi.config.compose import unchanging
from xinzhi.sweeping import closing, command
from xinzhi.sweeping.application import APPLICATION
from xinzhi.sweeping.controller import drive
from xinzhi.sweeping.ledger.opening import open_ledger
from xinzhi.sweeping.ledger.presence import Presence
from xinzhi.sweeping.search import final
from xinzhi.sweeping.search.final import FINAL
from xinzhi.sweeping.work import recovery
from xinzhi.sweeping.work.local import Local
from xinzhi.tracking.store import open_store

WORDS = ("experiment=tumour_screening", "sweep.name=wide", "model.hidden=16,32", "seed=0")
FAR = "node7:boot7:77:1.0"  # of another machine


@pytest.fixture
def ledger(store_folder, monkeypatch):  # noqa: ARG001 - an empty project
    monkeypatch.setattr("xinzhi.sweeping.work.execution._check_same", lambda *_: None)
    monkeypatch.setattr("xinzhi.sweeping.work.attempt.rows_of", lambda *_: None)
    with unchanging():
        asked = command.read(WORDS, freeze=lambda _: "rows")
        ledger = open_ledger()
        sweep = ledger.create(asked.sweep, asked.jobs)
        closing.start_parent(ledger, sweep, typed="", config_yaml="")
        yield ledger


def parent(ledger):
    return open_store().client.get_run(ledger.sweep("wide").parent_run).info.status


def done(ledger, number=2, *, run_id=None):
    for _ in range(number):
        job = ledger.claim("wide", "me", lease_s=60)
        ledger.finish(job, "me", values=[0.5], metrics={"val/loss": 0.5}, run_id=run_id)


def test_a_worker_that_holds_nothing_just_now_keeps_a_sweep_open(ledger):
    with Presence(ledger, "wide", FAR, controller=None):
        assert closing.settled(ledger, "wide").phase == "open"
        assert parent(ledger) == "RUNNING"
    assert closing.settled(ledger, "wide").phase == "stopped"
    assert parent(ledger) == "KILLED"


def test_a_drained_sweep_waits_for_what_runs_elsewhere_and_says_so(ledger):
    ledger.change("wide", phase="draining")
    job = ledger.claim("wide", FAR, lease_s=60)
    result = closing.finished(ledger, "wide", seconds=1)
    assert (result.phase, ledger.sweep("wide").phase, parent(ledger)) == (
        "draining", "draining", "RUNNING"
    )  # fmt: skip
    assert "1 on node7" in result.table()
    assert "sweep stop wide" in result.table()
    ledger.release(job, FAR)
    assert closing.finished(ledger, "wide", seconds=1).phase == "stopped"
    assert parent(ledger) == "KILLED"


def test_what_is_done_is_closed_once_nobody_is_at_it(ledger):
    done(ledger)
    final_one = final.final_job(ledger.sweep("wide"), ledger.jobs("wide"))
    with Presence(ledger, "wide", FAR, controller=None):
        ledger.add([final_one])
        done(ledger, 1, run_id="judged")
        closing.settled(ledger, "wide")
        assert ledger.sweep("wide").phase == "open"
    closing.settled(ledger, "wide")
    sweep = ledger.sweep("wide")
    assert (sweep.phase, sweep.final_run, parent(ledger)) == ("ended", "judged", "FINISHED")


def test_the_version_that_the_best_became_is_told(ledger):
    done(ledger)
    ledger.add([final.final_job(ledger.sweep("wide"), ledger.jobs("wide"))])
    run = ledger.sweep("wide").parent_run  # any that is there
    done(ledger, 1, run_id=run)
    client = open_store().client
    client.create_registered_model("screening")
    client.create_model_version("screening", "/nowhere", run_id=run)
    client.set_registered_model_alias("screening", "challenger", "1")
    result = closing.finished(ledger, "wide", seconds=1)
    assert result.version == 1
    assert "registered as screening version 1, alias challenger" in result.table()
    assert f"page: {result.page}" in result.table()  # which was written just now


def test_not_all_is_done_while_a_configuration_is_to_be_asked_for(ledger):
    done(ledger)
    assert not final.is_complete(ledger.sweep("wide"), ledger.jobs("wide"))
    assert closing.finished(ledger, "wide", seconds=1).phase == "stopped"


@pytest.mark.parametrize("ending", [SystemExit(143), KeyboardInterrupt()])
def test_a_controller_that_is_ended_leaves_a_sweep_that_says_so(ledger, ending):
    def train(*_):
        raise ending

    with pytest.raises(type(ending)):
        drive(ledger, ledger.sweep("wide"), Local(count=0), train=train)
    assert ledger.sweep("wide").phase == "stopped"
    assert parent(ledger) == "KILLED"
    assert ledger.counts("wide")["waiting"] == 2


def test_a_run_over_all_that_is_gone_is_begun_anew(ledger):
    first = ledger.sweep("wide").parent_run
    open_store().client.delete_run(first)
    assert closing.settled(ledger, "wide").phase == "stopped"
    sweep = closing.start_parent(ledger, ledger.sweep("wide"), typed="", config_yaml="")
    assert sweep.parent_run != first
    ledger.change("wide", parent_run="0" * 32)  # of another store
    assert closing.finished(ledger, "wide", seconds=1).phase == "stopped"


def test_weights_of_a_run_that_is_not_there_are_none_and_the_best_is_trained_again(ledger, capfd):
    assert recovery.weights_of("0" * 32, None) is None
    done(ledger, run_id="0" * 32)
    seen = []

    def train(_config, beside):
        seen.append(beside.weights)
        return {"run_id": "again", "metrics": {"test/loss": 0.5}}

    drive(ledger, ledger.sweep("wide"), Local(count=0), train=train)
    assert seen == [None]
    assert "trained again" in capfd.readouterr().err
    (last,) = [job for job in ledger.jobs("wide") if job.number == FINAL]
    assert (last.state, last.run_id, ledger.sweep("wide").phase) == ("finished", "again", "ended")


def test_a_job_whose_run_is_of_another_store_begins_anew(ledger):
    job = ledger.claim("wide", FAR, lease_s=60)
    ledger.started(job, FAR, run_id="0" * 32)
    ledger.release(job, FAR)
    seen = []

    def train(config, _beside):
        seen.append(config.ckpt_path)
        return {"run_id": "r", "metrics": {"val/loss": 0.5, "test/loss": 0.5}}

    drive(ledger, ledger.sweep("wide"), Local(count=0), train=train)
    assert seen == [None] * 3
    assert ledger.counts("wide")["failed"] == 0


def test_a_sweep_over_another_program_is_settled_without_a_store(ledger):
    sweep = ledger.sweep("wide")
    other = replace(
        sweep, name="other", fixed=("no_key_of=train",), parent_run=None,
        settings={APPLICATION: "prog"},
    )  # fmt: skip
    ledger.create(other, [])
    assert closing.settled(ledger, "other").phase == "stopped"
