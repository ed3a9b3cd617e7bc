"""The profile of a snapshot, held against pandas and NumPy."""

import datetime as dt
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xinzhi.data.profile import QUANTILES, profile, quantiles

SPLITS = ("train", "val", "test")


def frozen(folder, **tables):
    """Parquet per split, as a snapshot has it; splits that are not given have no rows."""
    folder.mkdir(parents=True, exist_ok=True)
    schema = next(iter(tables.values())).schema
    for split in SPLITS:
        table = tables.get(split, schema.empty_table())
        pq.write_table(table, folder / f"{split}.parquet")
    return folder


def rows(n, seed=0):
    draw = np.random.default_rng(seed)
    numbers = draw.lognormal(3, 2, n).round(3)
    numbers[::17] = np.nan
    when = pd.Timestamp("2020-01-01", tz="UTC") + pd.to_timedelta(draw.integers(0, 900, n), "D")
    texts = ["字" * int(k) + "🙂" for k in draw.geometric(0.02, n)]
    place = draw.choice(["Köln", "上海", None, "it's"], n)
    table = {"text": texts, "label": draw.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1]),
             "row": np.arange(n), "cost": numbers, "when": when, "place": place,
             "id": [f"{seed}-{i}" for i in range(n)], "count": draw.integers(-5, 9, n)}  # fmt: skip
    table = pa.Table.from_pandas(pd.DataFrame(table), preserve_index=False)
    real = pa.array(numbers, from_pandas=False)  # NaN, where pandas would write null
    return table.set_column(table.column_names.index("cost"), "cost", real)


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    tables = {"train": rows(3000), "val": rows(400, 1), "test": rows(801, 2)}
    folder = frozen(tmp_path_factory.mktemp("it's [a] *cache?") / "s", **tables)
    frames = {split: table.to_pandas() for split, table in tables.items()}
    return profile(folder), frames


def test_it_is_plain_json(known):
    assert json.loads(json.dumps(known[0], allow_nan=False)) == known[0]


def test_rows_and_labels_are_those_of_pandas(known):
    told, frames = known
    assert told["rows"] == {split: len(frame) for split, frame in frames.items()}
    for split, frame in frames.items():
        counted = {label: own[split] for label, own in told["labels"]["counts"].items()}
        assert counted == frame["label"].value_counts().to_dict()
    assert list(told["labels"]["counts"]) == ["a", "b", "c"]  # the most frequent first


def test_lengths_are_in_characters_with_numpys_quantiles(known):
    told, frames = known
    for split, frame in frames.items():
        lengths = frame["text"].str.len()
        own = told["lengths"]["splits"][split]
        assert own["quantiles"] == np.quantile(lengths, QUANTILES, method="inverted_cdf").tolist()
        assert own["mean"] == pytest.approx(lengths.mean(), rel=1e-5)
        width = told["lengths"]["width"]
        bins = (lengths // width).clip(upper=len(told["lengths"]["histogram"][split]) - 1)
        assert told["lengths"]["histogram"][split] == np.bincount(bins, minlength=24).tolist()


def test_numbers_are_summed_up_without_gaps(known):
    told, frames = known
    for column in ("cost", "count"):
        for split, frame in frames.items():
            there = frame[column].dropna()
            own = told["numbers"][column][split]
            assert own["rows"] == len(there)
            assert own["mean"] == pytest.approx(there.mean(), rel=1e-5)
            expected = np.quantile(there, QUANTILES, method="inverted_cdf")
            assert own["quantiles"] == pytest.approx(expected.tolist(), rel=1e-5)


def test_missing_values_are_counted_nan_among_them(known):
    told, frames = known
    for split, frame in frames.items():
        for column, n in frame.drop(columns="row").isna().sum().items():
            assert told["missing"][column][split] == n
    assert told["missing"]["cost"]["train"] > 100


def test_frequent_values_are_told_of_columns_that_have_some(known):
    told, frames = known
    both = pd.concat(frames.values())
    places = both["place"].value_counts().to_dict()
    assert dict(map(tuple, told["values"]["place"]["top"])) == places
    assert told["values"]["place"]["distinct"] == 3
    assert "top" not in told["values"]["id"]
    assert told["values"]["id"]["distinct"] == pytest.approx(len(both), rel=0.2)


def test_moments_have_a_first_and_a_last(known):
    told, frames = known
    for split, frame in frames.items():
        own = told["moments"]["when"][split]
        assert pd.Timestamp(own["first"]) == frame["when"].min()
        assert pd.Timestamp(own["last"]) == frame["when"].max()


def test_several_labels_in_a_row_count_each(tmp_path):
    labels = pa.array([["a", "b"], ["b"], []], pa.list_(pa.string()))
    told = profile(frozen(tmp_path, train=pa.table({"text": ["x", "y", "z"], "label": labels})))
    assert {label: own["train"] for label, own in told["labels"]["counts"].items()} == {
        "a": 1, "b": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"text": pa.array([], pa.string()), "label": pa.array([], pa.string())}),
        pa.table({"text": pa.array([None, ""], pa.string())}),
        pa.table({"a": pa.array([float("nan"), float("inf"), None])}),
        pa.table({"A": [1, 2], "a": [True, None], 'q"; DROP TABLE x; --': ["u", "v"]}),
        pa.table({"d": [dt.date(2024, 2, 29)], "b": [b"\x00\xff"], "s": [{"x": 1}]}),
        pa.table({"n": pa.array([10**12, None]).cast(pa.decimal128(24, 2))}),
        pa.table({"k": pa.array(["x", "y", "x"]).dictionary_encode()}),
    ],
    ids=["no rows", "no text", "no number", "hostile names", "odd types", "decimal", "dictionary"],
)
def test_odd_columns_do_no_harm(tmp_path, table):
    told = profile(frozen(tmp_path, train=table))
    json.dumps(told, allow_nan=False)
    assert told["rows"].get("train", 0) == len(table)
    assert set(told["missing"]) == set(table.column_names)


def test_quantiles_of_counts_are_those_of_the_values():
    draw = np.random.default_rng(5)
    for _ in range(50):
        values = draw.integers(0, 12, draw.integers(1, 40))
        counted = sorted(pd.Series(values).value_counts().items())
        expected = np.quantile(values, QUANTILES, method="inverted_cdf")
        assert quantiles(counted, QUANTILES) == expected.tolist()
