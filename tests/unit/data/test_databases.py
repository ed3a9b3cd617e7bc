"""Tables and queries of real databases: types, what is wrong, and no secrets."""

import logging
import sqlite3
import sys
import traceback
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from xinzhi.data import connections, databases
from xinzhi.data.engine import open_engine
from xinzhi.data.opened import Want
from xinzhi.data.sources import resolve
from xinzhi.errors import DataError

SECRETS = ("k4n4rie", "Vogel", "geheim99")
ALL = Want(None)
MADE = """
CREATE TABLE tickets (
    id bigint, "Betreff" text, priority smallint, cost numeric(10, 2), share double precision,
    open boolean, at timestamptz, local timestamp, due date, tags text[], more jsonb, mark uuid,
    nothing integer);
INSERT INTO tickets VALUES
    (1, '门 🚪', 3, 12.30, 0.5, true, '2024-05-01 12:00:00+02', '2024-05-01 12:00:00', '2024-05-02',
     '{a,b}', '{"k": 1}', '6f1e1c1e-0000-4000-8000-000000000001', NULL),
    (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE VIEW urgent AS SELECT * FROM tickets WHERE priority > 2;
CREATE SCHEMA sales; CREATE TABLE sales.orders (id int, amount text);
INSERT INTO sales.orders SELECT n, (n % 3)::text FROM generate_series(1, 25000) AS n;
"""
END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"


@pytest.fixture(scope="session")
def filled(postgres):
    url = postgres.new()
    postgres.execute(MADE, url.rpartition("/")[2])
    return url


@pytest.fixture
def crm(filled, monkeypatch):
    monkeypatch.setenv("CRM_URL", filled)
    monkeypatch.setenv("XINZHI_SOURCE_URL", filled)
    return filled.rpartition("/")[2]


@pytest.fixture
def rows():
    """What a source gives, computed."""

    def rows(spec, want=ALL):
        source = resolve({"train": str(spec)}, offline=True)["train"]
        with open_engine() as engine:
            return source.open(engine, want).table.to_pyarrow()

    return rows


@pytest.fixture
def refused(rows, caplog):
    """The error that a source ends with; it and what led to it say no secret."""

    def refused(spec, want=ALL):
        with caplog.at_level(logging.DEBUG), pytest.raises(DataError) as caught:
            rows(spec, want)
        lines = traceback.format_exception(caught.value)
        said = "".join(lines) + caplog.text + repr(caught.value.__context__)
        assert not any(secret in said for secret in SECRETS), said
        return caught.value

    return refused


@pytest.fixture
def query(tmp_path):
    def query(text, name="tickets.sql"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return query


@pytest.mark.usefixtures("crm")
def test_columns_keep_their_types(rows):
    table = rows("env:CRM_URL/tickets").sort_by("id")
    assert {field.name: str(field.type) for field in table.schema} == {
        "id": "int64", "Betreff": "string", "priority": "int64", "cost": "double",
        "share": "double", "open": "bool", "at": "timestamp[us, tz=UTC]",
        "local": "timestamp[us]", "due": "date32[day]", "tags": "list<l: string>",
        "more": "string", "mark": "string", "nothing": "int64",
    }  # fmt: skip
    first, second = table.to_pylist()
    assert first == {
        "id": 1, "Betreff": "门 🚪", "priority": 3, "cost": 12.3, "share": 0.5, "open": True,
        "at": datetime(2024, 5, 1, 10, tzinfo=UTC), "local": datetime(2024, 5, 1, 12),
        "due": date(2024, 5, 2), "tags": ["a", "b"], "more": '{"k": 1}',
        "mark": "6f1e1c1e-0000-4000-8000-000000000001", "nothing": None,
    }  # fmt: skip
    assert set(second.values()) == {2, None}


@pytest.mark.usefixtures("crm")
def test_what_is_to_be_a_string_has_one_spelling(rows):
    names = ("priority", "cost", "open", "at", "due")
    table = rows("env:CRM_URL/urgent", Want(names, frozenset(names)))
    assert table.to_pylist() == [
        {"priority": "3", "cost": "12.3", "open": "true", "at": "2024-05-01 10:00:00+00:00",
         "due": "2024-05-02"}
    ]  # fmt: skip


@pytest.mark.usefixtures("crm")
def test_many_rows_of_a_schema_come_in_batches(rows, monkeypatch):
    seen = []
    typed = databases._typed
    monkeypatch.setattr(databases, "_typed", lambda v, c: seen.append(len(v)) or typed(v, c))
    table = rows("env:CRM_URL/sales.orders")
    assert sorted(table["id"].to_pylist()) == list(range(1, 25_001))
    assert max(seen) == 10_000


@pytest.mark.usefixtures("crm")
def test_private_values_are_hidden_before_a_batch_is_written(rows):
    def protect(batch):
        return batch.drop_columns(["Betreff"])

    assert "Betreff" not in rows("env:CRM_URL/tickets", Want(None, protect=protect)).column_names


@pytest.mark.usefixtures("crm")
def test_a_query_runs_with_its_own_percent_signs_and_colons(rows, query):
    path = query(
        "-- a comment; with a semicolon\n"
        "SELECT id, \"Betreff\" AS text, ':x %s' AS note FROM tickets "
        "WHERE \"Betreff\" LIKE '%门%' AND at > '2024-01-01 00:00:00'::timestamptz;\n"
    )
    assert rows(path).to_pylist() == [{"id": 1, "text": "门 🚪", "note": ":x %s"}]
    with_cte = query("WITH t AS (SELECT id FROM tickets) SELECT count(*) AS n FROM t", "n.sql")
    assert rows(with_cte).to_pylist() == [{"n": 2}]


@pytest.mark.usefixtures("crm")
def test_a_fingerprint_is_query_and_database_and_needs_no_connection(query, monkeypatch):
    path = query("SELECT 1 AS a")

    def mark(source):
        return resolve({"train": str(source)}, offline=True)["train"].fingerprint()

    table, asked = mark("env:CRM_URL/tickets"), mark(path)
    address = table.pop("address")
    assert table == {"database": "CRM_URL", "table": "tickets"}
    assert asked == {
        "database": "XINZHI_SOURCE_URL", "address": address, "query": "SELECT 1 AS a"
    }  # fmt: skip
    path.write_text("SELECT 2 AS a")
    assert mark(path) != asked
    monkeypatch.delenv("CRM_URL")
    assert mark("env:CRM_URL/tickets") == table


def test_a_database_is_known_by_its_place_and_not_by_who_asks(monkeypatch, tmp_path):
    def known(url):
        monkeypatch.setenv("CRM_URL", url)
        return connections.identity("CRM_URL")

    first = known("postgresql://ana:geheim99@host/crm")
    assert known("postgres://bob:other@host/crm?password=geheim99") == first
    others = ["host/crm2", "host2/crm", "host:5433/crm", "/crm?host=host2"]
    found = {known(f"postgresql://ana:geheim99@{other}") for other in others}
    assert len(found | {first}) == 5
    monkeypatch.chdir(tmp_path)
    assert known("sqlite:///a.db") == known(f"sqlite:///{tmp_path}/a.db")
    assert known("no address") is None


@pytest.mark.parametrize(
    ("number", "said", "told"),
    [
        (1044, "Access denied for user 'ana'@'%' to database 'crn'", "no such database or user"),
        (1049, "Unknown database 'crn'", "no such database or user"),
        (1045, "Access denied for user 'ana'@'h' (using password: YES)", "refuses the user or"),
        (1142, "SELECT command denied to user 'ana'@'h' for table 't'", "may not read this"),
    ],
)
def test_what_mysql_says_is_understood(number, said, told):
    from pymysql.err import OperationalError

    said = connections._said(OperationalError(number, said))
    assert told in str(connections._explained(said, "CRM_URL", "t"))


@pytest.mark.usefixtures("crm")
def test_a_missing_table_or_column_names_the_near_one(refused, query):
    error = refused("env:CRM_URL/ticket")
    assert "no table 'ticket'; its tables: sales.orders, tickets, urgent" in error.message
    assert error.candidates == ("tickets",)
    assert refused("env:CRM_URL/sales.order").candidates == ("sales.orders",)
    assert refused("env:CRM_URL/orders").candidates == ("sales.orders",)
    error = refused("env:CRM_URL/tickets", Want(("id", "betreff")))
    assert "must have a column 'betreff'" in error.message
    assert error.candidates == ("Betreff",)
    error = refused(query("SELECT * FROM tickts"))
    assert 'relation "tickts" does not exist' in error.message
    assert error.candidates == ("tickets",)
    error = refused(query("SELECT prioriti FROM tickets"))
    assert 'column "prioriti" does not exist' in error.message
    assert error.candidates == ("priority",)
    error = refused(query("SELECT priority FROM tickets"), Want(("priorty",)))
    assert error.candidates == ("priority",)
    assert "'id' twice" in refused(query("SELECT id, id FROM tickets")).message


@pytest.mark.usefixtures("crm")
def test_a_query_that_writes_is_refused(refused, query, rows):
    for text, said in [
        ("DELETE FROM tickets", "begins with DELETE"),
        ("/* SELECT */ insert into tickets select 1", "begins with insert"),
        ("SELECT 1; DROP TABLE tickets", "several"),
        ("", "it is empty"),
        ("-- nothing", "it is empty"),
        ("COPY tickets TO '/tmp/x'", "begins with COPY"),
    ]:
        assert said in refused(query(text)).message
    for text in [
        "WITH gone AS (DELETE FROM tickets RETURNING id) SELECT * FROM gone",
        "SELECT setval(pg_get_serial_sequence('x', 'y'), 1)",
        "SELECT * INTO copied FROM tickets",
    ]:
        refused(query(text))
    assert len(rows("env:CRM_URL/tickets")) == 2


def test_a_column_that_changed_its_type_is_read_as_it_is_now(postgres, monkeypatch, rows):
    url = postgres.new()
    base = url.rpartition("/")[2]
    monkeypatch.setenv("CRM_URL", url)
    postgres.execute("CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 1)", base)
    want = Want(("a", "b"), frozenset("b"))
    assert rows("env:CRM_URL/t", want).schema.types == [pa.int64(), pa.string()]
    postgres.execute("ALTER TABLE t ALTER a TYPE text, ALTER b TYPE numeric(5, 2)", base)
    changed = rows("env:CRM_URL/t", want)
    assert changed.schema.types == [pa.string(), pa.string()]
    assert changed.to_pylist() == [{"a": "1", "b": "1"}]


def test_a_variable_that_is_not_set_is_named_and_never_its_value(refused, monkeypatch, query):
    monkeypatch.delenv("XINZHI_SOURCE_URL", raising=False)
    monkeypatch.setenv("CRM_URL", "geheim99-but-no-address")
    assert "CRM_URL must hold an address of the form" in refused("env:CRM_URL/t").message
    monkeypatch.setenv("CRM_URL", "oracle://ana:geheim99@h/db")
    assert "begins with oracle" in refused("env:CRM_URL/t").message
    monkeypatch.setenv("CRM_URL", "postgresql://ana:k4n4rie/Vogel#@h:port/db")
    refused("env:CRM_URL/t")
    error = refused("env:CRM_ULR/t")
    assert "CRM_ULR must hold the address of a database, it is not set" in error.message
    assert error.candidates == ("CRM_URL",)
    assert "export CRM_ULR=" in error.mend
    assert "XINZHI_SOURCE_URL" in refused(query("SELECT 1")).message
    assert "must be given as env:VARIABLE/TABLE" in refused("env:CRM_URL").message


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"password": "geheim99"}, "refuses the user or the password in CRM_URL"),
        ({"user": "bob", "password": "geheim99"}, "refuses the user or the password in CRM_URL"),
        ({"database": "nowhere"}, "no such database or user"),
    ],
)
def test_what_the_server_refuses_is_said(postgres, monkeypatch, refused, place, said):
    monkeypatch.setenv("CRM_URL", postgres.url(**({"database": "postgres"} | place)))
    error = refused("env:CRM_URL/t")
    assert said in error.message
    assert "CRM_URL" in error.mend


def test_a_table_that_one_may_not_read(postgres, crm, monkeypatch, refused):
    postgres.execute("CREATE ROLE reader LOGIN PASSWORD 'geheim99'")
    monkeypatch.setenv("CRM_URL", postgres.url(crm, "reader", "geheim99"))
    error = refused("env:CRM_URL/tickets")
    assert "may not read" in error.message
    assert "GRANT SELECT" in error.mend


def test_a_server_that_is_away_and_a_password_written_as_it_is(monkeypatch, refused):
    monkeypatch.setenv("CRM_URL", "postgresql://ana:geheim99@127.0.0.1:9/x")
    assert "does not answer" in refused("env:CRM_URL/t").message
    monkeypatch.setenv("CRM_URL", "postgresql://ana:k4n4rie@Vogel.invalid/geheim99@127.0.0.1/x")
    assert "%40" in refused("env:CRM_URL/t").mend


def test_a_connection_that_breaks_while_rows_are_read(postgres, crm, monkeypatch, refused):
    typed, calls = databases._typed, []

    def breaking(values, code):
        calls.append(len(values))
        if calls.count(10_000) == 1:
            postgres.execute(END_SESSIONS.format(crm))
        return typed(values, code)

    monkeypatch.setattr(databases, "_typed", breaking)
    error = refused("env:CRM_URL/sales.orders")
    assert "the connection to the database in CRM_URL broke" in error.message


@pytest.mark.parametrize(
    ("module", "url", "mend"),
    [
        ("psycopg", "postgresql://ana:geheim99@h/x", "pip install 'xinzhi[postgresql]'"),
        ("pymysql", "mysql://ana:geheim99@h/x", "pip install 'xinzhi[mysql]'"),
    ],
)
def test_a_missing_driver_names_the_extra(monkeypatch, refused, module, url, mend):
    monkeypatch.setitem(sys.modules, module, None)  # as Python treats what is not there
    monkeypatch.setenv("CRM_URL", url)
    assert refused("env:CRM_URL/t").mend == mend


@pytest.fixture
def sqlite(tmp_path, monkeypatch):
    path = tmp_path / "büro.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE tickets (id INTEGER, text TEXT, cost REAL, code)")
        rows = [(1, "a", 1.5, 7), (2, "b", None, "n/a"), (3, None, 2.0, 7.0)]
        connection.executemany("INSERT INTO tickets VALUES (?, ?, ?, ?)", rows)
    connection.close()
    monkeypatch.setenv("SHOP", f"sqlite:///{path}")
    monkeypatch.setenv("XINZHI_SOURCE_URL", f"sqlite:///{path}")
    return path


@pytest.mark.usefixtures("sqlite")
def test_sqlite_whose_columns_hold_anything(rows):
    assert rows("env:SHOP/tickets").sort_by("id").to_pydict() == {
        "id": [1, 2, 3], "text": ["a", "b", None], "cost": [1.5, None, 2.0],
        "code": ["7", "n/a", "7"],
    }  # fmt: skip


@pytest.mark.usefixtures("sqlite")
def test_what_sqlite_refuses(refused, query, rows, monkeypatch, tmp_path):
    assert refused("env:SHOP/ticket").candidates == ("tickets",)
    assert refused(query("SELECT * FROM tickts")).candidates == ("tickets",)
    error = refused(query("WITH a AS (SELECT 1) DELETE FROM tickets"))
    assert "must only read" in error.message
    assert len(rows("env:SHOP/tickets")) == 3
    monkeypatch.setenv("SHOP", f"sqlite:///{tmp_path}/buro.db")
    assert refused("env:SHOP/tickets").candidates == ("büro.db",)
    (tmp_path / "büro.db").write_bytes(b"no database at all" * 100)
    monkeypatch.setenv("SHOP", f"sqlite:///{tmp_path}/büro.db")
    assert "no SQLite database" in refused("env:SHOP/tickets").message
