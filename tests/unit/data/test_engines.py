"""DuckDB and Spark make the same snapshot of the same rows, hostile ones included."""

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xinzhi.data.declaration import Declaration

SHANGHAI = dt.timezone(dt.timedelta(hours=8))
HOSTILE = [
    "ﬁne ① ﾃｽﾄ", "fine 1 テスト", "e\u0301te\u0301", "été", "👩‍👩‍👧 family", "🇨🇳", "a\u200bb",
    "\x00nul", "  trim\u3000", "tab\there", "quote ' \" \\ end", "名字", "ß", "SS", "ı", "İ",
    "n;", "s1:a", "NULL", "nan", "-0.0", "", "   ", None, "\u202ertl",
    "한글", "\u1112\u1161\u11ab글", "A" * 5000, "%s {}", "x\r\ny",
]  # fmt: skip


def table(n=60):
    """Rows with duplicates, conflicts, rare labels, gaps, and values that engines print apart."""
    texts = [*HOSTILE, *(f"row {i}" for i in range(n)), *HOSTILE[:5], "clash", "clash"]
    size = len(texts)
    labels = [("x", "y", "z")[i % 3] for i in range(size - 2)] + ["x", "y"]
    labels[40] = "rare"
    labels[41] = None
    floats = [(0.0, -0.0, float("nan"), None, 1e300, 0.1, 1 / 3, 1e-7)[i % 8] for i in range(size)]
    whole = [(2**62, -(2**63), None, 0, 7)[i % 5] for i in range(size)]
    moments = [
        dt.datetime(2024, 1, 1 + i % 28, i % 24, tzinfo=(dt.UTC, SHANGHAI)[i % 2]).astimezone(
            dt.UTC
        )
        for i in range(size)
    ]
    return pa.table(
        {
            "text": pa.array(texts, pa.string()),
            "label": pa.array(labels, pa.string()),
            "several": pa.array([["a", "b"], ["b"], [], None, ["c", None, " a"]][i % 5]
                                for i in range(size)),
            "number": pa.array(floats, pa.float64()),
            "whole": pa.array(whole, pa.int64()),
            "yes": pa.array([(True, False, None)[i % 3] for i in range(size)]),
            "at": pa.array(moments, pa.timestamp("us", "UTC")),
            "day": [m.isoformat() for m in moments],
            "machine": [f"m{i % 9}" for i in range(size)],
        }
    )  # fmt: skip


DECLARED = {
    "nfkc": {"text": "text", "label": "label", "unicode": "nfkc"},
    "nfc": {"text": ["text", "machine"], "label": "label", "unicode": "nfc", "conflicts": "drop"},
    "time": {"text": "text", "label": "label", "split": "time", "time": "day"},
    "group": {"text": "text", "label": "label", "split": "group", "group": "machine"},
    "hash": {"text": "text", "label": "label", "split": "hash", "key": "machine", "rare": "other"},
    "several": {"text": "text", "label": "several", "multilabel": "|", "limit": 40},
    "table": {
        "text": None, "label": "label", "ignore": ["several", "day"],
        "outliers": {"whole": [-(2.0**63), 2.0**62]}, "missing": {"number": "mean", "yes": "mode"},
    },
    "unlabelled table": {"text": None, "features": ["number", "whole", "at", "several", "yes"]},
}  # fmt: skip


@pytest.fixture
def prepared(monkeypatch, tmp_path):
    """Prepares the table on an engine, in a cache of its own."""

    def prepare(engine, declared, rows):
        path = tmp_path / f"{engine}.parquet"
        pq.write_table(rows, path)
        monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / f"cache-{engine}"))
        keys = {"max_dropped": 0.9, "min_count": 3} | declared
        return Declaration(train=str(path), engine=engine, **keys).prepare()

    return prepare


def told(snapshot):
    """What must be alike: rows in their order as text (NaN and 0.0 by sign), types, steps."""
    rows = {name: snapshot.table(name) for name in ("train", "val", "test")}
    kept = ("steps", "counts", "class_counts", "columns", "fitted", "examples", "warnings")
    return (
        {name: [repr(row) for row in found.to_pylist()] for name, found in rows.items()},
        {key: snapshot.manifest[key] for key in kept},
        snapshot.digest,
    )


@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize("name", DECLARED)
def test_both_engines_make_the_same_snapshot(prepared, name):
    one, two = (prepared(engine, DECLARED[name], table()) for engine in ("duckdb", "spark"))
    assert told(one) == told(two)
    assert one.manifest["engine"] == "duckdb"
    assert two.manifest["engine"] == "spark"


@pytest.mark.parametrize("name", DECLARED)
def test_the_order_of_rows_makes_no_difference(prepared, name, tmp_path):
    rows = table()
    one = prepared("duckdb", DECLARED[name], rows)
    mixed = rows.take(pa.array(range(rows.num_rows - 1, -1, -1)))
    (tmp_path / "cache-duckdb").rename(tmp_path / "cache-before")
    two = prepared("duckdb", DECLARED[name], mixed)
    assert one.digest == two.digest


def test_unicode_forms_merge_what_looks_alike(prepared):
    counted = {}
    for form in ("none", "nfc", "nfkc"):
        declared = {"text": "text", "label": "machine", "unicode": form, "min_count": 1}
        rows = pa.table(
            {
                "text": ["é", "e\u0301", "ﬁ", "fi", "other", "more", "and", "on"],
                "machine": list("aabbabab"),
            }
        )
        counted[form] = sum(prepared("duckdb", declared, rows).counts.values())
    assert counted == {"none": 8, "nfc": 7, "nfkc": 6}
