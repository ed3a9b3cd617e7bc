from pathlib import Path

import pytest

from xinzhi.errors import StoreError
from xinzhi.tracking import database, locks


def test_locks_of_this_disk_hold(tmp_path):
    assert locks.locks_hold(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_keeps_nobody_out_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr("fcntl.lockf", lambda *_: None)  # says yes, and takes nothing
    assert not locks.locks_hold(tmp_path)


def test_a_file_system_without_locks_is_seen(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.lockf", refuse)
    assert not locks.locks_hold(tmp_path)


MOUNTS = """\
/dev/vda / ext4 rw 0 0
srv:/a /data nfs4 rw,vers=4.2 0 0
srv:/b /data/old nfs rw,nolock,local_lock=all 0 0
//srv/c /my\\040share cifs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind", "network", "local"),
    [
        ("/home/x", "ext4", False, False),
        ("/data/x/mlruns", "nfs4", True, False),
        ("/data/old/x", "nfs", True, True),
        ("/my share/x", "cifs", True, False),
        ("/database", "ext4", False, False),
    ],
)
def test_kind_of_file_system(folder, kind, network, local):
    assert locks.mount_of(Path(folder), MOUNTS)[0] == kind
    assert locks.is_network(Path(folder), MOUNTS) is network
    assert locks.locks_stay_local(Path(folder), MOUNTS) is local


def test_on_a_network_disk_whose_locks_hold_there_is_no_shared_memory(tmp_path, monkeypatch):
    import sqlite3
    from contextlib import closing

    monkeypatch.setattr(locks, "is_network", lambda *_: True)
    monkeypatch.setattr(database, "_migrate", lambda path, _: sqlite3.connect(path).close())
    database.ensure(tmp_path / "mlflow.db")
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    with pytest.raises(StoreError):  # and the probe is repeated each time
        database.ensure(tmp_path / "mlflow.db", probe=lambda _: False)


def test_too_little_room_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "_LEAST_FREE_BYTES", 2**62)
    with pytest.raises(StoreError, match="free disk"):
        database.ensure(tmp_path / "mlflow.db")
