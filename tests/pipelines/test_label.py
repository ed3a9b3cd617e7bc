"""`xinzhi label`: from rows to people and back, as it is typed."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xinzhi.config.entry import start
from xinzhi.data import snapshot

REVIEWS = Path(__file__).parents[1] / "fixtures" / "text_classification" / "reviews.csv"


@pytest.fixture
def label(tmp_path, monkeypatch, capfd):
    """Runs `xinzhi label` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))

    def label(*words):
        code = start("label", list(words))
        out, err = capfd.readouterr()
        return code, out, err

    return label


@pytest.fixture
def people(tmp_path):
    """Two people's files of doccano."""
    said = {"anna": ["good", "bad", "good", "bad"], "ben": ["good", "bad", "bad", "bad"]}
    for who, labels in said.items():
        rows = [{"id": n, "text": f"text {n}", "label": [one]} for n, one in enumerate(labels)]
        (tmp_path / f"{who}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return ["anna.jsonl", "ben.jsonl"]


@pytest.mark.parametrize("tasks", ["tasks.json", "tasks.jsonl"])
def test_a_csv_goes_to_a_tool_and_comes_back(label, tasks):
    given = ["given=annotations", "report=json"]
    code, out, _ = label("export", str(REVIEWS), f"output={tasks}", *given)
    assert code == 0
    told = json.loads(out)
    assert told["rows"] == told["labelled"] == 200
    assert ("<Choice value=" in (told["interface"] or "")) == (tasks == "tasks.json")
    assert label("import", tasks, "output=back.parquet")[0] == 0
    with REVIEWS.open(encoding="utf-8", newline="") as stream:
        expected = list(csv.DictReader(stream))
    back = pq.read_table("back.parquet").to_pylist()
    assert [row["text"] for row in back] == [row["text"] for row in expected]
    assert [row["label"] for row in back] == [row["label"] for row in expected]


def test_a_split_of_a_snapshot_is_exported(label):
    manifest = {"name": "demo", "digest": "ab" * 16, "counts": {}, "classes": ["x"]}
    table = pa.table({"text": ["a 😀", "b"], "label": [["x"], ["x", "y"]], "row": [1, 2**59]})
    snapshot.write({"train": table[:0], "val": table, "test": table[:1]}, manifest, inputs="in")
    assert label("export", "demo", "split=val", "output=out.json", "given=none")[0] == 0
    tasks = json.loads(Path("out.json").read_text(encoding="utf-8"))
    assert tasks == [{"data": {"row": 1, "text": "a 😀"}}, {"data": {"row": 2**59, "text": "b"}}]
    code, out, _ = label("export", "demo", "split=all", "output=out.json", "report=json")
    assert json.loads(out)["rows"] == 3
    assert 'choice="multiple"' in json.loads(out)["interface"]
    code, _, err = label("export", "demo", "output=out.json")
    assert (code, "the split train of demo must hold a row" in err) == (1, True)
    code, _, err = label("export", "dmeo", "output=out.json")
    assert (code, "candidates: demo" in err) == (1, True)


def test_agreement_is_told_in_words_and_in_json(label, people):
    code, out, _ = label("agreement", *people, "output=open.csv")
    assert code == 0
    assert "Cohen's kappa 0.500, percent agreement 0.750: 4 rows, 2 people" in out
    assert "1 rows without agreement: open.csv" in out
    _, out, _ = label("agreement", *people, "report=json")
    told = json.loads(out)
    assert told["classes"]["value"] == pytest.approx(0.5)
    assert told["spans"] is None
    assert told["disagreements"] == 1


def test_a_majority_becomes_a_table(label, people):
    code, out, _ = label("import", *people, "output=done.jsonl")
    assert code == 0
    assert "4 rows, 3 labelled" in out
    assert "2 people, 1 rows without a result" in out
    assert label("import", *people, "resolve=all", "output=all.jsonl")[0] == 0
    assert len(Path("all.jsonl").read_text().splitlines()) == 8


def test_suspicious_labels_are_ranked_on_screen_in_json_and_as_csv(label):
    code, out, _ = label("suspicious", str(REVIEWS), "output=doubt.csv", "report=json")
    assert code == 0
    told = json.loads(out)
    assert told["judged"] == 200
    assert told["suspicious"] == len(told["rows"]) > 0
    with Path("doubt.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [int(row["row"]) for row in rows] == [row["row"] for row in told["rows"]]
    with REVIEWS.open(encoding="utf-8", newline="") as stream:
        source = list(csv.DictReader(stream))
    first = rows[0]
    assert source[int(first["row"]) - 1]["text"] == first["text"]
    assert source[int(first["row"]) - 1]["label"] == first["label"] != first["suggested"]
    _, out, _ = label("suspicious", str(REVIEWS), "limit=2")
    assert len([line for line in out.splitlines() if " 0." in line]) == 2
    assert "of 200 labels are suspicious" in out


@pytest.mark.parametrize(
    ("words", "expected", "exit_code"),
    [
        ([], "`action=` must be given", 2),
        (["exprot"], "did you mean export", 2),
        (["export"], "takes a file or a snapshot", 1),
        (["export", "a.csv"], "needs output=FILE", 1),
        (["export", "a.csv", "output=x.xml"], "must end with one of .json, .jsonl", 1),
        (["export", "revues.csv", "output=x.json"], "candidates: reviews.csv", 1),
        (["export", "a.csv", "b.csv", "output=x.json"], "takes one file", 1),
        (["export", "reviews.csv", "text=txet", "output=x.json"], "candidates: text", 1),
        (["import", "a.json"], "needs output=FILE", 1),
        (["import", "a.jsonl", "output=x.csv"], "must end with one of .jsonl, .parquet", 1),
        (["import", "bare.jsonl", "output=x.jsonl"], "kind=spans", 1),
        (["import", "bare.jsonl", "resolve=most", "output=x.jsonl"], "majority", 2),
        (["suspicious", "reviews.csv", "group=machine"], "group=machine", 1),
        (["suspicious", "reviews.csv", "label=lable"], "candidates: label", 1),
        (["suspicious", "bare.jsonl"], "must name a column of classes", 1),
    ],
)
def test_what_cannot_be_done_is_said(label, words, expected, exit_code):
    Path("reviews.csv").write_bytes(REVIEWS.read_bytes())
    Path("bare.jsonl").write_text('{"text": "a", "label": []}\n')
    code, _, err = label(*words)
    assert expected in err
    assert "Traceback" not in err
    assert code == exit_code
    assert not list(Path().glob("x.*"))


def test_help_names_keys_and_examples_and_nothing_heavy_is_imported():
    code = "import sys; from xinzhi.cli import main; main(['label', '--help']); " \
           "assert not {'numpy', 'pyarrow', 'hydra'} & set(sys.modules)"  # fmt: skip
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    examples = [line for line in done.stdout.splitlines() if line.startswith("  xinzhi label")]
    assert {"export", "import", "agreement", "suspicious"} == {line.split()[2] for line in examples}
