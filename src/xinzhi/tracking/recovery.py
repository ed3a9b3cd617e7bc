"""What earlier processes left undone: runs marked as running that are dead, metrics not sent."""

import hashlib
import json
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.tracking import liveness
from xinzhi.tracking.buffer import Row

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

WORK = "work"
_UNSENT = "unsent"
_LOCK = ".recovery.lock"


def recover(client: "MlflowClient", folder: Path) -> None:
    """Mark runs of dead processes KILLED and send what could not be sent earlier.

    Args:
        client: of the store.
        folder: the store's local folder.
    """
    if replayable(client, folder):
        replay(client, folder)
    reap(client, folder)


def reap(client: "MlflowClient", folder: Path) -> list[str]:
    """Mark runs whose process has ended KILLED, as of their last sign of life; returns their ids.

    Args:
        client: of the store.
        folder: the store's local folder; what such a run left in it becomes its artifacts.
    """
    if not _dead(client):
        return []
    from filelock import FileLock

    with FileLock(folder / _LOCK):  # of two that come at once, one does it
        return _mark(client, folder)


def _dead(client: "MlflowClient") -> list["Run"]:
    return [run for run in _running(client) if liveness.is_dead(run.data.tags)]


def _mark(client: "MlflowClient", folder: Path) -> list[str]:
    dead = _dead(client)
    for run in dead:
        run_id = run.info.run_id
        keep_work(client, folder, run_id)
        ended_s = float(run.data.tags[liveness.HEARTBEAT])
        client.set_tag(run_id, "error", "the process ended without a word (killed, or power off)")
        client.set_terminated(run_id, "KILLED", end_time=int(1000 * ended_s))
    return [run.info.run_id for run in dead]


def keep_work(client: "MlflowClient", folder: Path, run_id: str) -> None:
    """Turn what a run left in its working folder into artifacts.

    Args:
        client: of the store.
        folder: the store's local folder.
        run_id: the run.
    """
    work = folder / WORK / run_id
    if work.is_dir():
        client.log_artifacts(run_id, str(work))
        shutil.rmtree(work)


def spill(
    client: "MlflowClient", folder: Path, run_id: str, rows: Sequence[Row], status: str
) -> Path:
    """Write what could not be sent to a file that the next open sends.

    Args:
        client: of the store that is away.
        folder: the store's local folder.
        run_id: the run.
        rows: unsent metrics.
        status: as the run ended.
    """
    path = _unsent(client, folder) / f"{run_id}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    ended = {"status": status, "end_time": int(1000 * time.time())}
    lines = [json.dumps(row._asdict()) for row in rows] + [json.dumps(ended)]
    partial = path.with_suffix(".partial")
    partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
    partial.replace(path)  # a file with the right name is whole
    return path


def replayable(client: "MlflowClient", folder: Path) -> bool:
    """Tell whether something waits to be sent to this store."""
    waiting = _unsent(client, folder)
    return waiting.is_dir() and any(waiting.glob("*.jsonl"))


def replay(client: "MlflowClient", folder: Path) -> list[str]:
    """Send what waits, each file once; returns the ids of the runs.

    Args:
        client: of the store.
        folder: the store's local folder.
    """
    from filelock import FileLock

    sent = []
    with FileLock(folder / _UNSENT / ".lock"):
        for path in sorted(_unsent(client, folder).glob("*.jsonl")):
            *rows, ended = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
            client.log_batch(path.stem, metrics=to_metrics([Row(**row) for row in rows]))
            keep_work(client, folder, path.stem)
            client.set_terminated(path.stem, ended["status"], end_time=ended["end_time"])
            path.unlink()
            sent.append(path.stem)
    return sent


def to_metrics(rows: Sequence[Row]) -> list[Any]:
    """Rows as MLflow's metrics."""
    from mlflow.entities import Metric

    return [Metric(**row._asdict()) for row in rows]


def _unsent(client: "MlflowClient", folder: Path) -> Path:
    """One folder per store; its name does not show an address that may hold a password."""
    address = hashlib.sha256(client.tracking_uri.encode()).hexdigest()[:12]
    return folder / _UNSENT / address


def _running(client: "MlflowClient") -> Iterator["Run"]:
    ids = [experiment.experiment_id for experiment in client.search_experiments()]
    token = None
    while ids:
        page = client.search_runs(ids, "attributes.status = 'RUNNING'", page_token=token)
        yield from page
        token = page.token
        if not token:
            return
