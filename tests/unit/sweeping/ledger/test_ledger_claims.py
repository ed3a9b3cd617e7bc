"""Who gets a job, who loses it, and what the holder alone may write."""

import pytest

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


def test_a_job_whose_lease_ran_out_is_taken_up_again_unless_somebody_has_it(ledger, sweep, jobs):
    ledger.create(sweep(), jobs(number=2))
    one, other = (ledger.claim("first", "w", lease_s=0.001) for _ in range(2))
    assert not ledger.regain(one, "w", lease_s=FOREVER)  # it runs
    assert len(ledger.reclaim("first", is_dead=lambda _: False, now=4e9)) == 2
    assert ledger.regain(one, "w", lease_s=FOREVER)
    assert ledger.beat(one, "w", lease_s=FOREVER)
    assert ledger.claim("first", "x", lease_s=FOREVER).number == other.number
    assert not ledger.regain(other, "w", lease_s=FOREVER)
    assert ledger.release(one, "w")
    assert not ledger.regain(one, "w", lease_s=FOREVER)  # it was given back
