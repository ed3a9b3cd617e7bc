"""Values of measures in resamples of independent units, by how often each cell of units is drawn.

Shapes: K cells, R resamples.
"""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from xinzhi.evaluation.cells import Cells
from xinzhi.evaluation.tallies import Array, Measure

_FEW_CELLS = 64  # so few are drawn as what they are, a multinomial
_OFTEN = 16  # units of a cell from which on its count is drawn as a skewed normal
_NUMBERS = 1_000_000  # in one piece of work
_THREADS = min(2, os.cpu_count() or 1)


def resampled(
    measured: Cells, measures: Mapping[str, Measure], *, resamples: int, seed: int
) -> dict[str, Array]:
    """Draws units with replacement.

    Args:
        measured: the units.
        measures: by name.
        resamples: R.
        seed: of the draws.

    Returns:
        Values of each measure, shape (R,).
    """
    step = int(np.clip(_NUMBERS // max(measured.width, len(measured.counts), 1), 1, resamples))
    sizes = [min(step, resamples - first) for first in range(0, resamples, step)]
    seeds = np.random.SeedSequence(seed).spawn(len(sizes))

    def piece(work: tuple[int, np.random.SeedSequence]) -> list[Array]:
        sums = measured.sums(drawn(measured.counts, work[0], np.random.default_rng(work[1])))
        return [measure(sums) for measure in measures.values()]

    work = list(zip(sizes, seeds, strict=True))
    if len(work) == 1:
        pieces = [piece(work[0])]
    else:
        with ThreadPoolExecutor(_THREADS) as pool:
            pieces = list(pool.map(piece, work))
    columns = zip(*pieces, strict=True)
    return {name: np.concatenate(c) for name, c in zip(measures, columns, strict=True)}


def drawn(counts: Array, resamples: int, random: np.random.Generator) -> Array:
    """Draws as many units as there are, with replacement, and counts them by cell.

    Few cells are drawn by the multinomial law. Of many, units of small cells are drawn one by one;
    counts of large cells are Poisson's to the third moment (Cornish and Fisher 1938), made to sum
    up as they must.

    Args:
        counts: units of each cell, shape (K,).
        resamples: R.
        random: where chance comes from.

    Returns:
        Shape (R, K), float32.
    """
    units, large = int(counts.sum()), counts >= _OFTEN
    if len(counts) <= _FEW_CELLS:
        return random.multinomial(units, counts / units, size=resamples).astype(np.float32)
    found = np.zeros((resamples, len(counts)), np.float32)
    small = np.repeat(np.arange(len(counts)), np.where(large, 0, counts))
    if not large.any():
        taken = np.full(resamples, units)
    else:
        taken = random.binomial(units, len(small) / units, size=resamples)
        found[:, large] = _skewed(counts[large], units - taken, random)
    for place, size in enumerate(taken if len(small) else ()):
        units_drawn = small[random.integers(0, len(small), size)]
        found[place] += np.bincount(units_drawn, minlength=len(counts))
    return found


def _skewed(counts: Array, totals: Array, random: np.random.Generator) -> Array:
    """Draws large counts with given sums, shape (R, K)."""
    share = (counts / counts.sum()).astype(np.float32)
    mean = totals[:, None].astype(np.float32) * share
    normal = random.standard_normal(mean.shape, dtype=np.float32)
    around = np.sqrt(mean) * normal + (normal**2 - 1) / 6
    return np.asarray(mean + around - around.sum(1, keepdims=True) * share)
