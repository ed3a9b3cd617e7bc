"""JSON Lines and Parquet give the same strings as CSV would."""

import json
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xinzhi.data import tables
from xinzhi.data.opened import Want
from xinzhi.data.staging import Stage
from xinzhi.errors import DataError


def rows(path, wanted, strings=None):
    """What is staged of a file, all columns as strings where nothing else is said."""
    with tempfile.TemporaryDirectory() as folder:
        want = Want(tuple(wanted), frozenset(wanted if strings is None else strings))
        stage = Stage(Path(folder), want, "here")
        stage.read(tables.READERS[path.suffix](path, wanted), str(path))
        return pa.concat_tables(map(pq.read_table, stage.files()))


def read_jsonl(path, wanted):
    return rows(path, wanted).to_pydict()


read_parquet = read_jsonl
VALUES = {"text": ["好", None, "c"], "label": [1, None, 3]}


def test_json_lines(tmp_path):
    lines = [{"text": "好", "label": 1}, {"label": None}, {"text": "c", "label": 3.0}]
    path = tmp_path / "a.jsonl"
    path.write_text("\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines))
    assert read_jsonl(path, ["text", "label"]) == {
        "text": ["好", None, "c"],
        "label": ["1", None, "3"],
    }


@pytest.mark.parametrize(
    ("lines", "is_fast"),
    [
        (['{"text": "2024-05-01T12:00:00", "label": 1, "more": [1]}', '{"label": 2}'], True),
        (['{"text": "a", "label": "1"}', "", ' {"label": null, "text": "\\u95e8"} '], True),
        (['{"text": "a", "label": 1}', '{"text": "b", "label": 2.0}'], False),
        (['{"text": "a", "label": 1}', '{"text": 7, "label": 2}'], False),
        (['{"text": "a", "label": 0.5}', '{"text": "b", "label": NaN}'], True),
        (['{"text": "\\ud800", "label": true}'], False),
        (['{"text": "a", "label": ["x", "y"]}', '{"text": "b", "label": "x"}'], False),
    ],
)
def test_the_fast_reader_gives_what_the_exact_one_gives(tmp_path, monkeypatch, lines, is_fast):
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(lines))
    doubted = []
    monkeypatch.setattr("xinzhi.data.staging.Doubt.__init__", lambda *_: doubted.append(1))
    monkeypatch.setattr("xinzhi.data.lines._LOOKED_AT", 1)
    fast = read_jsonl(path, ["text", "label"])
    tried = tables.READERS[".jsonl"](path, ["text", "label"]).exactly is not None
    monkeypatch.setattr("xinzhi.data.lines._expected", lambda *_: None)
    assert read_jsonl(path, ["text", "label"]) == fast
    assert (tried and not doubted) == is_fast


def test_a_fault_late_in_a_long_file_is_said_with_its_line(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a"}\n' * 5_000 + '{"text": "b')
    with pytest.raises(DataError, match="line 5001 must be a JSON object"):
        read_jsonl(path, ["text"])


@pytest.mark.parametrize(("line", "what"), [("{", "line 2 must be a JSON object"), ("[1]", "was")])
def test_a_line_that_is_no_object_is_said(tmp_path, line, what):
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n' + line)
    with pytest.raises(DataError, match=what):
        read_jsonl(tmp_path / "a.jsonl", ["text"])


def test_a_key_that_no_object_has_is_said(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "a", "lable": 1}\n')
    with pytest.raises(DataError, match="'label'") as error:
        read_jsonl(tmp_path / "a.jsonl", ["label"])
    assert error.value.candidates == ("lable",)


@pytest.mark.parametrize("form", [pa.int64(), pa.float64(), pa.int8()])
def test_parquet_numbers_become_strings(tmp_path, form):
    table = pa.table({"text": VALUES["text"], "label": pa.array(VALUES["label"], form)})
    pq.write_table(table, tmp_path / "a.parquet")
    read = read_parquet(tmp_path / "a.parquet", ["label", "text"])
    assert read == {"label": ["1", None, "3"], "text": ["好", None, "c"]}


def test_parquet_dictionaries_and_lists(tmp_path):
    table = pa.table({"a": pa.array(["x", "y"]).dictionary_encode(), "b": [["x", "y"], []]})
    pq.write_table(table, tmp_path / "a.parquet")
    read = read_parquet(tmp_path / "a.parquet", ["a", "b"])
    assert read == {"a": ["x", "y"], "b": [["x", "y"], []]}


def test_class_numbers_get_the_names_that_hugging_face_keeps(tmp_path):
    features = {"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}}
    meta = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    table = pa.table({"label": [1, 0, None]}).replace_schema_metadata(meta)
    pq.write_table(table, tmp_path / "a.parquet")
    assert read_parquet(tmp_path / "a.parquet", ["label"])["label"] == ["pos", "neg", None]


def test_a_cut_parquet_file_is_said(tmp_path):
    pq.write_table(pa.table({"a": list(range(1000))}), tmp_path / "a.parquet")
    content = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(content[:-20])
    with pytest.raises(DataError, match="must be a complete Parquet file"):
        read_parquet(tmp_path / "a.parquet", ["a"])


def test_a_missing_column_of_parquet_is_said(tmp_path):
    pq.write_table(pa.table({"texts": ["a"]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match="its columns: texts"):
        read_parquet(tmp_path / "a.parquet", ["text"])
