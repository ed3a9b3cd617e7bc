"""People's files put together, measured and settled."""

import json
import math

import pytest
from sklearn.metrics import cohen_kappa_score, f1_score

from xinzhi.data.labelling import agreement, disputes
from xinzhi.data.labelling.annotations import Columns, Span
from xinzhi.data.labelling.asked import Asked
from xinzhi.data.labelling.command import act
from xinzhi.data.labelling.reading import read_tasks
from xinzhi.errors import DataError

ANNA = ["a", "a", "b", "c", "a", "b"]
BEN = ["a", "b", "b", "c", "c", "b"]


@pytest.fixture
def file(tmp_path):
    def file(name, labels, *, key=None):
        rows = [
            {"text": f"text {n}", **({key: n} if key else {}), "label": label}
            for n, label in enumerate(labels)
            if label is not None
        ]
        path = tmp_path / name
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        return path

    return file


def test_two_people_are_measured_as_scikit_learn_does(file):
    paths = [file("anna.jsonl", [[a] for a in ANNA]), file("ben.jsonl", BEN)]
    found = agreement.of_classes(read_tasks(paths, Columns()).tasks, several=False)
    assert found.measure == "cohen"
    assert found.value == pytest.approx(cohen_kappa_score(ANNA, BEN))
    assert found.percent == pytest.approx(4 / 6)
    assert found.annotators == {"anna": 6, "ben": 6}
    assert found.pairs == [
        {"pair": "anna / ben", "rows": 6, "kappa": found.value, "agreement": found.percent}
    ]
    for one in found.labels:
        yes = [[said == one["label"] for said in person] for person in (ANNA, BEN)]
        assert one["kappa"] == pytest.approx(cohen_kappa_score(*yes))
        assert one["agreement"] == pytest.approx(f1_score(*yes))
    assert {one["label"]: one["given"] for one in found.labels} == {"a": 4, "b": 5, "c": 3}


def test_more_people_some_of_whom_skip_rows(file):
    third = ["a", None, "b", None, "a", "c"]
    paths = [file(f"{n}.jsonl", labels) for n, labels in enumerate((ANNA, BEN, third))]
    found = agreement.of_classes(read_tasks(paths, Columns()).tasks, several=False)
    assert found.measure == "fleiss"
    assert found.annotators == {"0": 6, "1": 6, "2": 4}
    rows = [1, 0, 1, 1, 1 / 3, 1 / 3]
    votes = {"a": 6, "b": 6, "c": 4}
    chance = sum((n / 16) ** 2 for n in votes.values())
    assert found.value == pytest.approx((sum(rows) / 6 - chance) / (1 - chance))
    assert {one["label"]: one["given"] for one in found.labels} == votes
    assert [pair["rows"] for pair in found.pairs] == [6, 4, 4]
    assert found.pairs[1]["kappa"] == pytest.approx(
        cohen_kappa_score(["a", "b", "a", "b"], ["a", "b", "a", "c"])
    )


def test_several_classes_are_questions_of_yes_and_no(file):
    sets = ([["a"], ["a", "b"], ["b"], ["c"]], [["a"], ["b"], ["b"], ["a", "c"]])
    paths = [file(f"{n}.jsonl", labels) for n, labels in enumerate(sets)]
    found = agreement.of_classes(read_tasks(paths, Columns()).tasks, several=True)
    each = [
        cohen_kappa_score(*([name in said for said in person] for person in sets)) for name in "abc"
    ]
    assert found.value == pytest.approx(sum(each) / 3)
    assert found.percent == 0.5


def test_spans_are_compared_by_exact_match(file):
    one = [[[0, 4, "T"]], [[0, 4, "T"], [5, 6, "N"]], []]
    other = [[[0, 4, "T"]], [[0, 3, "T"], [5, 6, "N"]], []]
    paths = [file("a.jsonl", one), file("b.jsonl", other)]
    found = agreement.of_spans(read_tasks(paths, Columns()).tasks)
    assert found.value == pytest.approx(2 * 2 / (3 + 3))
    assert found.percent == pytest.approx(2 / 3)
    assert {one["label"]: one["f1"] for one in found.labels} == {"N": 1.0, "T": 0.5}


def test_what_people_dispute_comes_first_and_without_their_votes(file, tmp_path):
    third = ["a", "c", "b", "c", "c", "b"]
    paths = [str(file(f"{n}.jsonl", labels)) for n, labels in enumerate((ANNA, BEN, third))]
    for form in ("json", "jsonl", "csv"):
        act(Asked(action="agreement", references=paths, output=str(tmp_path / f"open.{form}")))
    rows = [json.loads(line) for line in (tmp_path / "open.jsonl").read_text().splitlines()]
    assert rows == [{"text": "text 1"}, {"text": "text 4"}]  # a b c, then a c c
    tasks = json.loads((tmp_path / "open.json").read_text())
    assert tasks == [{"data": {"text": "text 1"}}, {"data": {"text": "text 4"}}]
    table = (tmp_path / "open.csv").read_text().splitlines()
    assert table[1:] == ["1.0,text 1,0: a; 1: b; 2: c", "0.666667,text 4,0: a; 1: c; 2: c"]


def test_a_majority_is_written_and_ties_are_left_open(file, tmp_path):
    paths = [str(file("anna.jsonl", ANNA)), str(file("ben.jsonl", BEN))]
    told = act(Asked(action="import", references=paths, output=str(tmp_path / "done.jsonl")))
    rows = [json.loads(line) for line in (tmp_path / "done.jsonl").read_text().splitlines()]
    assert [row["label"] for row in rows] == ["a", None, "b", "c", None, "b"]
    assert (told.rows, told.labelled, told.unresolved, told.people) == (6, 4, 2, 2)


def test_all_answers_can_be_kept_and_measured_again(file, tmp_path):
    paths = [file("anna.jsonl", ANNA), file("ben.jsonl", BEN)]
    first = agreement.of_classes(read_tasks(paths, Columns()).tasks, several=False)
    for form in ("jsonl", "parquet"):
        output = tmp_path / f"all.{form}"
        act(Asked(action="import", references=[str(p) for p in paths], output=str(output),
                  resolve="all"))  # fmt: skip
        again = agreement.of_classes(read_tasks([output], Columns()).tasks, several=False)
        assert again == first


def test_rows_are_found_by_a_key_and_a_key_has_one_text(file, tmp_path):
    one, other = file("a.jsonl", ANNA, key="no"), file("b.jsonl", BEN, key="no")
    assert len(read_tasks([one, other], Columns(), key="no").tasks) == 6
    changed = other.read_text().replace("text 3", "text three")
    (tmp_path / "b.jsonl").write_text(changed)
    with pytest.raises(DataError, match=r"b.jsonl: line 4: one row must have one text"):
        read_tasks([one, other], Columns(), key="no")
    with pytest.raises(DataError, match="key=number must name a column"):
        read_tasks([one, other], Columns(), key="number")


def test_user_1_of_two_machines_is_two_people(tmp_path):
    paths = []
    for name, label in (("anna", "a"), ("ben", "b")):
        result = [{"from_name": "label", "type": "choices", "value": {"choices": [label]}}]
        task = {
            "id": 7,
            "data": {"text": "t"},
            "annotations": [{"completed_by": 1, "result": result}],
        }
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_text(json.dumps([task]))
    (task,) = read_tasks(paths, Columns()).tasks
    assert [a.annotator for a in task.annotations] == ["anna: 1", "ben: 1"]


def test_the_last_word_of_a_person_counts(tmp_path):
    rows = [{"text": "t", "label": label, "annotator": who} for who, label in ("xa", "yb", "xb")]
    (tmp_path / "long.jsonl").write_text("\n".join(map(json.dumps, rows)))
    read = read_tasks([tmp_path / "long.jsonl"], Columns())
    assert [(a.annotator, *a.labels) for a in read.tasks[0].annotations] == [("x", "b"), ("y", "b")]
    assert sum(read.skipped.values()) == 1


def test_one_person_alone_agrees_with_nobody(file):
    with pytest.raises(DataError, match="two people, of 6 none is"):
        agreement.of_classes(read_tasks([file("a.jsonl", ANNA)], Columns()).tasks, several=False)


def test_full_agreement_on_one_label_is_not_defined_and_said_so(file):
    paths = [file("a.jsonl", ["x"] * 3), file("b.jsonl", ["x"] * 3)]
    found = agreement.of_classes(read_tasks(paths, Columns()).tasks, several=False)
    assert math.isnan(found.value)
    assert found.percent == 1
    assert "not defined" in found.table()
    assert disputes.ranked(read_tasks(paths, Columns()).tasks, spans=False) == []


def test_disputed_spans_name_their_words(file):
    paths = [file("a.jsonl", [[[0, 4, "T"]]]), file("b.jsonl", [[[0, 4, "N"]]])]
    ((task, disputed),) = disputes.ranked(read_tasks(paths, Columns()).tasks, spans=True)
    assert task.annotations[0].spans == (Span(0, 4, "T"),)
    assert disputes.votes(task, disputed)["votes"] == "a: text (T); b: text (N)"
