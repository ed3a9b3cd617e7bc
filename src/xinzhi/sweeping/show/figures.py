"""All figures of a sweep, by name, legible whatever alphabet its options are written in."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xinzhi.evaluation.fonts import set_fonts
from xinzhi.sweeping.records import Job, Sweep
from xinzhi.sweeping.show import comparison, coordinates, effects, history, learning
from xinzhi.sweeping.show.scene import Scene, scene

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from xinzhi.sweeping.search.search import Standing

_COLOURS = 128  # of a picture: a quarter of the bytes, and nothing that one sees is lost


def figures(
    sweep: Sweep, jobs: Sequence[Job], standings: Sequence["Standing"], *, offline: bool = True
) -> dict[str, "Figure"]:
    """Draw what there is to see of a sweep.

    Args:
        sweep: whose jobs they are.
        jobs: all of them.
        standings: of the configurations, the best first.
        offline: where no installed font has the options' characters, take the packaged one only
            if it is in the cache.

    Returns:
        `history`; with two configurations or more `seeds` where one has several, and where they
        differ `parallel` and `slices`; `importances` with eight or more; `pareto` for several
        objectives; `learning` where jobs told of their epochs. Nothing where no job was finished.
    """
    seen = scene(sweep, jobs, standings, offline=offline)
    if not seen.standings:
        return {}
    drawn: dict[str, Figure | None] = {"history": history.history(seen)}
    if len(sweep.objectives) > 1:
        drawn["pareto"] = comparison.pareto(seen)
    if len(seen.standings) > 1:
        if any(one.n > 1 for one in seen.standings):
            drawn["seeds"] = comparison.seeds(seen)
        drawn |= _of_values(seen)
    drawn["learning"] = learning.learning(seen)
    kept = {name: figure for name, figure in drawn.items() if figure is not None}
    for figure in kept.values():
        set_fonts(figure, seen.families)
    return kept


def _of_values(seen: Scene) -> dict[str, "Figure | None"]:
    if not seen.axes:
        return {}
    shares = [effects.importances(seen, n) for n in range(len(seen.sweep.objectives))]
    keys = list(shares[0]) or [axis.key for axis in seen.axes]
    telling = len(seen.axes) > 1 and all(shares)
    return {
        "importances": effects.importance_figure(seen, shares) if telling else None,
        "parallel": coordinates.parallel(seen, keys) if len(seen.axes) > 1 else None,
        "slices": effects.slices(seen, keys),
    }


def png(figure: "Figure") -> bytes:
    """A figure as a small picture.

    Args:
        figure: drawn.
    """
    from PIL import Image

    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png")
    picture = Image.open(drawn).convert("RGB")
    # the method that keeps a colour of which there is little
    few = picture.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(small, format="PNG", optimize=True)
    return small.getvalue()
