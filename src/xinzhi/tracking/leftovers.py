"""What runs that are over and done with leave of their checkpoints: weights at most."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.tracking import checkpoints, recovery
from xinzhi.tracking.models import local_path
from xinzhi.tracking.parents import PARENT, SWEEP
from xinzhi.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.entities import Run

_FOLDER, _LAST = "checkpoints", "last.ckpt"
BEST = ("best_run", "best_runs")  # tags of the run of a sweep: whose weights stay


def keep_weights(store: Store, run_id: str) -> None:
    """Leaves of a run that nobody goes on with its best weights, without the optimiser's state.

    Args:
        store: where it is kept.
        run_id: the run; nothing is done where it still goes on or is not there.
    """
    for folder in _folders(store, run_id):
        if folder is None:
            _delete(store, run_id, f"{_FOLDER}/{_LAST}")
        else:
            (folder / _LAST).unlink(missing_ok=True)
            checkpoints.slim(folder)


def drop(store: Store, run_id: str) -> None:
    """Removes the checkpoints of a run that another one went on from.

    Args:
        store: where it is kept.
        run_id: the run; nothing is done where it still goes on or is not there.
    """
    for folder in _folders(store, run_id):
        if folder is None:
            _delete(store, run_id, _FOLDER)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def is_beaten(run: "Run", sweeps: "Mapping[str, Run]") -> bool:
    """Whether a run is of a sweep that has ended and prefers another one.

    Args:
        run: that has ended.
        sweeps: all runs over runs, by their id.
    """
    over = sweeps.get(run.data.tags.get(PARENT, ""))
    if over is None or over.info.status == "RUNNING" or BEST[0] not in over.data.tags:
        return False
    preferred = (one.data.tags.get(tag, "") for one in sweeps.values() for tag in BEST)
    return over.info.status != "KILLED" and run.info.run_id not in " ".join(preferred).split()


def over_runs(runs: "Iterator[Run]") -> "dict[str, Run]":
    """Those of the runs that are over the runs of a sweep, by their id.

    Args:
        runs: any.
    """
    return {run.info.run_id: run for run in runs if run.data.tags.get("pipeline") == SWEEP}


def _folders(store: Store, run_id: str) -> Iterator[Path | None]:
    from mlflow.exceptions import MlflowException

    try:
        run = store.client.get_run(run_id)
    except MlflowException:
        return
    if run.info.status == "RUNNING":
        return
    place = local_path(run.info.artifact_uri)
    for folder in (store.folder / recovery.WORK / run_id, place):
        if folder is None:
            yield None
        elif (folder / _FOLDER).is_dir():
            yield folder / _FOLDER


def _delete(store: Store, run_id: str, path: str) -> None:
    """Removes artifacts that lie elsewhere, where that place lets one."""
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    uri = store.client.get_run(run_id).info.artifact_uri
    there: Any = get_artifact_repository(uri, tracking_uri=store.uri)
    with suppress(Exception):  # they take room, and nothing else
        there.delete_artifacts(path)
