"""Runs that were cut short, and the checkpoint that each can be continued from."""

import json
from pathlib import Path

from xinzhi.config.project import cache_folder
from xinzhi.errors import UnknownReference
from xinzhi.tracking import recovery, references
from xinzhi.tracking.models import local_path
from xinzhi.tracking.store import Store

COSTS = "mlflow.xinzhi.costs"  # a tag of MLflow's own prefix is not shown on its pages
_FOLDER, _LAST = "checkpoints", "last.ckpt"
_CUT_SHORT = "attributes.status != 'FINISHED' AND attributes.status != 'RUNNING'"


def last_checkpoint(store: Store, reference: str) -> Path:
    """The last checkpoint of the run that `reference` names, downloaded if it lies elsewhere.

    `last` is here the training that was cut short last: one that finished has nothing to go on to.

    Args:
        store: where it is kept.
        reference: run id, unique prefix, run name, `last` or `last~N`.

    Raises:
        UnknownReference: it names no run, or several, or one without a checkpoint.
    """
    with store.explaining():
        run = references.match_run(store, reference, last_of=_CUT_SHORT)
        if run is not None and has_checkpoint(store, run.run_id):
            return kept_folder(store, run.run_id) / _LAST
        came = "names none" if run is None else f"names {run}, which kept no checkpoint"
        there = references.candidates(store, reference, among=_CUT_SHORT)
    raise UnknownReference(
        "ckpt_path must be a file or name a run that was cut short (run id, its first digits, run "
        f"name, last, last~1), {reference!r} {came}",
        candidates=[one for one in there if run is None or one not in {str(run), run.run_name}],
    )


def has_checkpoint(store: Store, run_id: str) -> bool:
    """Whether a run has a checkpoint, in its working folder or among its artifacts.

    Args:
        store: where it is kept.
        run_id: the run.
    """
    if (_working(store, run_id) / _LAST).is_file():
        return True
    there = store.client.list_artifacts(run_id, _FOLDER)
    return any(entry.path == f"{_FOLDER}/{_LAST}" for entry in there)


def result_of(store: Store, run_id: str) -> dict[str, float] | None:
    """The metrics of a run that has finished, and what it cost; None for any other run.

    Args:
        store: where it is kept.
        run_id: the run.
    """
    from mlflow.exceptions import MlflowException

    try:
        run = store.client.get_run(run_id)
    except MlflowException:
        return None
    if run.info.status != "FINISHED":
        return None
    costs: dict[str, float] = json.loads(run.data.tags.get(COSTS, "{}"))
    return {**costs, **run.data.metrics}


def kept_folder(store: Store, run_id: str) -> Path:
    """The folder of a run's checkpoints, downloaded if it lies elsewhere.

    The best weights lie beside the last state: a fit that goes on needs both.

    Args:
        store: where it is kept.
        run_id: the run.
    """
    working = _working(store, run_id)
    if working.is_dir():
        return working
    place = local_path(store.client.get_run(run_id).info.artifact_uri)
    if place is not None:
        return place / _FOLDER
    cache = cache_folder() / _FOLDER / run_id
    cache.mkdir(parents=True, exist_ok=True)
    return Path(store.client.download_artifacts(run_id, _FOLDER, str(cache)))


def _working(store: Store, run_id: str) -> Path:
    return store.folder / recovery.WORK / run_id / _FOLDER
