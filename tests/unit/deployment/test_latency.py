import time

import pytest

from xinzhi.deployment.latency import megabytes, side_by_side


class Slow:
    """Takes its time, and notes what it was asked."""

    def __init__(self, seconds):
        self.seconds, self.asked = seconds, []

    def predict(self, records):
        self.asked.append(records)
        time.sleep(self.seconds)


def test_the_slower_one_is_slower_by_its_factor():
    found = side_by_side(Slow(0.01), Slow(0.03), [["a"], ["b"]], turns=7)
    assert found.ratio == pytest.approx(3, rel=0.3)
    assert found.champion_ms == pytest.approx(10, rel=0.3)
    assert (found.turns, found.records) == (7, 1)


def test_both_are_asked_the_same_in_turns():
    one, other = Slow(0), Slow(0)
    side_by_side(one, other, [["a"], ["b"], ["c"]], turns=5)
    assert one.asked == other.asked
    assert len(one.asked) == 7


def test_room_is_that_of_all_files(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "weights").write_bytes(b"0" * 2**20)
    (tmp_path / "more").write_bytes(b"0" * 2**19)
    assert megabytes(tmp_path) == 1.5
