"""Runs whose answers are known, compared: held against the statistics and what was planted."""

import math
import re
import shlex
from statistics import NormalDist
from types import SimpleNamespace

import numpy as np
import pytest

from xinzhi.config.identity import program
from xinzhi.errors import ConfigError, UnknownReference
from xinzhi.evaluation import measures, pairing
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.registry.comparison import compare
from xinzhi.registry.comparison_runs import chosen
from xinzhi.registry.comparison_words import amount
from xinzhi.tracking.run import start_run

ROWS = 2_000
CONFIG = """
model:
  hidden: {hidden}
datamodule:
  seed: ${{seed}}
data:
  train: a.csv
  split_seed: 0
objective: val/f1_macro
mode: max
name: reviews
seed: {seed}
"""
TRUTH = np.random.default_rng(0).integers(0, 2, ROWS)
HARD = np.random.default_rng(1).random(ROWS)


def answered(share, seed, rows=ROWS):
    """Answers that are right in about this share of the rows, the easy ones first."""
    noise = 0.1 * np.random.default_rng(seed).standard_normal(ROWS)
    right = HARD + noise < share
    chances = np.full((ROWS, 2), 0.2)
    chances[np.arange(ROWS), np.where(right, TRUTH, 1 - TRUTH)] = 0.8
    columns = {"truth": TRUTH, "probabilities": chances}
    whole = Outcomes(kind="classes", rows=np.arange(ROWS), columns=columns, classes=("a", "b"))
    return whole.taken(np.arange(rows))


@pytest.fixture
def made(store):
    """Makes a finished run that kept its answers, and gives its id."""

    def made(share=0.8, *, seed=1, hidden=8, digest="a" * 32, outcomes=True, end=True, **more):
        settings = {"tags": {"task": "text_classification"}} | more
        run = start_run(
            store, experiment="reviews", run_name=f"cnn h{hidden} s{seed}",
            config_yaml=CONFIG.format(hidden=hidden, seed=seed),
            params={"model.hidden": hidden, "datamodule.seed": seed, "seed": seed},
            system_metrics=False, **settings,
        )  # fmt: skip
        run.__enter__()
        run.dataset(SimpleNamespace(name="reviews", digest=digest), source="a.csv",
                    context="training", profile={"train": 9, "test": ROWS})  # fmt: skip
        run.metrics({"test/f1_macro": share, "val/f1_macro": share}, step=1)
        run.describe(f"`{program()} train model.hidden={hidden} seed={seed}`\n\nIt is so.")
        if outcomes is True:
            outcomes = answered(share, seed)
        if outcomes:
            outcomes.save(run.work / "test.parquet")
            run.artifact(run.work / "test.parquet", "outcomes")
        if end:
            run.__exit__(None, None, None)
        return run.run_id

    return made


def compared(store, *references, **more):
    settings = {"resamples": 2_000, "build": None} | more  # nothing must be built
    return compare(store, references, **settings)


def of(found, metric, a="A", b="B"):
    (pair,) = [p for p in found.pairs if (p.metric, p.a, p.b) == (metric, a, b)]
    return pair


def test_a_planted_difference_is_real_and_said(store, made):
    a, b = made(0.78), made(0.82, hidden=16)
    found = compared(store, a, b)
    pair, own = (
        of(found, "accuracy"),
        pairing.paired(answered(0.78, 1), answered(0.82, 1), "accuracy"),
    )
    assert (pair.difference, pair.low, pair.high) == (own.difference, own.low, own.high)
    assert pair.mcnemar == pairing.mcnemar(answered(0.78, 1), answered(0.82, 1))
    assert pair.better == "B"
    assert [one.p_holm for one in found.pairs] == pairing.holm([p.p_value for p in found.pairs])
    assert next(iter(found.metrics)) == "f1_macro"  # the objective
    assert found.metrics["accuracy"]["A"] == measures.value(answered(0.78, 1), "accuracy")
    first = found.told[0]
    assert first.startswith("B is better than A by ")
    assert "points of f1_macro (95 %: " in first
    assert "after Holm over" in first
    assert first.endswith("the difference between these two models is real.")
    assert [one.key for one in found.differences.config] == ["model.hidden"]


def test_less_is_better_where_it_is(store, made):
    found = compared(store, made(0.9), made(0.7, hidden=16), metrics=["brier"])
    assert of(found, "brier").difference > 0
    assert found.told[0].startswith("A is better than B by ")


def test_what_cannot_be_told_apart_says_what_would_tell(store, made):
    a, b = made(0.8), made(0.803, hidden=16, seed=4)
    found = compared(store, a, b, metrics=["accuracy"], seeds="none")
    pair = of(found, "accuracy")
    assert pair.better is None
    assert found.told[0].startswith("A and B cannot be told apart in accuracy")
    reach = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(0.8)
    assert pair.rows_needed == pytest.approx((reach * pair.error / pair.difference) ** 2)
    assert pair.smallest == pytest.approx(reach * pair.error)
    more = int(re.search(r"([\d,]+) more independent test rows", found.told[0])[1].replace(",", ""))
    assert more == pytest.approx(ROWS * (pair.rows_needed - 1), rel=0.1)


def test_so_many_rows_do_decide_in_four_of_five():
    """What is said to be needed, tried: as many rows, with a difference of that size."""
    random = np.random.default_rng(0)
    both, only_a, only_b = 0.7, 0.09, 0.11
    reach = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(0.8)
    needed = round((reach / 0.02) ** 2 * (0.2 - 0.02**2))
    decided = 0
    for _ in range(400):
        counts = random.multinomial(needed, [both, only_a, only_b, 0.1])
        found = pairing.from_counts(*map(int, counts[:3]), size=needed)
        decided += found.p_value < 0.05
    assert decided / 400 == pytest.approx(0.8, abs=0.06)


def test_runs_that_differ_in_the_seed_alone_are_gathered(store, made):
    a, b = made(0.80, seed=1), made(0.83, seed=1, hidden=16)
    for seed in (2, 3, 5):
        made(0.80 + 0.003 * seed, seed=seed)
        made(0.83 + 0.003 * seed, seed=seed, hidden=16)
    made(0.5, seed=6, digest="b" * 32)  # of other rows
    made(0.5, seed=7, outcomes=None)  # that kept nothing
    made(0.5, seed=3, tags={"task": "text_classification", "mlflow.source.git.commit": "0" * 40})
    found = compared(store, a, b, metrics=["f1_macro"])
    assert [one.seeds for one in found.runs] == [[1, 2, 3, 5], [1, 2, 3, 5]]
    pair = of(found, "f1_macro")
    assert (pair.seeds, pair.method) == ((4, 4), "seeds")
    alone = of(compared(store, a, b, seeds="none", metrics=["f1_macro"]), "f1_macro")
    assert alone.seeds == (1, 1)
    assert any("variance between seeds is counted" in line for line in found.told)
    assert any("seeds of A that kept no answers: 1" in note for note in found.notes)
    assert any("seeds of A that were trained by other code: 1" in note for note in found.notes)


def test_a_coincidence_of_numbers_is_no_seed(store, made):
    """Width 1 with seed 1 and width 2 with seed 2: the width does not follow the seed."""
    one = made(seed=1, hidden=1)
    made(seed=2, hidden=2)
    (first, _) = chosen(store, [one, made(seed=9, hidden=3)], seeds="auto")
    assert first.siblings == ()


def test_with_one_seed_the_command_that_tells_more_is_printed(store, made):
    found = compared(store, made(0.78), made(0.82, hidden=16))
    assert any("the variance between seeds is unknown" in line for line in found.told)
    words = shlex.split(found.runs[1].command)
    assert words[1:] == ["train", "-m", "model.hidden=16", "seed=2,3,4,5", "test=true"]


def test_what_differs_in_the_seed_alone_is_called_noise(store, made):
    found = compared(store, made(seed=1), made(0.81, seed=2))
    assert found.differences.what == ("seed",)
    assert any("noise between seeds" in line for line in found.told)


def test_of_three_runs_the_first_is_told_with_its_ties(store, made):
    found = compared(store, made(0.7), made(0.82, hidden=16), made(0.821, hidden=32))
    assert len(found.pairs) == 3 * len(found.metrics)
    first = max("ABC", key=lambda letter: found.metrics["f1_macro"][letter])
    tied = "BC".replace(first, "")
    expected = f"really better than A, not to be told apart from {tied}."
    assert found.told[0].startswith(f"{first} is first in f1_macro")
    assert found.told[0].endswith(expected)
    assert [one.values for one in found.differences.config] == [[8, 16, 32]]


def test_other_rows_are_compared_where_they_are_the_same(store, made):
    a = made(0.78, outcomes=answered(0.78, 1, rows=1_500))
    found = compared(store, a, made(0.84, hidden=16, digest="b" * 32))
    assert "1,500 test rows that the snapshots share" in found.rows
    assert any("1,500 rows that all have" in note for note in found.notes)
    assert of(found, "accuracy").units == 1_500


def test_rows_under_another_label_are_left_out(store, made):
    other = answered(0.82, 1)
    truth = np.where(np.arange(ROWS) < 40, 1 - TRUTH, TRUTH)
    other = Outcomes(kind="classes", rows=other.rows, classes=other.classes,
                     columns={**other.columns, "truth": truth})  # fmt: skip
    found = compared(store, made(0.78), made(hidden=16, digest="b" * 32, outcomes=other))
    assert of(found, "accuracy").units == ROWS - 40
    assert any("40 rows left out" in note for note in found.notes)


def test_without_answers_what_was_logged_stands_side_by_side(store, made):
    found = compared(store, made(0.78), made(0.9, hidden=16, outcomes=None))
    assert found.logged == {"test/f1_macro": {"A": 0.78, "B": 0.9}}
    assert found.told[0].startswith("Nothing can be said of their metrics")
    assert [one.key for one in found.differences.config] == ["model.hidden"]


def test_a_run_that_has_not_finished_is_compared_as_far_as_it_goes(store, made):
    found = compared(store, made(), made(hidden=16, end=False))
    assert "B has not finished, it is RUNNING" in found.told[0]
    assert "running" in found.table()


def test_what_cannot_be_compared_is_answered(store, made):
    a, b = made(), made(hidden=16)
    other = made(tags={"task": "tabular_regression"})
    sweep = made(tags={"pipeline": "sweep"})
    for references, error, words in [
        ([], ConfigError, "was given none"),
        ([a], ConfigError, f"was given {a}"),
        ([a, a], ConfigError, "must be two runs"),
        ([a, a[:12]], ConfigError, "must be two runs"),
        ([a, other], ConfigError, "the same task"),
        ([a, sweep], UnknownReference, "trained nothing itself"),
        ([a, "nobody"], UnknownReference, "nobody"),
        ([a] * 27, ConfigError, "at most 26"),
    ]:
        with pytest.raises(error, match=words):
            compared(store, *references)
    with pytest.raises(ConfigError, match="f1_macro"):
        compared(store, a, b, metrics=["f1_makro"])
    with pytest.raises(ConfigError, match=r"\.png"):
        compared(store, a, b, figure="forest.txt")


@pytest.mark.parametrize("count", [2, 3])
def test_table_and_figure_are_drawn(store, made, tmp_path, count):
    runs = [made(0.7 + 0.06 * n, hidden=2**n) for n in range(count)]
    found = compared(store, *runs, figure=str(tmp_path / "图.png"))
    assert (tmp_path / "图.png").stat().st_size > 5_000
    table = found.table()
    assert all(one in table for one in ("model.hidden", "f1_macro", "is better", "p (Holm)"))
    assert max(map(len, table.splitlines())) <= 200


@pytest.mark.parametrize(
    ("metric", "value", "told"),
    [("f1_macro", 0.01834, "1.8"), ("f1_macro", -0.00012, "−0.01"), ("rmse", 12.3456, "12.35"),
     ("accuracy", 0.0, "0.0"), ("r2", 0.5, "0.5"), ("loss", math.nan, "unknown")],
)  # fmt: skip
def test_differences_are_told_in_points_or_in_their_own_unit(metric, value, told):
    assert amount(metric, value) == told
