"""Tagged sentences from a file to answers: every model, both precisions, bad input."""

import json
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from conftest import on_two_ranks

from xinzhi.deployment.bundle import open_bundle
from xinzhi.tracking.models import local_path
from xinzhi.tracking.store import open_store

NEWS = Path(__file__).parents[1] / "fixtures" / "token_classification" / "news.conll"
TINY = (
    "experiment=token_classification",
    "name=tiny",
    "model=bilstm_crf",
    "model.embedding=16",
    "model.pair_embedding=8",
    "model.pairs=500",
    "model.hidden=16",
    f"data.train={NEWS}",
    "trainer=cpu",
    "trainer.precision=32-true",
    "trainer.max_epochs=1",
    "tracking.system_metrics=false",
)
TEXTS = ["新华社北京１月１日电（记者李明）", "", "工作" * 300]


@pytest.fixture
def tag(train):
    def run(*words, command=TINY):
        return train(*words, command=command)

    return run


def bundle_of(run_id):
    client = open_store().client
    (output,) = client.get_run(run_id).outputs.model_outputs
    place = local_path(client.get_logged_model(output.model_id).artifact_location)
    return open_bundle(next(place.rglob("bundle.json")).parent)


def test_a_fitted_tagger_finds_entities_and_is_beside_its_baseline(tag):
    done = tag("trainer.max_epochs=25", "optimizer.lr=0.02", "model.dropout=0.1")
    assert done.code == 0, done.err
    assert done.model_version == 1
    assert done.metrics["test/entity_f1"] > 0.15
    assert done.baseline["test/entity_f1"] > 0.15
    for name in ("entity_precision", "entity_recall", "token_accuracy", "loss", "entity_f1_LOC"):
        assert np.isfinite(done.metrics[f"test/{name}"])
    assert "micro without O average" in done.report
    answers = bundle_of(done.run_id).predict(TEXTS)
    assert list(answers.columns) == ["entities", "answer"]
    assert answers["entities"][1] == []
    with open_store().as_global():
        served = mlflow.pyfunc.load_model("models:/tiny/1").predict(TEXTS)
    assert served["entities"].tolist() == answers["entities"].tolist()
    seen = ["".join(line[0] for line in part) for part in sentences()]
    found = bundle_of(done.run_id).predict(seen)["entities"]
    assert sum(map(len, found)) > len(seen) / 2
    for text, several in zip(seen, found, strict=True):
        assert all(text[one["start"] : one["end"]] == one["text"] for one in several)


@pytest.mark.parametrize(
    "words",
    [
        ["model=idcnn", "model.channels=16", "trainer.precision=bf16-mixed"],
        ["trainer.precision=bf16-mixed", "datamodule.max_length=16", "model.layers=2"],
        ["model.crf=false", "task.label_smoothing=0.1", "model.word_dropout=0.1"],
        ["optimizer=sgd", "trainer.accumulate_grad_batches=3", "trainer.limit_val_batches=2"],
    ],
    ids=lambda words: words[0],
)
def test_settings_run(tag, words):
    plain = [word for word in TINY if not word.startswith(("model", "trainer.precision"))]
    sizes = ["model.embedding=8", "model.pair_embedding=0", "model.pairs=10"]
    first = [] if words[0].startswith("model=") else ["model=bilstm_crf", "model.hidden=8"]
    done = tag(*words, command=[*plain, *words[:1], *first, *sizes])
    assert done.code == 0, done.err
    assert np.isfinite(done.metrics["test/loss"])


@pytest.mark.parametrize("crf", ["true", "false"])
def test_any_encoder_of_a_directory(tag, encoder, crf):
    plain = [word for word in TINY if not word.startswith("model")]
    words = ["model=encoder", f"model.encoder={encoder}", f"model.crf={crf}"]
    done = tag("optimizer.lr=0.01", "datamodule.max_length=24", command=[*plain, *words])
    assert done.code == 0, done.err
    assert "[UNK]" in done.err
    assert "model=bilstm_crf" in done.err
    answers = bundle_of(done.run_id).predict(TEXTS)
    assert len(answers) == len(TEXTS)


def write(path, *sentences):
    lines = ["\n".join(sentence) + "\n" for sentence in sentences]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_types_that_training_never_saw_are_counted(tag, tmp_path):
    new = write(tmp_path / "new.conll", ["李 B-PER", "明 I-PER", "用 O", "电 B-GEAR", "脑 I-GEAR"])
    done = tag(f"data.test={new}")
    assert done.code == 0, done.err
    assert "GEAR (1)" in done.err
    assert done.metrics["test/entities_of_unseen_types"] == 1
    assert done.metrics["test/entity_recall"] <= 0.5
    assert "training never saw GEAR" in done.report


BAD = {
    "missing column": (["李 B-PER", "明"], ["line 2", "columns"]),
    "plain tags": (["李 PER", "明 PER"], ["B-PER", "'PER'"]),
    "no entities": (["李 O", "明 O"], ["entities", "every tag is O"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_answered_in_words(tag, tmp_path, case):
    lines, words = BAD[case]
    others = [[f"{number} O" for number in range(at, at + 3)] for at in range(40)]
    bad = write(tmp_path / "bad.conll", lines, *others)
    done = tag(f"data.train={bad}")
    assert done.code != 0
    assert "Traceback" not in done.err
    for word in words:
        assert word in done.err


def test_files_with_other_schemes_are_the_same_entities(tag, tmp_path):
    """BMES or IOB1 instead of BIO: equal entities give equal fits."""
    single = write(tmp_path / "single.conll", *map(as_bioes, sentences()))
    one, other = tag(), tag(f"data.train={single}")
    shared = {name: value for name, value in one.metrics.items() if name.startswith("test/")}
    assert {name: other.metrics[name] for name in shared} == pytest.approx(shared)


def sentences():
    parts = NEWS.read_text(encoding="utf-8").strip().split("\n\n")
    return [[line.split("\t") for line in part.split("\n")] for part in parts]


def as_bioes(parts):
    following = [*(tag for _, tag in parts[1:]), "O"]
    letters = {("B", True): "B", ("B", False): "S", ("I", True): "M", ("I", False): "E"}
    told = []
    for (token, tag), after in zip(parts, following, strict=True):
        goes_on = after.startswith("I")
        mark = tag if tag == "O" else letters[tag[0], goes_on] + tag[1:]
        told.append(f"{token}\t{mark}")
    return told


WHOLE = ("optimizer=sgd", "optimizer.lr=0.5", "model.dropout=0.0", "trainer.max_epochs=3",
         "datamodule.token_budget=100000", "baseline=null")  # fmt: skip
HALVES = "datamodule.max_examples=70"


def test_two_ranks_and_accumulation_and_bf16_have_the_loss_of_one_process(tag):
    big = tag(*WHOLE, "datamodule.max_examples=200").metrics
    halves = tag(*WHOLE, HALVES, "trainer.accumulate_grad_batches=2").metrics
    rough = tag(*WHOLE, "datamodule.max_examples=200", "trainer.precision=bf16-mixed").metrics
    ranks = on_two_ranks(*TINY, *WHOLE, HALVES)["metrics"]
    for name, value in big.items():
        assert halves[name] == pytest.approx(value, abs=1e-4), name
        assert ranks[name] == pytest.approx(value, abs=1e-4), name
    assert rough["test/loss"] == pytest.approx(big["test/loss"], rel=0.02)


def test_predict_answers_a_text(tag, capfd):
    from xinzhi.config.entry import start

    assert tag().code == 0
    capfd.readouterr()
    assert start("predict", ["tiny", "text=新华社北京１月１日电", "report=json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert "answers" in told


def test_predict_answers_a_file(tag, tmp_path):
    from xinzhi.config.entry import start

    assert tag("trainer.max_epochs=25", "optimizer.lr=0.02", "baseline=null").code == 0
    seen = ["".join(line[0] for line in part) for part in sentences()]
    asked = pd.DataFrame({"text": ["。", "", *seen]})
    asked.to_csv(tmp_path / "new.csv", index=False)
    readers = {"csv": pd.read_csv, "parquet": pd.read_parquet, "jsonl": read_lines}
    for form, read in readers.items():
        target = tmp_path / f"answers.{form}"
        words = ["chunk_rows=2", f"input={tmp_path / 'new.csv'}", f"output={target}"]
        assert start("predict", ["tiny", *words]) == 0
        told = read(target)
        assert len(told) == len(asked)
        found = [json.loads(one) if form == "csv" else one for one in told["entities"]]
        assert sum(map(len, found)) > len(seen) / 2
        assert {one["type"] for several in found for one in several} <= {"LOC", "ORG", "PER"}


def read_lines(path):
    return pd.read_json(path, lines=True)
