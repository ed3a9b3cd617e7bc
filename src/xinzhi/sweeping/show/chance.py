"""How far the ranking of a sweep's configurations can be believed, by what their seeds say."""

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xinzhi.sweeping.records import Sweep
from xinzhi.sweeping.search.scores import front
from xinzhi.sweeping.show.wording import counted

if TYPE_CHECKING:
    from xinzhi.sweeping.search.search import Standing

_FEWEST_SEEDS = 3  # from which a deviation says anything
_SURE = 2.0  # standard errors of a difference


def best(standings: Sequence["Standing"]) -> "Standing | None":
    """The configuration that ranks first; None where no job was finished.

    Args:
        standings: of the configurations, the best first.
    """
    return next((one for one in standings if one.values), None)


def too_close(sweep: Sweep, standings: Sequence["Standing"]) -> list["Standing"]:
    """The configurations whose seeds do not show that the best is better.

    Args:
        sweep: of the configurations.
        standings: of them, the best first.

    Returns:
        Those within two standard errors of the difference; nothing where the best has fewer than
        three seeds, whose deviation is itself a matter of chance.
    """
    first = best(standings)
    if first is None or first.n < _FEWEST_SEEDS or len(sweep.objectives) > 1:
        return []
    others = _compared(first, standings)
    return [one for one in others if abs(one.values[0] - first.values[0]) <= _noise(first, one)]


def caution(sweep: Sweep, standings: Sequence["Standing"]) -> str:
    """How far the ranking can be believed, in a sentence; nothing where nothing was finished.

    Args:
        sweep: of the configurations.
        standings: of them, the best first.
    """
    first = best(standings)
    reached = sum(bool(one.values) for one in standings)
    if first is None or reached < 2:
        return ""
    if len(sweep.objectives) > 1:
        count = counted(len(front(standings)), "configuration")
        return f"{count} of {reached:,} beaten by none in all objectives; this one ranks first."
    if first.n < _FEWEST_SEEDS:
        return _too_few_seeds(sweep, first.n)
    near, others = too_close(sweep, standings), _compared(first, standings)
    told = ""
    if near:
        some = "1 other is" if len(near) == 1 else f"{len(near):,} others are"
        told = f"{some} too close to tell apart by these seeds (within two standard errors). "
    elif others:
        which = "the others" if len(others) == reached - 1 else _with_seeds(len(others))
        told = f"Its {first.n} seeds set it apart from {which} by two standard errors or more. "
    return f"{told}The best of {reached:,} owes a part to chance: what counts is the test."


def _too_few_seeds(sweep: Sweep, there: int) -> str:
    """What a person is told who might believe a ranking by one seed or two."""
    known = "nothing is known" if there == 1 else "little is known"
    told = f"With {('one seed', 'two seeds')[there - 1]} {known} of chance"
    if len(sweep.seeds) >= _FEWEST_SEEDS:
        return f"{told}: the other seeds have not finished."
    more = itertools.count(max(sweep.seeds, default=-1) + 1)
    seeds = [*sweep.seeds, *itertools.islice(more, _FEWEST_SEEDS - len(sweep.seeds))]
    words = f"`seed={','.join(map(str, seeds))}`"
    return f"{told}: {words} shows whether the differences are real."


def _compared(first: "Standing", standings: Sequence["Standing"]) -> list["Standing"]:
    return [one for one in standings if one.n >= _FEWEST_SEEDS and one.trial != first.trial]


def _with_seeds(others: int) -> str:
    return f"{counted(others, 'other')} with {_FEWEST_SEEDS} seeds or more"


def _noise(one: "Standing", other: "Standing") -> float:
    squares = (each.spreads[0] ** 2 / each.n for each in (one, other))
    return _SURE * math.sqrt(sum(squares))
