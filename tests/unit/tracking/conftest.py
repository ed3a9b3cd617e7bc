"""A training's traces in a store."""

from types import SimpleNamespace

import pytest

SPLIT = SimpleNamespace(name="reviews", digest="0123456789abcdef")


@pytest.fixture
def train(tmp_path, constant_code):  # noqa: ARG001 - what is saved answers with it
    """Leaves in a store what a training does: metrics, a checkpoint, a model and a version."""
    import pandas as pd
    from mlflow.models import infer_signature

    from xinzhi.registry.versions import register
    from xinzhi.tracking.run import start_run

    bundle = tmp_path / "made"
    bundle.mkdir()
    (bundle / "bundle.json").write_text('{"format": 1, "label": "good"}')
    example = pd.DataFrame({"text": ["a text"]})
    signature = infer_signature(example, pd.DataFrame({"label": ["good"]}))

    def train(store, **tags):
        run = start_run(store, experiment="reviews", run_name="cnn s1 7f3a", config_yaml="seed: 1",
                        params={"lr": "0.1"}, tags=tags, system_metrics=False)  # fmt: skip
        with run:
            run.dataset(SPLIT, source="/data/reviews.csv", context="test", profile={"test": 9})
            for step in range(30):
                run.metrics({"train/loss": 1 / (step + 1)}, step=step)
            run.metrics({"odd/nan": float("nan"), "odd/inf": float("inf")}, step=30)
            (run.work / "checkpoints").mkdir(parents=True)
            (run.work / "checkpoints" / "last.bin").write_bytes(b"0" * 50_000)
            model_id = run.model("reviews", bundle, signature=signature, input_example=example,
                                 step=30, metrics={"test/f1": 0.75}, dataset=SPLIT)  # fmt: skip
        version = register(store, model_id=model_id, run_id=run.run_id, name="reviews", tags=tags)
        return SimpleNamespace(run_id=run.run_id, model_id=model_id, version=version)

    return train
