"""A user's project with a tiny model: positive where a text has more good words than bad."""

import json

import pytest

SOURCE = """
import numpy as np
import pandas as pd
from safetensors.numpy import load_file

class Tiny:
    columns = ("text",)
    classes = ("negative", "positive")

    def __init__(self, weights):
        self.weights = weights

    @classmethod
    def load(cls, folder):
        return cls(load_file(folder / "model.safetensors")["weights"])

    def embed(self, records):
        texts = records["text"] if isinstance(records, pd.DataFrame) else records
        return np.array([[t.count("good"), t.count("bad")] for t in map(str, texts)], np.float32)

    def predict(self, records):
        scores = 1 / (1 + np.exp(-(self.embed(records) @ self.weights)))
        label = np.where(scores > 0.5, "positive", "negative")
        best = np.maximum(scores, 1 - scores)
        return pd.DataFrame({"label": label, "probability": best,
                             "p:negative": 1 - scores, "p:positive": scores})
"""


def pytest_configure():
    import os

    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")


@pytest.fixture
def bundle(tmp_path, monkeypatch):
    import numpy as np
    from safetensors.numpy import save_file

    (tmp_path / "xinzhi.yaml").write_text("allow: [tiny_model]")
    (tmp_path / "tiny_model.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "tiny_model", raising=False)
    folder = tmp_path / "bundle"
    folder.mkdir()
    save_file({"weights": np.array([2.0, -2.0], np.float32)}, folder / "model.safetensors")
    manifest = {"format": 1, "inference": "tiny_model.Tiny"}
    (folder / "bundle.json").write_text(json.dumps(manifest))
    return folder
