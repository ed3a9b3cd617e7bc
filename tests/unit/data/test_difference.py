"""What changed between two snapshots, held against sets of pandas rows and against SciPy."""

from collections import Counter
from uuid import uuid4

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, ks_2samp

from xinzhi.data import drift as drifting
from xinzhi.data import snapshot
from xinzhi.data.difference import between

SPLITS = ("train", "val", "test")


@pytest.fixture
def freeze(monkeypatch, tmp_path_factory):
    """Makes a snapshot of a frame that has a column `split`."""
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path_factory.mktemp("cache")))

    def freeze(frame, **manifest):
        digest = uuid4().hex
        parts = {split: frame[frame["split"] == split].drop(columns="split") for split in SPLITS}
        schema = pa.Schema.from_pandas(frame.drop(columns="split"), preserve_index=False)
        tables = {split: table(part, schema) for split, part in parts.items()}
        known = {
            "name": "demo", "digest": digest, "split": "", "steps": [], "notes": [],
            "warnings": [], "sources": [], "classes": ["a", "b"],
            "counts": {split: len(part) for split, part in parts.items()},
            "columns": {field.name: str(field.type) for field in schema},
        }  # fmt: skip
        return snapshot.write(tables, known | manifest, inputs=digest)

    return freeze


def table(part, schema):
    """NaN stays NaN, where pandas would write null."""
    made = pa.Table.from_pandas(part, schema=schema, preserve_index=False)
    for place, field in enumerate(schema):
        if pa.types.is_floating(field.type):
            made = made.set_column(place, field, pa.array(part[field.name], from_pandas=False))
    return made


def frame(rows, columns=("text", "label", "split")):
    made = pd.DataFrame(rows, columns=list(columns))
    return made.astype({c: "str" for c in ("text", "label", "split") if c in columns})


def expected(old, new, record):
    """The same by counting rows in Python."""

    def counted(table, keys):
        return Counter(table[keys].itertuples(index=False, name=None))

    a, b = (counted(table, [*record, "label", "split"]) for table in (old, new))
    unchanged = sum((a & b).values())
    labelled = [counted(table, [*record, "label"]) for table in (old, new)]
    moved = sum((labelled[0] & labelled[1]).values()) - unchanged
    records = [counted(table, record) for table in (old, new)]
    there = sum((records[0] & records[1]).values())
    return {
        "unchanged": unchanged, "moved": moved, "relabelled": there - unchanged - moved,
        "removed": len(old) - there, "added": len(new) - there,
    }  # fmt: skip


def told(found):
    return {
        kind: sum(found.rows[kind].values())
        for kind in ("unchanged", "moved", "relabelled", "removed", "added")
    }


ROWS = st.lists(
    st.tuples(st.sampled_from("xyzßé"), st.sampled_from("ab"), st.sampled_from(SPLITS)),
    min_size=1, max_size=25,
)  # fmt: skip


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ROWS, ROWS)
def test_rows_are_counted_as_sets_count_them(freeze, old, new):
    a, b = frame(old), frame(new)
    found = told(between(freeze(a), freeze(b)))
    assert found == expected(a, b, ["text"])
    there = found["unchanged"] + found["moved"] + found["relabelled"]
    assert there + found["removed"] == len(a)
    assert there + found["added"] == len(b)
    back = told(between(freeze(b), freeze(a)))
    assert back == {**found, "added": found["removed"], "removed": found["added"]}


def test_lists_are_compared_and_read_without_marks(freeze):
    kept, gone = (["the", "door"], ["O", "B-X"]), (["a", "town"], ["O", "B-LOC"])
    columns = ("tokens", "tags", "split")
    old = frame([(*kept, "train"), (*gone, "test")], columns)
    found = between(freeze(old), freeze(frame([(*kept, "train")], columns)))
    assert found.rows["unchanged"] == {"train": 1}
    assert found.rows["removed"] == {"test": 1}
    assert "removed: tokens=a town, tags=O B-LOC  (test)" in found.table()


def test_each_kind_is_told_by_split_with_labels_and_examples(freeze):
    old = frame([("stays", "a", "train"), ("goes", "a", "val"), ("moves", "b", "train"),
                 ("turns", "a", "test"), ("both", "a", "train")])  # fmt: skip
    new = frame([("stays", "a", "train"), ("moves", "b", "test"), ("turns", "b", "test"),
                 ("both", "b", "val"), ("comes", "b", "train")])  # fmt: skip
    found = between(freeze(old), freeze(new))
    assert found.rows["unchanged"] == {"train": 1}
    assert found.rows["removed"] == {"val": 1}
    assert found.rows["added"] == {"train": 1}
    assert found.rows["moved"] == {"train → test": 1}
    assert found.rows["relabelled"] == {"val": 1, "test": 1}
    assert found.rows["labels"] == [("a", "b", 2)]
    by_record = {one["record"]: one for one in found.rows["examples"]}
    assert by_record["goes"]["before"] == {"split": "val", "label": "a"}
    assert by_record["goes"]["after"] is None
    assert by_record["turns"]["after"] == {"split": "test", "label": "b"}
    table = found.table()
    assert "moved train → test: 1" in table
    assert "relabelled a → b: 2" in table


def test_a_table_without_text_is_compared_by_all_its_columns(freeze):
    draw = np.random.default_rng(2)
    old = pd.DataFrame({"x": draw.normal(size=300), "n": draw.integers(0, 5, 300),
                        "word": draw.choice(["u", None, ""], 300),
                        "when": pd.Timestamp("2020-01-01", tz="UTC")
                        + pd.to_timedelta(draw.integers(0, 9, 300), "D"),
                        "label": draw.choice(["a", "b"], 300),
                        "split": draw.choice(SPLITS, 300)})  # fmt: skip
    old.loc[:9, "x"] = [np.nan] * 5 + [-0.0] * 5
    new = old.copy()
    new.loc[5:9, "x"] = 0.0  # the same number
    new["n"] = new["n"].astype("float64")  # and another type
    new["when"] = new["when"].dt.tz_localize(None)
    new.loc[20:29, "label"] = "c"
    new.loc[30:34, "split"] = ["val" if s == "train" else "train" for s in new["split"][30:35]]
    new = new.iloc[:-7]
    found = between(freeze(old), freeze(new))
    assert told(found) == {"unchanged": 278, "moved": 5, "relabelled": 10, "removed": 7, "added": 0}
    assert found.schema["n"] == ["int64", "double"]


def test_drift_of_numbers_is_that_of_scipy_and_of_the_formula(freeze):
    draw = np.random.default_rng(4)
    a, b = draw.lognormal(1, 1, 3001).round(2), draw.lognormal(1.3, 1, 1999).round(2)
    b[:100] = np.nan
    made = [
        pd.DataFrame({"cost": x, "label": "a", "split": draw.choice(SPLITS, len(x))})
        for x in (a, b)
    ]
    (found,) = [d for d in between(freeze(made[0]), freeze(made[1])).drift if d["column"] == "cost"]
    there = b[~np.isnan(b)]
    assert found["distance"] == pytest.approx(ks_2samp(a, there).statistic, abs=1e-12)
    edges = np.quantile(a, np.arange(1, 10) / 10, method="inverted_cdf")
    p, q = (np.bincount(np.searchsorted(edges, x), minlength=10) + 0.5 for x in (a, there))
    p, q = p / p.sum(), q / q.sum()
    assert found["psi"] == pytest.approx(np.sum((q - p) * np.log(q / p)))
    assert (found["rows_before"], found["rows_after"]) == (3001, 1899)
    assert found["missing_after"] == pytest.approx(100 / 1999)
    assert found["by_chance"] < 0.1 < found["psi"] < 0.25
    assert found["verdict"] == "some drift"


def test_drift_of_values_and_of_text_length(freeze):
    old = frame([("ab" * i, "a", "train") for i in range(1, 101)])
    new = frame([("ab" * (i + 200), "ab"[i % 4 == 0], "train") for i in range(1, 101)])
    found = {one["column"]: one for one in between(freeze(old), freeze(new)).drift}
    assert found["length of text"]["distance"] == 1
    assert found["length of text"]["verdict"] == "drift"
    assert found["label"]["distance"] == pytest.approx(0.25)


def test_drift_of_lists_is_that_of_their_means_and_of_their_words(freeze):
    draw = np.random.default_rng(5)
    series = [draw.normal(place, 1, (60, 7)) for place in (0, 2)]
    made = [
        pd.DataFrame(
            {
                "v": list(x),
                "tags": [[tag, "O"]] * len(x),
                "label": "a",
                "split": draw.choice(SPLITS, 60),
            }
        )
        for x, tag in zip(series, ("B-PER", "B-LOC"), strict=True)
    ]
    found = {one["column"]: one for one in between(*map(freeze, made)).drift}
    expected = ks_2samp(*(x.mean(axis=1) for x in series)).statistic
    assert found["mean of v"]["distance"] == pytest.approx(expected, abs=1e-12)
    assert found["mean of v"]["rows_before"] == 60
    assert found["tags"]["distance"] == pytest.approx(0.5)
    assert found["tags"]["verdict"] == "drift"


def test_samples_of_one_population_do_not_drift():
    draw = np.random.default_rng(0)

    def sample(n):
        return np.bincount(draw.integers(0, 10, n), minlength=10).tolist()

    chance = drifting.psi_by_chance(10, 80, 60)
    above = [drifting.psi(sample(80), sample(60)) > chance for _ in range(2000)]
    assert 0.002 < np.mean(above) < 0.02  # one in a hundred is meant
    for free in (1, 5, 24):
        close = drifting.psi_by_chance(free + 1, 2, 2)
        assert close == pytest.approx(chi2.ppf(0.99, free), rel=0.02)


def test_what_was_declared_otherwise_is_told_and_equal_rows_are_not_compared(freeze):
    rows = frame([("x", "a", "train"), ("y", "b", "test")])
    source = {"split": "train", "name": "a.csv", "fingerprint": "1"}
    a = freeze(rows, digest="ab" * 16, declaration={"min_count": 5}, sources=[source])
    b = snapshot.Snapshot(
        a.folder,
        a.name,
        a.digest,
        {**a.manifest, "declaration": {"min_count": 0, "unicode": "nfkc", "checks": {}},
         "sources": [source | {"fingerprint": "2"}]},
    )  # fmt: skip
    found = between(a, b)
    assert found.same
    assert told(found)["unchanged"] == 2
    assert found.declaration == {"min_count": [5, 0], "unicode": [None, "nfkc"]}
    table = found.table()
    assert "the rows are the same" in table
    assert "min_count: 5 → 0" in table
    assert "a.csv, of other content" in table


def test_several_labels_in_a_row(freeze):
    old = pd.DataFrame({"text": ["x", "y"], "label": [["b", "a"], ["a"]], "split": "train"})
    new = pd.DataFrame({"text": ["x", "y"], "label": [["a", "b"], ["a", "c"]], "split": "train"})
    found = between(freeze(old), freeze(new))
    assert told(found) == {"unchanged": 1, "moved": 0, "relabelled": 1, "removed": 0, "added": 0}
    assert found.rows["labels"] == [("a", "a | c", 1)]


def test_hostile_columns_and_texts_are_compared_like_others(freeze):
    columns = ('q"; DROP TABLE old; --', "A", "a", "label", "split")
    old = pd.DataFrame([("'", "x", "[", "a", "train"), ("\x1f", "y", None, "a", "val")],
                       columns=columns)  # fmt: skip
    new = old.copy()
    new.loc[0, "a"] = "]"
    found = between(freeze(old), freeze(new))
    assert told(found) == {"unchanged": 1, "moved": 0, "relabelled": 0, "removed": 1, "added": 1}
    found.table()


def test_snapshots_without_a_column_in_common_have_no_row_in_common(freeze):
    rows = {"split": ["train", "train", "test"], "label": ["a", "b", "a"]}
    before = freeze(pd.DataFrame({**rows, "radius": [1.0, 2.0, 3.0]}))
    after = freeze(pd.DataFrame({**rows, "income": [1.0, 2.0, 3.0]}))
    found = between(before, after)
    assert told(found) == {"unchanged": 0, "moved": 0, "relabelled": 0, "removed": 3, "added": 3}
    assert found.rows["added"] == {"train": 2, "test": 1}
    assert "no row is in both" in found.table()
