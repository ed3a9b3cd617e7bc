"""What is exported and imported again is the same rows."""

import json
import string
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xinzhi.data.labelling.asked import Asked
from xinzhi.data.labelling.command import act
from xinzhi.data.tables import READERS

NAMES = st.text(string.ascii_letters + "很é😀 ,'\"<&", min_size=1).filter(lambda n: n.strip() == n)
TEXTS = st.text(st.characters(exclude_categories=["Cs"])).filter(str.strip)
OTHERS = st.fixed_dictionaries(
    {"id": st.none() | st.integers(-(2**62), 2**62), "meta x": TEXTS, "ok": st.booleans()}
)


@st.composite
def spans(draw, text):
    found = set()
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text) - 1))
        found.add((start, draw(st.integers(start + 1, len(text))), draw(NAMES)))
    return [dict(zip(("start", "end", "label"), one, strict=True)) for one in sorted(found)]


@st.composite
def rows(draw, kind):
    made = []
    for text in draw(st.lists(TEXTS, min_size=1, max_size=5)):
        row = {"text": text, **draw(OTHERS)}
        if kind == "classes":
            row["label"] = draw(st.none() | NAMES)
        elif kind == "several":
            row["label"] = draw(st.none() | st.lists(NAMES, min_size=1, max_size=3, unique=True))
        else:
            row["spans"] = draw(st.none() | spans(text))
        made.append(row)
    return made


def there_and_back(rows, kind, tool, form):
    several = "☃" if kind == "several" else None
    kind = "spans" if kind == "spans" else "classes"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, tasks, back = folder / "rows.jsonl", folder / f"tasks{tool}", folder / f"back{form}"
        lines = (json.dumps(row, ensure_ascii=False) for row in rows)
        source.write_text("\n".join(lines), encoding="utf-8")
        act(Asked(action="export", references=[str(source)], output=str(tasks), multilabel=several,
                  given="annotations", overlapping=True))  # fmt: skip
        act(Asked(action="import", references=[str(tasks)], output=str(back), multilabel=several,
                  kind=kind))  # fmt: skip
        if form == ".parquet":
            return pq.read_table(back).to_pylist()
        return [json.loads(line) for line in back.read_text(encoding="utf-8").split("\n") if line]


@pytest.mark.parametrize("form", [".jsonl", ".parquet"])
@pytest.mark.parametrize("tool", [".json", ".jsonl"], ids=["label_studio", "doccano"])
@pytest.mark.parametrize("kind", ["classes", "several", "spans"])
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_rows_come_back_as_they_went(kind, tool, form, data):
    made = data.draw(rows(kind))
    assert there_and_back(made, kind, tool, form) == made


@given(made=rows("spans"))
@settings(max_examples=25, deadline=None)
def test_every_span_that_label_studio_gets_says_the_text_at_its_offsets(made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tasks")
    source, tasks = folder / "rows.jsonl", folder / "tasks.json"
    source.write_text("\n".join(map(json.dumps, made)), encoding="utf-8")
    act(Asked(action="export", references=[str(source)], output=str(tasks)))
    for task in json.loads(tasks.read_text(encoding="utf-8")):
        for prediction in task.get("predictions", []):
            for result in prediction["result"]:
                value = result["value"]
                assert task["data"]["text"][value["start"] : value["end"]] == value["text"]
                assert result["to_name"] == "text"
                assert result["type"] in value


def test_what_is_imported_is_what_training_reads(tmp_path):
    (tmp_path / "done.jsonl").write_text(
        '{"id": 1, "text": "late", "label": ["bad"]}\n{"id": 2, "text": "a\\u2028b", "label": []}\n'
    )
    for form in (".jsonl", ".parquet"):
        output = tmp_path / f"labelled{form}"
        act(Asked(action="import", references=[str(tmp_path / "done.jsonl")], output=str(output)))
        tables = READERS[form](output, ["text", "label"]).batches()
        cells = [row for table in tables for row in table.to_pylist()]
        assert cells == [{"text": "late", "label": "bad"}, {"text": "a\u2028b", "label": None}]
