"""Two models' counts and sums side by side, so that both are drawn together.

Shapes: N examples, K codes, d sums.
"""

import numpy as np

from xinzhi.evaluation.tallies import Measure, Tally


def difference(first: Tally, second: Tally, name: str) -> Tally:
    """Gives the tally of the second model's value less the first's.

    Args:
        first: of one model.
        second: of the other, of the same examples.
        name: of the measure, which is that of the difference too.
    """
    measures = (first.measures[name], second.measures[name])
    if first.rows is None or second.rows is None:
        return Tally(codes=first.codes, size=first.size, measures={name: _less(*measures, None)})
    pairs = first.codes.astype(np.int64) * second.size + second.codes
    found, codes = np.unique(pairs, return_inverse=True)
    places = found // second.size, found % second.size
    rows = np.concatenate([first.rows[places[0]], second.rows[places[1]]], axis=1)
    return Tally(
        codes=codes.reshape(-1),
        size=len(found),
        rows=rows,
        measures={name: _less(*measures, first.rows.shape[1])},
        strata=None if first.strata is None else first.strata[places[0]],
    )


def _less(first: Measure, second: Measure, width: int | None) -> Measure:
    """Gives the difference of measures, the first one of so many sums at the front."""
    if width is None:
        return lambda drawn: np.asarray(second(drawn) - first(drawn))
    return lambda sums: np.asarray(second(sums[..., width:]) - first(sums[..., :width]))
