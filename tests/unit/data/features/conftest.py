"""A mixed table as companies have them, and a preparation that went through its files."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from xinzhi.data import features

ROWS = 400


def mixed_table(rows=ROWS, seed=0):
    """Numbers with gaps, codes, categories, dates, texts, vectors, and what says nothing."""
    draw = np.random.default_rng(seed)
    start = dt.datetime(2024, 1, 1)
    hours = draw.integers(0, 9000, rows)
    words = ["pump", "leaks", "oil", "motor", "hot", "stop", "again", "电机", "异响"]
    gaps = draw.random(rows) < 0.1
    return pa.table(
        {
            "id": [f"C{number:05d}" for number in range(rows)],
            "amount": pa.array(draw.lognormal(size=rows), mask=gaps),
            "ratio": np.where(gaps[::-1], np.nan, draw.normal(size=rows)),
            "rooms": draw.integers(1, 7, rows),
            "city": draw.choice(["Paris", "Rome", "Oslo", ""], rows),
            "zip": [f"0{number % 20:04d}" for number in draw.integers(0, 20, rows)],
            "quantity": [str(number) for number in draw.integers(0, 500, rows)],
            "note": [" ".join(draw.choice(words, 5)) for _ in range(rows)],
            "opened": pa.array([start + dt.timedelta(hours=int(hour)) for hour in hours]),
            "day": [str((start + dt.timedelta(hours=int(hour))).date()) for hour in hours],
            "image": pa.array(list(draw.normal(size=(rows, 4))), pa.list_(pa.float32())),
            "same": ["x"] * rows,
            "nothing": pa.nulls(rows),
            "queue": draw.choice(["a", "b", "c"], rows),
        }
    )


@pytest.fixture
def mixed():
    return mixed_table()


@pytest.fixture
def stored(tmp_path):
    """Saves a preparation and loads it again."""

    def through(prepared):
        prepared.save(tmp_path / "features")
        return features.Prepared.load(tmp_path / "features")

    return through
