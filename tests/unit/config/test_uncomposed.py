import pytest

from xinzhi.config.check import check
from xinzhi.config.compose import compose
from xinzhi.config.project import packaged_conf
from xinzhi.errors import ConfigError

SHIPPED = packaged_conf() / "experiment" / "review_sentiment.yaml"


@pytest.fixture
def refused(tmp_path, monkeypatch):
    """Composes a copy of a shipped experiment in which something was replaced."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xinzhi.yaml").write_text("")
    folder = tmp_path / "conf" / "experiment"
    folder.mkdir(parents=True)

    def refused(before, after):
        text = SHIPPED.read_text(encoding="utf-8")
        assert before in text
        (folder / "mine.yaml").write_text(text.replace(before, after), encoding="utf-8")
        with pytest.raises(ConfigError) as caught:
            check(compose("train", ["experiment=mine"]))
        return str(caught.value)

    return refused


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("override /model:", "override /modle:", "candidates: model"),
        ("/minilm", "/minilmm", "candidates: model/text_classification/minilm"),
        ("/model: text_classification", "/model: text_clasification", "mend: model: text_class"),
        ("# @package _global_", "", "begin conf/experiment/mine.yaml with the line"),
        ("override /model:", "/model:", "override /GROUP: OPTION"),
        ("objective: val", "seed: 1\nseed: 2\nobjective: val", "lines that begin with seed:"),
        ("datamodule:\n", "datamodul:\n", "did you mean datamodule?"),
        ("max_length", "max_lenght", "did you mean datamodule.max_length?"),
        ("max_length: 96", "max_length: long", "for example  datamodule.max_length=128"),
        ("    lr: 1.0e-4", "    lrr: 1.0e-4", "did you mean model._suggests_.lr?"),
        ("    lr: 1.0e-4", "    lr: 10", "for example  model._suggests_.lr=0.0001"),
        ("val/accuracy", "val/acc", "did you mean val/accuracy?"),
        ("val/accuracy", "val/loss", "mend: mode=min"),
        (
            "objective: val",
            "optimizer:\n  lr: 0.003\nobjective: val",
            "`optimizer.lr` has two homes",
        ),
        ("objective: val", "seed: one\nobjective: val", "`seed` must be of the type int"),
    ],
)
def test_a_fault_in_a_file_is_answered(refused, before, after, told):
    assert told in refused(before, after)
