"""From a declaration to a snapshot: files, hubs, splits, limits, complaints."""

import csv
import json
import random

import pandas as pd
import pytest

from xinzhi.data import preparation
from xinzhi.data.declaration import Declaration
from xinzhi.errors import DataError


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name, rows, header=("text", "label"), encoding="utf-8"):
    with open(name, "w", newline="", encoding=encoding) as stream:  # noqa: PTH123
        csv.writer(stream).writerows([header, *rows])
    return name


def pairs(n=40, start=0):
    return [(f"text {i}", "xy"[i % 2]) for i in range(start, start + n)]


def texts(snapshot, split):
    return set(snapshot.table(split)["text"].to_pylist())


def test_a_csv_becomes_three_parts():
    snapshot = Declaration(
        train=write("tickets.csv", pairs()), text="text", label="label"
    ).prepare()
    assert snapshot.name == "tickets"
    assert snapshot.counts == {"train": 28, "val": 4, "test": 8}
    assert snapshot.classes == ("x", "y")
    assert snapshot.table("test").column_names == ["text", "label", "row"]
    assert snapshot.source == "train: tickets.csv"


def test_the_same_inputs_are_prepared_once(monkeypatch):
    declared = Declaration(train=write("a.csv", pairs()), text="text", label="label")
    first = declared.prepare()
    with monkeypatch.context() as patched:
        patched.delattr(preparation, "prepare")
        assert declared.prepare() == first
    write("a.csv", pairs(41))
    assert declared.prepare().digest != first.digest


def test_order_encoding_and_form_make_no_difference_to_the_digest():
    rows = [(f"机器 {i}", "坏好"[i % 2]) for i in range(40)]
    mixed = random.Random(0).sample(rows, len(rows))  # noqa: S311 - no secret
    lines = [json.dumps(dict(zip(("text", "label"), row, strict=True))) for row in mixed]
    with open("c.jsonl", "w") as stream:  # noqa: PTH123
        stream.write("\n".join(lines))
    sources = (write("a.csv", rows), write("b.csv", mixed, encoding="gb18030"), "c.jsonl")
    made = [Declaration(train=s, text="text", label="label").prepare() for s in sources]
    assert len({snapshot.digest for snapshot in made}) == 1
    assert "b.csv was read as GB18030" in made[1].report()


def test_given_test_rows_stay_and_shared_ones_leave_train():
    own = [("text 1", "y"), ("new", "x"), ("clash", "x"), ("clash", "y"), ("strange", "z")]
    snapshot = Declaration(
        train=write("a.csv", pairs()), test=write("b.csv", own), text="text", label="label",
        conflicts="drop", max_dropped=0.3,
    ).prepare()  # fmt: skip
    assert texts(snapshot, "test") == {"text 1", "new", "clash"}
    assert snapshot.table("test").num_rows == 4
    assert "text 1" not in texts(snapshot, "train") | texts(snapshot, "val")
    told = "\n".join(snapshot.warnings)
    assert "1 rows were taken out of train" in told
    assert "labels that train does not have (z): 1 rows kept out of the metrics" in told


@pytest.mark.parametrize("action", ["drop", "quarantine"])
def test_rows_that_validation_takes_count_as_dropped(action):
    rows = [*pairs(40), *((f"bad {i}", "") for i in range(4)), *(("bad", "x"),) * 6]
    declared = {
        "train": write("a.csv", rows), "text": "text", "label": "label", "on_violation": action,
        "checks": {"good": "text NOT LIKE 'bad'"},
    }  # fmt: skip
    with pytest.raises(DataError, match=rf"20\.0% of 50 .*validation: {action} 6, unlabelled 4"):
        Declaration(**declared).prepare()
    assert sum(Declaration(**declared, max_dropped=0.2).prepare().counts.values()) == 40


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_equal_texts_with_other_features_beside_them_are_other_rows(engine, request):
    if engine == "spark":
        request.getfixturevalue("spark")
    rows = [(f"t{i}", "xy"[i % 2], n) for i in range(40) for n in (1, 2, 2)]
    declared = {
        "train": write("a.csv", rows, ("text", "label", "n")), "text": "text", "label": "label",
        "features": ["n"], "engine": engine,
    }  # fmt: skip
    made = Declaration(**declared, conflicts="drop").prepare()
    found = {split: made.table(split).to_pylist() for split in made.counts}
    assert sum(made.counts.values()) == 80
    assert len({row["row"] for part in found.values() for row in part}) == 80
    for part in found.values():  # a text lies on one side
        assert sorted(row["n"] for row in part) == [1] * (len(part) // 2) + [2] * (len(part) // 2)
    some = Declaration(**declared, limit=5).prepare()
    again = declared | {"train": write("b.csv", rows[::-1], ("text", "label", "n"))}
    assert Declaration(**again, limit=5).prepare().digest == some.digest


def test_an_index_that_was_saved_along_is_left_out():
    rows = [(i, i % 9, "xy"[i % 2]) for i in random.Random(0).sample(range(60), 50)]  # noqa: S311
    made = Declaration(train=write("a.csv", rows, ("", "n", "y")), text=None, label="y").prepare()
    assert made.table("train").column_names == ["n", "label", "row"]
    assert "the column 'Unnamed: 0' is the index of a data frame" in made.report()
    index = pd.Index([7] * 40)
    pd.DataFrame({"n": range(40), "y": ["x", "y"] * 20}, index).to_parquet("a.parquet")
    assert Declaration(train="a.parquet", text=None, label="y").prepare().table(
        "train"
    ).column_names == ["n", "label", "row"]
    twice = [(i // 2, *row[1:]) for i, row in enumerate(rows)]
    for header in ("", "Unnamed: 0"):
        write("b.csv", twice, (header, "n", "y"))
        kept = Declaration(train="b.csv", text=None, label="y", duplicates="keep").prepare()
        assert "Unnamed: 0" in kept.table("train").column_names
        assert "'Unnamed: 0' has no name and is learned from" in kept.warnings[0]
    ignored = Declaration(train="b.csv", text=None, label="y", ignore=["Unnamed: 0"]).prepare()
    assert not ignored.warnings
    assert ignored.table("train").column_names == ["n", "label", "row"]


def test_a_test_file_with_strange_labels_stops():
    with pytest.raises(DataError, match=r"2 of 2 do: p, q"):
        Declaration(
            train=write("a.csv", pairs()), test=write("b.csv", [("s", "p"), ("t", "q")]),
            text="text", label="label",
        ).prepare()  # fmt: skip


def test_strange_labels_are_other_where_rare_ones_are():
    train = [*pairs(), ("r1", "rare"), ("r2", "rarer")]
    snapshot = Declaration(
        train=write("a.csv", train), test=write("b.csv", [("s", "p"), ("t", "x")]),
        text="text", label="label", rare="other",
    ).prepare()  # fmt: skip
    assert snapshot.classes == ("other", "x", "y")
    assert sorted(snapshot.table("test")["label"].to_pylist()) == ["other", "x"]


def test_a_split_by_time_keeps_the_latest_for_the_test():
    rows = [(f"t{i}", "xy"[i % 2], f"2024-01-{i + 1:02d}") for i in range(30)]
    snapshot = Declaration(
        train=write("a.csv", rows, ("text", "label", "day")), text="text", label="label",
        split="time", time="day",
    ).prepare()  # fmt: skip
    days = {split: snapshot.table(split)["time"].to_pylist() for split in ("train", "val", "test")}
    assert max(days["train"]) < min(days["val"])
    assert max(days["val"]) < min(days["test"])
    assert len(days["test"]) == 6


def test_several_labels_become_lists():
    rows = [(f"t{i}", ("a|b", "b", "a")[i % 3]) for i in range(30)]
    snapshot = Declaration(
        train=write("a.csv", rows), text="text", label="label", multilabel="|"
    ).prepare()
    assert snapshot.classes == ("a", "b")
    assert {tuple(labels) for labels in snapshot.table("train")["label"].to_pylist()} == {
        ("a", "b"), ("a",), ("b",),
    }  # fmt: skip


def test_a_limit_takes_the_same_rows_each_time():
    declared = {"text": "text", "label": "label", "limit": 20}
    one = Declaration(train=write("a.csv", pairs(100)), **declared).prepare()
    two = Declaration(train=write("b.csv", pairs(100)[::-1]), **declared).prepare()
    assert sum(one.counts.values()) == 20
    assert one.digest == two.digest


def test_numbers_are_labels_too_and_texts_may_be_joined():
    rows = [(f"s{i}", f"b{i}", i % 2) for i in range(20)]
    snapshot = Declaration(
        train=write("a.csv", rows, ("subject", "body", "stars")), text=["subject", "body"],
        label="stars",
    ).prepare()  # fmt: skip
    assert snapshot.classes == ("0", "1")
    assert "s0\nb0" in set().union(*(texts(snapshot, s) for s in ("train", "val", "test")))


def test_a_hugging_face_folder_brings_its_own_splits(folder):
    (folder / "set/data").mkdir(parents=True)
    write("set/data/train-00000-of-00001.csv", pairs())
    write("set/data/test-00000-of-00001.csv", pairs(6, 100))
    snapshot = Declaration(train="hf:set", text="text", label="label").prepare()
    assert snapshot.counts == {"train": 36, "val": 4, "test": 6}
    assert snapshot.source == "train: hf:set; test: hf:set"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"label": None}, r"data\.label must name"),
        ({"split": "time"}, r"data\.split=time needs the column data\.time"),
        ({"split": "group"}, r"data\.group"),
        ({"ignore": ["text"]}, "data.ignore must not name a column that is used: text"),
        ({"val_fraction": 0.5, "test_fraction": 0.5}, "together below 1"),
        ({"max_dropped": 1.5}, "between 0 and 1"),
        ({"limit": 0}, "at least 1"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(keys, message):
    with pytest.raises(DataError, match=message):
        Declaration(**{"train": "a.csv", "text": "text", "label": "label"} | keys)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(f"t{i}", "x") for i in range(9)], "at least two classes, it holds 1: x"),
        ([(f"t{i}", f"id{i}") for i in range(99)], r"(?s)99\.|100\.0%.*looks like an id"),
        ([], "no row is left of 0"),
        ([("", "x")] * 5 + pairs(), r"11\.1% of 45 would be \(empty 5\)"),
    ],
)
def test_rows_that_teach_nothing_stop_it(rows, message):
    with pytest.raises(DataError, match=message):
        Declaration(train=write("a.csv", rows), text="text", label="label").prepare()


def test_nothing_is_written_where_it_stops(folder):
    with pytest.raises(DataError):
        Declaration(train=write("a.csv", pairs()), text="txt", label="label").prepare()
    assert not (folder / "cache").exists()


@pytest.mark.parametrize("name", ["outliers", "missing"])
def test_rules_fitted_on_columns_are_for_features(name):
    with pytest.raises(DataError, match=rf"data\.{name} must name columns of data\.features"):
        Declaration(train="a.csv", text="text", label="label", **{name: {"amount": "median"}})
