"""What is no ledger is refused with the way out, and no password is shown."""

import os
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import update

from xinzhi.errors import StoreError
from xinzhi.sweeping.ledger import tables
from xinzhi.sweeping.ledger.database import Database, NoLedgerError
from xinzhi.sweeping.ledger.ledger import Ledger
from xinzhi.tracking import locks

SERVER = "sweep.ledger=postgresql://USER:PASSWORD@HOST/DATABASE"
SECRETS = ("k4n4rie", "Vogel")


def test_a_folder_whose_locks_do_not_hold_is_refused_with_the_way_out(tmp_path):
    with pytest.raises(StoreError, match="locks hold") as caught:
        Database(tmp_path / "sweeps.db", probe=lambda _: False)
    assert SERVER in caught.value.mend
    assert list(tmp_path.iterdir()) == []


def test_locks_of_a_network_folder_are_probed_though_the_ledger_is_there(tmp_path, monkeypatch):
    Ledger.open(tmp_path / "sweeps.db").close()
    Database(tmp_path / "sweeps.db", probe=lambda _: False).engine.dispose()  # a local disk
    mounts = f"server:/export {tmp_path} nfs4 rw 0 0"
    kind = locks.mount_of(tmp_path, mounts)
    monkeypatch.setattr(locks, "mount_of", lambda *_: kind)
    with pytest.raises(StoreError, match="kind nfs4"):
        Database(tmp_path / "sweeps.db", probe=lambda _: False)


def test_locks_that_stay_on_one_machine_do_not_count(tmp_path, monkeypatch):
    kind = ("nfs", frozenset({"nolock"}))
    monkeypatch.setattr(locks, "mount_of", lambda *_: kind)
    with pytest.raises(StoreError, match="locks hold"):
        Database(tmp_path / "sweeps.db", probe=lambda _: True)


def test_a_network_folder_whose_locks_hold_shares_no_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "mount_of", lambda *_: ("nfs4", frozenset()))
    Ledger.open(tmp_path / "sweeps.db").close()
    with closing(sqlite3.connect(tmp_path / "sweeps.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_local_ledger_lets_readers_and_a_writer_work_at_once(tmp_path):
    Ledger.open(tmp_path / "sweeps.db").close()
    with closing(sqlite3.connect(tmp_path / "sweeps.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_what_is_not_there_is_said_and_not_made(place, tmp_path):
    with pytest.raises(NoLedgerError, match="no sweep was begun here") as caught:
        Ledger.open(place, create=False)
    assert not any(secret in str(caught.value) for secret in SECRETS)
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_of_another_version_is_refused(ledger, place):
    about = tables.about
    ledger.database.write(lambda c: c.execute(update(about).values(value="99")))
    for create in (True, False):
        with pytest.raises(StoreError, match=r"must have the schema 1, it has 99"):
            Ledger.open(place, create=create)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("noise.db", os.urandom(4096), "damaged"),
        ("empty.db", b"", None),
        (".", None, "is a folder"),
    ],
)
def test_other_files(tmp_path, name, content, said):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    if said is None:
        Ledger.open(path).close()
        return
    with pytest.raises(StoreError, match=said):
        Ledger.open(path)


def test_a_path_may_have_any_signs(tmp_path):
    path = tmp_path / "a b" / "50% #1?x=y 心智.db"
    Ledger.open(path).close()
    assert path.exists()
    Ledger.open(f"sqlite:///{path}", create=False).close()


def test_an_address_of_another_kind_is_refused_without_its_password():
    with pytest.raises(StoreError, match="path of a file or postgresql") as caught:
        Ledger.open("mysql://ana:k4n4rieVogel@host/db")
    assert not any(secret in str(caught.value) for secret in SECRETS)


def test_a_server_that_refuses_or_does_not_answer_is_said_without_the_password(
    postgres, monkeypatch
):
    monkeypatch.setattr("xinzhi.tracking.ledger_database._OPENING_S", 0.1)
    wrong = postgres.url("postgres", password="k4n4rieVogel")  # noqa: S106
    away = postgres.url("postgres").replace(str(postgres.port), "1")
    none = postgres.url("nowhere")
    for address, said in (
        (wrong, "refuses"),
        (away, "does not answer"),
        (none, "no such database"),
    ):
        with pytest.raises(StoreError, match=said) as caught:
            Ledger.open(address)
        told = f"{caught.value} {caught.value.__cause__!r}"
        assert "tracking" not in str(caught.value)
        assert not any(secret in told for secret in SECRETS)
        assert "sweep.ledger" in caught.value.mend


def test_an_address_that_is_none_is_said_without_its_password():
    with pytest.raises(StoreError) as caught:
        Ledger.open("postgresql://ana:k4n4rieVogel@host:port/db")
    assert not any(secret in str(caught.value) for secret in SECRETS)


def test_the_place_is_shown_without_the_password(postgres):
    address = postgres.new()
    ledger = Ledger.open(address.replace("postgresql:", "postgres:"))
    assert "127.0.0.1" in ledger.place
    assert not any(secret in f"{ledger.place} {ledger!r}" for secret in SECRETS)
    ledger.close()


def test_sessions_that_a_server_ends_cost_nothing(postgres, sweep, jobs):
    address = postgres.new()
    ledger = Ledger.open(address)
    ledger.create(sweep(), jobs(number=2))
    name = address.rpartition("/")[2]
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608

    ends = iter([end])

    def cut_off(connection):
        for statement in ends:  # the first time alone
            postgres.execute(statement)
        return connection.exec_driver_sql("SELECT 7").scalar()

    assert ledger.database.write(cut_off) == 7
    postgres.execute(end)
    assert ledger.claim("first", "w", lease_s=60).number == 0
    ledger.close()


def test_a_ledger_may_lie_beside_mlflow(store, sweep, jobs):
    ledger = Ledger.open(store.database)
    ledger.create(sweep(), jobs())
    assert ledger.counts("first")["waiting"] == 3
    assert store.client.search_experiments(max_results=1)
    ledger.close()


def test_a_forked_process_has_connections_of_its_own(ledger, sweep, jobs):
    ledger.create(sweep(), jobs(number=2))
    child = os.fork()
    if child == 0:
        job = ledger.claim("first", "child", lease_s=60)
        os._exit(0 if job is not None and job.number == 0 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert ledger.claim("first", "w", lease_s=60).number == 1


def test_a_ledger_that_may_not_be_written_is_said(tmp_path, monkeypatch):
    Ledger.open(tmp_path / "sweeps.db").close()

    def refuse(*_, **__):
        raise sqlite3.OperationalError("attempt to write a readonly database")

    monkeypatch.setattr(Database, "_prepare", refuse)
    with pytest.raises(StoreError, match="the ledger store must be writable"):
        Ledger.open(tmp_path / "sweeps.db")
