"""MLflow's tables say and take the same as its client does."""

import sqlite3
from contextlib import closing

import pytest
from decisions import promote

from xinzhi.errors import StoreError
from xinzhi.registry.registered import ClientRegistered
from xinzhi.registry.registered_tables import TableRegistered, open_registered
from xinzhi.tracking.store import address_of


@pytest.fixture
def both(kept, versions):
    """The client and the tables of a store with a model and another."""
    versions(kept, 3)
    versions(kept, 1, name="o'ther % _ model")
    tables = open_registered(kept)
    assert isinstance(tables, TableRegistered)  # else the revision of MLflow's database is another
    return ClientRegistered(kept), tables


def told(registered, name="reviews"):
    return registered.names(), registered.model(name), registered.versions(name)


def test_each_reads_what_the_other_wrote(both):
    for writes, tag in zip(both, ("client", "tables"), strict=True):
        writes.point("reviews", "champion", 2)
        writes.point("reviews", "champion", 3)
        writes.point("reviews", tag, 1)
        writes.point("reviews", "gone", 1)
        writes.remove("reviews", "gone")
        writes.remove("reviews", "never")
        writes.tag("reviews", {"by": tag, tag: "1"})
        writes.tag("reviews", {"by": f"{tag} 心智", "empty": ""}, 2)
        writes.describe("reviews", f"**{tag}**")
        writes.describe("reviews", f"version by {tag}", 3)
        client, tables = map(told, both)
        assert client == tables
        _, model, versions = client
        assert model.aliases["champion"] == 3
        assert model.tags["by"] == tag
        assert versions[1].tags["by"] == f"{tag} 心智"
        assert versions[2].description == f"version by {tag}"
    assert told(both[0], "o'ther % _ model") == told(both[1], "o'ther % _ model")
    assert [one.model("nowhere") for one in both] == [None, None]
    assert [one.versions("nowhere") for one in both] == [[], []]


def test_a_deleted_version_is_gone_in_both(both, kept):
    both[1].point("reviews", "champion", 2)
    kept.client.delete_model_version("reviews", "2")
    client, tables = map(told, both)
    assert client == tables
    assert [one.number for one in tables[2]] == [1, 3]
    assert tables[1].aliases == {}
    for registered in both:
        with pytest.raises(StoreError):
            registered.point("reviews", "champion", 2)


def test_a_text_is_kept_with_a_run(both, kept):
    run_id = both[0].versions("reviews")[0].run_id
    for registered, path in zip(both, ("receipts/1.json", "receipts/2.json"), strict=True):
        registered.keep(run_id, "内容", path)
        registered.keep("0" * 32, "of no run", path)
        got = kept.client.download_artifacts(run_id, path)
        with open(got, encoding="utf-8") as file:  # noqa: PTH123
            assert file.read() == "内容"


def test_of_another_revision_the_client_has_to_do_it(store):
    assert isinstance(open_registered(store), TableRegistered)
    with closing(sqlite3.connect(store.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'another'")
    assert isinstance(open_registered(store), ClientRegistered)


def test_a_store_that_is_not_there_is_not_made(tmp_path):
    assert isinstance(open_registered(address_of(f"sqlite:///{tmp_path}/x.db")), ClientRegistered)
    assert isinstance(open_registered(address_of("http://nowhere:1", tmp_path)), ClientRegistered)
    assert list(tmp_path.iterdir()) == []


def test_how_mlflow_journals_is_left_as_it_is(store_folder):
    store = address_of(folder=store_folder)
    with closing(sqlite3.connect(store.database)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    assert open_registered(store).names() == []
    with closing(sqlite3.connect(store.database)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_the_pages_are_the_same_whoever_writes_them(local):
    from xinzhi.registry.receipts import open_at
    from xinzhi.registry.rollback import rollback

    promote(local, 1)
    promote(local, 2, 1)
    rollback(open_at(local.store.uri), "reviews", text="by the tables")
    client = local.store.client
    shown = client.get_model_version("reviews", "1").description
    assert shown.startswith("Champion again on ")
    assert "by the tables" in shown
    assert "| ✓ main | +2 points |" in shown  # what it was judged by stays there
    assert client.get_model_version("reviews", "1").tags["decision"] == "champion again"
    assert client.get_registered_model("reviews").tags["head"].startswith("3 ")
    assert client.list_artifacts(local.runs[1], "receipts")[-1].path == "receipts/3.json"
