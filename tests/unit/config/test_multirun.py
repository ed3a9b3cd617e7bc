import pytest

from xinzhi.config.multirun import Job, Outcome, grid
from xinzhi.errors import ConfigError


def test_every_combination_once():
    assert grid(["a=1,2", "b=x", "c=range(0,2)"]) == [
        ("a=1", "b=x", "c=0"), ("a=1", "b=x", "c=1"), ("a=2", "b=x", "c=0"), ("a=2", "b=x", "c=1"),
    ]  # fmt: skip


def test_lists_and_quotes_are_values():
    assert grid(["a=[1,2],[3]"]) == [("a=[1,2]",), ("a=[3]",)]
    assert grid(["a=描述,b"]) == [("a='描述'",), ("a=b",)]
    assert grid(["a='x,y',z"]) == [("a='x,y'",), ("a=z",)]
    assert grid([]) == [()]


@pytest.mark.usefixtures("conf")
def test_a_group_can_be_swept_by_pattern():
    assert grid(["optimizer=glob(*)"]) == [("optimizer=adamw",), ("optimizer=sgd",)]


def test_a_real_interval_has_no_grid():
    with pytest.raises(ConfigError, match="list the values"):
        grid(["lr=interval(0,1)"])


def test_the_table_shows_the_objective_on_both_sides_and_the_run():
    metrics = {"val/f1": 0.5, "val/loss": 1.0, "test/f1": 0.25}
    good = Job(("seed=1",), "val/f1", {"metrics": metrics, "run_id": "0123456789"})
    bad = Job(("seed=10",), "val/f1", error="error: no\n  mend: yes")
    first, second = Outcome([good, bad]).table().splitlines()
    assert first.split() == ["1", "seed=1", "val/f1=0.5", "test/f1=0.25", "run", "01234567"]
    assert second.split("  ")[-1] == "failed: error: no"
    assert first.index("val/f1") == second.index("failed")
