import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import settings
from servers import postgres, postgres_store, postgres_template  # noqa: F401 - fixtures

# before torch is imported: two workers on two cores would otherwise fight over them
os.environ.setdefault("OMP_NUM_THREADS", "1")

# how long an example takes is the machine's affair
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

FIXTURES = Path(__file__).parent / "fixtures"
REVIEWS = FIXTURES / "text_classification" / "reviews.csv"
CONSTANT = FIXTURES / "bundle" / "constant.py"


@pytest.fixture(scope="session")
def store_template(tmp_path_factory):
    """One migrated database per session: creating one takes seconds."""
    from xinzhi.tracking import database

    path = tmp_path_factory.mktemp("template") / "mlflow.db"
    database.ensure(path)
    return path


@pytest.fixture(scope="session")
def place_store(store_template):
    """Puts the folder of an empty store, `mlruns`, into a project."""
    from xinzhi.tracking import relocation

    def place(project):
        folder = project / "mlruns"
        folder.mkdir()
        shutil.copy(store_template, folder / "mlflow.db")
        relocation.relocate(folder / "mlflow.db")
        return folder

    return place


@pytest.fixture
def store_folder(place_store, tmp_path, monkeypatch):
    """The folder of an empty store, `mlruns` of a project that is the current folder."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    return place_store(tmp_path)


@pytest.fixture
def store(store_folder):
    """An empty store."""
    from xinzhi.tracking.store import open_store

    return open_store(folder=store_folder)


@pytest.fixture
def constant_code(monkeypatch):
    """Models are saved with a pyfunc that needs no torch: `{"label": …}` is its whole bundle."""
    from xinzhi.tracking import models

    monkeypatch.setattr(models, "generic_code", lambda: CONSTANT)


@pytest.fixture(scope="session")
def tiny():
    """Overrides of a training that takes a second: 200 real reviews, a small TextCNN, fp32."""
    return (
        "experiment=text_classification",
        "name=tiny",
        "model=textcnn",
        "model.embedding=8",
        "model.channels=4",
        f"data.train={REVIEWS}",
        "data.text=text",
        "data.label=label",
        "data.ignore=[tags]",
        "datamodule.max_examples=16",
        "trainer=cpu",
        "trainer.precision=32-true",
        "trainer.max_epochs=1",
        "tracking.system_metrics=false",
    )


@pytest.fixture(scope="session")
def warm_cache(tmp_path_factory):
    """A cache of snapshots and tokens that the session's trainings share."""
    return tmp_path_factory.mktemp("cache")


def last_of_each(*overrides):
    """The overrides, of each key the last one."""
    return {one.lstrip("+~").partition("=")[0]: one for one in overrides}.values()


def on_two_ranks(*overrides):
    """What `xinzhi train` tells when two processes fit a model; a later override is stronger."""
    ranks = ("trainer=ddp", "trainer.accelerator=cpu", "trainer.devices=2", "report=json")
    words = ["train", *last_of_each(*overrides, *ranks)]
    command = [sys.executable, str(Path(sys.executable).parent / "xinzhi"), *words]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)  # noqa: S603
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)  # one object, not one per rank


@pytest.fixture
def train(store_folder, warm_cache, tiny, monkeypatch, capfd):  # noqa: ARG001 - a store is needed
    """Runs `xinzhi train` on the tiny reviews; overrides, the later the stronger."""
    from xinzhi.config.entry import start

    monkeypatch.setenv("XINZHI_CACHE", str(warm_cache))

    def train(*overrides, command=tiny):
        capfd.readouterr()
        code = start("train", [*last_of_each(*command, *overrides), "report=json"])
        out, err = capfd.readouterr()
        told = json.loads(out) if out.strip() else {}
        return SimpleNamespace(code=code, told=told, err=err, **told)

    train.tiny = tiny
    return train


@pytest.fixture(scope="session")
def encoder(tmp_path_factory):
    """A random BERT of two layers with a tokenizer of characters, as transformers saves them."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("encoder")
    letters = [*"abcdefghijklmnopqrstuvwxyz.,' ", *"很好差服务房间不是的了"]
    words = {word: i for i, word in enumerate(["[PAD]", "[UNK]", *letters])}
    backend = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))  # noqa: S106
    backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]"}
    PreTrainedTokenizerFast(tokenizer_object=backend, **special).save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
             "intermediate_size": 16, "max_position_embeddings": 160}  # fmt: skip
    BertModel(BertConfig(vocab_size=len(words), **sizes)).save_pretrained(folder)
    return folder
