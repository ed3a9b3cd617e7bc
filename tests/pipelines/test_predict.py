"""`xinzhi predict` from the shell's words to answers, by a model out of the store."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from xinzhi.config.entry import start
from xinzhi.config.project import store_folder

TINY = Path(__file__).parents[1] / "fixtures" / "bundle" / "tiny_model.py"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A user's project whose store holds version 1 of `tiny`."""
    from safetensors.numpy import save_file

    from xinzhi.deployment.bundle import open_bundle
    from xinzhi.deployment.flavor import input_example, signature
    from xinzhi.registry.versions import register
    from xinzhi.tracking.run import start_run
    from xinzhi.tracking.store import open_store

    folder = tmp_path_factory.mktemp("project")
    (folder / "xinzhi.yaml").write_text("allow: [tiny_model]")
    shutil.copy(TINY, folder)
    bundle = folder / "bundle"
    bundle.mkdir()
    save_file({"weights": np.array([2.0, -2.0], np.float32)}, bundle / "model.safetensors")
    manifest = {"format": 1, "inference": "tiny_model.Tiny"}
    (bundle / "bundle.json").write_text(json.dumps(manifest))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(str(folder))
        inference = open_bundle(bundle)
        store = open_store()
        words = {"run_name": "tiny s1", "config_yaml": "seed: 1", "params": {}, "tags": {}}
        with start_run(store, experiment="tiny", system_metrics=False, **words) as tracked:
            example = input_example(inference)
            model_id = tracked.model(
                "model", bundle, signature=signature(inference), input_example=example
            )
        register(store, model_id=model_id, run_id=tracked.run_id, name="tiny")
    return folder


@pytest.fixture
def here(project, monkeypatch, tmp_path):
    monkeypatch.chdir(project)
    monkeypatch.syspath_prepend(str(project))
    return tmp_path


def said(capfd, *words):
    code = start("predict", words)
    return code, capfd.readouterr()


@pytest.mark.parametrize("reference", ["tiny", "tiny/1", "tiny@challenger", "last"])
@pytest.mark.usefixtures("here")
def test_a_sentence_is_answered(capfd, reference):
    code, out = said(capfd, reference, "text=good, (really) good = 好!")
    assert code == 0, out.err
    first, *bars, last = out.out.strip().splitlines()
    assert first == "positive  0.9820"
    assert [bar.split()[0] for bar in bars if bar] == ["positive", "negative"]
    assert last.startswith("answered by ")
    assert "tiny" in last


@pytest.mark.usefixtures("here")
def test_json_is_one_object(capfd):
    code, out = said(capfd, "tiny", "text=[good,bad]", "report=json")
    assert code == 0, out.err
    told = json.loads(out.out)
    assert told["version"] == "tiny/1"
    assert [answer["label"] for answer in told["answers"]] == ["positive", "negative"]
    assert list(told["answers"][1]["probabilities"]) == ["negative", "positive"]


@pytest.mark.parametrize("text", ["5", "true", "null text", "~x", "a=b", "$5"])
@pytest.mark.usefixtures("here")
def test_any_text_is_a_text(capfd, text):
    code, out = said(capfd, "tiny", f"text={text}", "report=json")
    assert code == 0, out.err
    assert json.loads(out.out)["answers"][0]["text"] == text


def test_a_file_is_answered(here, capfd):
    source, output = here / "新 (1).csv", here / "answers.csv"
    source.write_text("评论,id\ngood,1\nbad,2\n", encoding="gb18030")
    code, out = said(capfd, "tiny@challenger", f"input={source}", f"output={output}", "text=评论")
    assert code == 0, out.err
    answers = pd.read_csv(output, encoding="gb18030")
    assert answers["label"].tolist() == ["positive", "negative"]
    assert answers["version"].unique().tolist() == ["tiny/1 (tiny@challenger)"]
    assert "2 rows by tiny/1" in out.out


def test_embeddings_are_written(here, capfd):
    source, output = here / "in.csv", here / "vectors.npy"
    source.write_text("text\ngood good\nbad\n")
    words = ("tiny", f"input={source}", f"output={output}", "form=embeddings")
    assert said(capfd, *words)[0] == 0
    np.testing.assert_array_equal(np.load(output), [[2, 0], [0, 1]])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tiny",), "text=, record= or input= and output= must say what to answer"),
        (("text=good",), "`reference=` must be given"),
        (("tiny", "input=pyproject", "output=a.csv"), "there is no pyproject"),
        (("tiny", "input=tiny_model.py"), "must be given together"),
        (("tiny", "text=x", "form=embeddings"), "must have input= and output="),
        (("tiny", "text=x", "form=embedings"), "did you mean embeddings"),
        (("tiny", "text=x", "chunk_rows=0"), "chunk_rows must be 1 or more"),
        (("tiny/7", "text=x"), "tiny/1"),
        (("tinny", "text=x"), "tiny"),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_cannot_be_answered_is_said(capfd, words, message):
    code, out = said(capfd, *words)
    assert code != 0
    assert message in out.err
    assert "Traceback" not in out.err


@pytest.mark.usefixtures("here")
def test_python_in_the_registry_is_never_run(capfd):
    planted = [*store_folder().rglob("pyfunc.py")]
    assert planted
    before = planted[0].read_text()
    planted[0].write_text("raise SystemExit('ran code of the registry')")
    try:
        assert said(capfd, "tiny", "text=good")[0] == 0
    finally:
        planted[0].write_text(before)


@pytest.mark.usefixtures("here")
def test_mlflow_serves_the_version_with_pickle_forbidden(monkeypatch):
    import mlflow

    from xinzhi.tracking.store import open_store

    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    with open_store().as_global():
        served = mlflow.pyfunc.load_model("models:/tiny/1")
        assert served.predict(["good"])["label"].tolist() == ["positive"]
