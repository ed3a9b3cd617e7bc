"""Columns get their roles."""

import pandas as pd
import pytest

from xinzhi.data.records import Records
from xinzhi.data.roles import Roles, assign
from xinzhi.errors import DataError


def assigned(columns, **roles):
    roles = {"text": ("text",), "label": "label", **roles}
    frame = pd.DataFrame({"label": "x"} | columns, dtype=object)
    return assign(Records(frame), Roles(**roles), where="t.csv")


def test_what_is_empty_becomes_missing():
    frame = assigned({"text": [" a ", "  ", None, "\u3000b"]})
    assert frame["text"].fillna("-").tolist() == ["a", "-", "-", "b"]


def test_several_columns_make_one_text():
    frame = assigned({"a": ["x", None, " "], "b": ["y", "z", ""]}, text=("a", "b"))
    assert frame["text"].fillna("-").tolist() == ["x\ny", "z", "-"]


def test_several_labels_in_a_cell_or_a_list():
    frame = assigned(
        {"text": list("abcd"), "label": ["x| y", "x", " | ", ["z", "y"]]}, multilabel="|"
    )
    assert frame["label"].tolist()[:2] == [("x", "y"), ("x",)]
    assert frame["label"].isna().tolist() == [False, False, True, False]
    assert frame["label"].tolist()[3] == ("y", "z")


@pytest.mark.parametrize(
    "times",
    [
        ["2024-03-01", "2023-12-31 13:00", None],
        ["2024-03-01T00:00:00+08:00", "2023-12-31", ""],
        ["2024", "2023", None],
        ["1e9", "7", " "],
    ],
)
def test_times_are_ordered_as_times(times):
    found = assigned({"text": list("abc"), "time": times}, time="time")["time"]
    assert found[1] < found[0]
    assert found.isna().tolist() == [False, False, True]


def test_what_is_no_time_is_said():
    with pytest.raises(DataError, match=r"'when' must hold dates or times, 1 rows do not.*'soon'"):
        assigned({"text": list("ab"), "when": ["2024-01-01", "soon"]}, time="when")


def test_a_missing_column_is_said():
    with pytest.raises(DataError, match=r"t\.csv must have a column 'txt'") as error:
        assigned({"text": ["a"]}, text=("txt",))
    assert error.value.candidates == ("text",)
