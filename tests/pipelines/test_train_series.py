"""Series of a person's own, in each form of file, to classes and to their next steps."""

import numpy as np
import pandas as pd
import pytest
from conftest import on_two_ranks

import xinzhi
from xinzhi.config.entry import start
from xinzhi.errors import DataError
from xinzhi.tracking.store import open_store

QUICK = ("trainer=cpu", "trainer.precision=32-true", "tracking.system_metrics=false")


def waves(seed=0, series=60, steps=48):
    """Series of two channels whose label is how fast they swing, and machines they come from."""
    random = np.random.default_rng(seed)
    time = np.arange(steps)
    found = []
    for index in range(series):
        speed = (0.2, 0.5, 1.1)[index % 3]
        turned = speed * time + random.uniform(0, 6)
        x = np.sin(turned) + 0.2 * random.normal(size=steps)
        found.append((x, 5 + 3 * np.cos(turned), ("slow", "even", "fast")[index % 3], index // 6))
    return found


@pytest.fixture(scope="session")
def long_file(tmp_path_factory):
    tables = [
        pd.DataFrame({"run": f"r{i}", "second": range(len(x)), "a": x, "b": y, "state": label,
                      "machine": f"m{machine}"})
        for i, (x, y, label, machine) in enumerate(waves())
    ]  # fmt: skip
    path = tmp_path_factory.mktemp("series") / "pumps.csv"
    pd.concat(tables).sample(frac=1, random_state=0).to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def wide_file(tmp_path_factory):
    rows = [[label, *x.round(4)] for x, _, label, _ in waves(1)]
    path = tmp_path_factory.mktemp("series") / "beats.csv"
    columns = ["state", *(f"x_{step}" for step in range(48))]
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def load_file(tmp_path_factory):
    hours = pd.date_range("2025-01-06", periods=24 * 40, freq="h")
    random = np.random.default_rng(0)
    tables = []
    for site, size in (("north", 1.0), ("south", 30.0)):
        swing = 2 * np.sin(2 * np.pi * hours.hour / 24) + (hours.dayofweek >= 5)
        load = size * (5 + swing + 0.3 * random.normal(size=len(hours)))
        tables.append(pd.DataFrame({"hour": hours, "site": site, "load": load}))
    path = tmp_path_factory.mktemp("steps") / "load.csv"
    pd.concat(tables).to_csv(path, index=False)
    return path


def long_words(long_file):
    return ("experiment=series_classification", "name=pumps", f"data.train={long_file}",
            "data.series=run", "data.time=second", "data.label=state", "data.group=machine",
            "data.split=group", "model.features=500", "trainer.max_epochs=2", *QUICK)  # fmt: skip


def load_words(load_file):
    return ("experiment=series_forecasting", "name=load", f"data.train={load_file}",
            "data.time=hour", "data.features=[load,site]", "datamodule.series=site",
            "datamodule.window=48", "trainer.max_epochs=1", *QUICK)  # fmt: skip


def asked(reference, path, folder):
    """Asks for the answers to a file as a person does."""
    assert start("predict", [reference, f"input={path}", f"output={folder / 'told.csv'}"]) == 0
    return pd.read_csv(folder / "told.csv")


def test_long_files_are_answered_series_by_series(train, long_file, tmp_path):
    ran = train(command=long_words(long_file))
    assert ran.code == 0, ran.err
    assert ran.metrics["test/f1_macro"] > 0.9
    assert ran.metrics["test/series_f1_macro"] > 0.9
    model = xinzhi.load("pumps@challenger")
    steps = pd.read_csv(long_file)
    shuffled = steps.sample(frac=1, random_state=1)
    answers = model.predict(shuffled).set_index("run")
    truth = steps.groupby("run")["state"].first()
    assert (answers["label"] == truth[answers.index]).mean() > 0.9
    assert answers.filter(like="p:").sum(axis=1).to_numpy() == pytest.approx(1.0)
    written = asked("pumps", long_file, tmp_path).set_index("run")
    assert written["label"].to_dict() == answers["label"].to_dict()
    with pytest.raises(DataError, match="second"):
        model.predict(steps.drop(columns="second"))
    broken = steps.astype({"a": object})
    broken.loc[3, "a"] = "broken"
    with pytest.raises(DataError, match="'a' must hold numbers"):
        model.predict(broken)


def test_wide_files_and_networks(train, wide_file):
    words = ("experiment=series_classification", "name=beats", f"data.train={wide_file}",
             "data.label=state", "model=resnet", "model.widths=[8,8]", "trainer.max_epochs=3",
             *QUICK)  # fmt: skip
    ran = train(command=words)
    assert ran.code == 0, ran.err
    assert ran.metrics["test/f1_macro"] > 0.8
    table = pd.read_csv(wide_file)
    answers = xinzhi.load("beats@challenger").predict(table.drop(columns="state"))
    assert len(answers) == len(table)
    assert (answers["label"] == table["state"]).mean() > 0.8


def test_short_series_may_be_refused(train, long_file):
    words = long_words(long_file)
    ran = train("datamodule.window=100", "datamodule.short=refuse", command=words)
    assert ran.code != 0
    assert "must have at least 100 steps" in ran.err
    assert "Traceback" not in ran.err


def test_forecasts_of_several_series(train, load_file, tmp_path):
    ran = train(command=load_words(load_file))
    assert ran.code == 0, ran.err
    assert ran.metrics["test/mase"] < 1
    assert 0.7 < ran.metrics["test/coverage_90"] <= 1
    history = pd.read_csv(load_file)
    model = xinzhi.load("load@challenger")
    answers = model.predict(history)
    assert list(answers.columns) == ["site", "hour", "prediction", "lower", "upper"]
    written = asked("load", load_file, tmp_path)
    assert written["prediction"].to_numpy() == pytest.approx(answers["prediction"], rel=1e-4)
    assert (answers["lower"] < answers["prediction"]).all()
    south = answers[answers["site"] == "south"]
    assert len(south) == 24
    assert pd.Timestamp(south["hour"].iloc[0]) == pd.Timestamp(
        history["hour"].max()
    ) + pd.Timedelta("1h")
    # the scale of the series, the time of the day and that it is a Saturday are all found
    hours = pd.to_datetime(south["hour"])
    truth = 6 + 2 * np.sin(2 * np.pi * hours.dt.hour / 24)
    assert np.abs(south["prediction"] / 30 - truth).mean() < 0.5
    with pytest.raises(DataError, match="must have at least 48 steps"):
        model.predict(history[history["site"] == "north"].tail(20))


def test_a_horizon_beyond_the_test_steps_is_refused(train, load_file):
    ran = train("datamodule.horizon=500", command=load_words(load_file))
    assert ran.code != 0
    assert "500 steps for the horizon" in ran.err or "window and horizon" in ran.err
    assert "Traceback" not in ran.err


def test_a_time_that_comes_twice_is_refused(train, load_file):
    ran = train("data.features=[load]", "datamodule.series=null", command=load_words(load_file))
    assert ran.code != 0
    assert "comes twice" in ran.err
    assert "datamodule.series=COLUMN" in ran.err


LONG = ("datamodule.shift=false", "datamodule.max_examples=600")
LOAD = ("model.dropout=0.0", "datamodule.max_examples=1100")


@pytest.mark.parametrize("words", ["long", "load"])
def test_two_ranks_and_bf16_are_the_same_fit(train, words, long_file, load_file):
    command = long_words(long_file) if words == "long" else load_words(load_file)
    command += ("optimizer=sgd", "optimizer.lr=0.01", *(LONG if words == "long" else LOAD))
    one = train("datamodule.max_examples=5000", command=command)
    assert one.code == 0, one.err
    bf16 = train("datamodule.max_examples=5000", "trainer.precision=bf16-mixed", command=command)
    assert bf16.metrics["test/loss"] == pytest.approx(one.metrics["test/loss"], rel=0.03)
    two = on_two_ranks(*command)
    assert two["metrics"]["test/loss"] == pytest.approx(one.metrics["test/loss"], rel=1e-3)
    assert open_store().client.get_run(two["run_id"]).info.status == "FINISHED"


def test_warnings_of_events(train, load_file, tmp_path):
    # the event: a column of 0 and 1, which begins every evening
    hours = pd.read_csv(load_file, parse_dates=["hour"])
    hours["failed"] = (hours["hour"].dt.hour >= 20).astype(int)
    path = tmp_path / "failures.csv"
    hours[["hour", "site", "failed", "load"]].to_csv(path, index=False)
    words = ("experiment=failure_forecast", "data=steps", "name=failures", f"data.train={path}",
             "data.time=hour", "data.features=[failed,site,load]", "datamodule.series=site",
             "datamodule.above=0.5", "datamodule.horizon=6", "datamodule.window=24",
             "model.channels=8", "trainer.max_epochs=3", "optimizer.lr=5e-3", *QUICK)  # fmt: skip
    ran = train(command=words)
    assert ran.code == 0, ran.err
    assert ran.metrics["test/auroc"] > 0.97
    assert ran.metrics["test/lead_median"] >= 5
    model = xinzhi.load("failures@challenger")
    until = hours[hours["hour"].dt.hour.le(17) | (hours["hour"] < hours["hour"].max().normalize())]
    answers = model.predict(until[["hour", "site", "failed", "load"]])
    assert answers["site"].tolist() == ["north", "south"]
    assert answers["label"].tolist() == ["event", "event"]
