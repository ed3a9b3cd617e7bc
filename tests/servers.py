"""A real PostgreSQL for the session: own folder, own port, ended by its own id."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

PASSWORD = "k4n4rie n@:/#Vogel"  # noqa: S105 - with all that an address has to escape
IN_URL = "k4n4rie%20n%40%3A%2F%23Vogel"
_INSTALL = "apt-get install -y postgresql, or brew install postgresql"


def _binaries():
    """Folder of the newest PostgreSQL of this machine, and who may run it."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[4])
    )
    folder = (found or [Path(shutil.which("postgres") or "/nowhere/postgres")])[-1].resolve().parent
    reason = f"a PostgreSQL server must be installed: {_INSTALL}"
    if (folder / "initdb").exists():
        if os.getuid() != 0:
            return folder, {}
        if any(entry.pw_name == "postgres" for entry in pwd.getpwall()):
            return folder, {"user": "postgres", "group": "postgres", "extra_groups": []}
    if os.environ.get("XINZHI_CI") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _make(folder, binaries, **identity):
    secret = folder / "password"
    secret.write_text(PASSWORD)
    if identity:
        for path in (folder, secret):
            shutil.chown(path, identity["user"], identity["group"])
    words = ["-D", "data", "-U", "ana", "-A", "scram-sha-256", "--pwfile=password", "--no-sync",
             "--locale=C", "--encoding=UTF8"]  # fmt: skip
    subprocess.run(  # noqa: S603
        [binaries / "initdb", *words], cwd=folder, check=True, capture_output=True, **identity
    )


def _start(folder, binaries, port, **identity):
    words = ["-D", folder / "data", "-p", str(port), "-h", "127.0.0.1", "-k", folder]
    words += ["-c", "fsync=off", "-c", "max_connections=300"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(  # noqa: S603
            [binaries / "postgres", *words], cwd=folder, stdout=log, stderr=log, **identity
        )
    ready = [binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    deadline = time.monotonic() + 60
    while subprocess.run(ready, check=False).returncode != 0:  # noqa: S603
        assert server.poll() is None, (folder / "log").read_text()
        assert time.monotonic() < deadline, (folder / "log").read_text()
        time.sleep(0.05)
    return server


def _stop(server):
    server.send_signal(signal.SIGQUIT)  # at once: nothing of it is to be kept
    server.wait(60)


@pytest.fixture(scope="session")
def postgres():
    """A server with the superuser `ana`; `url(database)`, `new()` makes an empty database."""
    import psycopg

    binaries, identity = _binaries()
    numbers = count(1)
    # not in pytest's own folder, which nobody but its owner may enter
    with tempfile.TemporaryDirectory(prefix="xinzhi-postgres-") as name:
        folder, port = Path(name), _free_port()
        _make(folder, binaries, **identity)
        server = _start(folder, binaries, port, **identity)

        def url(database, user="ana", password=IN_URL):
            return f"postgresql://{user}:{password}@127.0.0.1:{port}/{database}"

        def execute(statement, database="postgres"):
            with psycopg.connect(url(database), autocommit=True) as connection:
                return connection.execute(statement)

        def new(template="template0"):
            database = f"db{next(numbers)}_{secrets.token_hex(2)}"
            execute(f"CREATE DATABASE {database} TEMPLATE {template}")
            return url(database)

        yield SimpleNamespace(url=url, new=new, execute=execute, folder=folder, port=port)
        _stop(server)


@pytest.fixture(scope="session")
def postgres_template(postgres, tmp_path_factory):
    """A migrated database per session: migrating one takes seconds."""
    from xinzhi.tracking.store import open_store

    folder = tmp_path_factory.mktemp("postgres-template")
    url = postgres.new()
    store = open_store(url, folder)
    store.client._tracking_client.store.engine.dispose()  # a template must have no visitors
    return url.rpartition("/")[2]


@pytest.fixture
def postgres_store(postgres, postgres_template, tmp_path, monkeypatch):
    """An empty store whose database is a PostgreSQL; its folder is `mlruns` of a project."""
    from xinzhi.tracking.store import open_store

    monkeypatch.chdir(tmp_path)
    url = postgres.new(postgres_template)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
    yield open_store()
    # with what is still connected: MLflow keeps its pools, and a server bears so many clients only
    postgres.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")
