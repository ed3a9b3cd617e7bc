"""doccano's own files, and tables."""

import json

import pytest

from xinzhi.data.labelling import doccano
from xinzhi.data.labelling.annotations import Annotation, Columns, Span, Task
from xinzhi.data.labelling.reading import read_tasks
from xinzhi.errors import DataError


@pytest.fixture
def read(tmp_path):
    def read(*rows, name="all.jsonl", columns=Columns()):  # noqa: B008 - never changed
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
        return read_tasks([tmp_path / name], columns).tasks

    return read


GOOGLE = "Google was founded on September 4, 1998, by Larry Page."  # doccano's own example
ENTITIES = [{"id": 0, "start_offset": 0, "end_offset": 6, "label": "ORG"},
            {"id": 1, "start_offset": 44, "end_offset": 54, "label": "PERSON"}]  # fmt: skip
SPANS = (Span(0, 6, "ORG"), Span(44, 54, "PERSON"))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"label": ["a", "b"]}, Annotation(None, ("a", "b"))),
        ({"labels": ["a"]}, Annotation(None, ("a",))),
        ({"label": "a"}, Annotation(None, ("a",))),
        ({"label": 3.0}, Annotation(None, ("3",))),
        ({"label": [[0, 6, "ORG"], [44, 54, "PERSON"]]}, Annotation(None, (), SPANS)),
        ({"labels": [[44, 54, "PERSON"], [0, 6, "ORG"]]}, Annotation(None, (), SPANS)),
        ({"entities": ENTITIES, "relations": [{"from_id": 0}]}, Annotation(None, (), SPANS)),
        ({"cats": ["a"], "entities": [[0, 6, "ORG"]]}, Annotation(None, ("a",), SPANS[:1])),
        ({"label": []}, Annotation()),
        ({"label": "a", "annotator": "anna"}, Annotation("anna", ("a",))),
    ],
)
def test_every_form_is_read(read, row, said):
    (task,) = read({"id": 9, "text": GOOGLE, **row, "Comments": ["hm"]})
    assert task.annotations == (said,)
    assert task.others == {"id": 9}


def test_who_has_not_labelled_has_not(read):
    tasks = read({"text": "a"}, {"text": "b", "label": None}, {"text": "c", "label": " "})
    assert [task.annotations for task in tasks] == [(), (), ()]


def test_spans_in_a_cell_of_csv_are_read(tmp_path):
    (tmp_path / "rows.csv").write_text('text;label;spans\nabc;x;"[[0, 1, ""A""]]"\nd;;\n')
    one, two = read_tasks([tmp_path / "rows.csv"], Columns()).tasks
    assert one.annotations == (Annotation(None, ("x",), (Span(0, 1, "A"),)),)
    assert two.annotations == ()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"label": [[0, 99, "A"]]}, "between 0 and 3"),
        ({"label": [[2, 2, "A"]]}, "end after its start"),
        ({"label": [[-1, 2, "A"]]}, "between 0 and 3"),
        ({"label": [[0, 1, ""]]}, "was 0, 1, ''"),
        ({"label": [[0, True, "A"]]}, "whole numbers"),
        ({"label": [[0, 1]]}, "a list of names, or a list of [start, end, name]"),
        ({"label": {"a": 1}}, 'was {"a": 1}'),
        ({"label": ["a", [0, 1, "A"]]}, "a label must be"),
        ({"text": 3}, "must have a text"),
        ({"text": "\ud83d abc"}, "character 0 is one half"),
        ("[1]", "must be a JSON object, was [1]"),
        ('{"text": "a"', "must be a JSON object"),
    ],
)
def test_a_fault_is_answered_with_its_line(read, row, said):
    bad = row if isinstance(row, str) else {"text": "abc", **row}
    with pytest.raises(DataError) as error:
        read({"text": "fine", "label": ["a"]}, "", bad)
    assert "all.jsonl: line 3" in str(error.value)
    assert said in str(error.value)


def test_overlapping_spans_are_refused_unless_the_project_allows_them():
    said = Annotation(None, (), (Span(0, 3, "A"), Span(2, 4, "B")))
    task = Task("abcde", {}, (said,), where="rows.csv: row 7")
    with pytest.raises(DataError, match=r"row 7.*'abc' \(A\) and 'cd' \(B\)") as error:
        doccano.write([task], overlapping=False)
    assert "overlapping=true" in error.value.mend
    (row,) = doccano.write([task], overlapping=True)
    assert row == {"text": "abcde", "label": [[0, 3, "A"], [2, 4, "B"]]}
    beside = Annotation(None, (), (Span(0, 3, "A"), Span(3, 4, "B")))
    assert doccano.write([task._replace(annotations=(beside,))], overlapping=False)
