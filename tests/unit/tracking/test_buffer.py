import threading

import pytest

from xinzhi.tracking.buffer import MetricBuffer, Row


def row(step, value=1.0):
    return Row("loss", value, 1_700_000_000_000 + step, step)


class LockedError(Exception):
    error_code = "TEMPORARILY_UNAVAILABLE"


@pytest.fixture
def written():
    return []


@pytest.fixture
def buffer(written):
    buffer = MetricBuffer(written.append, every_n_seconds=3600)
    yield buffer
    buffer.close()


def test_rows_arrive_once_in_order_and_in_one_batch(buffer, written):
    for step in range(100):
        buffer.add([row(step)])
    assert written == []  # nothing was written by the caller's own thread
    buffer.flush()
    buffer.flush()
    assert written == [[row(step) for step in range(100)]]


def test_the_thread_writes_without_being_asked():
    arrived = threading.Event()
    buffer = MetricBuffer(lambda _: arrived.set(), every_n_seconds=0.01)
    buffer.add([row(1)])
    assert arrived.wait(10)
    buffer.close()


def test_what_passes_is_tried_again_and_nothing_is_lost(written):
    failures = iter([LockedError("database is locked"), ConnectionError("connection refused")])

    def send(rows):
        for error in failures:
            raise error
        written.extend(rows)

    buffer = MetricBuffer(send, every_n_seconds=3600)
    buffer.add([row(1)])
    buffer.add([row(2)])
    buffer.flush()
    buffer.close()
    assert written == [row(1), row(2)]


def test_what_does_not_pass_is_raised_by_the_next_call():
    def send(rows):
        raise OSError(28, f"No space left on device, {len(rows)} rows")

    buffer = MetricBuffer(send, every_n_seconds=0.01)
    buffer.add([row(1)])
    buffer._thread.join(10)  # it gives up
    with pytest.raises(OSError, match="No space left"):
        buffer.add([row(2)])
    assert buffer.unsent == [row(1)]  # still there, to be spilled
    buffer.close()


def test_patience_ends():
    def send(_):
        raise LockedError("database is locked")

    buffer = MetricBuffer(send, every_n_seconds=3600)
    buffer.add([row(1)])
    with pytest.raises(LockedError):
        buffer.flush(patience_s=0)
    buffer.close()
    assert buffer.unsent == [row(1)]
