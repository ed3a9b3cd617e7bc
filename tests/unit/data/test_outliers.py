"""Limits against pandas and SciPy, on both engines."""

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats

from xinzhi.data import outliers
from xinzhi.data.engine import open_engine
from xinzhi.errors import DataError

NAN = float("nan")


def kept(engine, table, limits):
    """The ids that lie within each column's limits, and within all."""
    rows = engine.load(table)
    ones = {name: outliers.inside(rows, {name: pair}) for name, pair in limits.items()}
    told = rows.select("id", every=outliers.inside(rows, limits), **{f"in_{k}": v for k, v in
                                                                    ones.items()})  # fmt: skip
    frame = told.to_pyarrow().to_pandas().sort_values("id")
    within = {name: frame["id"][frame[f"in_{name}"]].tolist() for name in limits}
    both = set(frame["id"]).intersection(*within.values())
    assert frame["id"][frame["every"]].tolist() == sorted(both)
    return within


def sample(seed=0, rows=2000):
    dice = np.random.default_rng(seed)
    wide = dice.standard_cauchy(rows) * 1e6 + 1e9  # sums of these differ by their order
    skewed = dice.lognormal(3, 2, rows)
    skewed[::7] = np.nan
    whole = dice.integers(-50, 50, rows)
    whole[5] = 100_000
    single = (dice.normal(size=rows) * 1e-3).astype("float32")
    return pa.table({"id": range(rows), "wide": wide, "skewed": skewed, "whole": whole,
                     "single": single})  # fmt: skip


COLUMNS = ["wide", "skewed", "whole", "single"]


def test_iqr_is_that_of_pandas(engine):
    table = sample()
    frame = table.to_pandas()
    limits = outliers.fit(engine.load(table), dict.fromkeys(COLUMNS, "iqr"))
    found = kept(engine, table, limits)
    for column in COLUMNS:
        values = frame[column].astype("float64")
        low, high = values.quantile([0.25, 0.75])
        low, high = low - 1.5 * (high - low), high + 1.5 * (high - low)
        assert limits[column] == pytest.approx((low, high), rel=1e-10, abs=2e-9)
        assert found[column] == frame[values.between(low, high) | values.isna()]["id"].tolist()
        assert len(found[column]) < table.num_rows


def test_zscore_is_that_of_scipy(engine):
    table = sample()
    frame = table.to_pandas()
    limits = outliers.fit(engine.load(table), dict.fromkeys(COLUMNS, "zscore"))
    found = kept(engine, table, limits)
    for column in COLUMNS:
        values = frame[column].astype("float64").to_numpy()
        scores = np.abs(stats.zscore(values, nan_policy="omit"))
        assert found[column] == frame[(scores <= 3) | np.isnan(scores)]["id"].tolist()
        assert len(found[column]) < table.num_rows


@pytest.mark.usefixtures("spark")
def test_engines_agree_to_the_last_digit():
    found = []
    for name in ("duckdb", "spark"):
        with open_engine(name) as engine:
            rows = engine.load(sample(seed=4, rows=5000))
            rules = {f"{c}{i}": r for c in COLUMNS for i, r in enumerate(("iqr", "zscore"))}
            rows = rows.mutate(**{name: rows[name[:-1]] for name in rules})
            found.append(outliers.fit(rows, rules))
    assert found[0] == found[1]


def test_limits_come_from_training_rows_and_missing_numbers_are_no_outliers(engine):
    train = pa.table({"id": [0, 1, 2, 3, 4], "x": [1.0, 2.0, 3.0, 4.0, 1000.0]})
    test = pa.table({"id": range(6), "x": [None, NAN, math.inf, -math.inf, 7.0, 7.1]})
    limits = outliers.fit(engine.load(train), {"x": "iqr"})
    assert limits == {"x": (-1.0, 7.0)}
    assert kept(engine, train, limits) == {"x": [0, 1, 2, 3]}
    assert kept(engine, test, limits) == {"x": [0, 1, 4]}


def test_nan_beside_one_other_value_is_seen(engine):
    # the bounds in the file are 1.5 and 1.5, from which DuckDB would conclude that all are 1.5
    table = pa.table({"id": range(3), "x": [1.5, NAN, 1.5]})
    limits = outliers.fit(engine.load(table), {"x": "zscore"})
    assert limits == {"x": (1.5, 1.5)}
    assert kept(engine, table, {"x": (5.0, 9.0)}) == {"x": [1]}


def test_nan_and_infinity_teach_nothing(engine):
    clean = pa.table({"id": range(8), "x": [1.0, 2, 3, 4, 5, 6, 7, 8]})
    dirty = pa.table({"id": range(12), "x": [1.0, NAN, 2, 3, None, 4, 5, 6, math.inf, 7, 8,
                                            -math.inf]})  # fmt: skip
    for rule in ("iqr", "zscore"):
        one = outliers.fit(engine.load(clean), {"x": rule})
        assert outliers.fit(engine.load(dirty), {"x": rule}) == one


CONSTANTS = [1 / 3, 0.1 + 0.2, -7e-5, 123456789.123456789, 2.5e15, 0.0]


@pytest.mark.parametrize("decimals", [0, 9])
def test_a_column_of_one_value_loses_no_row(engine, decimals):
    rules = {f"{rule}{i}": rule for rule in ("iqr", "zscore") for i in range(len(CONSTANTS))}
    table = pa.table({"id": range(9), **{name: [CONSTANTS[int(name[-1])]] * 9 for name in rules}})
    limits = outliers.fit(engine.load(table), rules, decimals)
    assert kept(engine, table, limits) == {name: list(range(9)) for name in rules}


def test_limits_given_by_hand(engine):
    numbers = pa.array([-1, 0, 3, 7, None], pa.int32())
    table = pa.table({"id": range(5), "a": numbers, "b": numbers, "c": numbers})
    rules = {"a": [0, 3], "b": [None, 3], "c": [0.5, None]}
    assert kept(engine, table, outliers.fit(engine.load(table), rules)) == {
        "a": [1, 2, 4], "b": [0, 1, 2, 4], "c": [2, 3, 4],
    }  # fmt: skip


def test_no_number_no_limit(engine):
    empty = pa.table({"id": range(3), "x": pa.array([None] * 3, pa.float64())})
    limits = outliers.fit(engine.load(empty), {"x": "zscore"})
    assert limits == {"x": (None, None)}
    assert kept(engine, empty, limits) == {"x": [0, 1, 2]}


def test_json_keeps_limits(engine):
    import json

    limits = outliers.fit(engine.load(sample()), {"wide": "iqr", "whole": [None, 9]})
    again = json.loads(json.dumps(limits))
    assert kept(engine, sample(), again) == kept(engine, sample(), limits)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"x": "irq"}, "iqr"),
        ({"x": "median"}, "must be iqr, zscore or"),
        ({"x": [1]}, "must be iqr"),
        ({"x": [3, 1]}, "low ≤ high"),
        ({"x": ["a", 1]}, "of numbers"),
        ({"x": [NAN, 1]}, "of numbers"),
        ({"x": None}, "must be iqr"),
        ({"y": "iqr"}, "must have a column 'y'"),
        ({"s": "iqr"}, "column 's' is of type string"),
        ({"b": "zscore"}, "column 'b' is of type boolean"),
        ({"zeros": "iqr"}, "would drop every value but 0"),
    ],
)
def test_what_cannot_be_is_refused(rules, message):
    table = pa.table({"x": [1.0], "s": ["a"], "b": [True]})
    table = pa.concat_tables([table] * 10).append_column("zeros", pa.array([0.0] * 9 + [5.0]))
    with open_engine("duckdb") as engine, pytest.raises(DataError) as refused:
        outliers.fit(engine.load(table), rules)
    assert message in str(refused.value)


def test_pandas_reads_the_same_quartiles_of_few_rows(engine):
    values = np.random.default_rng(0).normal(size=8)
    columns = {f"x{n}": [*values[:n], *[None] * (8 - n)] for n in range(1, 9)}
    fitted = outliers.fit(engine.load(pa.table(columns)), dict.fromkeys(columns, "iqr"))
    for name, limits in fitted.items():
        low, high = pd.Series(columns[name], dtype="float64").quantile([0.25, 0.75])
        assert limits == pytest.approx((2.5 * low - 1.5 * high, 2.5 * high - 1.5 * low), abs=2e-9)
