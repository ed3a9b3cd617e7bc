"""Where a sweep stands, for people and for programs."""

from collections.abc import Sequence
from pathlib import Path

from xinzhi.config.identity import program
from xinzhi.sweeping.records import Job, Sweep
from xinzhi.sweeping.result import Failed, Ranked, SweepResult, Version
from xinzhi.sweeping.search.final import FINAL, searched
from xinzhi.sweeping.search.search import Standing, ranking
from xinzhi.sweeping.show import listing, summary, telling
from xinzhi.sweeping.work.output import log_folder

PAGE = "report.html"


def page_of(sweep: Sweep) -> Path:
    """Gives where the page of a sweep is written.

    Args:
        sweep: it.
    """
    return log_folder(sweep.name) / "summary" / PAGE


def summed_up(
    sweep: Sweep,
    jobs: Sequence[Job],
    *,
    seconds: float = 0.0,
    note: str = "",
    unattended: str = "",
    version: Version | None = None,
) -> SweepResult:
    """Gives the best configuration and where the sweep stands.

    Args:
        sweep: whose jobs they are.
        jobs: of it.
        seconds: that the command took.
        note: what a person is told beside it.
        unattended: what a person is told where nobody looks after the sweep.
        version: of the registered model that the best became, where that was looked up.
    """
    own, last = searched(jobs), next((job for job in jobs if job.number == FINAL), None)
    standings = ranking(sweep, own)
    best = next(iter(standings), None)
    page = page_of(sweep)
    shown = str(page) if page.exists() else None
    told = listing.standing(
        sweep, own, last, program(), unattended=unattended, version=version, page=shown
    )
    return SweepResult(
        sweep=sweep.name,
        phase=sweep.phase,
        counts=summary.counts(jobs),
        best=() if best is None else (*sweep.fixed, *summary.overrides(sweep, best)),
        best_run=_best_run(sweep, best),
        values=_named(sweep, best.values if best else ()),
        spreads=_named(sweep, best.spreads if best else ()),
        run_id=sweep.final_run,
        metrics=_metrics(last),
        version=None if version is None else version.number,
        parent_run=sweep.parent_run,
        failed=tuple(_failed(sweep, job) for job in jobs if job.state == "failed"),
        standings=tuple(_ranked(sweep, one) for one in standings),
        page=shown,
        unattended=unattended,
        wall_s=seconds,
        _told="\n\n".join(filter(None, [told, note])),
    )


def _best_run(sweep: Sweep, best: Standing | None) -> tuple[str, ...]:
    job = None if best is None else summary.best_job(sweep, best)
    return () if job is None else telling.words_alone(sweep, job)


def _metrics(last: Job | None) -> dict[str, float]:
    if last is None or last.state != "finished":
        return {}
    metrics = dict(last.metrics)
    if not metrics.get("fit_s"):  # it took weights over, and fitted nothing
        metrics.pop("fit_s", None)
    return metrics


def _failed(sweep: Sweep, job: Job) -> Failed:
    return Failed(
        number=job.number,
        error=telling.first_line(job),
        log=job.log,
        command=telling.command_alone(sweep, job),
    )


def _ranked(sweep: Sweep, one: Standing) -> Ranked:
    return Ranked(
        trial=one.trial,
        overrides=tuple(summary.overrides(sweep, one)),
        values=_named(sweep, one.values),
        spreads={} if one.n < 2 else _named(sweep, one.spreads),
        seeds=one.n,
        complete=one.complete,
    )


def _named(sweep: Sweep, values: Sequence[float]) -> dict[str, float]:
    return dict(zip(sweep.objectives, values, strict=False))
