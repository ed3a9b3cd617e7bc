"""The configurations of a sweep by what they reached, and which cannot be told from the best.

The best of many is picked by the same rows and seeds that it is then compared on, so that a test of
two would find differences that are none. Every two configurations are looked at together, as Tukey
does; where answers were kept, the rows that they share are counted as well as the seeds.
Shapes: K configurations, U independent units.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import numpy as np

from xinzhi.errors import ConfigError, DataError
from xinzhi.evaluation import measures, seeds
from xinzhi.evaluation.outcomes import Array, Outcomes, aligned
from xinzhi.registry import comparison_ranked as words
from xinzhi.registry import comparison_ties as ties
from xinzhi.registry.comparison_pairs import RATE, check
from xinzhi.registry.comparison_results import Entrant, Entrants, Place, Ranking
from xinzhi.registry.files import artifact
from xinzhi.tracking.artifact_names import OUTCOMES
from xinzhi.tracking.store import Store


def ranked(
    store: Store, found: Entrants, *, level: float = 0.95, figure: str | None = None
) -> Ranking:
    """Ranks the configurations of a sweep.

    Args:
        store: where its runs are.
        found: what it has to rank.
        level: of the intervals.
        figure: file for a forest plot.

    Raises:
        ConfigError: no configuration was finished.
    """
    check(level)
    if not found.entrants:
        raise ConfigError(
            f"a configuration of the sweep {found.sweep} must have finished, none has",
            mend=f"xinzhi sweep status {found.sweep}",
        )
    shared, why_not = _shared(store, found)
    values = np.array([fmean(one.values.values()) for one in found.entrants])
    spread = ties.pooled([list(one.values.values()) for one in found.entrants])
    told = None
    if spread is not None or shared is not None:
        told = ties.against_first(values, rows=shared, seeds=spread, level=level)
    places = [_place(n, one, values, told) for n, one in enumerate(found.entrants)]
    counted = ["rows"] * (shared is not None) + ["seeds"] * (spread is not None)
    result = Ranking(
        sweep=found.sweep,
        objective=found.objective,
        places=places,
        counted=counted,
        level=level,
        told=words.sentences(places, found, counted),
        notes=[*found.notes, *([why_not] if why_not else [])],
        figure=figure,
    )
    if figure is not None:
        from xinzhi.registry.comparison_figure import forest_of_sweep

        forest_of_sweep(result, Path(figure))
    return replace(result, _drawn=words.drawn(result))


def _place(number: int, one: Entrant, values: Array, told: ties.Told | None) -> Place:
    own = list(one.values.values())
    known = told is not None and number > 0
    return Place(
        rank=number + 1,
        trial=one.trial,
        setting=one.setting,
        value=float(values[number]),
        spread=float(np.std(own, ddof=1)) if len(own) > 1 else None,
        seeds=len(own),
        difference=float(values[number] - values[0]),
        low=float(told.low[number]) if told is not None and known else None,
        high=float(told.high[number]) if told is not None and known else None,
        p_value=float(told.p_values[number]) if told is not None and known else None,
        tied=bool(told.p_values[number] >= RATE) if told is not None and known else None,
        more_seeds=one.more_seeds,
    )


def _shared(store: Store, found: Entrants) -> tuple[Array | None, str | None]:
    """Gives the covariance of the configurations over the rows, shape (K, K); else why not."""
    split, _, name = found.objective.partition("/")
    groups: list[list[Outcomes]] = []
    for one in found.entrants:
        files = [artifact(store, run, f"{OUTCOMES}/{split}.parquet") for run in one.values]
        if None in files:
            return None, (
                f"not every job kept its answers to the {split} rows: that other rows would rank"
                " otherwise is not counted"
            )
        groups.append([Outcomes.load(file) for file in files if file is not None])
    if name not in measures.of(groups[0][0]):
        return None, (
            f"{name} cannot be measured from answers: that other rows would rank otherwise is not"
            " counted"
        )
    for group, one in zip(groups, found.entrants, strict=True):
        measured = [measures.value(each, name) for each in group]
        if not np.allclose(measured, list(one.values.values()), rtol=1e-3, atol=1e-4):
            return None, (
                f"the {name} of the answers is not the one that was trained for: that other rows"
                " would rank otherwise is not counted"
            )
    try:
        return covariance(groups, name), None
    except DataError as error:
        return None, str(error)


def covariance(groups: Sequence[Sequence[Outcomes]], name: str) -> Array:
    """Gives how the measures of some models go together over rows drawn anew, shape (K, K).

    Args:
        groups: answers of each model, one for each of its seeds, to the same rows.
        name: of the measure.

    Raises:
        DataError: they have no rows in common.
    """
    flat = iter([measures.judged(one) for one in aligned([o for g in groups for o in g])])
    runs = []
    for group in groups:
        own = [next(flat) for _ in group]
        runs.append(seeds.runs(own, own[0].units, name))
    influences = np.stack([each.influence.mean(0) for each in runs])
    units = influences.shape[1]
    centred = influences - influences.mean(1, keepdims=True)
    found = (units - 1) / units * (centred @ centred.T)
    # what rows do to single runs is in the spread between seeds already
    told = [(each.apart, len(each.values) - 1) for each in runs if len(each.values) > 1]
    if told:
        apart = sum(value * free for value, free in told) / sum(free for _, free in told)
        found -= np.diag([apart / len(each.values) for each in runs])
    return np.asarray(found)
