import os
import pty
import sys
import time
from dataclasses import replace

import made_up_sweeps as made_up
import pytest

from xinzhi.sweeping.search.final import FINAL
from xinzhi.sweeping.search.search import ranking
from xinzhi.sweeping.show import live as live_module
from xinzhi.sweeping.show.live import Live

SWEEP = made_up.sweep(trials=4, seeds=(0, 1))


@pytest.fixture
def jobs():
    """Eight jobs that wait."""
    chosen = made_up.jobs(SWEEP, pruned=0, failed=0)
    return [
        replace(job, state="waiting", values=(), reports={}, progress=0.0, started=None, ended=None)
        for job in chosen
    ]


def ended(job, state="finished", **changes):
    now = time.time() + 1
    values = (0.8 + job.number / 100,) if state == "finished" else ()
    return replace(
        job, state=state, values=values, started=now - 20, ended=now, attempts=1, **changes
    )


def show(live, jobs):
    live.show(jobs, ranking(SWEEP, jobs))


def test_each_end_is_a_line_once_with_the_best_so_far(jobs, capsys):
    with Live(SWEEP, 8) as live:
        show(live, jobs)
        jobs[0], jobs[1] = ended(jobs[0]), ended(jobs[1])
        jobs[2] = replace(jobs[2], state="running", progress=0.5, started=time.time() - 10)
        show(live, jobs)
        show(live, jobs)
    out, err = capsys.readouterr()
    assert out == ""
    first, second = err.splitlines()
    assert first.startswith("  job 0 finished in 20 s: val/f1_macro 0.8")
    assert "seed=0" in first
    assert "seed=1" in second
    assert "[2 of 8, best 0.8050 ± 0.0071 (trial 0), about" in second
    assert second.endswith("left]")
    assert "\x1b" not in err


def test_a_failure_says_why_and_how_to_repeat_it_alone(jobs, capsys):
    error = "DataError: the column `text` must be there\n  mend: data.columns.text=…"
    broken = ended(jobs[3], "failed", error=error, log="mlruns/sweeps/s/3.log")
    jobs[3] = replace(broken, retry=("datamodule.token_budget=512",))
    with Live(SWEEP, 8) as live:
        show(live, jobs)
        show(live, jobs)
    err = capsys.readouterr().err
    assert err.count("job 3 failed") == 1
    assert "  DataError: the column `text` must be there\n" in err
    assert "  log: mlruns/sweeps/s/3.log\n" in err
    alone = next(line for line in err.splitlines() if line.startswith("  alone: "))
    assert "train experiment=review_sentiment_zh optimizer.lr=" in alone
    assert alone.endswith("seed=1 datamodule.token_budget=512")


def test_secrets_in_an_error_stay_hidden(jobs, capsys):
    jobs[0] = ended(jobs[0], "failed", error="no way to postgresql://ana:s3cret@db/x")
    with Live(SWEEP, 8) as live:
        show(live, jobs)
    assert "postgresql://ana:***@db/x" in capsys.readouterr().err


def test_a_job_that_failed_again_is_told_again(jobs, capsys):
    waiting = jobs[0]
    with Live(SWEEP, 8) as live:
        show(live, [replace(ended(waiting, "failed"), attempts=1), *jobs[1:]])
        show(live, [replace(ended(waiting, "failed"), attempts=2), *jobs[1:]])
    assert capsys.readouterr().err.count("job 0 failed") == 2


def test_what_ended_before_this_command_is_only_counted(jobs, capsys):
    before = time.time() - 3600
    jobs[:5] = [replace(ended(job), ended=before) for job in jobs[:5]]
    with Live(SWEEP, 8) as live:
        show(live, jobs)
        jobs[5] = ended(jobs[5])
        show(live, jobs)
    first, second = capsys.readouterr().err.splitlines()
    assert first == "5 jobs of 8 ended before"
    assert "job 5 finished" in second


def test_many_results_that_were_there_already_are_one_line(jobs, capsys):
    with Live(SWEEP, 8) as live:
        show(live, jobs)
        show(live, [ended(job, cached_from="old/3") for job in jobs])
    (line,) = capsys.readouterr().err.splitlines()
    assert "8 jobs done already, in earlier sweeps" in line


def test_the_last_job_is_no_job_of_the_search(jobs, capsys):
    done = [ended(job) for job in jobs]
    last = replace(jobs[0], number=FINAL, trial=FINAL, state="running", started=time.time())
    with Live(SWEEP, 8) as live:
        show(live, done)
        show(live, [*done, last])
    err = capsys.readouterr().err
    assert "8 of 8" in err
    assert "its best configuration is tested and registered" in err


def test_the_last_job_has_no_number_and_is_not_counted(jobs, capsys):
    before = time.time() - 3600
    done = [replace(ended(job), ended=before) for job in jobs[:4]]
    last = replace(ended(jobs[0]), number=FINAL, trial=FINAL, values=())
    with Live(SWEEP, 8) as live:
        show(live, [*done, replace(last, ended=before), *jobs[4:]])
        show(live, [*done, replace(last, attempts=2), *jobs[4:]])
        show(live, [*done, replace(last, state="failed", error="no", attempts=3), *jobs[4:]])
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "4 jobs of 8 ended before"
    assert told[1].startswith("  the best configuration was tested and registered in 20 s  [")
    assert told[2].startswith("the best configuration failed after 20 s, attempt 3")
    assert "job -1" not in "".join(told)


def test_a_long_silence_is_broken(jobs, capsys, monkeypatch):
    jobs[0] = replace(jobs[0], state="running", progress=0.25, started=time.time() - 10)
    with Live(SWEEP, 8) as live:
        show(live, jobs)
        assert capsys.readouterr().err == ""
        monkeypatch.setattr(live_module, "_LINE_EVERY_S", 0.0)
        show(live, jobs)
    assert capsys.readouterr().err.startswith("  1 job running  [0 of 8, about")


ON_A_TERMINAL = """
import sys, time
sys.path.insert(0, {tests!r})
import made_up_sweeps as made_up
from xinzhi.sweeping.show.live import Live
from xinzhi.sweeping.search.search import ranking
sweep = made_up.sweep(trials=6)
jobs = made_up.jobs(sweep, running=3, pruned=0.9, failed=0.2)
with Live(sweep, 18) as live:
    for _ in range(50):
        live.show(jobs, ranking(sweep, jobs))
print("the answer")
"""


def on_a_terminal(**environment):
    from pathlib import Path

    code = ON_A_TERMINAL.format(tests=str(Path(made_up.__file__).parent))
    child, end = pty.fork()
    if child == 0:
        os.environ.update({"TERM": "xterm", "COLUMNS": "100", "LINES": "30"} | environment)
        os.execv(sys.executable, [sys.executable, "-c", code])  # noqa: S606
    told = b""
    while True:
        try:
            read = os.read(end, 65536)
        except OSError:
            break
        if not read:
            break
        told += read
    os.waitpid(child, 0)
    return told.decode()


def test_a_terminal_shows_the_best_and_what_runs_and_draws_rarely():
    told = on_a_terminal(NO_COLOR="1")
    assert "best" in told
    assert "job 1" in told
    assert "45%" in told
    assert "the answer" in told
    assert told.count("lr_and_width  tpe") <= 4  # of fifty looks in a moment
    assert "\x1b[3" not in told.replace("\x1b[3A", "")  # no colour was asked for


def test_a_terminal_that_can_do_nothing_gets_lines():
    told = on_a_terminal(TERM="dumb")
    assert "\x1b" not in told
    assert "ended before" in told
