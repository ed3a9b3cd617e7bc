"""Resamples of one tally, drawn when they are asked for.

Shapes: N examples, K cells, R resamples.
"""

from collections.abc import Mapping
from functools import cached_property

from xinzhi.evaluation.cells import Cells, Jackknifed, cells, condensed, jackknife
from xinzhi.evaluation.resampling import resampled
from xinzhi.evaluation.tallies import Array, Measure, Tally

_MANY = 5_000  # units that all add something else, beyond which neighbours are put together


class Draws:
    """Resamples of the independent units of some examples.

    Args:
        tally: of the examples.
        units: which unit each example belongs to, shape (N,).
        resamples: how often units are drawn anew.
        seed: of the draws.
    """

    def __init__(self, tally: Tally, units: Array, *, resamples: int, seed: int) -> None:
        self.tally, self._resamples, self._seed = tally, resamples, seed
        self.cells: Cells = cells(tally, units)
        self._jackknifed: dict[str, Jackknifed] = {}

    def jackknife(self, name: str) -> Jackknifed:
        """Gives what one unit less changes in a measure."""
        if name not in self._jackknifed:
            found = jackknife(self.cells, self.tally.measures[name])
            self._jackknifed[name] = found
        return self._jackknifed[name]

    def values(self, name: str) -> Array:
        """Gives a measure's values in the resamples, shape (R,), NaN where it says nothing."""
        shift = self.tally.shifts.get(name, 0.0)
        if len(self.cells.counts) <= _MANY or self.cells.rows is None:
            return self._shared[name] + shift
        influence = self.jackknife(name).influence
        alone = len(influence) == self.tally.size  # cells are codes, not units of several examples
        strata = self.tally.strata if alone else None
        few = condensed(self.cells, influence, strata)
        measures = {name: self.tally.measures[name]}
        return self._resampled(few, measures)[name] + shift

    @cached_property
    def _shared(self) -> dict[str, Array]:
        return self._resampled(self.cells, dict(self.tally.measures))

    def _resampled(self, drawn: Cells, measures: Mapping[str, Measure]) -> dict[str, Array]:
        return resampled(drawn, measures, resamples=self._resamples, seed=self._seed)
