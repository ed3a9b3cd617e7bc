"""`xinzhi evaluate` from the shell's words to tables, JSON and a page, on rows of every kind."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tiny_tasks

from xinzhi.config.entry import start
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.tracking.store import open_store

TRAINED, NEW = 140, 60


@pytest.fixture(scope="module")
def project(tmp_path_factory, place_store):
    """A project with version 1 of `reviews`, of texts, and of `tumours`, of a table."""
    folder = tmp_path_factory.mktemp("project")
    place_store(folder)
    rows = pd.read_csv(tiny_tasks.REVIEWS).drop(columns="tags")
    rows["length"] = np.where(rows["text"].str.len() > 40, "long", "short")
    rows.iloc[:TRAINED].to_csv(folder / "old.csv", index=False)
    rows.iloc[TRAINED:].to_csv(folder / "new.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.setenv("XINZHI_CACHE", str(folder / "cache"))
        patch.chdir(folder)
        texts = [w for w in tiny_tasks.words("texts", folder, "reviews")
                 if not w.startswith(("data.train", "data.ignore"))]  # fmt: skip
        assert start("train", [*texts, "data.train=old.csv", "data.ignore=[length]"]) == 0
        assert start("train", tiny_tasks.words("two_classes", folder, "tumours")) == 0
    return folder


@pytest.fixture
def evaluate(project, monkeypatch, tmp_path, capfd):
    """Runs the command in the project; what it and a test leave there is taken away again."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("XINZHI_CACHE", str(project / "cache"))
    monkeypatch.chdir(project)
    kept, files = project / "mlruns" / "artifacts", set(project.iterdir())
    shutil.copytree(kept, tmp_path / "artifacts")

    def evaluate(*words):
        capfd.readouterr()
        code = start("evaluate", words)
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return code, out, err

    def as_json(*words):
        code, out, err = evaluate(*words, "report=json")
        assert code == 0, err
        return json.loads(out)

    evaluate.json, evaluate.here = as_json, project
    yield evaluate
    shutil.rmtree(kept)
    shutil.copytree(tmp_path / "artifacts", kept)
    for path in set(project.iterdir()) - files:
        path.unlink()


@pytest.fixture
def elsewhere(evaluate, project, monkeypatch, tmp_path):  # noqa: ARG001 - after it
    """Neither the snapshots of the trainings nor their files are there, but for what is new."""
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    (tmp_path / "away").mkdir()
    (project / "old.csv").rename(tmp_path / "away" / "old.csv")
    (project / "tumours.csv").rename(tmp_path / "away" / "tumours.csv")
    yield
    for path in (tmp_path / "away").iterdir():
        path.rename(project / path.name)


def artifacts(run_id):
    return Path(open_store().client.get_run(run_id).info.artifact_uri)


def test_a_table_a_page_and_what_the_run_keeps(evaluate):
    code, out, err = evaluate("reviews", "output=page.html")
    assert code == 0, err
    assert out.startswith("reviews/1 reaches f1_macro ")
    assert "95% interval" in out
    page = (evaluate.here / "page.html").read_text(encoding="utf-8")
    assert "<html" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    told = evaluate.json("reviews")
    digest = told["data_digest"][:12]
    folder = artifacts(told["run_id"])
    for ending in ("html", "json"):
        assert (folder / "evaluation" / f"test-{digest}.{ending}").is_file()
    assert (
        json.loads((folder / "evaluation" / f"test-{digest}.json").read_text())
        == (told["evaluation"])
    )
    assert not told["computed"]
    run = open_store().client.get_run(told["run_id"])
    named = {one["name"]: one["value"] for one in told["evaluation"]["metrics"]}
    assert named["accuracy"] == pytest.approx(run.data.metrics["test/accuracy"], abs=1e-6)


def test_answers_that_are_kept_need_no_torch(evaluate):
    program = Path(sys.executable).parent / "xinzhi"
    for words in (["evaluate", "tumours"], ["evaluate", "reviews", "split=val"]):
        ran = subprocess.run(  # noqa: S603
            [sys.executable, "-X", "importtime", str(program), *words],
            capture_output=True, text=True, check=False, cwd=evaluate.here, env=os.environ.copy(),
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr[-2000:]
        loaded = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
        assert "mlflow" in loaded
        assert not loaded & {"torch", "lightning", "transformers", "sklearn"}


def test_a_file_is_prepared_as_the_training_rows_were(evaluate):
    told = evaluate.json("reviews", "data.test=new.csv")
    assert told["computed"]
    assert told["evaluation"]["examples"] == NEW
    assert told["evaluation"]["warnings"] == []
    again = evaluate.json("reviews", "data.test=new.csv")
    assert not again["computed"]  # kept with the run
    assert again["evaluation"] == told["evaluation"]
    kept = artifacts(told["run_id"]) / "outcomes" / f"test-{told['data_digest'][:12]}.parquet"
    assert len(Outcomes.load(kept)) == NEW
    by_name = evaluate.json("reviews", "data.test=new")  # the snapshot that it became
    assert by_name["data_digest"] == told["data_digest"]


def test_rows_that_were_trained_on_are_counted(evaluate):
    table = pd.concat([pd.read_csv("old.csv"), pd.read_csv("new.csv")])
    table.to_csv("all.csv", index=False)
    told = evaluate.json("reviews", "data.test=all.csv")
    (warning,) = told["evaluation"]["warnings"]
    trained = open_store().client.get_run(told["run_id"]).inputs.dataset_inputs[0].dataset.profile
    assert warning.startswith(
        f"{json.loads(trained)['train']} of {len(table)} rows were trained on"
    )


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("manifest", [True, False])
def test_a_file_is_judged_when_the_training_rows_are_gone(evaluate, manifest):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XINZHI_CACHE", str(evaluate.here / "cache"))
        before = evaluate.json("reviews", "data.test=new.csv")
    for path in (artifacts(before["run_id"]) / "outcomes").glob("test-*"):
        path.unlink()
    if not manifest:  # as runs of earlier versions
        (artifacts(before["run_id"]) / "data.json").unlink()
    told = evaluate.json("reviews", "data.test=new.csv")
    assert told["computed"]
    assert told["data_digest"] == before["data_digest"]
    assert told["evaluation"]["metrics"] == before["evaluation"]["metrics"]


def test_a_run_from_before_outcomes_were_kept(evaluate):
    told = evaluate.json("tumours")
    shutil.rmtree(artifacts(told["run_id"]) / "outcomes")
    (artifacts(told["run_id"]) / "data.json").unlink()
    again = evaluate.json("tumours")
    assert again["computed"]
    for one, other in zip(
        told["evaluation"]["metrics"], again["evaluation"]["metrics"], strict=True
    ):
        assert one["value"] == pytest.approx(other["value"], abs=1e-6)


@pytest.mark.usefixtures("elsewhere")
def test_outcomes_without_rows_tell_all_but_slices(evaluate):
    told = evaluate.json("tumours", "slices={ward: {column: ward}}")
    assert told["evaluation"]["examples"] > 0
    assert told["evaluation"]["slices"] == told["evaluation"]["found"] == []
    assert "the rows are not there" in told["evaluation"]["warnings"][0]
    code, _, err = evaluate("tumours", "split=train")
    assert code != 0
    assert "tumours.csv" in err


def test_slices_and_sensitive_columns(evaluate):
    pytest.importorskip("fairlearn")
    told = evaluate.json("tumours", "slices={ward: {column: ward}}", "sensitive=[ward]")
    names = [one["name"] for one in told["evaluation"]["slices"]]
    assert {"ward=north", "ward=south", "ward=Süd"} <= set(names)
    assert told["evaluation"]["fairness"]["columns"][0]["column"] == "ward"
    assert told["evaluation"]["units"] < told["evaluation"]["examples"]  # patients come repeatedly


def spoilt(name):
    rows = pd.read_csv("new.csv")
    if name == "unlabelled.csv":
        rows.drop(columns="label").to_csv(name, index=False)
    if name == "strange.csv":
        rows.assign(label="strange").to_csv(name, index=False)
    if name == "empty.csv":
        rows.iloc[:0].to_csv(name, index=False)
    if name == "cut.parquet":
        Path(name).write_bytes(b"PAR1")
    if name == "page.pdf":
        Path(name).write_bytes(b"%PDF")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["data.test=unlabelled.csv"], ["must have a column 'label'", "xinzhi predict reviews/1"]),
        (["data.test=strange.csv"], ["labels that train does not have", "negative, positive"]),
        (["data.test=empty.csv"], ["empty"]),
        (["data.test=cut.parquet"], ["complete Parquet file"]),
        (["data.test=page.pdf"], [".csv", "was .pdf"]),
        (["data.test=mising.csv"], ["there is no mising.csv"]),
        (["data.test=tumors"], ["a file or a snapshot", "tumours"]),
        (["data.test=tumours"], ["must have a column 'text'", "same form"]),
        (["data.test=new.csv", "split=val"], ["judged whole", "split=test"]),
        (["split=tset"], ["did you mean test?"]),
        (["slices={x: {column: lenght}}"], ["slices.x must have a column 'lenght'"]),
        (["sensitive=[ward]"], ["must have a column 'ward'"]),
    ],
)
def test_rows_that_cannot_be_judged(evaluate, words, said):
    for word in words:
        spoilt(word.partition("=")[2])
    code, _, err = evaluate("reviews", *words)
    assert code in {1, 2}
    for part in said:
        assert part in err


def test_columns_that_hold_something_else(evaluate):
    rows = pd.read_csv("tumours.csv")
    rows.drop(columns="ward").to_csv("fewer.csv", index=False)
    code, _, err = evaluate("tumours", "data.test=fewer.csv")
    assert code == 1
    assert "must have a column 'ward'" in err
    rows.assign(**{rows.columns[1]: "wide"}).to_csv("words.csv", index=False)
    code, _, err = evaluate("tumours", "data.test=words.csv")
    assert code == 1
    assert f"column {rows.columns[1]!r} must hold" in err


def test_references_that_name_no_model(evaluate):
    code, _, err = evaluate("reviewz")
    assert code == 1
    assert "reviews" in err
    code, _, err = evaluate("sweep:lr")
    assert code == 1
    assert "takes one run or version" in err


def test_a_column_that_the_model_must_not_see_tells_groups_and_changes_no_answer(evaluate):
    tumours = pd.read_csv("tumours.csv")
    tumours["sex"] = np.where(np.arange(len(tumours)) % 2, "f", "m")
    tumours.to_csv("known.csv", index=False)
    words = tiny_tasks.words("two_classes", evaluate.here, "ignoring")
    words = [w for w in words if not w.startswith(("data.train", "data.ignore"))]
    assert start("train", [*words, "data.train=known.csv", "data.ignore=[sex]"]) == 0
    tumours.tail(NEW).to_csv("later.csv", index=False)
    found = [evaluate.json("ignoring", "data.test=later.csv", *more) for more in (
        (), ("sensitive=[sex]", "slices={women: {where: \"sex = 'f'\"}}"))]  # fmt: skip
    plain, told = (one["evaluation"] for one in found)
    assert told["metrics"] == plain["metrics"]
    assert [one["column"] for one in told["fairness"]["columns"]] == ["sex"]
    assert [one["name"] for one in told["slices"]] == ["women"]
    kept = [sorted(Path("mlruns").rglob(f"outcomes/test-{one['data_digest'][:12]}.parquet"))
            for one in found]  # fmt: skip
    answers = [Outcomes.load(paths[0]) for paths in kept]
    np.testing.assert_array_equal(answers[0].rows, answers[1].rows)
    for name, values in answers[0].columns.items():
        np.testing.assert_array_equal(values, answers[1].columns[name])
    code, _, err = evaluate("ignoring", "sensitive=[sex]")
    assert code == 1
    assert "by data.ignore" in err
    assert "data.test=FILE" in err
