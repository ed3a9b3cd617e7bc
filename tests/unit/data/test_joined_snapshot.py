"""A table of PostgreSQL joined with a CSV becomes a snapshot; only a refresh asks again."""

import json

import pytest

from xinzhi.data import reuse
from xinzhi.data.declaration import Declaration

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
    assert made.manifest["sources"][0]["fingerprint"]["sources"]["tickets"] == {
        "database": "CRM_URL", "table": "tickets",
    }  # fmt: skip
    for file in (tmp_path / "cache").rglob("*"):
        assert not file.is_file() or not any(s in file.read_bytes() for s in SECRETS), file
    assert "CRM_URL" in json.dumps(made.manifest)

    shop("INSERT INTO tickets VALUES (201, 1, 'late', 'came late')")
    monkeypatch.setenv("CRM_URL", "not even asked")
    assert declared.prepare().digest == made.digest


def test_a_refresh_reads_again_and_a_sweep_once(shop, declared, monkeypatch):
    before = declared.prepare()
    shop("DELETE FROM tickets WHERE id > 100")
    assert declared.prepare(refresh=True).digest == before.digest  # of the same process
    monkeypatch.setattr(reuse, "_refreshed", set())
    assert declared.prepare().digest == before.digest
    after = declared.prepare(refresh=True)
    assert sum(after.counts.values()) == 95
    assert declared.prepare().digest == after.digest
