"""Sentences go to annotation tools as texts with spans, and come back as they were."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xinzhi.data.labelling.asked import Asked
from xinzhi.data.labelling.command import act
from xinzhi.data.tables import READERS
from xinzhi.errors import DataError

SENTENCES = [
    (["Ann", "Lee", "flew", "to", "New", "York", "."],
     ["B-PER", "I-PER", "O", "O", "B-LOC", "I-LOC", "O"]),
    (["江", "泽", "民", "在", "北", "京"], ["B-PER", "I-PER", "I-PER", "O", "B-LOC", "I-LOC"]),
    (["Rome", "Oslo", "😀", "서울"], ["B-LOC", "B-LOC", "O", "B-LOC"]),
    (["nothing", "here"], ["O", "O"]),
]  # fmt: skip


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    lines = ["\n".join(f"{t}\t{g}" for t, g in zip(*one, strict=True)) for one in SENTENCES]
    (tmp_path / "a.conll").write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def asked(action, *references, output, **others):
    return act(Asked(action=action, references=references, output=str(output), **others))


def sentences(path):
    if path.suffix == ".parquet":
        table = pq.read_table(path)
    else:
        table = pa.Table.from_pylist([json.loads(line) for line in path.read_text().splitlines()])
    return list(zip(table["tokens"].to_pylist(), table["tags"].to_pylist(), strict=True))


@pytest.mark.parametrize("tool", ["json", "jsonl"])
@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_there_and_back(tool, form, folder):
    told = asked("export", "a.conll", output=f"tasks.{tool}", given="annotations")
    assert (told.rows, told.labelled) == (4, 4)
    back = asked("import", f"tasks.{tool}", output=f"back.{form}")
    assert (back.rows, back.labelled, back.left_out, back.widened) == (4, 4, {}, 0)
    assert sentences(folder / f"back.{form}") == SENTENCES


def test_texts_and_offsets_are_those_of_the_tokens(folder):
    told = asked("export", "a.conll", output="tasks.jsonl")
    rows = [json.loads(line) for line in (folder / "tasks.jsonl").read_text().splitlines()]
    assert [row["text"] for row in rows] == [
        "Ann Lee flew to New York .", "江泽民在北京", "Rome Oslo 😀 서울", "nothing here",
    ]  # fmt: skip
    marked = [[row["text"][start:end] for start, end, _ in row["label"]] for row in rows]
    assert marked == [["Ann Lee", "New York"], ["江泽民", "北京"], ["Rome", "Oslo", "서울"], []]
    assert told.interface is None
    studio = asked("export", "a.conll", output="tasks.json")
    assert '<Label value="LOC"/>' in studio.interface
    (task, *_) = json.loads((folder / "tasks.json").read_text())
    assert task["predictions"][0]["result"][1]["value"] == {
        "start": 16, "end": 24, "text": "New York", "labels": ["LOC"],
    }  # fmt: skip


def test_what_marks_a_part_of_a_word_has_the_whole_of_it(folder):
    row = {"text": "Ann Lee flew", "meta": {"tokens": ["Ann", "Lee", "flew"]},
           "label": [[0, 5, "PER"], [5, 7, "LOC"]]}  # fmt: skip
    (folder / "said.jsonl").write_text(json.dumps(row))
    told = asked("import", "said.jsonl", output="back.jsonl")
    assert sentences(folder / "back.jsonl") == [(["Ann", "Lee", "flew"], ["B-PER", "I-PER", "O"])]
    assert told.widened == 1
    assert told.left_out == {"a span whose words another span has": 1}


def test_an_edited_text_and_tags_of_another_kind_are_refused(folder):
    row = {"text": "Ann Leigh", "meta": {"tokens": ["Ann", "Lee"]}, "label": [[0, 3, "PER"]]}
    (folder / "said.jsonl").write_text(json.dumps(row))
    with pytest.raises(DataError, match="must be that of its tokens, 'Ann Lee'"):
        asked("import", "said.jsonl", output="back.jsonl")
    (folder / "b.conll").write_text("a\tNN\nb\tVB\n")
    with pytest.raises(DataError, match=r"b\.conll: tags must be of entities"):
        asked("export", "b.conll", output="tasks.jsonl")


def test_what_comes_back_is_read_as_a_source(folder):
    asked("export", "a.conll", output="tasks.json", given="annotations")
    asked("import", "tasks.json", output="back.parquet")
    reading = READERS[".parquet"](folder / "back.parquet", ("tokens", "tags"))
    rows = [row for batch in reading.batches() for row in batch.to_pylist()]
    assert [(row["tokens"], row["tags"]) for row in rows] == SENTENCES
