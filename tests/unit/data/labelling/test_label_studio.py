"""Label Studio's own files."""

import json
import xml.etree.ElementTree as ET

import pytest

from xinzhi.data.labelling import label_studio_tasks
from xinzhi.data.labelling.annotations import Annotation, Columns, Span, Task
from xinzhi.data.labelling.reading import read_tasks
from xinzhi.errors import DataError

# as Label Studio 1.13 exports it, shortened
TASK = {
    "id": 17,
    "project": 83,
    "data": {"text": "💩 Anna saw Berlin", "city": "Rome"},
    "predictions": [{"model_version": "v1", "score": 0.9, "result": []}],
    "annotations": [
        {
            "id": 1001,
            "completed_by": {"id": 3, "email": "anna@example.com"},
            "was_cancelled": False,
            "result": [
                {"id": "a", "from_name": "mood", "to_name": "text", "type": "choices",
                 "value": {"choices": ["good", "calm"]}},
                {"id": "b", "from_name": "ner", "to_name": "text", "type": "labels",
                 "value": {"start": 2, "end": 6, "text": "Anna", "labels": ["PER", "HERO"]}},
                {"id": "c", "from_name": "sure", "to_name": "text", "type": "rating",
                 "value": {"rating": 3}},
                {"type": "relation", "from_id": "b", "to_id": "b"},
            ],
        },
        {"completed_by": 4, "was_cancelled": True, "result": []},
        {"completed_by": 5, "result": [
            {"from_name": "ner", "to_name": "text", "type": "labels",
             "value": {"start": 12, "end": 18, "text": "Berlin", "labels": ["LOC"]}}]},
    ],
}  # fmt: skip
# the same by JSON-MIN's rules: an object per annotation, one choice bare, several as a list
MINIMAL = [
    {"text": "💩 Anna saw Berlin", "city": "Rome", "id": 17, "mood": {"choices": ["good", "calm"]},
     "ner": [{"start": 2, "end": 6, "text": "Anna", "labels": ["PER", "HERO"]}],
     "annotator": "anna@example.com", "annotation_id": 1001, "created_at": "", "updated_at": "",
     "lead_time": 4.2},
    {"text": "💩 Anna saw Berlin", "city": "Rome", "id": 17, "mood": "good",
     "annotator": 5, "annotation_id": 1003, "created_at": "", "updated_at": "", "lead_time": 1.0},
]  # fmt: skip
PLACES = (Span(2, 6, "HERO"), Span(2, 6, "PER"))


@pytest.fixture
def written(tmp_path):
    def written(content, name="tasks.json"):
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
        return tmp_path / name

    return written


def test_an_export_is_read(written):
    read = read_tasks([written([TASK])], Columns(label="mood"))
    (task,) = read.tasks
    assert task.text == TASK["data"]["text"]
    assert task.others == {"city": "Rome"}
    anna, five = task.annotations
    assert anna == Annotation("anna@example.com", ("good", "calm"), PLACES)
    # the second person's Label Studio is older and counts in UTF-16
    assert five == Annotation("5", (), (Span(11, 17, "LOC"),))
    left = {name: n for name, n in read.skipped.items() if n}
    assert left == {"skipped by the annotator": 1, "rating sure": 1, "relation": 1}


def test_json_min_is_read_and_a_task_put_together(written):
    (task,) = read_tasks([written(MINIMAL)], Columns(label="mood")).tasks
    assert task.others == {"city": "Rome"}
    assert task.annotations[0] == Annotation("anna@example.com", ("good", "calm"), PLACES)
    assert task.annotations[1] == Annotation("5", ("good",), ())


def test_the_only_control_of_a_kind_needs_no_name(written):
    one = read_tasks([written([TASK])], Columns()).tasks[0].annotations[0]
    assert (one.labels, one.spans) == (("good", "calm"), PLACES)


def test_several_controls_need_a_name(written):
    other = json.loads(json.dumps(TASK["annotations"][0]).replace("mood", "topic"))
    path = written([TASK, {**TASK, "annotations": [other]}])
    with pytest.raises(DataError, match="label= must name one") as error:
        read_tasks([path], Columns())
    assert set(error.value.candidates) == {"mood", "topic"}


def change(where, value):
    """TASK with something else at a path."""
    changed = json.loads(json.dumps(TASK))
    node = changed
    for step in where[:-1]:
        node = node[step]
    node[where[-1]] = value
    return changed


SPAN = ("annotations", 0, "result", 1, "value")


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        (("data", "text"), None, "must have a text 'text'; it has text, city"),
        (("annotations",), {"result": []}, "annotations must be a list"),
        (("annotations",), [{"result": 3}], "list of objects with a list `result`"),
        ((*SPAN, "end"), 99, "2 to 99"),
        ((*SPAN, "text"), "Anne", "the span says 'Anne'"),
        ((*SPAN, "start"), "/div[1]/text()[1]", "HyperText"),
        ((*SPAN, "start"), 2.0, "whole numbers"),
        ((*SPAN, "labels"), "PER", "must be a list of names"),
        ((*SPAN, "labels"), [""], "must be a list of names"),
        (("data", "city"), "\ud83d", "one half of a pair"),
        (("data",), [], "record 2 must have an object `data`"),
    ],
)
def test_a_fault_is_answered_with_its_record(written, where, value, said):
    with pytest.raises(DataError) as error:
        read_tasks([written([TASK, change(where, value)])], Columns())
    assert "tasks.json: record 2" in str(error.value)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[{"data": {"text": "a"}}', "must be a JSON list"),
        ('[{"data": {"text": "a"}}, 3]', "record 2 must be an object, was 3"),
        ("[" * 100_000, "nested too deeply"),
        ('{"text": "a"}\n{"text": ', "line 2 must be a JSON object"),
        ('{"a": ' * 100_000, "nested too deeply"),
        ("", "is empty"),
        ("[]", "is empty"),
        (" \n", "is empty"),
    ],
)
def test_a_broken_file_is_answered_with_its_place(tmp_path, content, said):
    (tmp_path / "tasks.json").write_text(content, encoding="utf-8")
    with pytest.raises(DataError) as error:
        read_tasks([tmp_path / "tasks.json"], Columns())
    assert said in str(error.value)
    assert "tasks.json" in str(error.value)


def test_a_name_that_json_min_does_not_have_is_answered_with_those_it_has(written):
    bare = [{"text": "a", "annotation_id": 1, "lead_time": 1, "moood": "x"}]
    with pytest.raises(DataError, match="label= or spans=") as error:
        read_tasks([written(bare)], Columns(label="mood"))
    assert error.value.candidates == ("moood",)


def test_the_interface_is_xml_that_asks_for_what_there_is():
    said = Annotation(None, ('"a" & <b>',), (Span(0, 1, "X"),))
    text = label_studio_tasks.interface([Task("ab", {}, (said,))], Columns("body"), several=True)
    view = ET.fromstring(text)  # noqa: S314 - our own
    assert view.find("Text").get("value") == "$body"
    assert view.find("Choices").get("choice") == "multiple"
    assert [c.get("value") for c in view.find("Choices")] == ['"a" & <b>']
    assert [c.get("value") for c in view.find("Labels")] == ["X"]
    names = {view.find(tag).get("toName") for tag in ("Choices", "Labels")}
    assert names == {view.find("Text").get("name")}
