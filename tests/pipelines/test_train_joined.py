"""A table of PostgreSQL and a CSV are joined, prepared and trained on by one command."""

import json

import pytest

from xinzhi.config.entry import start

SECRETS = (b"k4n4rie", b"Vogel")
QUERY = """
SELECT t.subject, t.body, c.segment, c.mail
FROM tickets t JOIN customers c ON t.customer = c.id
"""


@pytest.fixture
def company(postgres, place_store, tmp_path, monkeypatch):
    """A company's tickets in PostgreSQL, its customers in a file, and the query over both."""
    url = postgres.new()
    postgres.execute(
        "CREATE TABLE tickets AS SELECT n AS id, n % 30 AS customer, 'ticket ' || n AS subject, "
        "CASE n % 2 WHEN 0 THEN 'gold watch broke ' ELSE 'silver spoon lost ' END || n AS body "
        "FROM generate_series(1, 240) n",
        url.rpartition("/")[2],
    )
    customers = [f"{n},{('gold', 'silver')[n % 2]},person{n}@example.com" for n in range(30)]
    (tmp_path / "customers.csv").write_text("id,segment,mail\n" + "\n".join(customers) + "\n")
    (tmp_path / "join.sql").write_text(QUERY)
    place_store(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CRM_URL", url)
    return tmp_path


def test_a_joined_source_trains_and_no_secret_is_kept(company, capfd):
    words = [
        "experiment=text_classification",
        "name=segments",
        "data.train=join.sql",
        "data.sources={tickets: env:CRM_URL/tickets, customers: customers.csv}",
        "data.text=[subject,body]",
        "data.label=segment",
        "data.private={patterns: [email]}",
        "model=textcnn",
        "trainer=cpu",
        "trainer.max_epochs=3",
        "report=json",
    ]
    assert start("train", words) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["model_version"] == 1
    assert told["metrics"]["test/accuracy"] > 0.9  # the words give the segment away
    for file in company.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert not any(secret in content for secret in SECRETS), file
        assert b"person7@example.com" not in content or file.name == "customers.csv", file
