"""Folders of real digits as image files: train, answer, refuse; and one fit on two processes."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import on_two_ranks
from PIL import Image
from sklearn.datasets import load_digits

from xinzhi.config.entry import start
from xinzhi.tracking.store import open_store

PER_CLASS = 20


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Zeros, ones and twos of scikit-learn's digits as PNG and JPEG of several sizes and modes."""
    root = tmp_path_factory.mktemp("digits")
    data = load_digits(n_class=3)
    for digit in range(3):
        (root / str(digit)).mkdir()
        for number, pixels in enumerate(data.images[data.target == digit][:PER_CLASS]):
            image = Image.fromarray((pixels * 15).astype(np.uint8))
            name = root / str(digit) / str(number)
            if number % 2:
                image.resize((24, 20), Image.Resampling.BICUBIC).save(f"{name}.png")
            else:
                image.convert("RGB").resize((16, 16)).save(f"{name}.jpg", quality=95)
    return root


@pytest.fixture
def words(folder):
    """Overrides of a training that takes a second: a small residual network, fp32."""
    return (
        "experiment=image_classification",
        "name=digits",
        f"data.train={folder}",
        "data.min_count=1",
        "model=resnet",
        "model.stem=4",
        "model.widths=[8,16]",
        "model.blocks=[0,1]",
        "datamodule.size=12",
        "datamodule.batch_size=16",
        "optimizer=sgd",
        "trainer=cpu",
        "trainer.precision=32-true",
        "trainer.max_epochs=1",
        "tracking.system_metrics=false",
    )


def ask(capfd, *overrides):
    capfd.readouterr()
    code = start("predict", [*overrides])
    out, err = capfd.readouterr()
    return code, out, err


def test_train_answer_and_refuse(train, words, folder, tmp_path, capfd):
    """It learns, answers a file and a folder, and names what is broken before it writes."""
    done = train(
        "trainer.max_epochs=12", "task.average=0.9", "task.augmentation.mixup=0.1", command=words
    )
    assert done.code == 0, done.err
    assert done.metrics["test/accuracy"] >= 0.8
    assert done.baseline["test/accuracy"] >= 0.8
    assert done.model_version == 1
    code, out, err = ask(capfd, "digits/1", f"input={folder}/0/0.jpg", "report=json")
    assert code == 0, err
    assert set(json.loads(out)["answers"][0]["probabilities"]) == {"0", "1", "2"}
    answers = tmp_path / "answers.csv"
    code, _, err = ask(capfd, "digits/1", f"input={folder}", f"output={answers}")
    assert code == 0, err
    table = pd.read_csv(answers, dtype={"label": str})
    assert len(table) == 3 * PER_CLASS
    right = [
        Path(path).parent.name == label for path, label in zip(table.path, table.label, strict=True)
    ]
    assert np.mean(right) >= 0.8
    cut = tmp_path / "cut" / "photo.jpg"
    cut.parent.mkdir()
    cut.write_bytes((folder / "0" / "0.jpg").read_bytes()[:300])
    unwritten = tmp_path / "unwritten.csv"
    code, _, err = ask(capfd, "digits/1", f"input={cut.parent}", f"output={unwritten}")
    assert code != 0
    assert "photo.jpg must be a complete image" in err
    assert "Traceback" not in err
    assert not unwritten.exists()


@pytest.mark.parametrize("model", ["lenet", "resnet"])
def test_mixed_precision_is_close(train, words, model):
    sizes = [word for word in words if not word.startswith("model")]
    sizes += [f"model={model}", "task.augmentation=null", "baseline=null", "register=false"]
    full = train("datamodule.size=14", command=sizes)
    half = train("datamodule.size=14", "trainer.precision=bf16-mixed", command=sizes)
    assert half.code == full.code == 0, half.err
    assert half.metrics["test/loss"] == pytest.approx(full.metrics["test/loss"], abs=0.05)


def weights(run_id):
    folder = Path(open_store().client.get_run(run_id).info.artifact_uri) / "checkpoints"
    return torch.load(folder / "last.ckpt", weights_only=True)["state_dict"]


def test_two_processes_are_one(train, words, store_folder):  # noqa: ARG001 - its folder is ours
    """Without norms over a batch, halves on two ranks take the same steps as the whole."""
    sizes = [word for word in words if not word.startswith(("model", "datamodule"))]
    sizes += ["model=lenet", "datamodule.size=14", "task.augmentation=null", "baseline=null"]
    sizes += ["trainer.max_epochs=2", "register=false", "task.average=0.5"]
    whole = train("datamodule.batch_size=100", command=sizes)
    assert whole.code == 0, whole.err
    told = on_two_ranks(*sizes, "datamodule.batch_size=25")
    for name, value in weights(whole.run_id).items():
        torch.testing.assert_close(value, weights(told["run_id"])[name], rtol=1e-4, atol=1e-6)
    for name, value in whole.metrics.items():
        assert value == pytest.approx(told["metrics"][name], abs=1e-5), name


def test_bad_input_is_answered(train, words, folder, tmp_path):
    empty = train(f"data.train={tmp_path}", command=words)
    assert empty.code != 0
    assert "Traceback" not in empty.err
    small = train("model=lenet", "datamodule.size=8", command=words[:4])
    assert small.code != 0
    assert "at least 12" in small.err
    near = train("datamodule.siz=28", command=words)
    assert near.code != 0
    assert "size" in near.err
    assert folder.exists()
