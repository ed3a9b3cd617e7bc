import pytest

from xinzhi.config import grammar
from xinzhi.config.compose import compose
from xinzhi.errors import ConfigError


def refused(*overrides):
    with pytest.raises(ConfigError) as caught:
        compose("train", overrides)
    return str(caught.value)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("optimizer.lr=1e-3 model._suggests_.lr=1e-4", ["`optimizer.lr` has two homes", "0.0001"]),
        ("callbacks.best.monitor=val/loss", ["takes the value of `objective`", "objective=val/lo"]),
        ("seed=1 datamodule.seed=2", ["`datamodule.seed` has two homes", "seed=2"]),
        ("model.tokenizer.encoder=bert", ["`model.encoder`"]),
        ("optimizer=sgd model._suggests_.lr=1e-2", ["nothing takes", "model._suggests_.sgd_lr"]),
        ("debug=fdr trainer.max_epochs=5", ["conf/debug/fdr.yaml sets it to 1, 5 was typed"]),
        ("trainer.fast_dev_run=true trainer.max_epochs=5", ["trainer.fast_dev_run=true"]),
        ("debug=limit model._suggests_.max_epochs=9", ["conf/debug/limit.yaml says"]),
        ("trainer=cpu trainer.accelerator=gpu", ["conf/trainer/cpu.yaml sets it to cpu"]),
        ("data.val=x.csv data.val_fraction=0.2", ["counts only where data.val is null"]),
    ],
)
def test_two_homes_for_one_value(typed, told):
    message = refused(*typed.split())
    for part in told:
        assert part in message


@pytest.mark.parametrize(
    "typed",
    [
        "optimizer.lr=1e-3",
        "model._suggests_.lr=1e-3",
        "optimizer.lr=1e-3 model._suggests_.lr=1e-3",
        "seed=1 ++datamodule.seed=2",
        "seed=2 datamodule.seed=2",
        "debug=limit trainer.max_epochs=3",
        "debug=fdr register=true",
        "debug=overfit ++trainer.max_epochs=50",
        "trainer=ddp trainer.devices=2",
        "trainer=cpu trainer.accelerator=cpu",
        "callbacks=early_stopping callbacks.early_stopping.patience=7",
        "data.val_fraction=0.2",
        "model=textcnn model.dropout=0.1 trainer.max_epochs=2",
        "objective=val/loss mode=min",
        "model=encoder model.encoder=bert-base-chinese",
    ],
)
def test_one_home_is_enough(typed):
    compose("train", typed.split())


def test_a_key_is_given_once():
    with pytest.raises(ConfigError, match=r"-m optimizer\.lr=1e-3,1e-4"):
        grammar.take_apart(["optimizer.lr=1e-3", "seed=2", "optimizer.lr=1e-4"])
    assert grammar.take_apart(["seed=2", "seed=2"]).overrides == ("seed=2", "seed=2")


def test_an_experiment_of_ones_own_has_one_home_for_a_value(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xinzhi.yaml").write_text("")
    folder = tmp_path / "conf" / "experiment"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(
        "# @package _global_\ndefaults:\n  - review_sentiment\noptimizer:\n  lr: 0.003\n"
    )
    assert "conf/experiment/mine.yaml says optimizer.lr=0.003" in refused(
        "experiment=mine", "model._suggests_.lr=0.001"
    )
