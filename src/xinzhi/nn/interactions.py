"""How a query, made of an entity and a relation, is compared with entities that may answer it.

Shapes: B queries, K candidates, D width of an entity's vector. Complex vectors are real ones whose
first half holds the real parts, the second the imaginary ones.
"""

from typing import Literal

import torch
from torch import Tensor

_CELLS = 1 << 22  # numbers that a comparison coordinate by coordinate holds at once, at most


def complex_product(left_BD: Tensor, right_BD: Tensor) -> Tensor:
    """Multiplies complex vectors coordinate by coordinate, shape (B, D)."""
    a, b = left_BD.chunk(2, -1)
    c, d = right_BD.chunk(2, -1)
    return torch.cat([a * c - b * d, a * d + b * c], -1)


def conjugate(vectors_BD: Tensor) -> Tensor:
    """Turns the sign of the imaginary parts, shape (B, D)."""
    real, imaginary = vectors_BD.chunk(2, -1)
    return torch.cat([real, -imaginary], -1)


def rotation(phases_BH: Tensor) -> Tensor:
    """Gives complex numbers of length 1, shape (B, 2 · H)."""
    return torch.cat([phases_BH.cos(), phases_BH.sin()], -1)


def moduli(vectors_BD: Tensor) -> Tensor:
    """Gives the lengths of complex numbers, shape (B, D / 2); smooth at 0."""
    real, imaginary = vectors_BD.chunk(2, -1)
    return (real.square() + imaginary.square() + 1e-12).sqrt()


def products(queries_BD: Tensor, candidates: Tensor) -> Tensor:
    """Gives inner products, shape (B, K).

    Args:
        queries_BD: one vector per query.
        candidates: the same for all queries, shape (K, D), or each query's own, (B, K, D).
    """
    if candidates.ndim == 2:
        return queries_BD @ candidates.T
    return torch.einsum("bd,bkd->bk", queries_BD, candidates)


def distances(queries_BD: Tensor, candidates: Tensor, *, norm: Literal[1, 2]) -> Tensor:
    """Gives distances by the sum of absolute differences (1) or Euclid (2), shape (B, K).

    Args:
        queries_BD: one vector per query.
        candidates: the same for all queries, shape (K, D), or each query's own, (B, K, D).
        norm: 1 or 2.
    """
    if candidates.ndim == 3:
        return torch.cdist(queries_BD[:, None], candidates, p=float(norm)).squeeze(1)
    if norm == 1:
        return torch.cdist(queries_BD, candidates, p=1.0)
    # a matrix product is faster than differences; what it loses matters only near 0
    squared = (
        queries_BD.square().sum(1, keepdim=True)
        + candidates.square().sum(1)
        - 2.0 * queries_BD @ candidates.T
    )
    return squared.clamp_min(1e-12).sqrt()


def complex_distances(queries_BD: Tensor, candidates: Tensor) -> Tensor:
    """Sums the lengths of complex differences, shape (B, K), in parts of bounded memory.

    Args:
        queries_BD: one vector per query.
        candidates: the same for all queries, shape (K, D), or each query's own, (B, K, D).
    """
    if candidates.ndim == 3:
        return moduli(queries_BD[:, None] - candidates).sum(-1)
    size = max(1, _CELLS // max(1, queries_BD.numel()))
    parts = [moduli(queries_BD[:, None] - part).sum(-1) for part in torch.split(candidates, size)]
    return torch.cat(parts, 1)
