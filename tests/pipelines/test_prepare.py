"""`xinzhi prepare`: the rows that `xinzhi train` with the same words learns from."""

import json
import shlex
from pathlib import Path

import pytest

from xinzhi.config import compose, project
from xinzhi.config.entry import prepare, start
from xinzhi.config.identity import resolved

REVIEWS = Path(__file__).parents[1] / "fixtures" / "text_classification" / "reviews.csv"
OWN = (f"data.train={REVIEWS}", "data.text=text", "data.label=label", "data.ignore=[tags]")


@pytest.fixture
def said(monkeypatch, tmp_path, capfd):
    """Runs a command in a project of its own; gives its exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))

    def said(pipeline, *words):
        capfd.readouterr()
        code = start(pipeline, list(words))
        out, err = capfd.readouterr()
        return code, out, err

    return said


def next_train(out):
    (line,) = [one for one in out.splitlines() if one.startswith("next") and " train " in one]
    return shlex.split(line)[3:]


def test_own_files_are_prepared_and_told_of(said):
    code, out, err = said("prepare", *OWN)
    assert code == 0, err
    for word in ("duplicates", "left out", "train 140, val 20, test 40", "frozen in", "leakage:"):
        assert word in out, word
    (page,) = [line.split()[1] for line in out.splitlines() if line.startswith("page")]
    assert "What became of the rows" in Path(page).read_text("utf-8")
    assert next_train(out)[:2] == ["experiment=text_classification", "name=reviews"]
    assert "data show reviews-" in out


def test_the_same_inputs_are_prepared_once(said):
    first = json.loads(said("prepare", *OWN, "report=json")[1])
    again = json.loads(said("prepare", *OWN, "report=json")[1])
    assert (first["reused"], again["reused"]) == (False, True)
    assert again["data_digest"] == first["data_digest"]
    assert again["counts"] == {"train": 140, "val": 20, "test": 40}
    assert again["steps"] == first["steps"]
    _, out, _ = said("prepare", *OWN)
    assert "(frozen already)" in out
    assert "UTC, just now" in out


def test_the_command_that_is_printed_next_reads_the_same_rows(said):
    _, out, _ = said("prepare", *OWN, "data.min_count=3")
    told = json.loads(said("prepare", *OWN, "data.min_count=3", "report=json")[1])
    words = next_train(out)
    train = resolved(prepare("train", words))
    assert train["name"] == "reviews"
    ours = resolved(prepare("prepare", [*OWN, "data.min_count=3"]))
    assert train["data"] == ours["data"]
    assert (
        json.loads(said("prepare", *words, "report=json")[1])["data_digest"]
        == (told["data_digest"])
    )


def test_every_place_of_train_is_one_of_prepare_with_the_same_default():
    def places(pipeline):
        return compose.declared(compose.open_repository(pipeline), pipeline)

    assert set(places("prepare").groups) == set(places("train").groups)
    assert set(places("prepare").keys) == set(places("train").keys)
    ours, theirs = (
        compose.compose(name, ["experiment=text_classification"]) for name in ("prepare", "train")
    )
    own = {"name", "asked"}
    assert {k: v for k, v in ours.items_ex(resolve=False) if k not in own} == {
        k: v for k, v in theirs.items_ex(resolve=False) if k not in own
    }


TRAIN = OWN[0]
LEFT_OPEN = {
    "files": OWN,
    "table": [TRAIN, "data.label=label"],
    "series": [TRAIN, "data.label=label"],
    "steps": [TRAIN, "data.time=time"],
    **{form: [TRAIN] for form in ("sentences", "images", "triples")},
}
EXPERIMENTS = sorted(f.stem for f in (project.packaged_conf() / "experiment").glob("*.yaml"))


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_has_the_data_that_train_gives_it(experiment):
    words = [f"experiment={experiment}", "trainer.max_epochs=3", "debug=limit"]
    theirs = ["name=x"]
    form = (project.packaged_conf() / "experiment" / f"{experiment}.yaml").read_text()
    form = form.partition("override /data: ")[2].split()[0]
    words += LEFT_OPEN.get(form, [])
    assert (
        resolved(prepare("prepare", words))["data"]
        == (resolved(prepare("train", [*words, *theirs]))["data"])
    )


def test_an_experiment_of_ones_own_sets_what_it_likes(said, tmp_path):
    (tmp_path / "xinzhi.yaml").write_text("allow: []\n")
    (tmp_path / "conf" / "experiment").mkdir(parents=True)
    (tmp_path / "conf" / "experiment" / "mine.yaml").write_text(
        "# @package _global_\ndefaults:\n  - override /data: files\n  - override /trainer: cpu\n"
        "name: mine\nseed: 7\nobjective: val/loss\nmode: min\ntags: [a]\nregister: true\n"
        f"data:\n  train: {REVIEWS}\n  text: text\n  label: label\n  ignore: [tags]\n"
    )
    code, out, err = said("prepare", "experiment=mine")
    assert code == 0, err
    assert next_train(out) == ["experiment=mine"]


def test_nothing_to_prepare_is_said(said):
    code, _, err = said("prepare")
    assert code == 2
    assert "data.train=" in err
    code, _, err = said("prepare", "data=null")
    assert code != 0
    assert "nothing to prepare" in err


def test_what_train_would_refuse_is_refused_before_the_rows_are_read(said):
    code, _, err = said("prepare", *OWN, "experiment=text_classification", "model.hiden=3")
    assert code == 2
    assert "model.hiden" in err
    code, _, err = said("prepare", *OWN, "data.txt=text")
    assert "data.text" in err


def test_prepare_imports_no_torch():
    import subprocess
    import sys

    code = "import sys, xinzhi.pipelines.prepare, xinzhi.data.prepared, xinzhi.data.declaration\n"
    code += "assert not {'torch', 'mlflow', 'ibis', 'pandas', 'jinja2'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own words
