# ruff: noqa: S603, PLW1510 - processes of our own

import re
import subprocess
import sys
import time

import pytest

from xinzhi.config.check import check
from xinzhi.config.compose import compose
from xinzhi.errors import ConfigError

OWN = ["experiment=text_classification", "name=tickets", "data.text=text", "data.label=label"]


def refused(*overrides, pipeline="train"):
    with pytest.raises(ConfigError) as caught:
        check(compose(pipeline, overrides))
    return str(caught.value)


@pytest.mark.parametrize(
    "typed",
    [
        "trainer.precision=bf16-mixed",
        "trainer.precision=auto",
        "trainer.max_epochs=null",
        "trainer.gradient_clip_val=null",
        "trainer.limit_train_batches=10",
        "trainer.devices=[0]",
        "trainer.fast_dev_run=true",
        "trainer.max_time=00:02:00:00",
        "trainer.max_time={hours: 2}",
        "optimizer=sgd",
        "model=textcnn",
        "data.ignore=[a,b]",
        "seed=0",
        "data.train=env:CRM_URL/tickets",
        "data.sources={crm: env:CRM_URL/tickets}",
    ],
)
def test_no_false_alarm(typed):
    check(compose("train", [typed]))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("optimizer.lr=abc", "`optimizer.lr` must be float or Tensor, was 'abc'"),
        ("optimizer.lr=abc", "for example  optimizer.lr=0.0001"),
        ("trainer.max_time=5", "for example  trainer.max_time=00:02:00:00"),
        ("model.hidden_size=3", "the key `model.hidden_size` is unknown"),
        ("trainer.max_epochs=three", "for example  trainer.max_epochs=2"),
        ("trainer.max_epochs=true", "must be int or null, was True"),
        ("data.split=stratifed", "candidates: stratified"),
        ("report=jsn", "did you mean json?"),
        ("name=a/b", "mend: name=a_b"),
        ("tracking.uri=${oc.env:XINZHI_NOT_SET}", "'XINZHI_NOT_SET' not found"),
        ("optimizer._target_=torch.load", "must be in xinzhi"),
        ("model._target_=torch.optim.optimizer.torch.load", "nothing of that kind"),
        ("data.train=https_is_not_there.csv", "there is no https_is_not_there.csv"),
        ("data.sources={crm: not_there.csv}", "`data.sources.crm=not_there.csv` must be a file"),
    ],
)
def test_what_cannot_run_is_refused(typed, told):
    assert told in refused(typed)


def test_files_are_looked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "工单.csv").touch()
    check(compose("train", [*OWN, "data.train=工单.csv"]))
    check(compose("train", [*OWN, "data.train=*.csv"]))
    assert "mend: data.train=工单.csv" in refused(*OWN, "data.train=工单.tsv")
    assert "candidates: 工单.csv" in refused(*OWN, "data.train=工单")
    assert "matched none" in refused(*OWN, "data.train=*.parquet")
    assert "there is no nowhere" in refused(*OWN, "data.train=nowhere/deep/x.csv")
    assert "there is no new.csv" in refused(
        *OWN, "data.train=工单.csv", "data.test=[工单.csv,new.csv]"
    )


def test_a_missing_value_that_others_refer_to_is_told():
    assert "`model.encoder=` must be given" in refused("model=encoder")


def test_a_missing_name_suggests_the_files_stem(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my tickets.csv").touch()
    overrides = [o for o in OWN if not o.startswith("name=")]
    assert "name=my_tickets" in refused(*overrides, "data.train=my tickets.csv")


def test_a_value_of_the_environment_is_not_shown(monkeypatch):
    monkeypatch.setenv("A_PLAIN_NAME", "c4n4ry-value")
    check(compose("train", ["optimizer.lr=${oc.env:A_PLAIN_NAME}"]))
    assert "c4n4ry" not in refused("optimizer.lr=${oc.env:A_PLAIN_NAME}", "seed=1", "name=a/b")


@pytest.mark.parametrize(
    "typed", ["optimizer.lrr=1", "model=textcn", "experiment=review", "mdel=x"]
)
def test_a_mistake_is_answered_before_torch_is_imported(typed):
    code = """
import sys
from xinzhi.cli import main
code = main(["train", sys.argv[1]])
assert not {"torch", "lightning", "mlflow", "pandas", "numpy"} & set(sys.modules), "heavy"
sys.exit(code)
"""
    took = []
    for _ in range(3):  # the best of three: other work may share the machine
        started = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", code, typed], capture_output=True, text=True)
        took.append(time.perf_counter() - started)
        assert done.returncode == 2, done.stderr
        assert "did you mean" in done.stderr
        assert "Traceback" not in done.stderr
        if took[-1] < 1.5:
            return
    assert min(took) < 1.5


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("optimizer.lr=3", ["`optimizer.lr` must be above 0 to 1, was 3", "optimizer.lr=0.0003"]),
        ("optimizer.lr=-1e-3", ["optimizer.lr=0.001"]),
        ("model.dropout=20", ["a share from 0 to below 1, was 20 (0.1 without", "dropout=0.2"]),
        ("data.val_fraction=15", ["data.val_fraction=0.15"]),
        ("scheduler.warmup=500", ["a share from 0 to 1, was 500", "scheduler.warmup=0.1"]),
        ("trainer.max_epochs=-3", ["trainer.max_epochs=3"]),
        ("trainer.limit_val_batches=50.0", ["trainer.limit_val_batches=0.5"]),
        ("datamodule.max_examples=0", ["from 1 to 1,000,000, was 0 (32 without it)"]),
        ("model._suggests_.lr=100", ["`model._suggests_.lr` must be above 0 to 1"]),
        ("optimizer.betas=[0.9,99.9]", ["optimizer.betas=[0.9,0.999]"]),
        ("seed=-1", ["`seed` must be from 0", "seed=1"]),
        ("tracking.every_n_seconds=0", ["`tracking.every_n_seconds` must be above 0"]),
        ("model.freeze=embeddings", ["model.freeze=[embeddings]"]),
        ("trainer.max_epochs=3.0", ["trainer.max_epochs=3"]),
        ("optimizer.lr='1e-3x'", ["optimizer.lr=0.001"]),
        ("optimizer.fused=yes", ["optimizer.fused=true"]),
        ("optimizer.lr=null", ["must be float or Tensor, was null", "optimizer.lr=0.0001"]),
        ("trainer.deterministic=ture", ["trainer.deterministic=true"]),
        ("task.tta=flop", ["task.tta"]),
        ("objective=val/acuracy", ["did you mean val/accuracy?"]),
        ("objective=f1_macro", ["did you mean val/f1_macro?"]),
        ("objective=val/loss", ["`mode` must be min with objective=val/loss", "mode=min"]),
        ("mode=min", ["mend: mode=max"]),
        ("datamodule=null", ["`datamodule=` must be chosen", "candidates: tokens"]),
        ("optimizer=null", ["`optimizer=` must be chosen, was null: task needs it"]),
        ("model=null", ["`model=` must be chosen, was null: task needs it", "minilm"]),
        ("data=null", ["`data=` must be chosen, was null: datamodule needs it"]),
        ("data.label_as=number", ["must be class for the task text_classification"]),
    ],
)
def test_values_that_a_key_cannot_mean(typed, told):
    message = refused(typed)
    for part in told:
        assert part in message


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("torch.optim.AdmW", "torch.optim.AdamW"),
        ("torch.optm.AdamW", "torch.optim.AdamW"),
        ("AdamW", "torch.optim.AdamW"),
        ("torch.optim.lr_scheduler.OneCycleLr", "torch.optim.lr_scheduler.OneCycleLR"),
        ("lightening.Trainer", "lightning.Trainer"),
        (
            "xinzhi.tasks.text_clasification.model.TextCNN",
            "xinzhi.tasks.text_classification.model.TextCNN",
        ),
        (
            "xinzhi.tasks.text_classification.TextCnn",
            "xinzhi.tasks.text_classification.model.TextCNN",
        ),
    ],
)
def test_a_class_that_is_not_there_is_answered_with_the_one_meant(target, meant):
    assert f"candidates: {meant}" in refused(f"model._target_={target}")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (
            "experiment=credit_risk task.cost={false_postive: 1, false_negative: 5}",
            "false_positive",
        ),
        ("experiment=credit_risk task.cost.false_negativ=5", "task.cost.false_negative"),
        ("experiment=digit_image datamodule.scale={mean: 127}", "must have mean and std"),
        ("model.lora={r: 8, lora_alph: 16}", "did you mean model.lora.lora_alpha?"),
        ("model=encoder model.encoder=./bertt", "there is no bertt"),
        ("model=encoder model.encoder=package:minilmm", "did you mean package:minilm?"),
        ("trainer.strategy=dpp", "did you mean ddp?"),
        ("trainer.profiler=simpel", "did you mean simple?"),
        ("trainer.devices=two", "must be a number, a list of devices or auto"),
        ("trainer.val_check_interval=0", "above 0 to 1, or a whole number"),
        ("tracking.uri=mlruns", "sqlite:///mlruns/mlflow.db"),
        ("tags=baseline", "tags=[baseline]"),
        ("register=yes", "register=true"),
        ("seed=null", "seed=1"),
        ("lr=1e-3", "mend: optimizer.lr=1e-3"),
        ("epochs=10", "mend: trainer.max_epochs=10"),
        ("trainer.lr=1e-3", "mend: optimizer.lr=1e-3"),
        ("optimizer.learning_rate=1e-3", "mend: optimizer.lr=1e-3"),
        ("modle=minilm", "did you mean model?"),
        ("model._suggests_.lrr=1e-3", "did you mean model._suggests_.lr?"),
    ],
)
def test_what_is_closed_though_its_type_is_open(typed, told):
    words = re.findall(r"\S+=\{[^}]*\}|\S+", typed)
    assert told in refused(*words)
