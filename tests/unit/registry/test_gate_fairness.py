"""Fairness as a gate: differences between groups before and after, by fairlearn."""

import numpy as np
import pyarrow as pa
import pytest

from xinzhi.errors import DataError
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.registry.gate_fairness import fair, groups

pytest.importorskip("fairlearn")
SEX = np.repeat(["f", "m"], 100)


def chosen(of_f, of_m):
    """Answers yes to the first so many of each group; the truth is yes for half of each."""
    answer = np.concatenate([np.arange(100) < of_f, np.arange(100) < of_m]).astype(int)
    return Outcomes(
        kind="classes",
        rows=np.arange(200),
        columns={"truth": np.tile(np.arange(100) < 50, 2).astype(int),
                 "probabilities": np.eye(2)[answer]},
        classes=("no", "yes"),
    )  # fmt: skip


@pytest.mark.parametrize(("of_f", "passed"), [(50, True), (46, True), (40, False)])
def test_a_difference_may_grow_by_the_margin(of_f, passed):
    found = fair(chosen(50, 50), chosen(of_f, 50), {"sex": SEX}, margin=0.05)
    parity = next(one for one in found if "demographic parity" in one.name)
    assert parity.passed is passed
    assert parity.figures["challenger"] == pytest.approx((50 - of_f) / 100)


def test_one_that_narrows_a_difference_passes():
    found = fair(chosen(20, 60), chosen(40, 60), {"sex": SEX}, margin=0.0)
    assert all(one.passed for one in found)


def test_groups_too_small_to_compare_close_the_gate():
    rare = np.array(["x"] * 5 + ["y"] * 195)
    (found,) = fair(chosen(50, 50), chosen(50, 50), {"rare": rare}, margin=0.05)
    assert not found.passed
    assert "fewer than two groups" in found.sentence


def test_groups_follow_the_rows():
    record = pa.table({"sex": ["a", "b", "c"]})
    found = groups(["sex"], record, np.array([30, 10, 20]), np.array([10, 20]))
    assert found["sex"].to_pylist() == ["b", "c"]
    with pytest.raises(DataError, match="sexx"):
        groups(["sexx"], record, np.array([1, 2, 3]), np.array([1]))
    with pytest.raises(DataError, match="are gone"):
        groups(["sex"], None, np.array([1]), np.array([1]))
