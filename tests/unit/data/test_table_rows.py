"""Rows of a snapshot's table as numbers and codes, and records as a person gives them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from xinzhi.data import features
from xinzhi.data.batching import Batch
from xinzhi.data.table_rows import TableFeatures, TableRows, encoded, example
from xinzhi.errors import DataError

TABLE = pa.table(
    {
        "label_": [0.5, 1.5, 2.5, 3.5] * 10,
        "colour": ["red", "blue", "red", "green"] * 10,
        "row": list(range(40)),
        "label": ["a", "b"] * 20,
    }
)


def snapshot(**declared):
    def table(split, columns=None):  # noqa: ARG001 - the same rows for each
        return TABLE if columns is None else TABLE.select(columns)

    return SimpleNamespace(
        table=table, manifest={"renamed": {"label_": "label"}, "declaration": declared}
    )


def test_columns_go_by_their_names_in_the_source_and_roles_are_no_features():
    made = TableFeatures(snapshot=snapshot(text=None, features=None))
    assert [column.name for column in made.prepared.columns] == ["label", "colour"]
    assert made.matrix("test").numeric.shape == (40, 1)


def test_beside_a_text_only_declared_columns_are_features():
    chosen = TableFeatures(snapshot=snapshot(text="note", features=["colour"]))
    assert list(chosen.renamed) == ["colour"]


def test_a_batch_is_rows_in_the_order_asked_for():
    matrix = TableFeatures(snapshot=snapshot(features=None)).matrix("train")
    rows = TableRows(matrix, np.arange(40))
    batch = rows[Batch(np.array([7, 3]), 2)]
    assert batch["targets"].tolist() == [7, 3]
    np.testing.assert_array_equal(batch["numbers"].numpy(), matrix.numeric[[7, 3]])
    np.testing.assert_array_equal(batch["codes"].numpy(), matrix.categorical[[7, 3]])


@pytest.fixture
def prepared():
    return features.fit(TABLE.select(["label_", "colour"]))


def test_cells_may_be_numbers_strings_missing_or_mixed(prepared):
    typed = encoded(pd.DataFrame({"label_": [1.5, None], "colour": ["red", "mauve"]}), prepared)
    mixed = pd.DataFrame({"colour": ["red", "mauve"], "label_": ["1.5", np.nan], "more": [1, 2]})
    for other in (mixed, mixed.assign(label_=[1.5, ""]), mixed.assign(label_=["1.5", "much"])):
        found = encoded(other, prepared)
        np.testing.assert_array_equal(found.numeric, typed.numeric)
        np.testing.assert_array_equal(found.categorical, typed.categorical)
    assert typed.categorical[1].tolist() == [0]


def test_what_is_missing_altogether_is_missing_whatever_pandas_takes_it_for():
    days = pa.table(
        {
            "day": pa.array([*range(18_000, 18_040)], pa.date32()),
            "late": [True, False] * 20,
            "size": [0.5, 2.5, None, 1.0] * 10,
        }
    )
    fitted = features.fit(days)
    nothing = pd.DataFrame({"day": [np.nan], "late": [None], "size": [np.nan]})
    assert np.isfinite(encoded(nothing, fitted).numeric).all()
    assert not encoded(nothing, fitted).categorical.any()
    assert encoded(nothing.head(0), fitted).numeric.shape[0] == 0
    words = pd.DataFrame({"day": ["2019-05-01"], "late": ["True"], "size": ["2.5"]})
    typed = words.assign(late=[True], size=[2.5])
    assert (
        encoded(words, fitted).categorical.tolist() == encoded(typed, fitted).categorical.tolist()
    )


def test_a_missing_column_is_named_with_its_near_match(prepared):
    with pytest.raises(DataError, match="'colour'") as error:
        encoded(pd.DataFrame({"label_": [1], "color": ["red"]}), prepared)
    assert list(error.value.candidates) == ["color"]


def test_the_example_is_a_row_that_is_known(prepared):
    found = encoded(example(prepared), prepared)
    assert np.isfinite(found.numeric).all()
    assert found.categorical.all()
