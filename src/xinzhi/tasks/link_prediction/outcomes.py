"""Ranks of right answers, and the best of each user, as outcomes of triples.

Shapes: Q queries, N triples of a split, U users.
"""

from typing import NamedTuple

import numpy as np
from torch import Tensor

from xinzhi.evaluation.keys import QUESTIONS, Keys, asked
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.metrics.ranking import ranking_columns

TAIL, HEAD, BEST = 0, 1, 2  # what a triple is asked for; the last, of a user's first triple


class Best(NamedTuple):
    """What the best answers to each user are worth.

    Attributes:
        users: entities, sorted, shape (U,).
        columns: measure → values, shape (U,).
    """

    users: Tensor
    columns: dict[str, Tensor]

    def means(self) -> dict[str, float]:
        """Gives each measure."""
        return {name: float(values.mean()) for name, values in self.columns.items()}


def outcomes(
    keys: Keys,
    ranks: Tensor,
    *,
    triples: Tensor,
    sides: Tensor,
    best: Best | None = None,
    heads: Tensor | None = None,
) -> Outcomes:
    """Gives a column for each measure; both questions of a triple are one unit.

    Args:
        keys: of the split's N triples.
        ranks: shape (Q,).
        triples: of which triple each query is, shape (Q,).
        sides: TAIL or HEAD, shape (Q,).
        best: of each user, where there is a recommendation.
        heads: the user of each triple, −1 where it is of another relation, shape (N,).
    """
    which = triples.numpy()
    columns = {name: values.numpy() for name, values in ranking_columns(ranks).items()}
    rows, units = asked(keys.rows[which], sides.numpy()), keys.units[which]
    if best is not None and heads is not None:
        count, size = len(best.users), len(rows)
        nothing = {name: np.full(count, np.nan) for name in columns}
        added = {name: values.double().numpy() for name, values in best.columns.items()}
        before = {name: np.full(size, np.nan) for name in added}
        columns = {
            name: np.concatenate([({**columns, **before})[name], ({**nothing, **added})[name]])
            for name in (*columns, *added)
        }
        rows = np.concatenate([rows, asked(_first(keys, best.users, heads), BEST)])
        units = np.concatenate([units, int(keys.units.max()) + 1 + np.arange(count)])
    named = {QUESTIONS: {"asked": ["tail", "head", "best of head"]}}
    return Outcomes(kind="means", rows=rows, units=units, columns=columns, settings=named)


def _first(keys: Keys, users: Tensor, heads: Tensor) -> np.ndarray:
    """Gives the smallest key among the triples of each user, shape (U,)."""
    mine = np.flatnonzero(heads.numpy() >= 0)
    first = np.full(len(users), np.iinfo(np.int64).max)
    np.minimum.at(first, np.searchsorted(users.numpy(), heads.numpy()[mine]), keys.rows[mine])
    return first
