import re
import shlex
import sys
import time

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
        ("my_store+v1.2://u:s3cret@h/x", "my_store+v1.2://u:***@h/x"),
        ("_x_://u:s3cret@h", "_x_://u:***@h"),
        ("数据://u:s3cret@h", "数据://u:***@h"),
        ("redis://:s3cret@h/0", "redis://:***@h/0"),
        ("postgresql+psycopg://u:a/b@h/d?x=1@2", "postgresql+psycopg://u:***@h/d?x=1@2"),
        ("http://h:5000/@user", "http://h:5000/@user"),
        ("sqlite:////a:b/c@d.db", "sqlite:////a:b/c@d.db"),
        ("ssh://git@h/r.git", "ssh://git@h/r.git"),
        ("https://h:8080/x", "https://h:8080/x"),
        ("a: b@c", "a: b@c"),
        ("form postgresql://USER:PASSWORD@HOST/DB", "form postgresql://USER:PASSWORD@HOST/DB"),
        ("https://USER:PASSWORD@HOST/x", "https://USER:PASSWORD@HOST/x"),
        ("postgresql://USER:PASSWORD2@HOST/DB", "postgresql://USER:***@HOST/DB"),
        ("postgresql://ana:PASSWORD@HOST/DB", "postgresql://ana:***@HOST/DB"),
        ("postgresql://USER:password@HOST/DB", "postgresql://USER:***@HOST/DB"),
        ("postgresql://USER:PASSWORD@k4n@HOST/DB", "postgresql://USER:***@HOST/DB"),
        ("postgresql://USER:a@USER:PASSWORD@HOST/DB", "postgresql://USER:***@HOST/DB"),
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


@pytest.mark.parametrize("name", ["XINZHI_SOURCE_URL", "DATABASE_URL", "http_proxy"])
@pytest.mark.parametrize(
    ("value", "alone"),
    [
        ("postgresql://ana:k4n4rie-7@db/x", ["k4n4rie-7"]),
        ("my_db://ana:k%40n%20rie@db", ["k%40n%20rie", "k@n rie", "k%40n rie"]),
        ("postgresql://ana:k4n/rie@db/x", ["k4n/rie", "k4n%2Frie"]),
        ("https://a.b/x, https://u:k4n4rie-7@c.d/x", ["k4n4rie-7"]),
        ("https://ghp_0123456789abcdef@h/r.git", ["ghp_0123456789abcdef"]),
        ("https://h/x?n=1&access_token=k4n4rie-7", ["k4n4rie-7"]),
    ],
)
def test_the_password_in_a_variables_url_is_hidden_alone_too(monkeypatch, name, value, alone):
    monkeypatch.setenv(name, value)
    for secret in alone:
        assert identity.redact(f"login with <{secret}> failed") == "login with <***> failed"
        assert secret not in identity.redact(f"from {value}, with{secret}glued")


def test_advice_in_a_variable_is_no_secret(monkeypatch):
    monkeypatch.setenv("CRM_URL", "postgresql://USER:PASSWORD@HOST/crm")
    assert identity.redact("wrong PASSWORD") == "wrong PASSWORD"
    monkeypatch.setenv("CRM_URL", "postgresql://ana:PASSWORD@HOST/crm")
    assert identity.redact("wrong PASSWORD") == "wrong ***"


def test_a_password_that_is_a_word_leaves_other_words_alone(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://ana:postgres@localhost/x")
    monkeypatch.setenv("OTHER_URL", "postgresql://ana:123456@localhost/x")
    assert identity.redact("postgresql says: postgres, 123456") == "postgresql says: ***, ***"
    assert identity.redact("1234567 rows") == "1234567 rows"


def test_a_long_text_is_redacted_in_reasonable_time(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://ana:k4n4rie-7@db/x")
    began = time.process_time()
    for word in ("a+b", "postgres", "?token", "x=1&y", "mysql://u:", "://u:p"):
        identity.redact(word * 40_000)
    assert time.process_time() - began < 5  # what grows with the square takes minutes


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
