"""What gates say in words: in which direction a measure went, and whether rows can tell."""

import pytest

from xinzhi.registry import gate_measurements
from xinzhi.registry.gate_gains import Gain
from xinzhi.registry.gate_results import by_bound


def gained(gain, low, high, **changed):
    known = {"measure": "calibration_error", "champion": 0.0340, "challenger": 0.0385,
             "gain": gain, "low": low, "high": high, "error": 0.01, "alpha": 0.05,
             "examples": 103, "units": 103, "method": "made up"}  # fmt: skip
    return Gain(**{**known, **changed})


@pytest.mark.parametrize(
    ("gain", "margin", "told"),
    [
        (gained(-0.0045, -0.01, 0.001), 0.02, "(0.45 points worse, at worst 1 point worse): not"),
        (gained(0.02, 0.01, 0.03), 0.0, "(2 points better, at least 1 point better): better"),
        (gained(-0.6, -0.9, -0.3, relative=True), 0.0, "(60% worse, at worst 90% worse): worse"),
        (gained(-0.2, -0.3, -0.1), 0.027, "worse): worse by more than 2.7 points"),
        (gained(0.0, -0.1, 0.1), 0.027, "103 independent rows are too few to tell"),
        (gained(-0.05, -0.1, 0.01), 0.027, "may be worse by more than 2.7 points"),
    ],
)
def test_a_gain_is_told_as_better_or_worse(gain, margin, told):
    assert told in by_bound("main", gain, margin).sentence


@pytest.mark.parametrize(
    ("as_is", "found", "passed", "told"),
    [
        ([0.0780, 0.1500], [0.0655, 0.1481], True, "gets better; the champion's 0.0780 → 0.0655"),
        ([0.0780, 0.1500], [0.0780, 0.1500], True, "loses no more than the champion does"),
        ([0.1000, 0.1500], [0.1000, 0.1600], False, "loses 10% of the champion's value more"),
        ([0.1000, 0.1500], [0.1200, 0.1600], True, "loses no more than the champion does"),
    ],
)
def test_who_loses_nothing_by_a_bad_day_stands_it(as_is, found, passed, told):
    gate = gate_measurements._by_drop(
        "noise", as_is, found, "loss", 0.03, relative=True, examples=100
    )
    assert gate.passed is passed
    assert told in gate.sentence
