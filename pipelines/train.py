"""Fit a model to data, track the run, judge it on the test rows and register it.

Examples:
    xinzhi train
    xinzhi train experiment=work_order_triage seed=2 optimizer.lr=5e-5
"""

import json
import time
from typing import TYPE_CHECKING

from xinzhi.config.entry import start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omegaconf import DictConfig

    from xinzhi.sweeping.result import SweepResult
    from xinzhi.training.beside import Beside
    from xinzhi.training.outcome import TrainResult


def run(  # noqa: PLR0915 - the story, its imports late
    config: "DictConfig", beside: "Beside | None" = None
) -> "TrainResult | None":
    """Fits what the config describes.

    Args:
        config: checked, of conf/train.yaml.
        beside: what a sweep adds to one of its jobs.

    Returns:
        Where the run is, what it reached beside the baseline, and its version; None in the
        processes of a distributed fit that do not speak for it.
    """
    started = time.monotonic()

    from xinzhi.config import identity, project
    from xinzhi.config.compose import fully_resolved
    from xinzhi.config.loading import loading
    from xinzhi.config.ranks import first_rank, say
    from xinzhi.config.targets import build
    from xinzhi.sweeping.work import jobs

    settings = fully_resolved(config)
    beside = beside or jobs.of_this_process(config)
    snapshot = beside.snapshot
    if config.data and snapshot is None:
        snapshot = build(config.data).prepare(offline=config.offline, refresh=config.refresh)
        say(snapshot.report())
    if settings["slices"] and snapshot is not None:
        from xinzhi.evaluation.slicing import declared

        declared(settings["slices"], snapshot.table("train"))  # not after hours that it is wrong
    say("loading torch, lightning and mlflow")  # seconds: not before config and data are good

    with loading():
        from xinzhi.deployment import artifacts
        from xinzhi.registry.versions import register
        from xinzhi.tracking.logger import XinzhiLogger
        from xinzhi.tracking.run import start_run
        from xinzhi.tracking.silent import SilentRun
        from xinzhi.tracking.store import open_store
        from xinzhi.tracking.unfinished import COSTS
        from xinzhi.training import assembly
        from xinzhi.training.fit import fit, judge, seed_everything
        from xinzhi.training.outcome import TrainResult
        from xinzhi.training.resuming import checkpoint_to_continue, continuable

        caches = project.cache_folder()
        seed_everything(config.seed)
        store = open_store(config.tracking.uri)
        continued = checkpoint_to_continue(config.ckpt_path, store)
        parts = assembly.assemble(settings, build, snapshot, cache_folder=caches)
    run_or_rank = (
        start_run(
            store,
            experiment=config.name,
            run_name=identity.run_name(
                assembly.title(settings), config.asked.overrides, config.seed
            ),
            config_yaml=identity.config_text(config),
            params=identity.flat(config),
            tags={**assembly.tags(settings), **beside.tags},
            system_metrics=config.tracking.system_metrics,
            every_n_seconds=config.tracking.every_n_seconds,
        )
        if first_rank()
        else SilentRun()
    )
    with continuable(run_or_rank, config.asked.overrides), run_or_rank as tracked:
        beside.started(tracked.run_id)
        artifacts.note_data(tracked, snapshot)
        trainer = assembly.make_trainer(
            settings,
            build,
            logger=XinzhiLogger(tracked),
            folder=tracked.work / "checkpoints",
            beside=beside.callbacks,
        )
        if beside.weights:
            fitted = judge(trainer, parts.module, parts.datamodule, weights=beside.weights)
        else:
            fitted = fit(
                trainer, parts.module, parts.datamodule, ckpt_path=continued, test=config.test
            )
        if isinstance(tracked, SilentRun):
            return None
        baseline = assembly.baseline(settings, build, snapshot, folder=caches)
        kept = artifacts.keep(
            tracked,
            parts.module,
            fitted,
            snapshot,
            baseline,
            objective=config.objective,
            tested=config.test,
            with_model=beside.keep_model,
        )
        wall_s = time.monotonic() - started
        costs = {"wall_s": wall_s, "fit_s": fitted.seconds, "disk_mb": kept.disk_mb}
        tracked.tag(COSTS, json.dumps(costs))
        description = artifacts.describe(
            tracked,
            config.asked.overrides,
            fitted,
            baseline,
            objective=config.objective,
            ways=kept.asking,
        )
    unregistered = assembly.why_unregistered(settings, parts.module, steps=fitted.steps)
    version = None
    if kept.model_id and not unregistered:
        version = register(
            store,
            model_id=kept.model_id,
            run_id=tracked.run_id,
            name=config.name,
            description=description,
        )
    return TrainResult(
        run_id=tracked.run_id,
        run_name=tracked.run_name,
        model_name=config.name,
        model_version=version,
        metrics=fitted.metrics,
        baseline=baseline,
        data_digest=snapshot.digest if snapshot else None,
        wall_s=time.monotonic() - started,
        fit_s=fitted.seconds,
        disk_mb=kept.disk_mb,
        report=kept.report,
        program=identity.program(),
        asking=kept.asking,
        unregistered=unregistered,
    )


def multirun(arguments: "Sequence[str]") -> "SweepResult":
    """Searches over what the overrides leave open: a sweep, its jobs kept in a ledger.

    Args:
        arguments: as typed after `train -m`.
    """
    from xinzhi.sweeping.controller import start_sweep

    return start_sweep(arguments, train=run)


if __name__ == "__main__":
    start("train")
