"""Columns get their roles."""

import pytest
from road import taken_in

from xinzhi.errors import DataError


def assigned(engine, columns, **roles):
    length = len(next(iter(columns.values())))
    rows = taken_in(engine, {"label": ["x"] * length} | columns, **roles)
    table = rows.wide.order_by("id").to_pyarrow()  # a small file is read in its order
    return {name: table.column(name).to_pylist() for name in table.column_names}


def test_what_is_empty_becomes_missing(duckdb_engine):
    frame = assigned(duckdb_engine, {"text": [" a ", "  ", None, "\u3000b", "\x1c", "c\u2029"]})
    assert frame["text"] == ["a", None, None, "b", None, "c"]


def test_every_space_that_python_strips_is_stripped(duckdb_engine):
    spaces = [chr(code) for code in range(0x110000) if chr(code).isspace()]
    frame = assigned(duckdb_engine, {"text": [f"{s}a{s}b{s}{s}" for s in spaces]})
    assert frame["text"] == [f"a{s}b" for s in spaces]


def test_several_columns_make_one_text(duckdb_engine):
    columns = {"a": ["x", None, " "], "b": ["y", "z", ""]}
    assert assigned(duckdb_engine, columns, text=("a", "b"))["text"] == ["x\ny", "z", None]


def test_several_labels_in_a_cell_or_a_list(duckdb_engine):
    columns = {"text": list("abc"), "label": ["x| y", "x|x", " | "]}
    assert assigned(duckdb_engine, columns, multilabel="|")["label"] == [["x", "y"], ["x"], None]
    columns = {"text": list("ab"), "label": [["z", " y"], [None, ""]]}
    assert assigned(duckdb_engine, columns, multilabel="|")["label"] == [["y", "z"], None]


@pytest.mark.parametrize("separator", [".*", "\\", "^", "; ", "、"])
def test_a_separator_that_means_something_to_a_pattern(engine, separator):
    columns = {"text": ["a"], "label": [separator.join("xyz")]}
    assert assigned(engine, columns, multilabel=separator)["label"] == [["x", "y", "z"]]


def test_lists_need_to_be_declared(duckdb_engine):
    with pytest.raises(DataError, match="must hold one value a row, it holds lists") as error:
        assigned(duckdb_engine, {"text": ["a"], "label": [["x", "y"]]})
    assert "data.multilabel" in str(error.value)


@pytest.mark.parametrize(
    "times",
    [
        ["2024-03-01", "2023-12-31 13:00", None],
        ["2024-03-01T00:00:00+08:00", "2023-12-31", ""],
        ["2024", "2023", None],
        ["1e9", "7", " "],
    ],
)
def test_times_are_ordered_as_times(duckdb_engine, times):
    found = assigned(duckdb_engine, {"text": list("abc"), "time": times}, time="time")["time"]
    assert found[1] < found[0]
    assert found[2] is None


def test_what_is_no_time_is_said(duckdb_engine):
    columns = {"text": list("ab"), "when": ["2024-01-01", "soon"]}
    with pytest.raises(DataError, match=r"'when' must hold dates or times, 1 rows do not.*'soon'"):
        assigned(duckdb_engine, columns, time="when")


def test_a_missing_column_is_said(duckdb_engine):
    with pytest.raises(DataError, match=r"t\.csv must have a column 'txt'") as error:
        assigned(duckdb_engine, {"text": ["a"]}, text=("txt",))
    assert error.value.candidates == ("text",)


def test_the_columns_of_a_table_are_its_record_and_keep_their_types(duckdb_engine):
    columns = {"age": [3, None, 3], "city": [" a", "", "a"], "secret": list("pqr")}
    rows = taken_in(duckdb_engine, {"label": list("xyx")} | columns, text=(), ignore=("secret",))
    assert rows.record == ("age", "city")
    found = rows.wide.order_by("id").to_pyarrow()
    assert found.column("age").to_pylist() == [3, None, 3]
    assert found.column("state").to_pylist() == ["", "empty", ""]
    first = found.column("first").to_pylist()
    assert first[0] == first[2] != first[1]
