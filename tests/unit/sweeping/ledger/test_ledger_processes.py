"""A ledger under many processes, some of which are killed in the midst of writing."""

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest

from xinzhi.sweeping.ledger.holders import is_dead
from xinzhi.sweeping.ledger.ledger import Ledger
from xinzhi.sweeping.records import Job

FOREVER = 3600.0
HEAD = """
import sys, time
from xinzhi.sweeping.ledger.holders import holder
from xinzhi.sweeping.ledger.ledger import Ledger
place, me = sys.argv[1], holder()
"""
WORK = """
ledger = Ledger.open(place)
print("ready", flush=True)
sys.stdin.readline()
while (job := ledger.claim("first", me, lease_s=3600)) is not None:
    ledger.beat(job, me, lease_s=3600, progress=0.5)
    ledger.report(job, 1, job.number)
    assert ledger.finish(job, me, values=(job.number,), metrics={}, run_id=me)
    print(job.number, flush=True)
"""
HOLD = """
job = Ledger.open(place, create=False).claim("first", me, lease_s=3600)
print(job.number, flush=True)
time.sleep(600)
"""
WRITE = """
ledger = Ledger.open(place)
print("ready", flush=True)
job = ledger.claim("first", me, lease_s=3600)
for step in range(10**9):
    ledger.report(job, step % 50, step)
    ledger.beat(job, me, lease_s=3600)
"""
ASK = """
from pathlib import Path
ledger, count = Ledger.open(place), Path(sys.argv[2])
for _ in range(10):
    with ledger.asking("first"):
        before = int(count.read_text())
        time.sleep(0.002)
        count.write_text(str(before + 1))
"""
OPEN = "Ledger.open(place)"


@pytest.fixture
def start(place):
    """Starts a process that runs a script on the ledger; all are ended with the test."""
    started = []

    def start(script, *words):
        command = [sys.executable, "-c", HEAD + script, place, *map(str, words)]
        process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def _intact(place):
    if place.startswith("postgresql"):
        return True
    with closing(sqlite3.connect(place)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_eight_processes_do_each_job_exactly_once(ledger, start, place, sweep, jobs):
    twins = [f"id{n % 60}" for n in range(80)]  # twenty of them are the same training as another
    ledger.create(sweep(), jobs(identities=twins))
    workers = [start(WORK) for _ in range(8)]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    done = [worker.communicate("go\n", timeout=120)[0].split() for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 8
    assert ledger.claim("first", "last", lease_s=FOREVER) is None
    trained = sorted(int(number) for numbers in done for number in numbers)
    read = ledger.jobs("first")
    assert len(trained) == len({twins[number] for number in trained}) == 60
    assert trained == [job.number for job in read if job.cached_from is None]
    assert {job.state for job in read} == {"finished"}
    assert {job.attempts for job in read if job.cached_from is None} == {1}
    assert _intact(place)


def test_what_a_killed_process_held_goes_to_another(ledger, start, sweep, jobs):
    ledger.create(sweep(), jobs(number=2))
    process = start(HOLD)
    assert process.stdout.readline() == "0\n"
    assert ledger.reclaim("first", is_dead=is_dead) == []
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    (lost,) = ledger.reclaim("first", is_dead=is_dead)
    assert (lost.number, lost.attempts) == (0, 1)
    assert ledger.claim("first", "w", lease_s=FOREVER).attempts == 2


def test_a_ledger_survives_kills_in_the_midst_of_writing(start, place, sweep, jobs):
    first = Ledger.open(place)
    first.create(sweep(), jobs(number=1))
    for moment_s in (0.02, 0.05, 0.1, 0.2):
        process = start(WRITE)
        assert process.stdout.readline() == "ready\n"
        time.sleep(moment_s)
        process.kill()
        process.wait(60)
        again = Ledger.open(place, create=False)
        again.reclaim("first", is_dead=is_dead)
        assert again.counts("first")["waiting"] == 1
        assert _intact(place)
        again.close()
    first.close()


def test_a_kill_while_it_is_made_leaves_what_can_be_made(start, place, sweep, jobs):
    for moment_s in (0.3, 0.4, 0.5, 0.6):  # imports take about as long
        process = start(OPEN)
        time.sleep(moment_s)
        process.kill()
        process.wait(60)
    made = Ledger.open(place)
    made.create(sweep(), jobs(number=1))
    assert made.counts("first")["waiting"] == 1
    made.close()


def test_four_processes_make_one_ledger(start, place):
    together = [start(OPEN) for _ in range(4)]
    assert [process.wait(60) for process in together] == [0] * 4
    Ledger.open(place, create=False).close()


def test_one_asks_at_a_time(start, tmp_path):
    count = tmp_path / "count"
    count.write_text("0")
    together = [start(ASK, count) for _ in range(4)]
    assert [process.wait(120) for process in together] == [0] * 4
    assert count.read_text() == "40"


def test_another_sweep_is_asked_for_meanwhile(ledger):
    with ledger.asking("first"), ledger.asking("second"):
        pass


def test_who_asks_and_is_killed_keeps_nobody_waiting(ledger, start):
    process = start('with Ledger.open(place).asking("first"): print(1, flush=True); time.sleep(99)')
    assert process.stdout.readline() == "1\n"
    process.kill()
    process.wait(60)
    with ledger.asking("first"):
        pass


def test_threads_of_a_process_share_a_ledger(ledger, sweep, jobs):
    ledger.create(sweep(), jobs(number=40))
    got = []

    def work(name):
        while (job := ledger.claim("first", name, lease_s=FOREVER)) is not None:
            got.append(job.number)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(got) == list(range(40))


def test_a_reader_does_not_wait_for_a_writer(ledger, sweep):
    ledger.create(sweep(), [Job(sweep="first", number=0, trial=0, identity="x")])

    def slow(_):
        since = time.monotonic()
        other = threading.Thread(target=ledger.jobs, args=("first",))
        other.start()
        other.join(10)
        return time.monotonic() - since

    assert ledger.database.write(slow) < 5
