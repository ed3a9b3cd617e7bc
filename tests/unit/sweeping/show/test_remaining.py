from dataclasses import replace

import made_up_sweeps as made_up
import pytest

from xinzhi.sweeping.show.remaining import job_left_s, left_s

SWEEP = made_up.sweep(trials=4, seeds=())
NOW = 1_000.0


def job(number, state, **changes):
    (made,) = made_up.jobs(replace(SWEEP, trials=1), pruned=0, failed=0)
    plain = replace(made, number=number, state=state, progress=0.0, started=None, ended=None)
    return replace(plain, **changes)


def test_a_job_takes_as_long_again_as_its_progress_says():
    half = job(0, "running", started=NOW - 30, progress=0.25)
    assert job_left_s(half, NOW) == pytest.approx(90)
    assert job_left_s(replace(half, progress=0.01), NOW) is None


def test_waiting_jobs_take_what_others_took_and_workers_share_them():
    done = [job(n, "finished", started=0.0, ended=60.0) for n in range(2)]
    running = [job(n, "running", started=NOW - 30, progress=0.5) for n in (2, 3)]
    assert left_s([*done, *running], 10, NOW) == pytest.approx((30 + 30 + 6 * 60) / 2)


def test_the_longest_running_job_is_the_least():
    running = [job(0, "running", started=NOW - 10, progress=0.5),
               job(1, "running", started=NOW - 50, progress=0.1)]  # fmt: skip
    assert left_s(running, 2, NOW) == pytest.approx(450)


def test_nobody_can_tell_before_anything_was_done():
    assert left_s([job(0, "running", started=NOW)], 5, NOW) is None
    assert left_s([job(0, "waiting")], 5, NOW) is None


def test_results_that_were_there_already_say_nothing_about_time():
    cached = job(0, "finished", started=0.0, ended=0.0, cached_from="old/1")
    assert left_s([cached, job(1, "running", started=NOW)], 3, NOW) is None
