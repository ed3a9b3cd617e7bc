"""Queries over named sources, on both engines."""

import sqlite3

import pytest

from xinzhi.data.engine import open_engine
from xinzhi.data.opened import Want
from xinzhi.data.private import protector
from xinzhi.data.queries import read_query
from xinzhi.data.sources import resolve
from xinzhi.errors import DataError

JOIN = """
SELECT t.text, c.segment AS label, c.weight, t.customer_id
FROM tickets AS t JOIN customers AS c ON t.customer_id = c.id
WHERE c.weight > 1.5 -- the light ones; are not wanted
"""
CUSTOMERS = "id,segment,weight,phone\n1,gold,2.5,007\n2,silver,1,123\n3,gold,,456\n4,1,9e1,\n"


@pytest.fixture
def named(tmp_path, monkeypatch):
    """A database with tickets, a CSV with customers; the query joins them."""
    path = tmp_path / "crm.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE tickets (text TEXT, customer_id INTEGER)")
        rows = [("门不关 🚪", 1), ("late", 2), ("loud", 3), ("wet", 4), (None, 1)]
        connection.executemany("INSERT INTO tickets VALUES (?, ?)", rows)
    connection.close()
    monkeypatch.setenv("CRM_URL", f"sqlite:///{path}")
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    (tmp_path / "join.sql").write_text(JOIN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return {"tickets": "env:CRM_URL/tickets", "customers": "customers.csv"}


@pytest.fixture
def ask(named, tmp_path):
    """Rows of a query over the two sources."""

    def ask(query=None, engine="duckdb", **want):
        if query is not None:
            (tmp_path / "join.sql").write_text(query)
        source = resolve({"train": "join.sql"}, offline=True, named=named)["train"]
        with open_engine(engine) as opened:
            return source.open(opened, Want(want.pop("columns", None), **want)).table.to_pyarrow()

    return ask


def in_order(table):
    return sorted(table.to_pylist(), key=str)


def test_a_table_is_joined_with_a_csv_whose_numbers_are_numbers(ask):
    table = ask(strings=frozenset({"label", "customer_id"}))
    assert in_order(table) == sorted(
        [
            {"text": "门不关 🚪", "label": "gold", "weight": 2.5, "customer_id": "1"},
            {"text": None, "label": "gold", "weight": 2.5, "customer_id": "1"},
            {"text": "wet", "label": "1", "weight": 90.0, "customer_id": "4"},
        ],
        key=str,
    )


def test_the_other_engine_gives_the_same(ask, spark):  # noqa: ARG001 - one session for all
    assert in_order(ask(engine="spark")) == in_order(ask())


def test_keys_with_leading_zeros_stay_what_they_are(ask):
    table = ask("SELECT phone FROM customers ORDER BY phone")
    assert sorted(table["phone"].to_pylist()) == ["", "007", "123", "456"]


def test_private_columns_are_hidden_once_before_and_renamed_ones_after(ask):
    def protect(batch):
        for name in ("segment", "label"):
            if name in batch.column_names:
                words = [f"<{word}>" for word in batch.column(name).to_pylist()]
                batch = batch.set_column(batch.column_names.index(name), name, [words])
        return batch

    kept = ask("SELECT segment FROM customers", protect=protect)
    assert kept["segment"].to_pylist()[0] == "<gold>"
    renamed = ask("SELECT upper(segment) AS label FROM customers", protect=protect)
    assert renamed["label"].to_pylist()[0] == "<<GOLD>>"


def test_what_a_query_makes_of_an_open_column_is_not_private(ask):
    own = protector({"who": "mask"}, None)
    with pytest.raises(DataError, match=r"data\.private\.who must name a column of a source"):
        ask("SELECT upper(segment) AS who FROM customers", protect=own)
    own = protector({"segment": "mask"}, None)
    table = ask("SELECT segment AS who, phone FROM customers ORDER BY phone", protect=own)
    assert set("".join(table["who"].to_pylist())) <= set("* ")


@pytest.mark.parametrize(
    ("query", "said", "candidates"),
    [
        ("SELECT * FROM ticket", "ticket does not exist", ("tickets",)),
        ("SELECT segmnt FROM customers", '"segmnt" not found', ("segment",)),
        ("SELEC 1", "begins with SELEC", ()),
        ("SELECT (1", "the query fails", None),
        ("DROP TABLE tickets", "begins with DROP", ()),
        ("SELECT CAST(segment AS INT) AS n FROM customers", "Could not convert", None),
        ("SELECT a.id, b.id FROM customers a, customers b", "it gives 'id' twice", ()),
        ("SELECT * FROM customers a, customers b", "it gives 'id' twice", ()),
    ],
)
def test_what_is_wrong_with_a_query_is_said(ask, query, said, candidates):
    with pytest.raises(DataError) as caught:
        ask(query)
    assert said in caught.value.message
    assert "join.sql" in caught.value.message
    if candidates is not None:
        assert caught.value.candidates[:1] == candidates


def test_a_column_that_the_query_does_not_give(ask):
    with pytest.raises(DataError, match="must have a column 'lable'") as caught:
        ask(columns=("lable",))
    assert caught.value.candidates == ("label",)


def test_the_fingerprint_follows_the_query_and_the_files(named, tmp_path):
    def mark():
        return resolve({"train": "join.sql"}, offline=True, named=named)["train"].fingerprint()

    first = mark()
    assert first["sources"]["tickets"].keys() == {"database", "address", "table"}
    (tmp_path / "customers.csv").write_text(CUSTOMERS + "5,gold,1,\n")
    second = mark()
    (tmp_path / "join.sql").write_text("SELECT 1 AS a")
    assert len({str(one) for one in (first, second, mark())}) == 3


def test_each_named_source_is_read_once_for_all_splits(named, monkeypatch):
    parts = {"train": "join.sql", "val": "join.sql", "test": None}
    found = resolve(parts, offline=True, named=named)
    opened = []
    kind = type(found["train"].named.sources["tickets"])
    original = kind.open
    monkeypatch.setattr(kind, "open", lambda *a: opened.append(1) or original(*a))
    with open_engine() as engine:
        for source in found.values():
            assert source.open(engine, Want(None)).table.count().execute() == 3
    assert opened == [1]


def test_names_and_files_that_cannot_be(named, tmp_path):
    with pytest.raises(DataError, match="was 'a b'") as caught:
        resolve({"train": "join.sql"}, offline=True, named={"a b": "customers.csv"})
    assert caught.value.candidates == ("a_b",)
    with pytest.raises(DataError, match=r"no file jion\.sql") as caught:
        resolve({"train": "jion.sql"}, offline=True, named=named)
    assert caught.value.candidates == ("join.sql",)
    (tmp_path / "a.sql").write_text("SELECT ';' AS \"a;b\" /* ; */ ; -- ;\n")
    assert read_query(tmp_path / "a.sql") == "SELECT ';' AS \"a;b\""
