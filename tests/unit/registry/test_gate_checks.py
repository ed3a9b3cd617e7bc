"""Gates without statistics: rows that were seen, columns and classes, code and data; floors."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from xinzhi.data import snapshot as snapshots
from xinzhi.deployment.latency import Speed
from xinzhi.errors import ConfigError
from xinzhi.evaluation.keys import QUESTIONS, asked
from xinzhi.evaluation.outcomes import Outcomes, aligned
from xinzhi.registry import gate_checks, gate_floors, gate_measurements
from xinzhi.registry.gate_checks import Trained
from xinzhi.registry.gate_classes import on_same_classes


def run(**changed):
    found = {"label": "m/2", "commit": "abc123", "dirty": False, "diff": False, "packages": True,
             "own": False, "data": ("rows", "d" * 32), "config": {}}  # fmt: skip
    return Trained(**{**found, **changed})


@pytest.mark.parametrize(
    ("changed", "passed"),
    [
        ({}, True),
        ({"dirty": True}, False),
        ({"dirty": True, "diff": True}, True),
        ({"commit": ""}, True),
        ({"commit": "", "packages": False}, False),
        ({"commit": "", "own": True}, False),
        ({"data": ("", "")}, False),
    ],
)
def test_code_and_rows_must_be_known(changed, passed):
    assert gate_checks.provenance(run(**changed)).passed is passed


def takes(columns=("age", "job"), classes=("no", "yes"), **extra):
    return SimpleNamespace(columns=columns, classes=classes, table=True, **extra)


@pytest.mark.parametrize(
    ("challenger", "told"),
    [
        (takes(), None),
        (takes(columns=("age",)), None),
        (takes(columns=("age", "pay")), "asks for pay"),
        (takes(columns=("age", "pay"), required=("age",)), None),
        (takes(classes=("no",)), "no longer answers yes"),
        (SimpleNamespace(columns=("age",), classes=("no", "yes")), "takes texts"),
    ],
)
def test_a_challenger_takes_what_the_champion_takes(challenger, told):
    found = gate_checks.signature(takes(), challenger)
    assert found.passed is (told is None)
    assert told is None or told in found.sentence


def test_a_new_class_is_told_but_breaks_nothing():
    found = gate_checks.signature(takes(), takes(classes=("maybe", "no", "yes")))
    assert found.passed
    assert "answers maybe too" in found.sentence


def classes(names, truth, answered, rows=None):
    return Outcomes(
        kind="classes",
        rows=np.arange(len(truth)) if rows is None else np.array(rows),
        columns={"truth": np.array(truth), "probabilities": np.eye(len(names))[answered]},
        classes=tuple(names),
    )


def test_models_of_other_classes_are_brought_to_those_of_both():
    old = classes(["a", "b"], [0, 1, -1], [0, 0, 1])
    new = classes(["c", "a", "b"], [1, 2, 0], [1, 2, 0], rows=[0, 1, 2])
    both = aligned(on_same_classes(old, new))
    right = [one.columns["probabilities"].argmax(1) == one.columns["truth"] for one in both]
    assert [list(map(bool, one)) for one in right] == [[True, False, False], [True, True, True]]
    assert (both[0].columns["truth"] == both[1].columns["truth"]).all()


@pytest.fixture
def frozen(tmp_path, monkeypatch):
    """A snapshot of which the rows 0 to 99 were trained on."""
    monkeypatch.setattr(snapshots, "snapshots_folder", lambda: tmp_path)
    parts = {"train": range(90), "val": range(90, 100), "test": range(100, 120)}
    tables = {name: pa.table({"row": list(rows)}) for name, rows in parts.items()}
    return snapshots.write(tables, {"name": "rows", "digest": "e" * 32}, inputs="x")


@pytest.mark.parametrize(
    ("rows", "fresh", "passed"),
    [(range(100, 300), 200, True), (range(99, 299), 199, True), (range(50, 250), 200, False)],
)
def test_rows_seen_in_training_are_left_out_or_close_the_gate(frozen, rows, fresh, passed):
    outcomes = classes(["a", "b"], [0] * 200, [0] * 200, rows=rows)
    which, gate = gate_checks.unseen(outcomes, [run(data=("rows", frozen.digest))], "d" * 32)
    assert (int(which.sum()), gate.passed) == (fresh, passed)


def test_every_question_about_a_row_was_seen_with_it(frozen):
    rows = np.concatenate([asked(np.arange(95, 105), question) for question in (0, 1)])
    settings = {QUESTIONS: {"asked": ["tail", "head"]}}
    outcomes = replace(classes(["a", "b"], [0] * 20, [0] * 20, rows=rows), settings=settings)
    _, gate = gate_checks.unseen(outcomes, [run(data=("rows", frozen.digest))], "d" * 32)
    assert gate.figures["seen"] == {"m/2": 10}


def test_rows_of_a_snapshot_that_is_gone_might_have_been_seen(frozen):
    outcomes = classes(["a", "b"], [0], [0])
    _, gate = gate_checks.unseen(outcomes, [run(data=("rows", "f" * 32))], frozen.digest)
    assert not gate.passed
    assert "nobody can say" in gate.sentence


def test_another_split_of_the_same_snapshot_was_not_seen(frozen):
    outcomes = classes(["a", "b"], [0], [0])
    _, gate = gate_checks.unseen(outcomes, [run(data=("rows", frozen.digest))], frozen.digest)
    assert gate.passed


@pytest.mark.parametrize(("ratio", "passed"), [(0.5, True), (2.0, True), (2.1, False)])
def test_time_is_limited(ratio, passed):
    speed = Speed(champion_ms=1.0, challenger_ms=ratio, ratio=ratio, turns=9, records=1)
    (found,) = gate_measurements.latency({"single": speed}, 2.0)
    assert found.passed is passed


def test_room_is_limited():
    assert gate_measurements.size(1.0, 3.9, 4.0).passed
    assert not gate_measurements.size(1.0, 4.1, 4.0).passed


def test_floors_are_numbers_or_what_the_baseline_reached():
    outcomes = classes(["a", "b"], [0, 1] * 50, [0, 1] * 45 + [0, 0] * 5)
    found = gate_floors.floors(
        outcomes,
        {"objective": "baseline", "calibration_error": 0.01},
        objective="accuracy",
        logged={"test_baseline/accuracy": 0.9},
    )
    assert [(one.name, one.passed) for one in found] == [
        ("floor accuracy", True),
        ("floor calibration_error", False),
    ]
    assert found[0].figures["low"] < 0.95 < found[0].figures["high"]


@pytest.mark.parametrize(
    ("floor", "told"), [("high", "must be a number"), ("baseline", "must have a baseline")]
)
def test_floors_that_cannot_be_asked_are_answered(floor, told):
    outcomes = classes(["a", "b"], [0, 1], [0, 1])
    with pytest.raises(ConfigError, match=told):
        gate_floors.floors(outcomes, {"accuracy": floor}, objective="accuracy", logged={})
