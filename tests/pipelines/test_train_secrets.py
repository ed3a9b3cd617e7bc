"""Secrets in the environment and in addresses, searched for in all that a training writes."""

import gzip
from pathlib import Path

import pytest

CANARY = "kanarienvogel-0815-Xy"
FAIL = """
import os

import lightning

class Fail(lightning.Callback):
    def on_train_batch_end(self, *_):
        address, token = os.environ["XINZHI_SOURCE_URL"], os.environ["SECRET_TOKEN"]
        raise ConnectionError(f"no answer from {address} for {token}")
"""


@pytest.fixture
def secretive(train, tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", CANARY)
    monkeypatch.setenv("XINZHI_SOURCE_URL", f"postgresql://ana:{CANARY}-pw@db.example/records")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    cache = tmp_path / "cache"
    (tmp_path / "xinzhi.yaml").write_text("allow: [leaky]")
    (tmp_path / "leaky.py").write_text(FAIL)

    def secretive(*overrides):
        monkeypatch.setenv("XINZHI_CACHE", str(cache))
        return train(*overrides, f"tags=[{CANARY},from postgresql://u:{CANARY}-pw@h/db]")

    return secretive


def assert_nowhere(folder):
    searched = set()
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            content += gzip.decompress(content) if path.suffix == ".gz" else b""
            assert CANARY.encode() not in content, path
            searched.add(path.name)
    return searched


def test_no_secret_in_store_caches_outputs_or_console(secretive, tmp_path):
    done = secretive("model.dropout=0.1")
    assert done.code == 0, done.err
    failed = secretive("+callbacks.leaky._target_=leaky.Fail")
    assert failed.code == 70
    assert "postgresql://ana:***@db.example" in failed.err
    for text in (done.err, str(done.told), failed.err, str(failed.told)):
        assert CANARY not in text
    searched = assert_nowhere(tmp_path)
    assert {"mlflow.db", "config.yaml", "console.log", "best.ckpt", "bundle.json"} <= searched
    assert any(name.startswith("xinzhi-traceback") for name in searched)
    logs = [path.read_text() for path in Path("mlruns").rglob("console.log")]
    assert any("no answer from postgresql://ana:***@db.example" in log for log in logs)
