"""The files that `xinzhi new` writes: a class, its YAML and a test that passes."""

from string import Template

MODEL = Template('''"""$title: token ids to one score per class."""

import torch
from torch import Tensor, nn

from xinzhi.data.tokenizers import Tokenizer


class $class_name(nn.Module):
    """Averages the vectors of a text's tokens; replace this by an idea of your own.

    Args:
        tokenizer: gives the size of the vocabulary and the padding id.
        num_classes: scores per text.
        width: size of a token's vector.
        dropout: share of features left out while training.
    """

    def __init__(
        self, *, tokenizer: Tokenizer, num_classes: int, width: int = 64, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(
            tokenizer.vocabulary_size, width, padding_idx=tokenizer.pad_id
        )
        self.hidden = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, num_classes)

    def features(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Gives one vector per text: what `form=embeddings` writes.

        Args:
            ids: padded token ids, shape (batch, time).
            lengths: tokens of each text, shape (batch,).
        """
        tokens = self.embedding(ids)
        is_token = torch.arange(ids.shape[1], device=ids.device) < lengths[:, None]
        mean = (tokens * is_token[..., None]).sum(1) / lengths.clamp(min=1)[:, None]
        return torch.relu(self.hidden(mean))

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Gives one score per class, shape (batch, classes)."""
        scores: Tensor = self.head(self.dropout(self.features(ids, lengths)))
        return scores
''')

MODEL_YAML = Template("""# xinzhi train model=$name
_target_: $package.$name.$class_name
width: 64
dropout: 0.1
tokenizer:
  _target_: xinzhi.data.tokenizers.characters    # or .words
  _partial_: true
  vocabulary_size: 8000
  min_frequency: 2
_suggests_:           # what optimizer and trainer take unless told otherwise
  lr: 3.0e-3
  max_epochs: 8
""")

MODEL_TEST = Template('''"""$class_name: shapes, padding, gradients."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from xinzhi.config.check import check
from xinzhi.config.compose import compose
from xinzhi.config.targets import build


@pytest.fixture
def model(monkeypatch):
    monkeypatch.chdir(Path(__file__).parent.parent)
    node = {"_target_": "$package.$name.$class_name", "width": 8, "dropout": 0.0}
    torch.manual_seed(1)
    return build(node, tokenizer=SimpleNamespace(vocabulary_size=20, pad_id=0), num_classes=3)


def test_gives_one_score_per_class(model):
    ids = torch.tensor([[2, 3, 4], [5, 0, 0]])
    assert model(ids, torch.tensor([3, 1])).shape == (2, 3)


def test_padding_changes_nothing(model):
    alone = model(torch.tensor([[5, 7]]), torch.tensor([2]))
    padded = model(torch.tensor([[5, 7, 0, 0]]), torch.tensor([2]))
    torch.testing.assert_close(padded, alone)


def test_every_parameter_learns(model):
    model(torch.tensor([[2, 3]]), torch.tensor([2])).square().sum().backward()
    assert all(p.grad is not None for p in model.parameters())


def test_config_composes(monkeypatch):
    monkeypatch.chdir(Path(__file__).parent.parent)
    config = compose("train", ["model=$name"])
    check(config)
    assert config.model._target_ == "$package.$name.$class_name"
''')

EXPERIMENT_YAML = Template("""# @package _global_
# What is to be predicted, from which files, and where each number below comes from.
# xinzhi train experiment=$name
defaults:
  - override /data: files
  - override /datamodule: $task/tokens
  - override /model: $task/minilm
  - override /task: $task/classifier
  - override /baseline: $task/tfidf_logistic

data:
  train: ???          # data/tickets.csv
  text: text          # the column, or [subject,body]
  label: label
datamodule:
  max_length: 128
""")

EXPERIMENT_TEST = Template('''"""The experiment $name composes, and takes its name."""

from pathlib import Path

from xinzhi.config.check import check
from xinzhi.config.compose import compose


def test_composes(monkeypatch, tmp_path):
    monkeypatch.chdir(Path(__file__).parent.parent)
    table = tmp_path / "table.csv"
    table.write_text("text,label\\nhello,greeting\\n", encoding="utf-8")
    config = compose("train", ["experiment=$name", f"data.train={table}"])
    check(config)
    assert config.name == "$name"
''')
