"""Every model, setting and experiment of text classification takes a step, and answers after it."""

import numpy as np
import pytest

from xinzhi.config.check import check
from xinzhi.config.compose import compose
from xinzhi.deployment.bundle import open_bundle
from xinzhi.tracking.models import local_path
from xinzhi.tracking.references import find_run
from xinzhi.tracking.store import open_store

SIZES = {
    "textcnn": ["model.embedding=8", "model.channels=4"],
    "bilstm": ["model.embedding=8", "model.hidden=4"],
    "ngrams": ["model.embedding=8", "model.buckets=50"],
    "transformer": ["model.width=8", "model.heads=2", "model.layers=1"],
}
EXPERIMENTS = ["review_sentiment", "review_sentiment_zh", "work_order_triage"]
TEXTS = ["works like a charm", "房间很脏，服务太差", "", "a" * 500]


@pytest.fixture
def plain(tiny):
    """The tiny command without its model."""
    return [word for word in tiny if not word.startswith(("model", "trainer.precision"))]


@pytest.mark.parametrize("experiment", EXPERIMENTS)
@pytest.mark.parametrize("model", [*SIZES, "minilm", "encoder"])
def test_a_switched_model_leaves_nothing_of_the_old_one(experiment, model):
    further = ["model.encoder=/"] if model == "encoder" else []
    config = compose("train", [f"experiment={experiment}", f"model={model}", *further])
    check(config)
    alone = compose("train", ["experiment=text_classification", f"model={model}", *further])
    if (experiment, model) != ("review_sentiment", "minilm"):
        own = {key for key in config.model if key not in alone.model}
        assert not own


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
@pytest.mark.parametrize("model", SIZES)
def test_every_model_learns_in_both_precisions(train, plain, model, precision):
    words = [*plain, f"model={model}", *SIZES[model], f"trainer.precision={precision}"]
    done = train("trainer.limit_train_batches=2", command=words)
    assert done.code == 0, done.err
    assert np.isfinite(done.metrics["test/loss"])
    assert done.model_version is None  # limited data
    answers = bundle_of(done.run_id).predict(TEXTS)
    assert np.isfinite(answers["probability"]).all()


def bundle_of(run_id):
    client = open_store().client
    (output,) = client.get_run(run_id).outputs.model_outputs
    place = local_path(client.get_logged_model(output.model_id).artifact_location)
    return open_bundle(next(place.rglob("bundle.json")).parent)


def test_several_labels_per_text(train):
    words = ["data.label=tags", "data.ignore=[label]", "data.multilabel=|", "optimizer.lr=0.1"]
    done = train(*words, "trainer.max_epochs=3")
    assert done.code == 0, done.err
    assert done.model_version == 1
    assert 0 < done.metrics["test/f1_macro"] <= 1
    assert done.baseline["test/f1_macro"] > 0.5
    answers = bundle_of(done.run_id).predict(TEXTS[:2])
    names = {"chinese", "english", "negative", "positive"}
    assert {f"p:{name}" for name in names} <= set(answers.columns)
    for label, row in zip(answers["label"], answers.to_dict("records"), strict=True):
        assert set(filter(None, label.split("|"))) == {n for n in names if row[f"p:{n}"] >= 0.5}
    assert "english" in done.report


@pytest.mark.parametrize(
    "words",
    [
        ["task.class_weights=balanced", "task.label_smoothing=0.1"],
        ["optimizer=sgd", "scheduler=cosine", "trainer.accumulate_grad_batches=3"],
        ["scheduler=constant", "scheduler.warmup=0.5", "trainer.max_steps=4"],
        ["scheduler=null", "trainer.gradient_clip_val=null"],
        ["baseline=null", "data.split=hash", "data.limit=150"],
        ["model.tokenizer._target_=xinzhi.data.tokenizers.words"],
    ],
    ids=lambda words: words[0],
)
def test_settings_run(train, words):
    done = train(*words)
    assert done.code == 0, done.err
    assert np.isfinite(done.metrics["test/loss"])


def test_early_stopping_stops(train):
    words = [
        "callbacks=early_stopping",
        "callbacks.early_stopping.patience=1",
        "optimizer.lr=1e-12",
    ]
    done = train(*words, "trainer.max_epochs=50")
    assert done.code == 0, done.err
    history = open_store().client.get_metric_history(done.run_id, "val/f1_macro")
    assert len({point.step for point in history}) <= 3
    assert find_run(open_store(), "last").run_id == done.run_id


@pytest.mark.parametrize(
    "words",
    [
        ["model.lora={r: 2, lora_alpha: 4, target_modules: [query, value]}"],
        ["task.layer_decay=0.5", "model.freeze=[embeddings]"],
        ["model.pooling=first", "model.encoder_dropout=0.0"],
    ],
    ids=["lora", "layer_decay", "first"],
)
def test_any_encoder_of_a_directory(train, plain, encoder, words):
    command = [*plain, "model=encoder", f"model.encoder={encoder}", "trainer.precision=32-true"]
    done = train(*words, "optimizer.lr=0.01", command=command)
    assert done.code == 0, done.err
    answers = bundle_of(done.run_id).predict(TEXTS)
    assert np.isfinite(answers["probability"]).all()
