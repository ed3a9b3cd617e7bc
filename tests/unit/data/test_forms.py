"""Data beside texts and tables: measured labels, sentences, series, triples, steps."""

import csv
import random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xinzhi.data.declaration import Declaration
from xinzhi.data.html import page
from xinzhi.data.prepared import _task
from xinzhi.errors import DataError


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name, header, rows):
    with open(name, "w", newline="") as stream:  # noqa: PTH123
        csv.writer(stream).writerows([header, *rows])
    return name


def costs(n=200, odd=()):
    draw = random.Random(0)  # noqa: S311 - no secret
    rows = [[i, draw.choice("pq"), round(draw.expovariate(0.01), 3)] for i in range(n)]
    for place, label in enumerate(odd):
        rows[place][2] = label
    return write("costs.csv", ["hours", "kind", "cost"], rows)


NUMBER = {"text": None, "label": "cost", "label_as": "number"}


def test_a_label_that_is_a_number_stays_one(engine_name):
    made = Declaration(train=costs(), engine=engine_name, **NUMBER).prepare()
    assert made.manifest["columns"]["label"] == "double"
    assert made.classes == ()
    assert {step["step"] for step in made.manifest["steps"]} == {
        "empty", "unlabelled", "duplicates"
    }  # fmt: skip
    assert made.counts == {"train": 140, "val": 20, "test": 40}
    assert _task(made.manifest) == "tabular_regression"
    whole = made.manifest["profile"]["measured"]["histogram"]
    assert {split: sum(bins) for split, bins in whole.items()} == made.counts
    assert "Distribution of the label" in page(made)
    assert "classes" not in made.report()


def test_every_tenth_of_the_labels_is_in_every_part():
    made = Declaration(train=costs(), **NUMBER).prepare()
    labels = {split: made.table(split)["label"].to_numpy() for split in made.counts}
    edges = np.quantile(np.concatenate([*labels.values()]), np.arange(1, 10) / 10)
    for split, share in (("val", 0.1), ("test", 0.2)):
        counts = np.bincount(np.searchsorted(edges, labels[split]), minlength=10)
        assert np.abs(counts - 20 * share).max() <= 1


def test_labels_that_are_no_numbers_are_counted_and_said():
    made = Declaration(train=costs(odd=["n/a?", "", "inf"]), **NUMBER).prepare()
    (step,) = (s for s in made.manifest["steps"] if s["step"] == "unlabelled")
    assert step["rows_in"] - step["rows_out"] == 3
    assert any("no numbers: 'inf', 'n/a?'" in warning for warning in made.warnings)
    with pytest.raises(DataError, match=r"unlabelled 200.*\n.*no numbers: 'p', 'q'"):
        Declaration(train="costs.csv", text=None, label="kind", label_as="number").prepare()


def test_equal_rows_with_a_measured_label_are_merged_and_the_label_may_lie_out():
    rows = [[i % 40, 1.5 * (i % 40)] for i in range(80)] + [[7, 1e6]]
    declared = {"text": None, "label": "y", "label_as": "number"}
    made = Declaration(train=write("a.csv", ["x", "y"], rows), **declared).prepare()
    assert sum(made.counts.values()) == 41
    made = Declaration(train="a.csv", outliers={"y": [0, 100]}, **declared).prepare()
    assert max(made.table("train")["label"].to_pylist()) <= 100


def test_kept_duplicates_have_keys_of_their_own(engine_name):
    rows = [[i % 3, f"2024-01-{1 + i // 8:02d} {i % 8:02d}:00"] for i in range(160)]
    made = Declaration(
        train=write("load.csv", ["load", "hour"], rows), text=None, time="hour", split="time",
        duplicates="keep", engine=engine_name,
    ).prepare()  # fmt: skip
    assert sum(made.counts.values()) == 160
    keys = [key for split in made.counts for key in made.table(split)["row"].to_pylist()]
    assert len(set(keys)) == 160
    assert made.manifest["leakage"]["exact"]["train/test"] == 0  # other times are other steps
    assert _task(made.manifest) == "series_forecasting"
    equal = Declaration(
        train=write("same.csv", ["a"], [[1]] * 5 + [[2]] * 30), text=None, duplicates="keep",
        engine=engine_name,
    ).prepare()  # fmt: skip
    keys = [key for split in equal.counts for key in equal.table(split)["row"].to_pylist()]
    assert len(set(keys)) == 35


def test_kept_duplicates_across_parts_stay_and_are_said():
    first = write("a.csv", ["a", "label"], [[i, "xy"[i % 2]] for i in range(40)])
    declared = {"text": None, "label": "label"}
    made = Declaration(train=first, test=first, duplicates="keep", **declared).prepare()
    assert made.counts["test"] == 40
    assert made.manifest["leakage"]["exact"]["train/test"] > 0
    assert any("of test are in train too" in warning for warning in made.warnings)
    with pytest.raises(DataError):  # merged, nothing would be left to train on
        Declaration(train=first, test=first, **declared).prepare()


def lists(name, dtype=None):
    draw = np.random.default_rng(0)
    x = [draw.normal(size=5 + i % 4).round(3).tolist() for i in range(60)]
    x[1], x[2], x[3] = [0.0, float("nan")], [-0.0, float("nan")], [0.0, None]
    label = ["xy"[i % 2] for i in range(60)]
    label[2] = label[1]
    kind = pa.list_(dtype or pa.float64())
    pq.write_table(pa.table({"x": pa.array(x, kind), "label": label}), name)
    return name


def test_lists_of_numbers_are_records(engine_name):
    declared = {"text": None, "label": "label", "engine": engine_name}
    made = Declaration(train=lists("a.parquet"), **declared).prepare()
    assert sum(made.counts.values()) == 59  # [0.0, nan] and [-0.0, nan] are equal
    assert str(made.table("train").schema.field("x").type) in made.manifest["columns"]["x"]
    assert made.manifest["columns"]["x"] == "list<element: double>"
    told = made.manifest["profile"]["lists"]["x"]
    assert sum(own["rows"] for own in told["lengths"].values()) == 59
    assert _task(made.manifest) == "series_classification"
    assert "shortest" in page(made)


@pytest.mark.usefixtures("spark")
def test_both_engines_make_one_digest_of_lists():
    declared = {"train": lists("a.parquet", pa.float32()), "text": None, "label": "label"}
    made = [Declaration(engine=name, **declared).prepare() for name in ("duckdb", "spark")]
    assert made[0].digest == made[1].digest


def test_sentences_and_triples(engine_name):
    sentences = ["\n".join(f"w{i}{j}\tBIO"[: -2 + j % 3] for j in range(3)) for i in range(40)]
    with open("a.conll", "w") as stream:  # noqa: PTH123
        stream.write("\n\n".join(sentences * 2) + "\n")
    declared = {"text": None, "engine": engine_name}
    made = Declaration(
        train="a.conll", features=["tokens", "tags"], duplicates="keep", **declared
    ).prepare()
    assert sum(made.counts.values()) == 80
    assert sum(made.manifest["leakage"]["exact"].values()) == 0  # equal ones are on one side
    assert _task(made.manifest) == "token_classification"
    assert made.manifest["profile"]["lists"]["tags"]["top"]
    with open("a.txt", "w") as stream:  # noqa: PTH123
        stream.writelines(f"e{i % 13}\tr{i % 3}\te{i * 7 % 11}\n" for i in range(900))
    made = Declaration(train="a.txt", features=["head", "relation", "tail"], **declared).prepare()
    assert sum(made.counts.values()) == 13 * 3 * 11
    assert _task(made.manifest) == "link_prediction"


def test_steps_in_rows_and_in_columns_become_series(engine_name):
    draw = random.Random(0)  # noqa: S311 - no secret
    long = [
        [f"0{run}", t, draw.random(), draw.random(), "xy"[run % 2], f"m{run % 9}"]
        for run in range(36) for t in range(6)
    ]  # fmt: skip
    header = ["run", "second", "temperature", "pressure", "state", "machine"]
    declared = {"text": None, "group": "machine", "split": "group", "min_count": 2}
    made = Declaration(
        train=write("long.csv", header, random.Random(1).sample(long, len(long))),  # noqa: S311
        series="run", time="second", label="state", engine=engine_name, **declared,
    ).prepare()  # fmt: skip
    rows = [row for split in made.counts for row in made.table(split).to_pylist()]
    assert len(rows) == 36
    for row in rows:
        steps = [one for one in long if one[0] == row["run"]]
        assert row["temperature"] == [one[2] for one in steps]
        assert (row["label"], row["group"]) == (steps[0][4], steps[0][5])
    wide = [[f"m{i % 9}", "xy"[i % 2], *(draw.random() for _ in range(8))] for i in range(36)]
    columns = ["machine", "state", *(f"x_{i}" for i in range(8))]
    made = Declaration(
        train=write("wide.csv", columns, wide), label="state", numbered="gather",
        engine=engine_name, **declared,
    ).prepare()  # fmt: skip
    assert made.manifest["columns"]["x"] == "list<element: double>"
    assert {len(x) for x in made.table("train")["x"].to_pylist()} == {8}
