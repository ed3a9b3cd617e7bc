"""The run over the runs of a sweep: no one process owns it, and it ends with the sweep.

The runs of the jobs name it in a tag of their own, so that it is written by one process at a time
however many work. It has no tags of a process: whoever opens the store leaves it alone, and
`settle` gives it the status that the ledger says is true.
"""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from xinzhi.config.identity import redact
from xinzhi.config.project import user_folder
from xinzhi.errors import StoreError
from xinzhi.tracking import environment, names, views
from xinzhi.tracking.outcome import Status
from xinzhi.tracking.store import Store

SWEEP = "sweep"
FOLDER = "sweep"  # among the artifacts: the page, its figures, the table
PARENT = "mlflow.parentRunId"
_OVER = "mlflow.xinzhi.parent"  # a tag of MLflow's own prefix is not shown on its pages
_NOTE = "mlflow.note.content"
_TABLES = "mlflow.loggedArtifacts"
_LOCK = ".parents.lock"
Phase = Literal["open", "draining", "stopped", "ended"]


def start_parent(
    store: Store,
    experiment: str,
    name: str,
    command: str,
    config_yaml: str,
    tags: Mapping[str, str],
) -> str:
    """Begin the run of a sweep, or go on with the one that was begun and not noted down.

    Args:
        store: where it is kept.
        experiment: of the jobs' runs.
        name: of the sweep, and of the run.
        command: that was typed.
        config_yaml: the config that the jobs share.
        tags: such as the method.

    Returns:
        The run's id; it is RUNNING.
    """
    from filelock import FileLock

    experiment_id = store.experiment(experiment)
    with FileLock(store.folder / _LOCK), store.explaining():
        found = store.client.search_runs(
            [experiment_id], f"tags.`{_OVER}` = '{_key(name)}' AND attributes.status = 'RUNNING'"
        )
        if found:
            return str(found[0].info.run_id)
        run = store.client.create_run(
            experiment_id, run_name=redact(name), tags=_tags(name, command, tags)
        )
        store.client.log_text(run.info.run_id, redact(config_yaml), "config.yaml")
    return str(run.info.run_id)


def child_tags(parent_run: str) -> dict[str, str]:
    """Tags that put a job's run under the run of its sweep.

    Args:
        parent_run: its id.
    """
    return {PARENT: parent_run}


def end_parent(
    store: Store,
    run_id: str,
    status: Status,
    metrics: Mapping[str, float],
    figures_folder: Path | None,
    note: str,
    *,
    tags: Mapping[str, str] | None = None,
) -> None:
    """Write what a sweep came to, and end its run; may be done again after more jobs.

    Args:
        store: where it is kept.
        run_id: of the sweep's run.
        status: as the sweep ended.
        metrics: of the best configuration.
        figures_folder: the page and what belongs to it; None where nothing was finished.
        note: Markdown, at the top of the run's page.
        tags: such as the run of the best job.
    """
    from mlflow.entities import Metric, RunTag

    now_ms = int(1000 * time.time())
    logged = [Metric(names.key(key), value, now_ms, 0) for key, value in metrics.items()]
    found = {_NOTE: note, **(tags or {}), **_shown_tables(figures_folder)}
    written = [RunTag(key, names.tag_value(redact(value))) for key, value in found.items()]
    with store.explaining():
        store.client.log_batch(run_id, metrics=logged, tags=written)
        if figures_folder is not None:
            store.client.log_artifacts(run_id, str(figures_folder), FOLDER)
        store.client.set_terminated(run_id, status)
        views.ensure(store, store.client.get_run(run_id).info.experiment_id)


def is_there(store: Store, run_id: str) -> bool:
    """Whether the run of a sweep is in this store, and was not deleted.

    Args:
        store: which may be another than the one that the sweep was begun with.
        run_id: of the sweep's run.

    Raises:
        StoreError: the store fails.
    """
    from mlflow.exceptions import MlflowException

    try:
        with store.explaining():
            return bool(store.client.get_run(run_id).info.lifecycle_stage == "active")
    except StoreError as error:
        cause = error.__cause__
        if isinstance(cause, MlflowException) and cause.error_code == "RESOURCE_DOES_NOT_EXIST":
            return False
        raise


def settle(store: Store, run_id: str, phase: Phase, *, worked_on: bool = False) -> str:
    """Give the run of a sweep the status that its ledger says is true; returns it.

    What was shot in the middle is KILLED until somebody works on it again.

    Args:
        store: where it is kept.
        run_id: of the sweep's run.
        phase: of the sweep.
        worked_on: whether a controller or a worker of it still lives.
    """
    now = "RUNNING" if worked_on else "FINISHED" if phase == "ended" else "KILLED"
    with store.explaining():
        before = store.client.get_run(run_id).info.status
        if before == now or (phase == "ended" and before != "RUNNING"):
            return str(before)  # an ended sweep may have ended in failure
        if now == "RUNNING":
            store.client.update_run(run_id, status=now)
        else:
            store.client.set_terminated(run_id, now)
    return now


def _tags(name: str, command: str, tags: Mapping[str, str]) -> dict[str, str]:
    code, user = environment.code(user_folder()), environment.user()
    whole = {
        "user": user,
        "commit": code.commit[:12],
        "dirty": str(code.dirty).lower(),
        "command": command,
        "mlflow.user": user,
        "mlflow.source.type": "LOCAL",
        "mlflow.source.name": sys.argv[0],
        "mlflow.source.git.commit": code.commit,
        SWEEP: name,
        **tags,
        "pipeline": SWEEP,  # `last` means a training
        _OVER: _key(name),
    }
    return {
        names.key(key): names.tag_value(redact(str(value))) for key, value in whole.items() if value
    }


def _key(name: str) -> str:
    """The name as MLflow's search takes it between quotes, whatever signs it has."""
    from hashlib import sha256

    return sha256(name.encode()).hexdigest()[:32]


def _shown_tables(folder: Path | None) -> dict[str, str]:
    """The tag by which MLflow's pages show a table of an artifact."""
    if folder is None or not (folder / "table.json").exists():
        return {}
    import json

    return {_TABLES: json.dumps([{"path": f"{FOLDER}/table.json", "type": "table"}])}
