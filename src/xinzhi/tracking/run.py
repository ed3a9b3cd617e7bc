"""The start of a run: everything that is known before the work begins is written down."""

import json
import sys
from collections.abc import Mapping
from typing import Any

from xinzhi.config.identity import redact
from xinzhi.config.project import user_folder
from xinzhi.tracking import environment, liveness, names
from xinzhi.tracking.store import Store
from xinzhi.tracking.system import SystemSampler
from xinzhi.tracking.tracked import TrackedRun

__all__ = ["TrackedRun", "start_run"]


def start_run(  # noqa: PLR0913 - all of it is written down at once, before anything can fail
    store: Store,
    *,
    experiment: str,
    run_name: str,
    config_yaml: str,
    params: Mapping[str, str],
    tags: Mapping[str, str],
    description: str | None = None,
    system_metrics: bool = True,
    every_n_seconds: float = 5.0,
) -> TrackedRun:
    """Create a run and write down its config, code, packages and machine.

    Use the result as a context, which ends the run with the status that is true.

    Args:
        store: where it is kept.
        experiment: its name, which is the registered model's too.
        run_name: as shown in the UI.
        config_yaml: the composed config, with what names the environment unresolved.
        params: the config, flat.
        tags: such as `task` and `pipeline`.
        description: Markdown, shown at the top of the run's page.
        system_metrics: whether CPU, memory and the like are sampled.
        every_n_seconds: how often metrics are written.
    """
    experiment_id = store.experiment(experiment)
    code = environment.code(user_folder())
    all_tags = _tags(code) | dict(tags)
    if description is not None:
        all_tags["mlflow.note.content"] = description
    with store.explaining():
        created = store.client.create_run(
            experiment_id,
            run_name=redact(run_name),
            tags={
                names.key(redact(key)): names.tag_value(redact(str(value)))
                for key, value in all_tags.items()
                if value
            },
        )
        run = TrackedRun(
            store,
            run_id=created.info.run_id,
            run_name=created.info.run_name,
            experiment_id=experiment_id,
            sampler=SystemSampler() if system_metrics else None,
            every_n_seconds=every_n_seconds,
        )
    try:
        _write_down(run, config_yaml, params, code)
    except BaseException:
        run.end("FAILED", "the store failed at the start")
        raise
    return run


def _write_down(
    run: TrackedRun, config_yaml: str, params: Mapping[str, str], code: environment.Code
) -> None:
    from mlflow.entities import Param

    whole = {key: redact(str(value)) for key, value in params.items()}
    entries = [Param(names.key(key), names.param_value(value)) for key, value in whole.items()]
    with run.store.explaining():
        run.client.log_batch(run.run_id, params=entries)
    run.text(config_yaml, "config.yaml")
    if any(len(value) > names.LONGEST_PARAM for value in whole.values()):
        run.text(json.dumps(whole, ensure_ascii=False, indent=2), "params.json")
    run.text("\n".join(environment.packages()) + "\n", "environment/packages.txt")
    machine: dict[str, Any] = environment.machine()
    run.text(json.dumps(machine, ensure_ascii=False, indent=2), "environment/machine.json")
    if code.diff:
        run.text(code.diff, "environment/changes.diff")


def _tags(code: environment.Code) -> dict[str, str]:
    user = environment.user()
    return {
        **liveness.identity(),
        "user": user,
        "commit": code.commit[:12],
        "dirty": str(code.dirty).lower(),
        "mlflow.user": user,
        "mlflow.source.type": "LOCAL",
        "mlflow.source.name": sys.argv[0],
        "mlflow.source.git.commit": code.commit,
    }
