"""Who gets a job, who loses it, and what is taken over instead of being trained again."""

import pytest

from xinzhi.sweeping.records import Job

FOREVER = 3600.0


def _finish(ledger, job, score=0.5, worker="w"):
    metrics = {"val/f1_macro": score, "val/loss": 1.0}
    return ledger.finish(job, worker, values=(score,), metrics=metrics, run_id=f"run{job.number}")


def _back(ledger, dead=(), now=None):
    return [job.number for job in ledger.reclaim("first", is_dead=dead.__contains__, now=now)]


def test_jobs_are_given_by_number_until_none_waits(ledger, sweep, jobs):
    ledger.create(sweep(), list(reversed(jobs(number=12))))
    given = [ledger.claim("first", "w", lease_s=FOREVER) for _ in range(12)]
    assert [job.number for job in given] == list(range(12))
    assert {(job.state, job.worker, job.attempts) for job in given} == {("running", "w", 1)}
    assert all(job.lease_until - job.started == pytest.approx(FOREVER) for job in given)
    assert ledger.claim("first", "w", lease_s=FOREVER) is None


def test_a_job_is_followed_from_claim_to_result(ledger, sweep, jobs):
    ledger.create(sweep(), jobs(number=1))
    job = ledger.claim("first", "w", lease_s=FOREVER)
    ledger.started(job, "w", run_id="early", log="0.txt")
    assert ledger.beat(job, "w", lease_s=2 * FOREVER, progress=0.25)
    assert ledger.beat(job, "w", lease_s=2 * FOREVER)
    ledger.report(job, 1, 0.1)
    ledger.report(job, 2, 0.2)
    ledger.keep_attrs(job, {"rung": 0})
    ledger.keep_attrs(job, {"best": 0.2})
    (now,) = ledger.jobs("first")
    assert (now.run_id, now.log, now.progress) == ("early", "0.txt", 0.25)
    assert now.lease_until > job.lease_until + FOREVER / 2
    assert (now.reports, now.attrs) == ({1: 0.1, 2: 0.2}, {"rung": 0, "best": 0.2})
    assert _finish(ledger, job, 0.7)
    (now,) = ledger.jobs("first")
    assert (now.state, now.values, now.metrics["val/loss"]) == ("finished", (0.7,), 1.0)
    assert (now.run_id, now.progress, now.lease_until) == ("run0", 1.0, None)
    assert now.ended >= now.started


def test_an_attempt_that_begins_anew_drops_what_the_last_one_reported_later(ledger, sweep, jobs):
    ledger.create(sweep(), jobs(number=1))
    job = ledger.claim("first", "w", lease_s=FOREVER)
    for step in (1, 2, 3):
        ledger.report(job, step, step / 10)
    ledger.release(job, "w")
    again = ledger.claim("first", "v", lease_s=FOREVER)
    assert again.reports == {1: 0.1, 2: 0.2, 3: 0.3}
    ledger.report(again, 2, 0.9)
    assert ledger.jobs("first")[0].reports == {1: 0.1, 2: 0.9}


@pytest.mark.parametrize("end", ["finish", "fail", "prune", "release", "beat", "report", "started"])
def test_who_lost_a_job_writes_nothing(ledger, sweep, jobs, end):
    ledger.create(sweep(), jobs(number=1))
    lost = ledger.claim("first", "w", lease_s=FOREVER)
    assert _back(ledger, dead={"w"}) == [0]
    held = ledger.claim("first", "v", lease_s=FOREVER)
    words = {
        "finish": {"values": (1.0,), "metrics": {}, "run_id": "x"},
        "fail": {"error": "no"},
        "beat": {"lease_s": 1.0},
        "started": {"run_id": "x"},
    }
    if end == "report":
        assert ledger.report(lost, 1, 1.0) is None
    else:
        assert not getattr(ledger, end)(lost, "w", **words.get(end, {}))
    assert ledger.jobs("first") == [held]


def test_an_earlier_attempt_of_the_same_worker_lost_the_job_too(ledger, sweep, jobs):
    ledger.create(sweep(), jobs(number=1))
    lost = ledger.claim("first", "w", lease_s=-1)
    assert _back(ledger) == [0]
    held = ledger.claim("first", "w", lease_s=FOREVER)
    assert not _finish(ledger, lost)
    assert not ledger.beat(lost, "w", lease_s=1.0)
    assert _finish(ledger, held)


def test_a_result_whose_answer_got_lost_is_written_once(ledger, sweep, jobs, monkeypatch):
    ledger.create(sweep(), jobs(number=1))
    job = ledger.claim("first", "w", lease_s=FOREVER)
    write = ledger.database.write
    # the server wrote it, but the connection broke before it said so: it is tried again
    monkeypatch.setattr(ledger.database, "write", lambda work: (write(work), write(work))[1])
    assert _finish(ledger, job)


def test_a_lease_is_lost_by_time_or_by_death(ledger, sweep, jobs):
    ledger.create(sweep(), jobs(number=4))
    over = ledger.claim("first", "slow", lease_s=-1)
    ledger.claim("first", "dead", lease_s=FOREVER)
    ledger.claim("first", "well", lease_s=FOREVER)
    ledger.started(over, "slow", run_id="kept")
    assert _back(ledger, dead={"dead"}) == [0, 1]
    assert _back(ledger, dead={"dead"}) == []
    assert _back(ledger, now=2 * 10**9 + FOREVER) == [2]
    job = ledger.claim("first", "w", lease_s=FOREVER)
    assert (job.number, job.run_id, job.attempts) == (0, "kept", 2)


def test_a_beat_between_look_and_take_keeps_the_job(ledger, sweep, jobs):
    ledger.create(sweep(), jobs(number=1))
    job = ledger.claim("first", "w", lease_s=-1)

    def is_dead(_):  # called after the look
        assert ledger.beat(job, "w", lease_s=FOREVER)
        return False

    assert ledger.reclaim("first", is_dead=is_dead) == []
    assert _finish(ledger, job)


def test_what_an_attempt_needed_is_kept_until_another_is_named(ledger, sweep, jobs):
    ledger.create(sweep(), jobs(number=1))
    for asked, kept in ((["a=8"], ("a=8",)), ((), ("a=8",)), (["a=4"], ("a=4",))):
        job = ledger.claim("first", "w", lease_s=FOREVER)
        assert ledger.release(job, "w", retry=asked)
        (now,) = ledger.jobs("first")
        assert (now.state, now.retry) == ("waiting", kept)


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
    assert _back(ledger) == [0]
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
