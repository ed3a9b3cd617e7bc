"""A table of PostgreSQL joined with a CSV becomes a snapshot; only a refresh asks again."""

import json
import os

import pytest

from xinzhi.data import reuse
from xinzhi.data.declaration import Declaration
from xinzhi.errors import DataError

SECRETS = (b"k4n4rie", b"Vogel", b"geheim99")
QUERY = """
SELECT t.subject, t.body, c.segment
FROM tickets t JOIN customers c ON t.customer = c.id
WHERE c.segment <> ''
"""


@pytest.fixture
def shop(postgres, tmp_path, monkeypatch):
    url = postgres.new()
    base = url.rpartition("/")[2]
    postgres.execute(
        "CREATE TABLE tickets AS SELECT n AS id, n % 20 AS customer, 'ticket ' || n AS subject, "
        "'门 does not close, door ' || n AS body FROM generate_series(1, 200) n",
        base,
    )
    customers = [f"{n},{('gold', 'silver')[n % 2]}" for n in range(19)]
    (tmp_path / "customers.csv").write_text("id,segment\n" + "\n".join(customers) + "\n19,\n")
    (tmp_path / "join.sql").write_text(QUERY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CRM_URL", url)
    return lambda statement: postgres.execute(statement, base)


@pytest.fixture
def declared():
    return Declaration(
        train="join.sql",
        sources={"tickets": "env:CRM_URL/tickets", "customers": "customers.csv"},
        text=["subject", "body"],
        label="segment",
    )


def test_the_join_is_frozen_without_a_secret(shop, declared, tmp_path, monkeypatch):
    made = declared.prepare()
    assert sum(made.counts.values()) == 190
    assert made.classes == ("gold", "silver")
    assert any("200 rows were read at" in note for note in made.manifest["notes"])
    mark = made.manifest["sources"][0]["fingerprint"]["sources"]["tickets"]
    assert mark == {"database": "CRM_URL", "address": mark["address"], "table": "tickets"}
    for file in (tmp_path / "cache").rglob("*"):
        assert not file.is_file() or not any(s in file.read_bytes() for s in SECRETS), file
    assert "CRM_URL" in json.dumps(made.manifest)

    shop("INSERT INTO tickets VALUES (201, 1, 'late', 'came late')")
    assert declared.prepare().digest == made.digest
    monkeypatch.delenv("CRM_URL")  # as on a machine that only trains
    assert declared.prepare().digest == made.digest
    monkeypatch.setattr(reuse, "_refreshed", set())
    with pytest.raises(DataError, match="CRM_URL must hold the address"):
        declared.prepare(refresh=True)


def test_rows_of_another_database_are_other_rows(shop, declared, postgres, monkeypatch):
    first = declared.prepare()
    here, there = os.environ["CRM_URL"], postgres.new(os.environ["CRM_URL"].rpartition("/")[2])
    postgres.execute("DELETE FROM tickets WHERE id > 100", there.rpartition("/")[2])
    monkeypatch.setenv("CRM_URL", there)
    second = declared.prepare()
    assert sum(second.counts.values()) == 95
    shop("DELETE FROM tickets")
    monkeypatch.setenv("CRM_URL", here)
    assert declared.prepare().digest == first.digest
    monkeypatch.delenv("CRM_URL")
    assert declared.prepare().digest == second.digest  # the last one that was read


@pytest.mark.parametrize("source", ["env:CRM_URL/tickets", "tickets.csv"])
def test_a_column_that_was_of_numbers_and_is_of_text(shop, source, tmp_path, monkeypatch):
    declared = Declaration(
        train=source, text="body", label="customer", schema={"id": {"type": "integer", "min": 1}}
    )

    def now(id_of_first):
        rows = [f"{id_of_first if n == 1 else n},{n % 20},door {n}" for n in range(1, 201)]
        (tmp_path / "tickets.csv").write_text("\n".join(["id,customer,body", *rows]) + "\n")

    now("1")
    made = declared.prepare()
    assert made.counts == {"train": 140, "val": 20, "test": 40}
    shop("ALTER TABLE tickets ALTER id TYPE text; UPDATE tickets SET id = 'T-1' WHERE id = '1'")
    now("T-1")
    monkeypatch.setattr(reuse, "_refreshed", set())
    with pytest.raises(DataError) as told:
        declared.prepare(refresh=True)
    message = str(told.value)
    assert f"{source}: 1 declared rule violated in 200 rows" in message
    assert "id must be of type integer: 1 row" in message
    assert 'id="T-1"' in message
    shop("ALTER TABLE tickets ALTER id TYPE date USING '2024-05-01'")
    if source.startswith("env:"):
        with pytest.raises(DataError, match=r"'id' must be of type integer .*it is date"):
            declared.prepare(refresh=True)


def test_a_refresh_reads_again_and_a_sweep_once(shop, declared, monkeypatch):
    before = declared.prepare()
    shop("DELETE FROM tickets WHERE id > 100")
    assert declared.prepare(refresh=True).digest == before.digest  # of the same process
    monkeypatch.setattr(reuse, "_refreshed", set())
    assert declared.prepare().digest == before.digest
    after = declared.prepare(refresh=True)
    assert sum(after.counts.values()) == 95
    assert declared.prepare().digest == after.digest
