"""A sweep over the epochs of its jobs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from xinzhi.evaluation.canvas import BLUE, QUIET, RED, blank, plain
from xinzhi.sweeping.records import Job
from xinzhi.sweeping.show.history import columns, legend_below, limit, whole_numbers
from xinzhi.sweeping.show.scene import Scene
from xinzhi.sweeping.show.telling import latest
from xinzhi.sweeping.show.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LINES = 300  # jobs beyond which their curves hide one another
_SQUEEZED = 3.0  # times the height of the later epochs


def learning(scene: Scene) -> "Figure | None":
    """The first objective over the epochs of all jobs; None where fewer than two told of it.

    Args:
        scene: of the sweep.
    """
    from matplotlib.collections import LineCollection

    every = [job for trial in scene.trials for job in trial.jobs if len(job.reports) > 1]
    if len(every) < 2:
        return None
    best = {job.number for job in scene.standings[0].jobs} if scene.standings else set()
    jobs = [*(job for job in every if job.number in best), *_thinned(every)]
    groups = {
        "finished": [job for job in jobs if job.state == "finished" and job.number not in best],
        "pruned": [job for job in jobs if job.state == "pruned"],
        "best": [job for job in jobs if job.number in best],
    }
    figure = blank(7.4, 4.4)
    axes = figure.subplots()
    faint = float(np.clip(30 / len(jobs), 0.08, 0.6))
    looks = {"finished": (BLUE, 1.0, faint), "pruned": (QUIET, 1.0, max(faint, 0.2)),
             "best": (RED, 1.8, 0.95)}  # fmt: skip
    for name, group in groups.items():
        colour, width, alpha = looks[name]
        lines = [np.array(sorted(job.reports.items()), dtype=float) for job in group]
        axes.add_collection(LineCollection(lines, colors=colour, linewidths=width, alpha=alpha))
        if group:
            axes.plot([], [], color=colour, linewidth=2, label=_legend(scene, name, group))
    ends = [latest(job) for job in groups["pruned"]]
    axes.plot(*columns([end for end in ends if end]), "x", color=QUIET, markersize=5)
    axes.autoscale_view()
    limits = limit(axes, scene, [value for job in jobs for value in _tail(job)])
    title = f"{counted(len(every), 'job')} epoch by epoch{_start(axes, jobs, limits)}"
    title += f", every {len(every) // _LINES}th of them" if len(every) >= 2 * _LINES else ""
    plain(axes, title, x="epoch", y=scene.sweep.objectives[0])
    whole_numbers(axes)
    legend_below(figure, axes)
    return figure


def _start(axes: "Axes", jobs: Sequence[Job], limits: tuple[float, float]) -> str:
    """Shows the first epochs too where they squeeze the rest little; else says that they lack."""
    told = [value for job in jobs for value in job.reports.values() if np.isfinite(value)]
    low, high = min([*told, limits[0]]), max([*told, limits[1]])
    if (low, high) == limits:
        return ""
    if high - low > _SQUEEZED * (limits[1] - limits[0]):
        return ", the first epochs cut off"
    margin = 0.03 * (high - low)
    axes.set_ylim(low - margin, high + margin)
    for note in [text for text in axes.texts if "beyond the edge" in text.get_text()]:
        note.remove()
    return ""


def _legend(scene: Scene, name: str, group: Sequence[Job]) -> str:
    if name == "best":
        return f"trial {scene.standings[0].trial}, the best"
    return counted(len(group), f"{name} job")


def _thinned(jobs: Sequence[Job]) -> Sequence[Job]:
    """At most twice as many as can be told apart."""
    return jobs[:: max(len(jobs) // _LINES, 1)]


def _tail(job: Job) -> list[float]:
    """The later half of what a job told: the first epochs would squeeze the rest."""
    told = [value for _, value in sorted(job.reports.items())]
    return told[len(told) // 2 :]
