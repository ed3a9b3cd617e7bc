import re
import shlex
import sys

import pytest

from xinzhi.config import identity
from xinzhi.config.compose import compose


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("postgresql://ana:s3cret@db/mlflow", "postgresql://ana:***@db/mlflow"),
        ("mysql+pymysql://u:p@ss@h", "mysql+pymysql://u:***@h"),
        ("see https://u:pw@h/x and https://h/y", "see https://u:***@h/x and https://h/y"),
        ("https://h/x?api_key=abc&n=1", "https://h/x?api_key=***&n=1"),
        ("https://ghp_0123456789abcdef@h/r.git", "https://***@h/r.git"),
        ("ssh://git@h/r.git", "ssh://git@h/r.git"),
        ("https://h:8080/x", "https://h:8080/x"),
        ("a: b@c", "a: b@c"),
    ],
)
def test_passwords_in_urls(text, left):
    assert identity.redact(text) == left


def test_values_of_secret_looking_variables(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_TOKEN", "hf_canary_1")
    monkeypatch.setenv("MY_DB_PASSWORD", "hf_canary_1_longer")
    monkeypatch.setenv("SHORT_KEY", "abc")
    monkeypatch.setenv("MONKEY", "not-a-secret")
    monkeypatch.setenv("TOKEN_FOLDER", str(tmp_path))
    text = f"hf_canary_1_longer hf_canary_1 abc not-a-secret {tmp_path}"
    assert identity.redact(text) == f"*** *** abc not-a-secret {tmp_path}"


def test_flat_params_are_resolved_but_for_the_environment(monkeypatch):
    monkeypatch.setenv("CANARY", "c4n4ry-value")
    config = compose("train", ["tracking.uri=${oc.env:CANARY}", "seed=3", "+trainer.logger=false",
                               "name=${oc.env:CANARY}-x"])  # fmt: skip
    params = identity.flat(config)
    assert params["datamodule.seed"] == "3"  # ${seed}
    assert params["tracking.uri"] == "${oc.env:CANARY}"
    assert params["name"] == "${oc.env:CANARY}-x"
    assert params["trainer.logger"] == "false"
    assert not any(key.startswith("asked") for key in params)
    assert "c4n4ry" not in identity.config_text(config) + str(params)
    assert config.tracking.uri == "c4n4ry-value"  # and resolving works again afterwards


def test_run_name_says_what_was_varied():
    overrides = ["optimizer.lr=3e-5", "model=minilm", "seed=1", "data.train=x.csv"]
    name = identity.run_name("text_classification/minilm", overrides, 1)
    assert re.fullmatch(r"minilm lr=3e-5 s1 [0-9a-f]{4}", name)
    overrides = ["model=textcnn", "model.embedding=4", "model.embedding=8", "tracking.uri=a/b"]
    name = identity.run_name("text_classification/textcnn", overrides, 2)
    assert re.fullmatch(r"textcnn embedding=8 s2 [0-9a-f]{4}", name)


def test_command_can_be_pasted(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/nowhere/xinzhi"])
    line = identity.command_line(
        "train", ["data.label=Fault(Code)", "data.text=描述 x", "uri=a://u:pw@h"]
    )
    assert shlex.split(line)[1:] == [
        "train",
        "data.label=Fault(Code)",
        "data.text=描述 x",
        "uri=a://u:***@h",
    ]
