"""What a sweep came to: the best configuration, the run over all runs, the page."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import OmegaConf

from xinzhi.config.loading import loading
from xinzhi.sweeping.application import APPLICATION
from xinzhi.sweeping.composing import compose_job
from xinzhi.sweeping.ledger import presence
from xinzhi.sweeping.ledger.holders import holder, is_dead
from xinzhi.sweeping.records import Job, Sweep
from xinzhi.sweeping.result import SweepResult, Version
from xinzhi.sweeping.search.final import FINAL, is_complete, searched
from xinzhi.sweeping.search.search import Standing, ranking
from xinzhi.sweeping.show import standing, summary

SETTLED = "settled"  # the controller whose end the run over all runs tells of
CONTROLLER = "controller"  # among a sweep's settings: the process that looks after it

if TYPE_CHECKING:
    from xinzhi.sweeping.ledger.ledger import Ledger
    from xinzhi.tracking.outcome import Status
    from xinzhi.tracking.store import Store


def start_parent(ledger: "Ledger", sweep: Sweep, *, typed: str, config_yaml: str) -> Sweep:
    """Begins the run over a sweep's runs, or goes on with it.

    Args:
        ledger: notes it down.
        sweep: it.
        typed: the command.
        config_yaml: of the first job.
    """
    with loading():
        from xinzhi.tracking import parents

    if (there := _of_the_run_over_all(sweep)) is not None:
        parents.settle(there, sweep.parent_run or "", sweep.phase, worked_on=True)
        return sweep
    tags = {"method": sweep.method, "objective": ", ".join(sweep.objectives)}
    store = _store(sweep)
    run = parents.start_parent(store, sweep.experiment, sweep.name, typed, config_yaml, tags)
    return ledger.change(sweep.name, parent_run=run)


def settled(ledger: "Ledger", name: str, *, leaving: str | None = None) -> Sweep:
    """Says the truth of a sweep that nobody is at: it is over or stopped, as is the run over it.

    Args:
        ledger: holds it.
        name: of it.
        leaving: a controller that ends just now.
    """
    sweep, there = ledger.sweep(name), presence.there(ledger, name)
    if sweep.phase == "ended" or any(one.who != leaving for one in there):
        return sweep
    if is_complete(sweep, ledger.jobs(name)) and APPLICATION not in sweep.settings:
        finished(ledger, name, seconds=0.0)  # whose last worker could not do it
        return ledger.sweep(name)
    if sweep.phase == "stopped" and sweep.settings.get(SETTLED) == sweep.settings.get(CONTROLLER):
        return sweep
    from xinzhi.tracking import parents

    ledger.reclaim(sweep.name, is_dead=is_dead)
    if (store := _of_the_run_over_all(sweep)) is not None:
        parents.settle(store, sweep.parent_run or "", "stopped")
    settings = {**sweep.settings, SETTLED: sweep.settings.get(CONTROLLER)}
    return ledger.change(sweep.name, phase="stopped", settings=settings)


def finished(ledger: "Ledger", name: str, *, seconds: float) -> SweepResult:
    """Sums a sweep up when its workers have ended, and ends the run over its runs.

    A sweep that others are still at stays as it is, unless it is to stop.

    Args:
        ledger: holds it.
        name: of the sweep.
        seconds: that the command took.
    """
    from xinzhi.tracking import parents

    sweep, jobs = ledger.sweep(name), ledger.jobs(name)
    whole = is_complete(sweep, jobs)
    others = presence.elsewhere(ledger, name, holder())
    if not whole and sweep.phase == "open" and others:
        return standing.summed_up(sweep, jobs, seconds=seconds, note=presence.told(others, name))
    if not whole and sweep.phase == "draining" and any(one.jobs for one in others):
        return standing.summed_up(sweep, jobs, seconds=seconds, note=presence.told(others, name))
    last = next((job for job in jobs if job.number == FINAL and job.state == "finished"), None)
    judged = sweep.final_run if last is None else last.run_id  # whose worker may have been killed
    sweep = replace(sweep, phase="ended" if whole else "stopped", final_run=judged)
    standings = ranking(sweep, searched(jobs))
    folder = _drawn(sweep, jobs, standings)
    version = None
    if (store := _of_the_run_over_all(sweep)) is not None:
        version = _version(store, judged) if judged else None
        failed = any(job.state == "failed" for job in searched(jobs))
        status: Status = "FAILED" if failed else "FINISHED"
        parents.end_parent(
            store,
            sweep.parent_run or "",
            status if sweep.phase == "ended" else "KILLED",
            summary.metrics(sweep, jobs, standings),
            folder,
            summary.note(sweep, jobs, standings),
            tags=summary.tags(sweep, standings),
        )
    # until then the run over all is not at its end
    ledger.change(name, phase=sweep.phase, final_run=judged)
    return standing.summed_up(sweep, jobs, seconds=seconds, version=version)


def _drawn(sweep: Sweep, jobs: Sequence[Job], standings: Sequence[Standing]) -> Path | None:
    from xinzhi.sweeping.show import page

    if not standings:
        return None
    folder = standing.page_of(sweep).parent
    page.write(folder, sweep, jobs, standings)
    return folder


def _version(store: "Store", run_id: str) -> Version | None:
    """Looks up what a run was registered as; mlflow is loaded by then."""
    found = store.client.search_model_versions(f"run_id='{run_id}'")
    if not found:
        return None
    from xinzhi.registry.versions import aliases

    latest = max(found, key=lambda one: int(one.version))
    name, number = str(latest.name), int(latest.version)
    pointing = (alias for alias, version in aliases(store, name).items() if version == number)
    return Version(name, number, tuple(sorted(pointing)))


def _of_the_run_over_all(sweep: Sweep) -> "Store | None":
    """Opens the store that has the run over a sweep's runs; None where there is no such run."""
    from xinzhi.tracking import parents

    if sweep.parent_run is None:
        return None
    store = _store(sweep)
    return store if parents.is_there(store, sweep.parent_run) else None


def _store(sweep: Sweep) -> "Store":
    from xinzhi.tracking.store import open_store

    config = compose_job(sweep.fixed, ())
    return open_store(OmegaConf.select(config, "tracking.uri"))
