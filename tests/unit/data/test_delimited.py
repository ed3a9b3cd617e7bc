"""CSV and TSV: delimiters, quotes, ragged rows, with the line."""

import contextlib

import pyarrow as pa
import pytest

from xinzhi.data import delimited
from xinzhi.data.staging import Doubt
from xinzhi.errors import DataError


def read_csv(path, wanted):
    return Held(delimited.read_csv(path, wanted))


def read_tsv(path, wanted):
    return Held(delimited.read_tsv(path, wanted))


def held(batches):
    return pa.concat_tables(batches).to_pydict()


class Held:
    """What a reading gives: by the fast reader where it has no doubt, and always by the exact."""

    def __init__(self, reading):
        self.form = reading.form
        self.columns = held(reading.exactly())
        with contextlib.suppress(Doubt):
            assert held(reading.batches()) == self.columns


@pytest.fixture
def write(tmp_path):
    def write(content, name="a.csv"):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path / name

    return write


def test_quoted_delimiters_quotes_and_line_breaks(write):
    path = write('text,label\n"a, ""b""\nc",x\r\nd,y\n\n')
    assert read_csv(path, ["text", "label"]).columns == {
        "text": ['a, "b"\nc', "d"],
        "label": ["x", "y"],
    }


def test_quotes_inside_a_field_are_text(write):
    path = write('text,label\na 5" pipe,x\n"so" they say,y\n')
    assert read_csv(path, ["text"]).columns["text"] == ['a 5" pipe', "so they say"]


@pytest.mark.parametrize(
    ("mark", "form"),
    [(";", "UTF-8, semicolons"), ("|", "UTF-8, bars"), ("\t", "UTF-8, tabs"), (",", "UTF-8")],
)
def test_the_delimiter_that_parts_the_header_is_taken_and_told(write, mark, form):
    table = read_csv(
        write(
            f"text{mark}label\na, b; c{mark}x\n".replace(
                "a, b; c", "a.b" if mark in ",;" else "a, b; c"
            )
        ),
        ["label"],
    )
    assert table.columns == {"label": ["x"]}
    assert table.form == form


def test_a_tsv_keeps_commas(write):
    table = read_tsv(write("text,more\tlabel\na, b\tx\n", "a.tsv"), ["text,more"])
    assert table.columns == {"text,more": ["a, b"]}


def test_a_byte_order_mark_is_no_part_of_the_first_name(write):
    path = write("文本,标签\n好,正\n".encode("utf-8-sig"))
    assert read_csv(path, ["文本"]).columns == {"文本": ["好"]}
    assert "BOM" in read_csv(path, ["文本"]).form


def test_ragged_rows_are_said_with_their_lines(write):
    path = write('text,label\na,x\n"b\nb",x,z\nc\nd,y\n')
    with pytest.raises(
        DataError,
        match=r"a\.csv: every row must have 2 fields.*line 3 has 3, "
        r"line 5 has 1",
    ):
        read_csv(path, ["text"])


def test_a_file_that_ends_within_a_row_is_said(write):
    with pytest.raises(DataError, match="line 3 has 1"):
        read_csv(write("text,label\na,x\nhalf a r"), ["text"])


@pytest.mark.parametrize("end", ["", "\n", "\nc,y\n"])
def test_a_quotation_mark_that_is_never_closed_is_said(write, end):
    with pytest.raises(DataError, match="on line 3 is never closed"):
        read_csv(write(f'text,label\na,x\n"b,x{end}'), ["text"])


def test_a_missing_column_names_the_near_one_and_all(write):
    with pytest.raises(DataError, match="its columns: Text, label") as error:
        read_csv(write("Text,label\na,x\n"), ["text"])
    assert error.value.candidates == ("Text",)


def test_a_column_twice_is_refused(write):
    with pytest.raises(DataError, match="'label' twice"):
        read_csv(write("label,label\na,x\n"), ["label"])


def test_an_empty_file_is_said(write):
    with pytest.raises(DataError, match="it is empty"):
        read_csv(write(""), ["text"])


def test_a_very_long_text_is_no_error(write):
    assert len(
        read_csv(write("text,label\n" + "x" * 300_000 + ",y\n"), ["text"]).columns["text"][0]
    )
