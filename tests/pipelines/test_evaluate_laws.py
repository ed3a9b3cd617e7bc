"""What is kept of a training, and what its bundle answers: both give what the training logged."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import tiny_tasks

from xinzhi.config.targets import build
from xinzhi.data.snapshot import Snapshot
from xinzhi.deployment.bundle import open_bundle
from xinzhi.deployment.judging import answered
from xinzhi.evaluation import measures
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.registry.evaluations import evaluated
from xinzhi.registry.files import load_folder
from xinzhi.tracking.store import open_store

# what a training measures otherwise: single windows, the loss with its weights, uncalibrated
OTHERWISE = {
    "two_classes": {"loss"},
    "several_classes": {"loss"},
    "series": {"loss", "brier"},
}


def logged(metrics, task):
    """The test metrics of a training under the names of measures of what is answered."""
    found = {n.removeprefix("test/"): v for n, v in metrics.items() if n.startswith("test/")}
    if task == "series":  # whole series are answered, windows are measured beside them
        whole = {n.removeprefix("series_"): v for n, v in found.items() if n.startswith("series_")}
        alone = {n: v for n, v in found.items() if n.startswith("answered_")}
        return whole | alone
    return {name: v for name, v in found.items() if name not in OTHERWISE.get(task, ())}


def in_order(outcomes):
    order = np.argsort(outcomes.rows)
    assert len(np.unique(outcomes.rows)) == len(outcomes)
    return outcomes.taken(order)


def same_units(one, other):
    pairs = set(zip(one.units.tolist(), other.units.tolist(), strict=True))
    return len(pairs) == len(set(one.units.tolist())) == len(set(other.units.tolist()))


def plain(settings):
    return {k: dict(v) if isinstance(v, dict) else pytest.approx(v) for k, v in settings.items()}


def turned(snapshot, folder):
    """The same rows in the opposite order."""
    place = folder / snapshot.folder.name
    place.mkdir()
    for path in snapshot.folder.iterdir():
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            pq.write_table(table.take(np.arange(len(table))[::-1]), place / path.name)
        elif path.name == "files":
            (place / "files").symlink_to(path)
    return Snapshot(place, snapshot.name, snapshot.digest, snapshot.manifest)


def judged_as_another_file(store, kept, words, task):
    """The rows of training come back under the keys that they had, and are told to be such."""
    source = next(word for word in words if word.startswith("data.train=")).partition("=")[2]
    whole = evaluated(store, "tiny", build=build, data=source)
    assert whole.computed
    counts = kept.snapshot.counts
    assert whole.notes[0].startswith(f"{counts['train']:,} of ")
    if task != "triples":  # whose parts are files of their own
        assert whole.snapshot.counts["test"] >= sum(counts.values())
    if task not in {"triples", "forecasts", "events"}:  # the last two have other origins
        assert {*kept.outcomes.rows.tolist()} <= {*whole.outcomes.rows.tolist()}


@pytest.mark.parametrize("task", tiny_tasks.TASKS)
def test_outcomes_give_the_trainings_metrics_kept_or_recomputed(train, task, tmp_path):
    words = tiny_tasks.words(task, tmp_path)
    ran = train(command=words)
    assert ran.code == 0, ran.err
    store = open_store()
    kept = evaluated(store, "tiny", build=build)
    assert not kept.computed
    expected, measured = logged(ran.metrics, task), measures.of(kept.outcomes)
    both = set(expected) & set(measured)
    assert len(both) >= 3, (sorted(expected), measured)
    inference = open_bundle(load_folder(store, kept.resolved))
    made = answered(inference, kept.snapshot, "test", config=kept.config)
    for outcomes in (kept.outcomes, made):
        found = {name: measures.value(outcomes, name) for name in both}
        told = {name: expected[name] for name in both}
        assert found == pytest.approx(told, rel=1e-5, abs=1e-5, nan_ok=True)
    assert kept.record.num_rows == len(kept.outcomes)
    first, second = in_order(kept.outcomes), in_order(made)
    assert (first.rows == second.rows).all()
    assert same_units(first, second)
    assert second.settings == plain(first.settings)
    backwards = turned(kept.snapshot, tmp_path)  # the order of rows makes no difference
    again = in_order(answered(inference, backwards, "test", config=kept.config))
    assert (first.rows == again.rows).all()
    for name, values in first.columns.items():
        np.testing.assert_allclose(again.columns[name], values, rtol=1e-4, atol=1e-5)
    judged_as_another_file(store, kept, words, task)


def test_jobs_of_a_sweep_keep_what_validation_says_and_only_that(train, tmp_path):
    ran = train("test=false", command=tiny_tasks.words("texts", tmp_path))
    assert ran.code == 0, ran.err
    folder = Path(open_store().client.get_run(ran.run_id).info.artifact_uri) / "outcomes"
    assert [path.name for path in folder.iterdir()] == ["val.parquet"]
    kept = Outcomes.load(folder / "val.parquet")
    assert measures.value(kept, "accuracy") == pytest.approx(ran.metrics["val/accuracy"])
