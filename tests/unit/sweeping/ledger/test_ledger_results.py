"""What is taken over from another job instead of being trained again, and what has to wait."""

import pytest
from sqlalchemy import delete

from xinzhi.sweeping.ledger import tables
from xinzhi.sweeping.records import Job

FOREVER = 3600.0


def _finish(ledger, job, score=0.5):
    metrics = {"val/f1_macro": score, "val/loss": 1.0}
    return ledger.finish(job, "w", values=(score,), metrics=metrics, run_id=f"run{job.number}")


def test_a_result_of_any_sweep_is_taken_over(ledger, sweep, jobs):
    ledger.create(sweep(), jobs(identities=["a", "b"]))
    job = ledger.claim("first", "w", lease_s=FOREVER)
    ledger.report(job, 1, 0.3)
    _finish(ledger, job, 0.7)
    ledger.create(sweep("second"), jobs("second", identities=["new", "a", "a", "b"]))
    assert ledger.claim("second", "w", lease_s=FOREVER).identity == "new"
    hits = ledger.jobs("second", state="finished")
    assert [(hit.number, hit.cached_from) for hit in hits] == [(1, "first/0"), (2, "first/0")]
    assert {(hit.values, hit.run_id, hit.worker, hit.attempts) for hit in hits} == {
        ((0.7,), "run0", None, 0)
    }
    assert hits[0].metrics == {"val/f1_macro": 0.7, "val/loss": 1.0}
    assert hits[0].reports == {1: 0.3}


def test_a_result_outlives_the_job_it_came_from(ledger, sweep, jobs):
    ledger.create(sweep(), jobs(number=1))
    _finish(ledger, ledger.claim("first", "w", lease_s=FOREVER), 0.7)
    ledger.create(sweep("second"), jobs("second", number=1))
    assert ledger.claim("second", "w", lease_s=FOREVER) is None
    table = tables.jobs
    ledger.database.write(lambda c: c.execute(delete(table).where(table.c.sweep == "first")))
    ledger.create(sweep("third"), jobs("third", number=1))
    assert ledger.claim("third", "w", lease_s=FOREVER) is None
    (hit,) = ledger.jobs("third")
    assert (hit.values, hit.cached_from) == ((0.7,), "first/0")


def test_a_sweep_with_other_objectives_takes_what_it_is_judged_by(ledger, sweep, jobs):
    ledger.create(sweep(), jobs(number=1))
    job = ledger.claim("first", "w", lease_s=FOREVER)
    ledger.report(job, 1, 0.3)
    _finish(ledger, job, 0.7)
    by_loss = sweep("loss", objectives=("val/loss",), modes=("min",))
    ledger.create(by_loss, jobs("loss", number=1))
    assert ledger.claim("loss", "w", lease_s=FOREVER) is None
    (hit,) = ledger.jobs("loss")
    assert (hit.values, hit.reports) == ((1.0,), {})  # reports are of another metric
    ledger.create(sweep("speed", objectives=("latency_ms",)), jobs("speed", number=1))
    assert ledger.claim("speed", "w", lease_s=FOREVER).number == 0  # nobody measured that


@pytest.mark.parametrize("end", ["fail", "prune", "release"])
def test_a_job_waits_while_its_twin_runs_and_runs_if_that_gave_nothing(ledger, sweep, jobs, end):
    ledger.create(sweep(), jobs(identities=["a", "b"]))
    ledger.create(sweep("second"), jobs("second", identities=["a", "c"]))
    job = ledger.claim("first", "w", lease_s=FOREVER)
    assert ledger.claim("second", "v", lease_s=FOREVER).identity == "c"
    assert ledger.claim("second", "v", lease_s=FOREVER) is None
    assert getattr(ledger, end)(job, "w", **({"error": "no"} if end == "fail" else {}))
    assert ledger.claim("second", "v", lease_s=FOREVER).identity == "a"


def test_a_twin_whose_lease_ran_out_keeps_nobody_waiting(ledger, sweep, jobs):
    ledger.create(sweep(), jobs(identities=["a", "a"]))
    lost = ledger.claim("first", "dead", lease_s=-1)
    held = ledger.claim("first", "w", lease_s=FOREVER)
    assert (lost.number, held.number) == (0, 1)
    assert len(ledger.reclaim("first", is_dead=lambda _: False)) == 1
    assert ledger.claim("first", "w", lease_s=FOREVER) is None  # its twin runs
    _finish(ledger, held)
    assert ledger.claim("first", "w", lease_s=FOREVER) is None
    assert ledger.jobs("first")[0].cached_from == "first/1"


def test_more_results_than_one_transaction_takes_are_taken_over(ledger, sweep, jobs):
    done = [
        Job(sweep="first", number=n, trial=n, identity=f"id{n}", state="finished", values=(n,))
        for n in range(450)
    ]
    ledger.create(sweep(), done)
    ledger.create(sweep("second"), jobs("second", number=451))
    assert ledger.claim("second", "w", lease_s=FOREVER).number == 450
    hits = ledger.jobs("second", state="finished")
    assert [hit.values for hit in hits] == [(float(n),) for n in range(450)]
