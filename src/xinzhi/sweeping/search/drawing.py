"""Configurations that no result changes: all of a grid, random ones, quasi-random ones."""

import hashlib
import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

from xinzhi.sweeping.records import Sweep
from xinzhi.sweeping.search import axes as forms
from xinzhi.sweeping.search import studies

_IN_VAIN = 1000  # so many draws in a row that are there already: the space is as good as used up


def grid(sweep: Sweep) -> Iterator[dict[str, Any]]:
    """All combinations, the last axis fastest."""
    keys = [axis.key for axis in sweep.axes]
    columns = (forms.values(axis) or [] for axis in sweep.axes)
    return (dict(zip(keys, point, strict=True)) for point in itertools.product(*columns))


def distinct(sweep: Sweep) -> Iterator[dict[str, Any]]:
    """Random or quasi-random configurations, each once, in an order that the seed fixes.

    The first ones stay what they are however many are taken; there is an end where the space has
    one.

    Args:
        sweep: whose axes and seed.

    Yields:
        Values by key.
    """
    seen: set[tuple[Any, ...]] = set()
    draws = _quasi_random(sweep) if sweep.method == "quasi_random" else _random(sweep)
    whole = math.prod(map(forms.size, sweep.axes))
    in_vain = 0
    while len(seen) < whole and in_vain < _IN_VAIN:
        params = next(draws)
        point = tuple(params.values())
        in_vain = in_vain + 1 if point in seen else 0
        if point not in seen:
            seen.add(point)
            yield params


def unseen(sweep: Sweep, tried: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """A random configuration that was not tried; None where none is left."""
    seen = {tuple(params.get(axis.key) for axis in sweep.axes) for params in tried}
    fresh = (params for params in distinct(sweep) if tuple(params.values()) not in seen)
    return next(fresh, None)


def derived(seed: int, *numbers: int) -> int:
    """A seed for one draw of a search, as different from its neighbours' as a hash makes it."""
    text = ":".join(map(str, (seed, *numbers)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])


def _random(sweep: Sweep) -> Iterator[dict[str, Any]]:
    from optuna.samplers import RandomSampler

    spaces = studies.distributions(sweep.axes)
    study = studies.empty(sweep)
    trial = studies.blank()
    for draw in itertools.count():
        sampler = RandomSampler(seed=derived(sweep.seed, draw))
        yield {
            axis.key: forms.settled(
                axis, sampler.sample_independent(study, trial, axis.key, spaces[axis.key])
            )
            for axis in sweep.axes
        }


def _quasi_random(sweep: Sweep) -> Iterator[dict[str, Any]]:
    from optuna.samplers import QMCSampler

    study = studies.empty(sweep)
    trial = studies.blank()
    with studies.quiet():
        sampler = QMCSampler(qmc_type="sobol", scramble=True, seed=sweep.seed)
    spaces = studies.distributions(axis for axis in sweep.axes if forms.size(axis) > 1)
    only = {
        axis.key: (forms.values(axis) or [])[0] for axis in sweep.axes if axis.key not in spaces
    }
    while True:
        drawn = only | sampler.sample_relative(study, trial, spaces)
        yield {axis.key: forms.settled(axis, drawn[axis.key]) for axis in sweep.axes}
