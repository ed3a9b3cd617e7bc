"""Work that takes long says how far it is and how long it will take."""

import itertools
import threading
import time

import pyarrow as pa
import pytest

from xinzhi.data import progress
from xinzhi.data.near_duplicates import representatives
from xinzhi.data.querying import connection


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr(progress, "_QUIET_S", 0.05)
    monkeypatch.setattr(progress, "_LINE_EVERY_S", 0.05)
    monkeypatch.setattr(progress, "_LOOK_EVERY_S", 0.01)


@pytest.mark.usefixtures("hasty")
def test_the_time_that_is_left_follows_from_the_part_done(capfd):
    with progress.progress("reading", since=time.monotonic() - 3) as advance:
        advance(0.25)
    assert capfd.readouterr().err == "  reading: 25%, about 9 s left\n"


@pytest.mark.usefixtures("hasty")
def test_a_long_query_is_told_and_a_short_one_is_not(capfd):
    short = itertools.cycle([-1.0, 0.0])
    with progress.watched(lambda: next(short), "preparing"):
        time.sleep(0.2)
    assert capfd.readouterr().err == ""
    done = itertools.count(1)
    with progress.watched(lambda: min(next(done), 99.0), "preparing"):
        time.sleep(0.4)
    said = capfd.readouterr().err
    assert said.startswith("  preparing: ")
    assert "s left" in said


def test_too_early_no_time_is_told(capfd):
    with progress.progress("reading", since=time.monotonic() - 5) as advance:
        advance(0.01)
        assert capfd.readouterr().err == ""
        advance(0.5)
    assert capfd.readouterr().err == "  reading: 50%, about 5 s left\n"


def test_short_work_is_not_worth_a_word_and_long_work_is(capfd, monkeypatch):
    with progress.after_a_while("comparing") as advance:
        advance(0.5)
    assert capfd.readouterr().err == ""
    monkeypatch.setattr(progress, "_QUIET_S", 0.0)
    texts = [pa.array([f"the door number {n} does not close" for n in range(2_000)])]
    representatives(texts, 0.9)
    said = capfd.readouterr().err
    assert "reading texts for near-duplicates: " in said
    assert "comparing texts: " in said


@pytest.mark.usefixtures("hasty")
def test_the_next_query_begins_anew(capfd):
    told = []

    def percent():
        told.append(50.0 + len(told) if len(told) < 40 else 1.0)
        time.sleep(0.01)
        return told[-1]

    with progress.watched(percent, "preparing"):
        until = time.monotonic() + 30
        while len(told) < 80 and time.monotonic() < until:
            time.sleep(0.01)
    lines = capfd.readouterr().err.splitlines()
    shares = [int(line.split()[1].rstrip("%,")) for line in lines]
    assert max(shares) > 50
    assert shares[-1] == 1


@pytest.mark.usefixtures("hasty")
def test_a_real_query_is_watched_from_beside_and_no_thread_stays(capfd):
    before = threading.active_count()
    with connection() as con:
        con.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        con.execute("SET threads = 1")
        with progress.watched(con.query_progress, "counting"):
            asked = "SELECT count(DISTINCT md5(i::VARCHAR)) FROM range(1_500_000) t(i)"
            assert con.execute(asked).fetchall() == [(1_500_000,)]
    assert threading.active_count() == before
    assert "  counting: " in capfd.readouterr().err


@pytest.mark.usefixtures("hasty")
def test_work_without_a_known_end_says_what_is_done(capfd):
    with progress.told_meanwhile("preparing", lambda: "3 jobs are done"):
        time.sleep(0.2)
    assert capfd.readouterr().err.startswith("  preparing: 3 jobs are done, 0 s so far\n")


def test_an_error_inside_is_not_held_back():
    with pytest.raises(ValueError, match="broken"), progress.watched(lambda: -1.0, "x"):
        raise ValueError("broken")
