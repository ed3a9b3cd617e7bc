"""Series in long and wide form become rows with lists, on both engines alike."""

import itertools

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from xinzhi.data.series import gather, widths
from xinzhi.errors import DataError

NAMES = {"series": "machine", "time": "t", "label": "state", "group": "site", "channels": None}


@pytest.fixture
def steps():
    """A row per step, shuffled: three machines whose state changes on the way."""
    rng = np.random.default_rng(0)
    rows = []
    for machine, n in (("a", 40), ("b", 25), ("c", 1)):
        for t in range(n):
            state = ["idle", "run", None][t // 7 % 3] if machine == "a" else "run"
            rows.append((machine, t, state, f"site {machine}", t + rng.random(), int(rng.random())))
    names = ["machine", "t", "state", "site", "power", "heat"]
    return pd.DataFrame(rows, columns=names).sample(frac=1, random_state=0)


def by_hand(frame):
    """The same with itertools."""
    runs = []
    ordered = frame.sort_values(["machine", "t"]).astype({"state": object})
    ordered["state"] = ordered["state"].where(ordered["state"].notna(), None)
    rows = ordered.to_dict("records")
    for (machine, state), run in itertools.groupby(rows, key=lambda r: (r["machine"], r["state"])):
        each = list(run)
        lists = {name: [float(row[name]) for row in each] for name in ("power", "heat")}
        runs.append(
            {"machine": machine, "t": each[0]["t"], "state": state, "site": each[0]["site"]} | lists
        )
    return runs


def told(engine, table):
    return engine.arrow(table.order_by(["machine", "t"])).to_pylist()


def test_steps_become_rows_of_lists(engine, steps):
    table = engine.load(pa.Table.from_pandas(steps, preserve_index=False))
    gathered = gather(table, **NAMES, engine=engine, where="here")
    assert told(engine, gathered) == by_hand(steps)


def test_times_that_are_texts_are_ordered_as_times(engine):
    rows = {
        "machine": [1] * 4, "t": ["2024-05-01 10:00", "2024-05-01 9:00", None, "2024-05-02 1:00"],
        "x": [2, 1, 9, 3],
    }  # fmt: skip
    names = NAMES | {"label": None, "group": None}
    gathered = gather(engine.load(pa.table(rows)), **names, engine=engine, where="here")
    (row,) = engine.arrow(gathered).to_pylist()
    assert (row["machine"], row["x"]) == ("1", [1.0, 2.0, 3.0])


def test_gaps_stay_and_equal_times_do_not_depend_on_the_order(engine):
    rows = pd.DataFrame({"machine": ["a"] * 4, "t": [1, 0, 1, 2], "x": [5.0, None, 4.0, 7.0]})
    names = NAMES | {"label": None, "group": None, "channels": ["x"]}
    found = []
    for frame in (rows, rows[::-1]):
        table = engine.load(pa.Table.from_pandas(frame, preserve_index=False))
        found += engine.arrow(gather(table, **names, engine=engine, where="here")).to_pylist()
    assert found[0]["x"] == found[1]["x"] == [None, 4.0, 5.0, 7.0]


def test_what_is_wrong_with_steps(duckdb_engine, steps):
    engine = duckdb_engine
    table = engine.load(pa.Table.from_pandas(steps, preserve_index=False))
    with pytest.raises(DataError, match=r"needs data\.time"):
        gather(table, **NAMES | {"time": None}, engine=engine, where="here")
    with pytest.raises(DataError, match="'machin'") as error:
        gather(table, **NAMES | {"series": "machin"}, engine=engine, where="here")
    assert error.value.candidates == ("machine",)
    names = NAMES | {"group": None, "channels": ["site"]}
    with pytest.raises(DataError, match="'site' must hold numbers, it holds string"):
        gather(table, **names, engine=engine, where="here")
    with pytest.raises(DataError, match="must have a column of numbers"):
        gather(table, **NAMES, ignore=["power", "heat"], engine=engine, where="here")


def test_numbered_columns_become_lists(engine):
    rows = {f"x_{n}": [n, n + 0.5] for n in range(12)} | {f"y{n}": [n, n] for n in (1, 2, 3)}
    rows |= {"7": [7, 7], "8": [8, 8], "9": [9, None], "label": [0, 1], "id2": [1, 2], "k1": [1, 2]}
    table = widths(engine.load(pa.table(rows)), keep=["label"])
    assert engine.arrow(table.order_by("id2")).to_pylist() == [
        {"label": 0, "id2": 1, "k1": 1, "x": [float(n) for n in range(12)],
         "y": [1.0, 2.0, 3.0], "value": [7.0, 8.0, 9.0]},
        {"label": 1, "id2": 2, "k1": 2, "x": [n + 0.5 for n in range(12)],
         "y": [1.0, 2.0, 3.0], "value": [7.0, 8.0, None]},
    ]  # fmt: skip


def test_a_gap_in_the_numbers_and_lists_are_left_alone(duckdb_engine):
    rows = {"x_0": [1], "x_1": [2], "x_3": [3], "wave": [[1.0, 2.0]]}
    table = duckdb_engine.load(pa.table(rows))
    assert widths(table, keep=()).columns == table.columns
    clash = duckdb_engine.load(pa.table({"x": [1], "x1": [1], "x2": [2], "x3": [3]}))
    with pytest.raises(DataError, match="would become the list 'x', which is there too"):
        widths(clash, keep=())
