"""What of the store may go, and its going."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xinzhi.tracking import leftovers
from xinzhi.tracking.models import local_path
from xinzhi.tracking.parents import SWEEP
from xinzhi.tracking.storage import files_in, megabytes
from xinzhi.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.entities import LoggedModel, Run

_DAY_S = 86_400.0
_MODEL_URI = "models:/"


@dataclass(frozen=True)
class Spare:
    """Something that may go.

    Args:
        what: `checkpoints`, `model`, `work` or `cache`.
        label: whose it is.
        path: file or folder on this machine; empty if it lies elsewhere.
        mb: in megabytes.
        model_id: of a LoggedModel; empty for anything else.
    """

    what: str
    label: str
    path: str
    mb: float
    model_id: str = ""


def spare(store: Store, caches: Path, *, older_days: float) -> list[Spare]:
    """What may go: nothing that a registered version names, nothing younger than `older_days`.

    Checkpoints of ended runs (the weights of a kept model lie in its bundle) and of the runs of a
    sweep that ended with another one as its best, models that no version names and that were
    beaten or whose run was deleted, and caches not used since.

    Args:
        store: where runs are kept.
        caches: folder of snapshots, archives and token caches.
        older_days: days since a run ended or a cache was used.
    """
    before_s = time.time() - older_days * _DAY_S
    with store.explaining():
        kept = _named_by_versions(store)
        found = [*_checkpoints(store, kept, before_s), *_models(store, kept, before_s)]
    return found + list(_stale(caches, before_s, "cache"))


def remove(store: Store, spares: list[Spare]) -> float:
    """Remove what `spare` found; returns the megabytes freed.

    Args:
        store: where it is kept.
        spares: what may go.
    """
    freed = 0.0
    with store.explaining():
        for entry in spares:
            if entry.model_id:
                store.client.delete_logged_model(entry.model_id)
            if entry.path:
                path = Path(entry.path)
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            freed += entry.mb
    return freed


def _named_by_versions(store: Store) -> set[str]:
    """Ids of models and runs that a version names."""
    named = set()
    for version in store.client.search_model_versions(max_results=10_000):
        named |= {version.run_id or "", version.model_id or ""}
        named.add(str(version.source or "").removeprefix(_MODEL_URI))
    return named - {""}


def _checkpoints(store: Store, kept: set[str], before_s: float) -> Iterator[Spare]:
    sweeps = leftovers.over_runs(_runs(store, f"tags.pipeline = '{SWEEP}'"))
    for run in _ended(store, before_s):
        folder = local_path(run.info.artifact_uri)
        made = run.outputs.model_outputs if run.outputs else []
        if folder is None or run.info.run_id in kept:
            continue
        # a run that was interrupted has only its checkpoints to go on from
        if not made and not leftovers.is_beaten(run, sweeps):
            continue
        checkpoints = folder / "checkpoints"
        if checkpoints.is_dir():
            name = run.info.run_name or run.info.run_id
            yield Spare("checkpoints", name, str(checkpoints), megabytes(files_in(checkpoints)))


def _models(store: Store, kept: set[str], before_s: float) -> Iterator[Spare]:
    """Models whose run is gone, or that failed half-way.

    Yields:
        Each of them that no version names.
    """
    alive = {run.info.run_id for run in _ended(store, time.time() + _DAY_S)}
    alive |= {run.info.run_id for run in _runs(store, "attributes.status = 'RUNNING'")}
    for model in _logged_models(store):
        orphaned = model.source_run_id not in alive or str(model.status) == "FAILED"
        old = model.creation_timestamp / 1000 < before_s
        if orphaned and old and model.model_id not in kept:
            place = local_path(model.artifact_location)
            there = place is not None and place.exists()
            yield Spare(
                "model",
                f"{model.name} {model.model_id}",
                str(place) if there else "",
                megabytes(files_in(place)) if place is not None else 0.0,
                model.model_id,
            )


def _stale(folder: Path, before_s: float, what: str) -> Iterator[Spare]:
    """Entries two levels down that nobody has used since.

    Yields:
        Each of them.
    """
    for entry in sorted(folder.glob("*/*")) if folder.is_dir() else ():
        files = list(files_in(entry)) if entry.is_dir() else [entry]
        used_s = max((max(f.stat().st_atime, f.stat().st_mtime) for f in files), default=0.0)
        if used_s < before_s:
            yield Spare(what, str(entry.relative_to(folder)), str(entry), megabytes(files))


def _ended(store: Store, before_s: float) -> Iterator["Run"]:
    yield from _runs(
        store, f"attributes.status != 'RUNNING' AND attributes.end_time < {int(1000 * before_s)}"
    )


def _runs(store: Store, query: str) -> Iterator["Run"]:
    ids = [experiment.experiment_id for experiment in store.client.search_experiments()]
    token = None
    while ids:
        page = store.client.search_runs(ids, query, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _logged_models(store: Store) -> Iterator["LoggedModel"]:
    ids = [experiment.experiment_id for experiment in store.client.search_experiments()]
    token = None
    while ids:
        page = store.client.search_logged_models(ids, page_token=token)
        yield from page
        token = page.token
        if not token:
            return
