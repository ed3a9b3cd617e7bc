"""Fills against scikit-learn and pandas, on both engines."""

import datetime as dt
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.impute import SimpleImputer

from xinzhi.data import missing
from xinzhi.data.engine import open_engine
from xinzhi.errors import DataError

NAN = float("nan")
UTC = dt.UTC


def sample(seed, rows=500):
    dice = np.random.default_rng(seed)
    holes = dice.random((4, rows)) < 0.2
    wide = np.where(holes[0], np.nan, dice.lognormal(5, 3, rows))
    small = np.where(holes[1], np.nan, dice.normal(size=rows)).astype("float32")
    names = np.where(holes[2], None, dice.choice(["b", "a", "é", "", "你", "🙂"], rows))
    whole = pa.array(dice.integers(-9, 9, rows), pa.int32(), mask=holes[3])
    return pa.table({"id": range(rows), "wide": wide, "small": small, "whole": whole,
                     "name": pa.array(names, pa.string())})  # fmt: skip


def filled(engine, table, fitted):
    rows = engine.load(table)
    done = missing.fill(rows, fitted)
    assert done.schema() == rows.schema()
    return done.to_pyarrow().to_pandas().sort_values("id").reset_index(drop=True)


@pytest.mark.parametrize(
    ("rule", "strategy"), [("median", "median"), ("mean", "mean"), ("mode", "most_frequent")]
)
def test_numbers_are_filled_as_scikit_learn_does(engine, rule, strategy):
    train, test = sample(0), sample(1)
    columns = ["wide", "small", "whole"]
    fitted = missing.fit(engine.load(train), dict.fromkeys(columns, rule))
    imputer = SimpleImputer(strategy=strategy).fit(train.to_pandas()[columns].astype("float64"))
    expected = imputer.transform(test.to_pandas()[columns].astype("float64"))
    expected[:, 2] = np.where(test["whole"].is_null(), np.round(expected[:, 2]), expected[:, 2])
    found = filled(engine, test, fitted)[columns].astype("float64").to_numpy()
    assert np.allclose(found, expected, rtol=1e-7, atol=1e-9)
    assert not np.isnan(found).any()


def test_the_most_frequent_value_and_of_ties_the_smallest(engine):
    train = pa.table({
        "a": ["b", "b", "é", "é", "z", None, None, None],
        "b": [True, False, None, None, None, None, None, None],
        "c": [NAN, NAN, NAN, 2.0, 1.0, 1.0, 2.0, None],
        "d": [-0.0, 0.0, 0.0, -0.0, 5.0, 5.0, 5.0, None],
        "e": [7, 8, 9, 3, None, None, None, None],
        "f": ["你", "🙂", "\uffff", None, None, None, None, None],
    })  # fmt: skip
    fitted = missing.fit(engine.load(train), dict.fromkeys("abcdef", "mode"))
    assert fitted == {"a": "b", "b": False, "c": 1.0, "d": 0.0, "e": 3, "f": "你"}
    frame = train.to_pandas()
    for column in "abce":  # pandas gives all modes, in order
        assert frame[column].dropna().mode()[0] == fitted[column]


def test_types_stay_and_json_keeps_what_was_fitted(engine):
    moment = dt.datetime(2024, 3, 31, 2, 30, tzinfo=UTC)
    train = pa.table({
        "id": range(3),
        "day": pa.array([dt.date(2024, 2, 29)] * 2 + [None]),
        "zoned": pa.array([moment, moment, None], pa.timestamp("us", "UTC")),
        "money": pa.array([Decimal("1.10"), Decimal("2.21"), None], pa.decimal128(12, 2)),
        "tiny": pa.array([3, 4, None], pa.int8()),
        "single": pa.array([0.1, 0.2, None], pa.float32()),
        "flag": pa.array([True, True, None]),
    })  # fmt: skip
    rules = {"day": "mode", "zoned": "mode", "money": "median", "tiny": "mean", "single": "mean",
             "flag": "mode"}  # fmt: skip
    fitted = json.loads(json.dumps(missing.fit(engine.load(train), rules)))
    assert fitted == {
        "day": "2024-02-29", "zoned": "2024-03-31T02:30:00", "money": "1.66", "tiny": 4,
        "single": pytest.approx(0.15), "flag": True,
    }  # fmt: skip
    last = filled(engine, train, fitted).iloc[2]
    assert last["day"] == dt.date(2024, 2, 29)
    assert pd.Timestamp(last["zoned"]).tz_localize(None) == pd.Timestamp("2024-03-31T02:30:00")
    assert last["money"] == Decimal("1.66")
    assert last["tiny"] == 4
    assert last["single"] == pytest.approx(0.15)
    assert bool(last["flag"]) is True


def test_constants_and_dropping(engine):
    table = pa.table({
        "id": range(4),
        "x": [1.0, NAN, None, 4.0],
        "n": [None, 2, 3, None],
        "s": ["a", None, "", None],
        "t": pa.array([None, dt.datetime(2024, 1, 1, tzinfo=UTC)] * 2, pa.timestamp("us", "UTC")),
    })  # fmt: skip
    rules = {"x": 0, "n": -1, "s": "unknown", "t": "2020-01-01T01:00:00+01:00"}
    fitted = missing.fit(engine.load(table), rules)
    found = filled(engine, table, fitted)
    assert found["x"].tolist() == [1.0, 0.0, 0.0, 4.0]
    assert found["n"].tolist() == [-1, 2, 3, -1]
    assert found["s"].tolist() == ["a", "unknown", "", "unknown"]
    assert pd.to_datetime(found["t"], utc=True)[0] == pd.Timestamp("2020-01-01", tz="UTC")
    assert filled(engine, table, {"x": "drop"})["id"].tolist() == [0, 3]
    assert filled(engine, table, {"x": "drop", "n": "drop"})["id"].tolist() == []
    assert filled(engine, table, {"x": "drop", "s": "-"})["s"].tolist() == ["a", "-"]
    assert filled(engine, table, {})["id"].tolist() == [0, 1, 2, 3]


def test_filling_twice_changes_nothing(engine):
    table = sample(3)
    fitted = missing.fit(engine.load(table), {"wide": "mean", "whole": "mode", "name": "mode"})
    once = filled(engine, table, fitted)
    again = filled(engine, pa.Table.from_pandas(once, preserve_index=False), fitted)
    assert once.equals(again.astype(once.dtypes.to_dict()))


@pytest.mark.usefixtures("spark")
def test_a_mean_over_a_wide_range_is_the_same_on_both_engines():
    dice = np.random.default_rng(5)
    train = pa.table({"x": dice.standard_cauchy(20_000) * 1e8, "y": dice.random(20_000)})
    found = []
    for name in ("duckdb", "spark"):
        with open_engine(name) as engine:
            found.append(missing.fit(engine.load(train), {"x": "mean", "y": "mean"}))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"y": "mean"}, "must have a column 'y'"),
        ({"s": "mean"}, "column 's' is of type string"),
        ({"b": "median"}, "column 'b' is of type boolean"),
        ({"none": "median"}, "no training row has one"),
        ({"none": "mode"}, "no training row has one"),
        ({"x": "zero"}, "column's type float64, was 'zero'"),
        ({"x": NAN}, "column's type float64"),
        ({"x": True}, "column's type float64"),
        ({"n": 1.5}, "column's type int8"),
        ({"n": 300}, "column's type int8, was 300"),
        ({"n": True}, "column's type int8"),
        ({"s": 0}, "column's type string, was 0"),
        ({"b": 0}, "column's type boolean, was 0"),
        ({"d": "soon"}, "column's type date, was 'soon'"),
        ({"x": None}, "column's type float64, was None"),
        ({"l": "mode"}, "fills plain values only"),
    ],
)
def test_what_cannot_be_is_refused(rules, message):
    table = pa.table({
        "x": [1.0], "s": ["a"], "b": [True], "n": pa.array([1], pa.int8()),
        "d": [dt.date(2024, 1, 1)], "none": pa.array([None], pa.float64()), "l": [["a"]],
    })  # fmt: skip
    with open_engine("duckdb") as engine, pytest.raises(DataError) as refused:
        missing.fit(engine.load(table), rules)
    assert message in str(refused.value)
