"""The first sentence of a promotion: whether, why, what would change it."""

import pytest

from xinzhi.registry import promotion_advice, promotion_page, promotion_words
from xinzhi.registry.gate_results import GateResult, Verdict


def bound(name, gain, low, margin=0.0, error=0.005, **figures):
    passed = low > -margin
    figures |= {"gain": gain, "low": low, "high": 2 * gain - low, "margin": margin, "error": error}
    return GateResult(
        name=name, passed=passed, figures={"relative": False, **figures}, sentence=f"{gain:+.3f}"
    )


def verdict(gates, **changed):
    found = {"passed": all(one.passed for one in gates), "gates": gates, "decidable": True,
             "smallest_effect": 0.013, "power": 0.97, "examples_needed": 4210, "examples": 5000,
             "k_earlier": 0, "measure": "accuracy", "relative": False, "alpha": 0.025,
             "gain": 0.02, "wanted_power": 0.8, "hindered": ("main", 0.3)}  # fmt: skip
    return Verdict(**{**found, **changed})


def test_a_yes_says_why_and_what_is_closest():
    gates = [bound("main", 0.02, 0.01), bound("slice new", 0.0, -0.026, margin=0.027)]
    told = promotion_words.sentence("m/2", "m/1", gates, verdict(gates), override=None)
    assert told.startswith("Promote m/2 over m/1: +0.020, and the other 1 gate is open")
    assert told.endswith(
        "what would change it: 0.1 points less at the gate slice new, the closest of all."
    )


def test_a_no_says_what_is_closed_and_how_much_is_lacking():
    gates = [bound("main", 0.004, -0.006), bound("slice old", -0.02, -0.04, margin=0.027)]
    told = promotion_words.sentence("m/2", "m/1", gates, verdict(gates), override=None)
    assert told.startswith("Do not promote m/2 over m/1: main is closed")
    assert "0.6 points more of accuracy, and 1.3 points more in old" in told


def test_what_cannot_be_decided_says_what_could():
    gates = [bound("main", 0.05, 0.01)]
    found = verdict(gates, decidable=False, power=0.3, smallest_effect=0.0412)
    told = promotion_words.sentence("m/2", "m/1", gates, found, override=None)
    assert "5,000 examples cannot decide a gain of 2 points" in told
    assert "a test set of 4,300 examples like these or gate.gain=0.042" in told
    assert "To decide it takes 4,300 examples" in promotion_words.decides(found)


def test_an_override_says_its_reason():
    gates = [bound("main", 0.0, -0.01)]
    told = promotion_words.sentence(
        "m/2", None, gates, verdict(gates), override="the old one breaks"
    )
    assert told.startswith("Promote m/2 as the first champion by override (the old one breaks)")


@pytest.mark.parametrize(("k", "told"), [(0, "not decided before"), (2, "decided 2 times before")])
def test_the_budget_is_told(k, told):
    alpha = 0.05 / ((k + 1) * (k + 2))
    found = verdict([bound("main", 0.1, 0.05)], k_earlier=k, alpha=alpha)
    line = promotion_words.budget(found, k)
    assert told in line
    assert "of the 5%" in line


def test_the_budget_tells_decisions_that_spent_nothing():
    found = verdict([bound("main", 0.1, 0.05)], k_earlier=1, alpha=0.05 / 6)
    assert "decided 4 times before, on 1 other pair of models" in promotion_words.budget(found, 4)


def test_no_rows_mend_a_challenger_that_is_worse():
    gates = [bound("main", -0.5, -0.7)]
    found = verdict(gates, decidable=False, relative=True)
    assert promotion_advice.change(gates, found) == "a better challenger: this one is worse"


def test_a_slice_with_few_rows_asks_for_rows():
    few, bad = bound("slice west", 0.01, -0.2), bound("slice east", -0.1, -0.2)
    found = verdict([bound("main", 0.1, 0.05)])
    told = promotion_advice.change([few, bad, bad], found)
    assert "in west or more rows of it" in told
    assert told.count("in east") == 1


def floor(measure, value, least):
    figures = {"measure": measure, "challenger": value, "floor": least}
    return GateResult(name=f"floor {measure}", passed=True, figures=figures, sentence=measure)


def test_a_floor_is_passed_from_the_side_that_is_worse():
    told = promotion_words.sentence("m/1", None, [floor("rmse", 0.08, 0.1532)], None, override=None)
    assert "; rmse above 0.1532 would change that (floors look at the value itself" in told
    gates = [floor("accuracy", 0.9, 0.6)]
    told = promotion_words.sentence("m/1", None, gates, None, override=None)
    assert "accuracy below 0.6000 would change that" in told
    assert "below" not in promotion_words.sentence("m/1", None, [], None, override=None)


@pytest.mark.parametrize(
    ("decision", "begins"),
    [
        ("promoted", "Promote m/1 as"),
        ("refused", "Promote m/1 as"),
        ("waits for approval", "Waits for another person to approve, and the alias has not moved:"),
        ("would wait for approval", "Nothing was decided (dry=true), it would wait for another"),
        ("would promote", "Nothing was decided (dry=true): promote m/1"),
        ("would refuse", "Nothing was decided (dry=true): promote m/1"),
    ],
)
def test_what_waits_or_is_only_looked_at_says_so(decision, begins):
    told = promotion_words.as_decided("Promote m/1 as the first", decision, approvals=1)
    assert told.startswith(begins)
    assert "promote m/1 as the first" in told.lower()


def test_the_forest_lies_in_its_drawing_and_in_order():
    gates = [
        bound("main", 0.02, 0.01),
        bound("slice a", -0.02, -0.05, margin=0.027),
        GateResult(name="size", passed=True, figures={}, sentence=""),
        bound("slice b", 0.0, float("nan")),
    ]
    drawn = promotion_page.forest(gates)
    assert [row["name"] for row in drawn["rows"]] == ["main", "slice a"]
    for row in drawn["rows"]:
        assert 0 < row["low"] < row["gain"] < row["high"] < drawn["width"]
    main, worse = drawn["rows"]
    assert main["low"] > main["bound"]
    assert worse["low"] < worse["bound"]
    assert "0" in [tick["told"] for tick in drawn["ticks"]]
    assert promotion_page.forest([gates[2]]) is None
