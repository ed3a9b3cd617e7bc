import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from xinzhi.errors import StoreError
from xinzhi.tracking import relocation
from xinzhi.tracking.store import open_store

OPEN_AND_WRITE = """
import sys
from pathlib import Path
from xinzhi.tracking.store import open_store
store = open_store(folder=Path(sys.argv[1]))
experiment = store.experiment("all together")
run = store.client.create_run(experiment)
store.client.log_metric(run.info.run_id, "number", float(sys.argv[2]))
print(experiment)
"""


def python(code, *arguments, before=(), **options):
    return subprocess.Popen(  # noqa: S603
        [*before, sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_eight_processes_start_together_on_an_empty_folder(tmp_path):
    folder = tmp_path / "空 folder" / "mlruns"
    started = [python(OPEN_AND_WRITE, folder, number, cwd=tmp_path) for number in range(8)]
    ended = [(process.communicate(timeout=300), process.returncode) for process in started]
    assert [code for _, code in ended] == [0] * 8, [error for (_, error), _ in ended]
    assert len({out.strip() for (out, _), _ in ended}) == 1  # one experiment, not eight
    store = open_store(folder=folder)
    runs = store.client.search_runs([store.experiment("all together")])
    assert sorted(run.data.metrics["number"] for run in runs) == [float(n) for n in range(8)]
    assert {path.name for path in tmp_path.iterdir()} == {"空 folder"}  # nothing beside it


def test_database_is_in_wal_mode_and_artifacts_are_absolute(store, store_folder):
    with closing(sqlite3.connect(store_folder / "mlflow.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    experiment = store.client.get_experiment(store.experiment("客服 a/b"))
    assert Path(experiment.artifact_location).is_relative_to(store_folder / "artifacts")
    assert store.uri == f"sqlite:///{store_folder}/mlflow.db"


def test_address_from_the_environment_and_relative_to_the_project(store, store_folder, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    assert open_store().uri == store.uri
    assert open_store().folder == store_folder
    relative = open_store("sqlite:///mlflow.db", store_folder)
    assert relative.uri == store.uri


def test_a_plain_folder_is_refused_with_the_way_out(tmp_path):
    with pytest.raises(StoreError, match="migrate-filestore"):
        open_store(str(tmp_path))


def test_a_server_that_is_away_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(StoreError, match="does not answer") as caught:
        open_store("http://user:geheim99@127.0.0.1:9", tmp_path)
    assert "geheim99" not in str(caught.value)


def test_a_database_server_that_is_away_is_said_at_once(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pymysql", SimpleNamespace())
    with pytest.raises(StoreError, match="must take connections") as caught:
        open_store("mysql://ana:geheim99@127.0.0.1:9/x", tmp_path)
    assert "geheim99" not in str(caught.value)


def test_a_missing_driver_is_named(tmp_path):
    with pytest.raises(StoreError, match="pip install 'nodriver'"):
        open_store("mysql+nodriver://ana@127.0.0.1:9/x", tmp_path)


def test_locks_that_do_not_hold_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(StoreError, match="postgresql://") as caught:
        open_store(folder=tmp_path / "mlruns", probe=lambda _: False)
    assert "locks" in str(caught.value)
    assert not (tmp_path / "mlruns" / "mlflow.db").exists()


def test_a_locked_database_is_said_in_time(store_folder):
    with closing(sqlite3.connect(store_folder / "mlflow.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        with pytest.raises(StoreError, match="locked by another process"):
            open_store(folder=store_folder, timeout_s=0.1)
        assert time.monotonic() - began < 5
        other.execute("ROLLBACK")
    assert open_store(folder=store_folder)


def test_a_damaged_database_is_said(store_folder):
    (store_folder / "mlflow.db").write_bytes(b"this is not a database at all" * 200)
    with pytest.raises(StoreError, match="damaged or is not a database"):
        open_store(folder=store_folder)


OPEN = """
import sys
from pathlib import Path
from xinzhi.errors import StoreError
from xinzhi.tracking.store import open_store
try:
    open_store(folder=Path(sys.argv[1]))
except StoreError as error:
    print(error)
"""
# root may write anywhere, unless it gives that capability away
HUMBLE = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"]


@pytest.mark.skipif(os.getuid() == 0 and not shutil.which("setpriv"), reason="root writes anywhere")
@pytest.mark.parametrize("made", [True, False])
def test_read_only_mlruns(store_folder, made):
    if made:
        (store_folder / "mlflow.db").chmod(0o444)
    else:
        (store_folder / "mlflow.db").unlink()
    store_folder.chmod(0o555)
    process = python(OPEN, store_folder, before=HUMBLE if os.getuid() == 0 else ())
    out, error = process.communicate(timeout=120)
    store_folder.chmod(0o755)
    assert "must be writable" in out, error
    assert "chmod" in out


def _small_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))


def test_a_disk_that_fills_up_leaves_no_half_database(tmp_path):
    process = python(OPEN, tmp_path / "mlruns", preexec_fn=_small_files)
    out, error = process.communicate(timeout=120)
    assert "full" in out, error
    assert not (tmp_path / "mlruns" / "mlflow.db").exists()
    assert open_store(folder=tmp_path / "mlruns")  # and with room again it is made


def test_a_moved_store_says_how_to_mend_it_and_is_mended(store, store_folder, tmp_path):
    run = store.client.create_run(store.experiment("moving"))
    store.client.log_text(run.info.run_id, "kept", "note.txt")
    moved = tmp_path / "elsewhere" / "mlruns"
    moved.parent.mkdir()
    shutil.move(store_folder, moved)
    with pytest.raises(StoreError, match="xinzhi store relocate"):
        open_store(folder=moved)
    assert relocation.relocate(moved / "mlflow.db") == 3  # experiments 0 and 1, one run
    again = open_store(folder=moved)
    uri = again.client.get_run(run.info.run_id).info.artifact_uri
    assert Path(uri).is_relative_to(moved)
    assert (Path(uri) / "note.txt").read_text() == "kept"
    assert [file.path for file in again.client.list_artifacts(run.info.run_id)] == ["note.txt"]


def test_a_deleted_experiment_is_said(store):
    store.client.delete_experiment(store.experiment("gone"))
    with pytest.raises(StoreError, match="restore"):
        store.experiment("gone")


def test_importing_the_package_keeps_mlflow_quiet():
    code = "import os, xinzhi.tracking; print(os.environ['MLFLOW_DISABLE_TELEMETRY'])"
    out, _ = python(code).communicate(timeout=60)
    assert out.strip() == "true"
