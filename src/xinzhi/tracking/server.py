"""MLflow's pages over a store, on this machine only."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xinzhi.errors import StoreError
from xinzhi.tracking import views
from xinzhi.tracking.store import Store

_START_TIMEOUT_S = 120.0
_STOP_TIMEOUT_S = 10.0
_POLL_S = 0.25
_LOG = "ui.log"


@contextmanager
def serve(store: Store, *, host: str, port: int | None) -> Iterator[str]:
    """Serve the pages until the block ends.

    One worker and no job runner: half a gigabyte instead of two.

    Args:
        store: what is shown.
        host: to listen on.
        port: to listen on; a free one by default.

    Yields:
        The address, once it answers.
    """
    chosen = port or free_port(host)
    log = store.folder / _LOG
    with log.open("wb") as output:
        server = subprocess.Popen(  # noqa: S603 - our own interpreter, fixed words
            _command(store, host, chosen),
            env=_environment(store),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C comes to us alone, and we end all of it
        )
    try:
        address = f"http://{host}:{chosen}"
        _wait(server, address, log)
        yield address
    finally:
        _stop(server)


def pages(store: Store, address: str) -> list[str]:
    """Lines with the leaderboard of each experiment, after setting its views.

    Args:
        store: what is shown.
        address: of the server.
    """
    found = [e for e in store.client.search_experiments() if e.experiment_id != "0"]
    for experiment in found:
        views.refresh(store, experiment.experiment_id)
    width = max((len(experiment.name) for experiment in found), default=0)
    return [f"{e.name:<{width}}  {views.link(address, e.experiment_id)}" for e in found]


def free_port(host: str) -> int:
    """A port that nobody listens on; macOS holds MLflow's own default, 5000.

    Args:
        host: to listen on.
    """
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _command(store: Store, host: str, port: int) -> list[str]:
    root = str(store.folder / "artifacts")
    words = ["--workers", "1", "--host", host, "--port", str(port), "--default-artifact-root", root]
    return [sys.executable, "-m", "mlflow", "server", *words]


def _environment(store: Store) -> dict[str, str]:
    # the address may hold a password, which a command line would show to everybody
    changed = {
        "MLFLOW_BACKEND_STORE_URI": store.uri,
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    kept = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    return kept | changed


def _wait(server: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with direct.open(f"{address}/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(_POLL_S)
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
    raise StoreError(
        f"the pages must answer at {address}, they do not: {' / '.join(last) or 'no message'}",
        mend=f"choose another port (xinzhi ui port=5001); the whole log is {log}",
    )


def _stop(server: "subprocess.Popen[bytes]") -> None:
    """End the server and its workers, whose group it leads."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if server.poll() is None:
            os.killpg(server.pid, sign)
            try:
                server.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                continue
