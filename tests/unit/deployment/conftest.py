"""A user's project with a bundle of the tiny model in tests/fixtures."""

import json
import shutil
import sys
from pathlib import Path

import pytest

TINY = Path(__file__).parents[2] / "fixtures" / "bundle" / "tiny_model.py"


@pytest.fixture
def bundle(tmp_path, monkeypatch):
    import numpy as np
    from safetensors.numpy import save_file

    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    (tmp_path / "xinzhi.yaml").write_text("allow: [tiny_model]")
    shutil.copy(TINY, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "tiny_model", raising=False)
    folder = tmp_path / "bundle"
    folder.mkdir()
    save_file({"weights": np.array([2.0, -2.0], np.float32)}, folder / "model.safetensors")
    manifest = {"format": 1, "inference": "tiny_model.Tiny"}
    (folder / "bundle.json").write_text(json.dumps(manifest))
    return folder
