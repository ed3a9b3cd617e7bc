"""The verdict of gates, their power held against simulation, and the budget of a test set."""

from itertools import accumulate

import numpy as np
import pytest

from xinzhi.errors import ConfigError, DataError
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.registry import budget
from xinzhi.registry.gates import Gate, verdict
from xinzhi.registry.power import Hurdle, examples_needed, power, smallest_gain


def pair(gains, *, n=4000, disagreement=0.1, seed=0, parts=2, accuracy=0.8):
    """Two models; the challenger's true gain in each of some equal parts."""
    dice = np.random.default_rng(seed)
    part = np.arange(n) * parts // n
    gain = np.broadcast_to(gains, parts)[part]
    drawn = dice.random(n)
    b = drawn < (disagreement + gain) / 2
    c = ~b & (drawn < disagreement)
    both = (drawn >= disagreement) & (drawn < accuracy + (disagreement + gain) / 2)
    slices = {f"part {one}": part == one for one in range(parts)}
    return tuple(outcomes(both | alone, slices) for alone in (c, b))


def outcomes(right, slices=None, rows=None):
    one = np.where(right, 0.2, 0.8)
    return Outcomes(
        kind="classes",
        rows=np.arange(len(right)) if rows is None else rows,
        columns={
            "truth": np.zeros(len(right), int),
            "probabilities": np.stack([1 - one, one], axis=1),
        },
        classes=("no", "yes"),
        slices=slices or {},
    )


GATE = Gate(metric="accuracy", gain=0.05, slice_margin=0.03, calibration_margin=None)


def test_a_better_model_passes_and_says_by_how_much():
    found = verdict(GATE, *pair(0.05))
    assert found.passed
    assert [gate.name for gate in found.gates] == ["main", "slice part 0", "slice part 1"]
    assert found.gates[0].sentence.endswith(": better")
    assert found.gates[0].figures["alpha"] == pytest.approx(0.025)
    assert 0 < found.smallest_effect < 0.05


def test_one_slice_that_becomes_worse_closes_the_gate():
    found = verdict(GATE, *pair([0.1, -0.06]))
    assert not found.passed
    assert found.closed == ("slice part 1",)
    assert found.gates[2].sentence.endswith(": worse by more than 3 points")


def test_equal_models_pass_where_not_being_worse_is_enough():
    equal = pair(0.0, n=20_000)
    assert verdict(GATE, *equal).closed == ("main",)
    assert verdict(Gate(metric="accuracy", rule="non_inferiority", gain=0.0), *equal).passed


def test_what_is_too_small_to_tell_is_refused_with_the_number_needed():
    found = verdict(GATE, *pair(0.05, n=300))
    assert not found.decidable
    assert not found.passed
    assert found.smallest_effect > 0.05
    assert found.examples_needed > 300
    enough = verdict(GATE, *pair(0.05, n=int(1.3 * found.examples_needed)))
    assert enough.decidable


def test_each_decision_on_a_test_set_leaves_less_for_the_next():
    two = pair(0.05)
    found = [verdict(GATE, *two, k_earlier=k) for k in range(3)]
    lows = [one.gates[0].figures["low"] for one in found]
    effects = [one.smallest_effect for one in found]
    assert lows == sorted(lows, reverse=True)
    assert effects == sorted(effects)
    assert found[1].alpha == pytest.approx(0.05 / 6)


def test_the_order_of_rows_is_nobodys_business():
    champion, challenger = pair(0.05)
    mixed = np.random.default_rng(0).permutation(len(challenger))
    one, other = (
        verdict(GATE, champion, challenger),
        verdict(GATE, champion, challenger.taken(mixed)),
    )
    assert one == other


def test_what_cannot_be_asked_is_answered():
    champion, challenger = pair(0.05)
    with pytest.raises(ConfigError, match="no objective"):
        verdict(Gate(), champion, challenger)
    with pytest.raises(DataError, match="none in common"):
        verdict(GATE, champion, outcomes(np.ones(4, bool), rows=np.arange(9000, 9004)))
    empty = champion.sliced({"nobody": np.zeros(len(champion), bool)})
    with pytest.raises(ConfigError, match="slice nobody must hold rows"):
        verdict(GATE, empty, challenger)


def test_power_is_the_share_that_passes():
    found = [verdict(GATE, *pair(0.03, seed=seed)) for seed in range(400)]
    passing = np.mean([not one.closed for one in found])
    hurdles = [
        Hurdle(name="main", error=0.005, alpha=0.025, margin=0, gains=True, examples=4000,
               disagreement=0.1),
        *[Hurdle(name="part", error=0.007, alpha=0.05, margin=0.03, gains=True, examples=2000,
                 disagreement=0.1)] * 2,
    ]  # fmt: skip
    assert power(hurdles, 0.03) == pytest.approx(passing, abs=0.03)


def test_the_smallest_gain_is_where_the_power_is_reached():
    hurdles = [Hurdle(name="main", error=0.01, alpha=0.025, margin=0, gains=True, examples=100)]
    assert smallest_gain(hurdles, 0.8) == pytest.approx(0.01 * (1.959964 + 0.841621), rel=1e-5)
    # a quarter of the error for a quarter of the gain
    assert examples_needed(hurdles, 0.01 * 2.801585 / 4, 0.8) == pytest.approx(1600, abs=2)


def test_models_that_answer_alike_on_few_rows_do_not_make_these_decide():
    right = np.arange(30) < 24
    for metric in ("accuracy", "f1_macro"):
        gate = Gate(metric=metric, calibration_margin=None)
        found = verdict(gate, outcomes(right), outcomes(right))
        assert not found.decidable
        assert found.smallest_effect > 0.02


def test_no_gain_helps_where_calibration_cannot_be_told():
    calibration = Hurdle(name="c", error=0.1, alpha=0.05, margin=0.02, gains=False, examples=50)
    assert smallest_gain([calibration], 0.8) is None
    assert examples_needed([calibration], 0.0, 0.8) > 50


def test_all_decisions_ever_spend_no_more_than_is_allowed():
    spent = list(accumulate(budget.share(k) for k in range(10_000)))
    assert spent[0] == 0.5
    assert 0.999 < spent[-1] < 1
    with pytest.raises(ValueError, match="0 or more"):
        budget.share(-1)


def test_one_that_is_worse_needs_no_more_examples():
    found = verdict(GATE, *pair(-0.08, n=300))
    assert found.worse
    assert found.examples_needed is None
    assert found.gates[0].sentence.endswith(": worse")
    assert not verdict(GATE, *pair(0.05)).worse


def test_a_slice_of_two_names_is_asked_once():
    champion, challenger = pair(0.05)
    twice = {"first half": challenger.slices["part 0"]}
    found = verdict(GATE, champion, challenger.sliced(twice))
    assert [gate.name for gate in found.gates] == ["main", "slice part 0", "slice part 1"]
