"""Batches become Parquet of one schema, whatever types they came with."""

import json
import math
import random
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinzhi.data.opened import Want
from xinzhi.data.spelling import cell, portable, spelled
from xinzhi.data.staging import Stage
from xinzhi.data.values import column
from xinzhi.errors import DataError


@pytest.fixture
def staged(tmp_path):
    """What is written of batches."""

    def staged(*batches, **want):
        stage = Stage(tmp_path, Want(want.pop("columns", None), **want), "here")
        stage.add([pa.table(batch) for batch in batches])
        tables = [pq.read_table(file) for file in stage.files()]
        assert all(table.schema.equals(tables[0].schema) for table in tables)
        return pa.concat_tables(tables)

    return staged


SCALARS = st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.text() | st.floats()


@pytest.mark.parametrize(
    "kind", [pa.int8(), pa.int64(), pa.uint64(), pa.bool_(), pa.float64(), pa.string(), pa.date32()]
)
def test_arrow_spells_a_value_as_python_does(kind):
    values = {
        pa.bool_(): [True, False, None],
        pa.string(): ["3", "", "门", None],
        pa.date32(): [date(2024, 5, 1), None],
        pa.float64(): [3.0, 0.1, -0.0, 1e20, 1e-7, math.nan, math.inf, None, 2.0**53],
    }.get(kind, [3, 0, 100, None])
    assert spelled(pa.array(values, kind)).to_pylist() == [cell(value) for value in values]


@given(st.lists(st.floats() | st.integers(-(2**53), 2**53).map(float), max_size=30))
def test_floats_are_spelled_alike_in_any_company(values):
    together = spelled(pa.array(values, pa.float64())).to_pylist()
    assert together == [cell(value) for value in values]
    for value, word in zip(values, together, strict=True):
        assert word is None if math.isnan(value) else float(word) == value


@given(st.lists(SCALARS | st.lists(SCALARS, max_size=3), max_size=10))
def test_any_values_become_a_column(values):
    made = column([json.loads(json.dumps(value)) for value in values])
    assert len(made) == len(values)
    assert len(spelled(made)) == len(portable(made)) == len(values)


def test_moments_are_utc_and_without_idle_zeros():
    tokyo = timezone(timedelta(hours=9))
    values = [datetime(2024, 5, 1, 12, 30, tzinfo=tokyo), datetime(2024, 5, 1, 0, 0, 0, 250, UTC)]
    for unit in ("us", "ns"):
        words = spelled(pa.array(values, pa.timestamp(unit, "Asia/Tokyo"))).to_pylist()
        assert words == ["2024-05-01 03:30:00+00:00", "2024-05-01 00:00:00.00025+00:00"]
    seconds = pa.array([datetime(2024, 5, 1, 10, 20)], pa.timestamp("s"))
    assert spelled(seconds).to_pylist() == ["2024-05-01 10:20:00"]


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([Decimal("1.50"), None], pa.decimal128(5, 2), pa.float64()),
        ([Decimal(12), None], pa.decimal128(38, 0), pa.int64()),
        ([2**64 - 1], pa.uint64(), pa.string()),
        ([7], pa.uint64(), pa.int64()),
        ([time(1, 2)], pa.time64("us"), pa.string()),
        ([{"a": 1}], pa.struct([("a", pa.int8())]), pa.string()),
        (["x"], pa.large_string(), pa.string()),
        (["x"], pa.dictionary(pa.int8(), pa.string()), pa.string()),
        ([[1, 2]], pa.large_list(pa.uint8()), pa.list_(pa.int64())),
        ([[[1]]], pa.list_(pa.list_(pa.int8())), pa.string()),
        ([datetime(2024, 5, 1)], pa.timestamp("ns"), pa.timestamp("us")),
        ([UUID(int=7).bytes], pa.uuid(), pa.string()),
        ([np.float16(0.5)], pa.float16(), pa.float32()),
    ],
)
def test_types_that_every_engine_holds(values, kind, expected):
    made = portable(pa.array(values, kind))
    assert made.type == expected
    assert made.null_count == sum(value is None for value in values)


def test_types_that_differ_between_batches_become_one(staged):
    table = staged(
        {"a": [1, 2], "b": [1, 2], "c": pa.nulls(2), "d": ["x", "y"], "e": [date(2024, 5, 1)] * 2},
        {"a": [0.5], "b": ["n/a"], "c": [7], "d": [["p", "q"]],
         "e": [datetime(2024, 5, 1, 12, tzinfo=UTC)]},
        {"a": [None], "b": [True], "c": [None], "d": [None], "e": [None]},
    )  # fmt: skip
    assert table.to_pydict() == {
        "a": [1.0, 2.0, 0.5, None], "b": ["1", "2", "n/a", "true"], "c": [None, None, 7, None],
        "d": [["x"], ["y"], ["p", "q"], None],
        "e": [datetime(2024, 5, 1, tzinfo=UTC)] * 2 + [datetime(2024, 5, 1, 12, tzinfo=UTC), None],
    }  # fmt: skip
    assert table.schema.field("c").type == pa.int64()


def test_what_is_empty_throughout_is_a_string(staged):
    assert staged({"a": pa.nulls(3)}).schema.field("a").type == pa.string()


def test_numbers_of_text_files_are_numbers_where_their_spelling_survives(staged):
    table = staged(
        {"whole": ["1", ""], "real": ["1.50", "-2e3"], "key": ["007", "1"], "word": ["1", "x"],
         "late": ["1", "2"], "both": ["1", "2"], "none": ["", ""], "big": ["9" * 20, "1"]},
        {"whole": ["-3"], "real": ["4"], "key": ["2"], "word": ["3"], "late": ["1.50x"],
         "both": ["2.5"], "none": [""], "big": ["3"]},
        numbers=True,
    )  # fmt: skip
    assert table.to_pydict() == {
        "whole": [1, None, -3], "real": [1.5, -2000.0, 4.0], "key": ["007", "1", "2"],
        "word": ["1", "x", "3"], "late": ["1", "2", "1.50x"], "both": [1.0, 2.0, 2.5],
        "none": ["", "", ""], "big": ["9" * 20, "1", "3"],
    }  # fmt: skip


def test_private_values_never_reach_the_disk(staged, tmp_path):
    secret = "".join(random.choices("abcdefghij", k=30))  # noqa: S311

    def protect(batch):
        return batch.set_column(0, "mail", [["***"] * batch.num_rows])

    staged({"mail": [secret]}, {"mail": [secret]}, protect=protect)
    files = list(tmp_path.rglob("*"))
    assert files
    assert not any(secret.encode() in file.read_bytes() for file in files)


def test_a_failure_leaves_nothing_of_its_call(tmp_path):
    stage = Stage(tmp_path, Want(None), "here")
    stage.add([pa.table({"a": [1]})])

    def failing():
        yield pa.table({"a": ["x"]})
        yield pa.table({"b": [2]})

    with pytest.raises(DataError, match="must have a column 'a'"):
        stage.add(failing(), "there")
    assert stage.rows == 1
    (file,) = stage.files()
    assert list(tmp_path.iterdir()) == [file]
    assert pq.read_table(file).to_pydict() == {"a": [1]}
