# ruff: noqa: S603 - a process of our own
import subprocess
import sys

import pytest

import xinzhi
from xinzhi.errors import ConfigError, UnknownReference


def test_importing_is_light():
    code = """
import sys, xinzhi
assert not {"torch", "mlflow", "pandas", "hydra", "omegaconf"} & set(sys.modules)
assert {"train", "runs", "load"} <= set(dir(xinzhi)), dir(xinzhi)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_name_says_what_there_is():
    with pytest.raises(AttributeError, match="has no 'nothing'") as refusal:
        xinzhi.nothing  # noqa: B018 - asking is the test
    offered = str(refusal.value).partition("it offers ")[2].split(", ")
    assert set(offered) >= {"audit", "compare", "load", "promote", "runs", "train"}
    assert all(callable(getattr(xinzhi, name)) for name in offered)


def test_a_mistake_is_answered_as_on_the_command_line():
    with pytest.raises(ConfigError, match="did you mean"):
        xinzhi.train(["modle=minilm"])


@pytest.mark.usefixtures("store_folder")
def test_runs_are_a_table(store):
    experiment = store.experiment("tickets")
    for value in (0.5, 0.75):
        run = store.client.create_run(experiment, run_name=f"run {value}")
        store.client.log_metric(run.info.run_id, "val/f1", value)
        store.client.log_param(run.info.run_id, "seed", "1")
        store.client.set_terminated(run.info.run_id)
    table = xinzhi.runs("tickets")
    assert sorted(table["metrics.val/f1"]) == [0.5, 0.75]
    assert set(table["params.seed"]) == {"1"}
    assert set(table["status"]) == {"FINISHED"}
    with pytest.raises(UnknownReference, match="tickts"):
        xinzhi.runs("tickts")
