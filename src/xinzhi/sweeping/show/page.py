"""A sweep as one page of HTML that needs no network: the best, the figures, every configuration."""

import base64
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.config.identity import redact
from xinzhi.sweeping.records import Job, Sweep
from xinzhi.sweeping.search import axes
from xinzhi.sweeping.search.final import searched
from xinzhi.sweeping.show import chance, summary, table
from xinzhi.sweeping.show.figures import figures, png
from xinzhi.sweeping.show.remaining import took_s
from xinzhi.sweeping.show.standing import PAGE
from xinzhi.sweeping.show.telling import SILENT, command_alone, first_line
from xinzhi.sweeping.show.wording import duration, mean_spread, number, short_names

if TYPE_CHECKING:
    from xinzhi.sweeping.search.search import Standing

_MOST_ROWS, _MOST_ERRORS = 50, 12
_LONGEST_OPTION = 60  # characters
_TITLES = {
    "history": "Trial by trial",
    "pareto": "Objective against objective",
    "seeds": "The best configurations over their seeds",
    "importances": "What matters",
    "parallel": "All values of each configuration",
    "slices": "Each value by itself",
    "learning": "Epoch by epoch",
}


def write(
    folder: Path,
    sweep: Sweep,
    jobs: Sequence[Job],
    standings: Sequence["Standing"],
    *,
    offline: bool = True,
) -> Path:
    """Write the page, and beside it the table and the figures by themselves.

    Args:
        folder: made where it is missing.
        sweep: it.
        jobs: all of it.
        standings: of its configurations, the best first.
        offline: where no installed font has the options' characters, take the packaged one only
            if it is in the cache.

    Returns:
        The page's path.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {
        name: png(figure)
        for name, figure in figures(sweep, jobs, standings, offline=offline).items()
    }
    for name in _TITLES.keys() - pictures.keys():  # of an earlier writing
        (folder / f"{name}.png").unlink(missing_ok=True)
    for name, picture in pictures.items():
        (folder / f"{name}.png").write_bytes(picture)
    table.write(folder, sweep, standings)
    path = folder / PAGE
    path.write_text(page(sweep, jobs, standings, pictures), encoding="utf-8")
    return path


def page(
    sweep: Sweep,
    jobs: Sequence[Job],
    standings: Sequence["Standing"],
    pictures: dict[str, bytes],
) -> str:
    """Draw the page.

    Args:
        sweep: it.
        jobs: all of it.
        standings: of its configurations, the best first.
        pictures: PNG by name of the figure.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"number": "{:,}".format, "cut": _cut}
    template = environment.from_string(
        files("xinzhi.sweeping.show").joinpath("page.html.j2").read_text(encoding="utf-8")
    )
    return template.render(
        sweep=sweep,
        about=_about(sweep, jobs),
        best=_best(sweep, standings),
        pictures=[
            (_TITLES[name], base64.b64encode(picture).decode())
            for name, picture in pictures.items()
        ],
        configurations=_configurations(sweep, standings),
        failures=_failures(sweep, jobs),
        space=[(axis.key, axes.written(axis)) for axis in sweep.axes],
    )


def _about(sweep: Sweep, jobs: Sequence[Job]) -> dict[str, Any]:
    own = searched(jobs)
    started = [job.started for job in own if job.started is not None]
    ended = [job.ended for job in own if job.ended is not None]
    created = datetime.fromtimestamp(sweep.created, UTC)
    return {
        "created": f"{created:%Y-%m-%d %H:%M} UTC",
        "jobs": len(own),
        "trials": len({job.trial for job in own}),
        "counts": summary.counts(jobs),
        "cached": sum(job.cached_from is not None for job in own),
        "wall": duration(max(ended) - min(started)) if started and ended else None,
        "trained": duration(sum(took_s(own))),
        "final": sweep.final_run,
        "tested": [(name, number(value)) for name, value in summary.tested(jobs).items()],
    }


def _best(sweep: Sweep, standings: Sequence["Standing"]) -> dict[str, Any] | None:
    first = chance.best(standings)
    if first is None:
        return None
    top = summary.best_job(sweep, first)
    triples = zip(sweep.objectives, first.values, first.spreads, strict=True)
    return {
        "trial": first.trial,
        "reached": [(name, mean_spread(mean, sd, first.n)) for name, mean, sd in triples],
        "seeds": first.n,
        "complete": first.complete,
        "overrides": summary.overrides(sweep, first),
        "caution": chance.caution(sweep, standings),
        "train": None if top is None else command_alone(sweep, top),
        "seed": None if top is None else top.seed,
        "command": summary.best_command(sweep),
    }


def _configurations(sweep: Sweep, standings: Sequence["Standing"]) -> dict[str, Any]:
    names = short_names(sweep.axes)
    near = {one.trial for one in chance.too_close(sweep, standings)}
    reached = [one for one in standings if one.values]
    rows = [
        {
            "rank": rank,
            "trial": one.trial,
            "params": [number(one.params.get(key, "")) for key in names],
            "reached": [
                mean_spread(mean, sd, one.n)
                for mean, sd in zip(one.values, one.spreads, strict=True)
            ],
            "seeds": one.n,
            "complete": one.complete,
            "front": one.complete and one.pareto == 0 and len(sweep.objectives) > 1,
            "near": one.trial in near,
            "took": duration(sum(took_s(one.jobs))),
        }
        for rank, one in enumerate(reached[:_MOST_ROWS], start=1)
    ]
    return {
        "names": list(names.values()),
        "rows": rows,
        "more": len(reached) - len(rows),
        "several": any(one.n > 1 for one in reached),
    }


def _failures(sweep: Sweep, jobs: Sequence[Job]) -> dict[str, Any]:
    """Failed jobs by what they said, the most frequent first."""
    kinds: dict[str, list[Job]] = defaultdict(list)
    for job in searched(jobs):
        if job.state == "failed":
            kinds[first_line(job)].append(job)
    ranked = sorted(kinds.values(), key=len, reverse=True)
    shown = [
        {
            "count": len(group),
            "error": redact(group[0].error or SILENT),
            "job": group[0].number,
            "log": group[0].log,
            "command": command_alone(sweep, group[0]),
        }
        for group in ranked[:_MOST_ERRORS]
    ]
    return {"kinds": shown, "more": len(ranked) - len(shown)}


def _cut(text: str, longest: int = _LONGEST_OPTION) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
