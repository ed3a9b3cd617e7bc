"""Where a sweep stands, as `xinzhi sweep status` tells it to people and to programs."""

from dataclasses import replace

import made_up_sweeps as made_up
import pytest

from xinzhi.sweeping.ledger.ledger import Ledger
from xinzhi.sweeping.ledger.presence import Present
from xinzhi.sweeping.result import Version
from xinzhi.sweeping.search.final import FINAL
from xinzhi.sweeping.search.search import ranking
from xinzhi.sweeping.show import attendance, standing, telling

SWEEP = made_up.sweep(trials=2, fixed=("experiment=reviews", "datamodule.token_budget=4096"))
CONTROLLER = "node7:boot7:77:1.0"


@pytest.fixture
def jobs():
    """Two configurations with three seeds each; the best of all is job 4, of seed 1."""
    made = made_up.jobs(SWEEP, pruned=0, failed=0)
    values = (0.7, 0.71, 0.72, 0.8, 0.9, 0.85)
    return [replace(job, values=(value,)) for job, value in zip(made, values, strict=True)]


def last(of, **changes):
    fields = {"state": "finished", "values": (), "metrics": {"test/f1_macro": 0.8, "fit_s": 0.0}}
    return replace(of, number=FINAL, trial=FINAL, **(fields | changes))


@pytest.fixture(autouse=True)
def _project(store_folder):
    """A store of its own, with no page in it."""


def test_the_best_run_carries_its_seed_and_what_its_last_attempt_needed(jobs):
    jobs[4] = replace(jobs[4], retry=("datamodule.token_budget=512",))
    result = standing.summed_up(SWEEP, jobs)
    assert "seed=1" in result.best_run
    assert not any(word.startswith("seed=") for word in result.best)
    assert "datamodule.token_budget=512" in result.best_run
    assert "datamodule.token_budget=4096" not in result.best_run  # no key stands twice


def test_programs_get_what_failed_and_how_the_configurations_rank(jobs):
    jobs[0] = replace(
        jobs[0], state="failed", values=(), error="no postgresql://a:s3cret@db/x\nmore", log="0.log"
    )
    result = standing.summed_up(SWEEP, jobs)
    (failed,) = result.failed
    assert (failed.number, failed.log) == (0, "0.log")
    assert failed.error == "no postgresql://a:***@db/x"
    assert failed.command == telling.command_alone(SWEEP, jobs[0])
    expected = ranking(SWEEP, jobs)
    assert [one.trial for one in result.standings] == [one.trial for one in expected] == [1, 0]
    assert [one.seeds for one in result.standings] == [3, 2]
    assert [one.complete for one in result.standings] == [True, False]
    assert result.standings[0].values == {"val/f1_macro": expected[0].values[0]}


def test_one_seed_has_no_spread(jobs):
    assert standing.summed_up(SWEEP, jobs[:1]).standings[0].spreads == {}


def test_a_final_run_that_fitted_nothing_has_no_time_of_fitting(jobs):
    taken_over = standing.summed_up(SWEEP, [*jobs, last(jobs[4])])
    assert taken_over.metrics == {"test/f1_macro": 0.8}
    again = last(jobs[4], metrics={"test/f1_macro": 0.8, "fit_s": 3.5})
    assert standing.summed_up(SWEEP, [*jobs, again]).metrics["fit_s"] == 3.5


@pytest.mark.parametrize(("number", "told"), [(3, None), (4, "and 1 more job failed"),
                                              (6, "and 3 more jobs failed")])  # fmt: skip
def test_failures_that_are_not_shown_are_counted(jobs, number, told):
    broken = [replace(job, state="failed", values=(), error="no") for job in jobs[:number]]
    table = standing.summed_up(SWEEP, [*broken, *jobs[number:]]).table()
    assert table.count("  alone: ") == 3
    assert (told is None and "more job" not in table) or told in table


def test_the_version_and_the_page_are_told(jobs):
    page = standing.page_of(SWEEP)
    assert standing.summed_up(SWEEP, jobs).page is None
    page.parent.mkdir(parents=True)
    page.touch()
    version = Version("reviews", 3, ("challenger",))
    result = standing.summed_up(SWEEP, [*jobs, last(jobs[4])], version=version)
    assert "registered as reviews version 3, alias challenger" in result.table()
    assert f"page: {page}" in result.table()
    assert (result.version, result.page) == (3, str(page))


def test_a_last_job_that_failed_is_called_by_what_it_does_and_can_be_retried(jobs):
    broken = last(jobs[4], state="failed", error="the disk is full")
    table = standing.summed_up(SWEEP, [*jobs, broken]).table()
    assert "job -1" not in table
    assert "the best configuration failed" in table
    assert "sweep retry-failed" in table


def test_a_sweep_that_nobody_looks_after_says_so_and_how_it_goes_on(jobs):
    worker = Present("node8:boot8:78:1.0", CONTROLLER, 1)
    jobs[5] = replace(jobs[5], state="running", values=())
    told = attendance.unattended(SWEEP, [worker])
    assert "nobody looks after the sweep now" in told
    assert "1 worker is still at it (1 on node8), with 1 job" in told
    result = standing.summed_up(SWEEP, jobs, unattended=told)
    assert told in result.table()
    assert "sweep resume lr_and_width" in result.table()
    assert "sweep resume" not in standing.summed_up(SWEEP, jobs).table()


def test_a_sweep_with_a_controller_or_without_need_of_one_is_not_left_alone():
    there = [Present(CONTROLLER, CONTROLLER, 0), Present("node8:boot8:78:1.0", CONTROLLER, 1)]
    assert attendance.unattended(SWEEP, there) == ""
    assert attendance.unattended(replace(SWEEP, phase="ended"), []) == ""


def test_the_job_that_tests_is_counted_in_no_list(tmp_path, jobs):
    ledger = Ledger.open(tmp_path / "sweeps.db")
    ledger.create(SWEEP, [*(replace(job, state="finished") for job in jobs), last(jobs[4])])
    ((_, counts),) = attendance.of_the_search(ledger)
    assert sum(counts.values()) == len(jobs)
