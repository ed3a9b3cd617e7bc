"""Ridge regression in closed form, a start for linear layers.

Shapes: N rows, F columns, T targets.
"""

from typing import NamedTuple

import torch
from torch import Tensor

PENALTIES = tuple(10.0**exponent for exponent in range(-3, 6))


class Ridge(NamedTuple):
    """A linear layer that was solved for.

    Attributes:
        weight: shape (T, F).
        bias: shape (T,).
        error: root of the mean square of each target on the rows that were held out, shape (T,).
    """

    weight: Tensor
    bias: Tensor
    error: Tensor


def ridge(rows_NF: Tensor, wanted_NT: Tensor, folds_N: Tensor) -> Ridge:
    """Fits with the penalty that foretells held-out rows best.

    Args:
        rows_NF: what is known.
        wanted_NT: what is to be foretold.
        folds_N: rows of equal number from 0 on are held out together; −1 never is.
    """
    rows, wanted = rows_NF.double(), wanted_NT.double()
    squares = torch.zeros(len(PENALTIES), wanted.shape[1], dtype=torch.float64)
    count = 0
    for fold in torch.unique(folds_N[folds_N >= 0]):
        out = folds_N == fold
        for index, (weight, bias) in enumerate(_solutions(rows[~out], wanted[~out], PENALTIES)):
            squares[index] += (rows[out] @ weight + bias - wanted[out]).square().sum(0)
        count += int(out.sum())
    scale = wanted.var(0).clamp_min(1e-12)
    best = int((squares / scale).sum(1).argmin()) if count else len(PENALTIES) // 2
    [(weight, bias)] = _solutions(rows, wanted, PENALTIES[best : best + 1])
    error = (squares[best] / count).sqrt() if count else wanted.std(0)
    return Ridge(weight.T.float(), bias.float(), error.float())


def _solutions(
    rows: Tensor, wanted: Tensor, penalties: tuple[float, ...]
) -> list[tuple[Tensor, Tensor]]:
    """Gives weight (F, T) and bias (T,) of each penalty, from one decomposition."""
    mean, middle = rows.mean(0), wanted.mean(0)
    centred, left = rows - mean, wanted - middle
    values, vectors = torch.linalg.eigh(centred.T @ centred)
    values = values.clamp_min(0)
    turned = vectors.T @ (centred.T @ left)
    found = []
    for penalty in penalties:
        weight = vectors @ (turned / (values + penalty)[:, None])
        found.append((weight, middle - mean @ weight))
    return found
