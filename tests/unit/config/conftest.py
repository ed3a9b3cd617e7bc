from pathlib import Path

import pytest

from xinzhi.config import project

FILES = {
    "train.yaml": """
defaults:
  - model: null
  - task: null
  - optimizer: adamw
  - _self_
  - experiment: first
  - debug: null

name: null
seed: 1
report: table  # table | json
uri: null
extra: {}
""",
    "show.yaml": "reference: null\nreport: table  # table | json\n",
    "compare.yaml": "action: null\nreferences: []\n",
    "model/words/small.yaml": "_target_: torch.nn.Linear\nin_features: 2\nout_features: 3\n",
    "model/words/wide.yaml": "_target_: torch.nn.Bilinear\n"
    "in1_features: 4\nin2_features: 4\nout_features: 3\n",
    "model/images/wide.yaml": "_target_: torch.nn.Linear\nin_features: 9\nout_features: 9\n",
    "model/images/deep.yaml": "_target_: torch.nn.Linear\nin_features: 9\nout_features: 9\n",
    "task/words/plain.yaml": "weight: 1.0\n",
    "optimizer/adamw.yaml": "_target_: torch.optim.AdamW\n_partial_: true\nlr: 1.0e-3\n",
    "optimizer/sgd.yaml": "_target_: torch.optim.SGD\n_partial_: true\nlr: 0.1\n",
    "debug/quick.yaml": "# @package _global_\ndebug: true\noptimizer:\n  lr: 0.5\n",
    "experiment/first.yaml": """# @package _global_
defaults:
  - override /model: words/small
  - override /task: words/plain
seed: 7
model:
  in_features: 5
optimizer:
  lr: 3.0e-5
""",
    "experiment/own.yaml": """# @package _global_
defaults:
  - override /model: words/small
  - override /task: words/plain
name: ???
""",
}


@pytest.fixture
def conf(tmp_path, monkeypatch):
    """A small conf folder in the place of the packaged one; the current folder is another."""
    folder = tmp_path / "conf"
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(project, "packaged_conf", lambda: Path(folder))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return folder
