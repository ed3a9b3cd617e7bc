"""Rows of tables as vectors: piecewise-linear numbers and embedded categories.

Shapes: B rows, N numbers, T bins, D features of a number, W features of a row, K members, C scores.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from xinzhi.nn.members import MemberNetwork

_WIDEST_CATEGORY = 32
_ROWS_EACH = 40  # training rows of a bin, at least
_MEMBERS, _FEWEST = ((3_000, 32), (15_000, 16)), 8  # rows at most, members


class PiecewiseLinear(nn.Module):
    """Embeds numbers by where they lie between quantiles of the training rows.

    A number is how far it got through each bin, 0 before and 1 behind it; the embedding is a linear
    map of that, added to one of the number itself (Gorishniy et al. 2022, On Embeddings for
    Numerical Features in Tabular Deep Learning; version B of their package).

    Args:
        numbers: N.
        bins: T, at most; fewer where training rows are few, or share a value.
        width: D.
        training: the training rows, shape (rows, N); None where weights are loaded.
    """

    start: Tensor
    slope: Tensor

    def __init__(
        self, *, numbers: int, bins: int, width: int, training: Tensor | None = None
    ) -> None:
        super().__init__()
        self.register_buffer("start", torch.zeros(numbers, bins))
        self.register_buffer("slope", torch.zeros(numbers, bins))  # 0 where there is no such bin
        self.direct = nn.Parameter(torch.empty(numbers, width).uniform_(-1, 1))
        self.shift = nn.Parameter(torch.empty(numbers, width).uniform_(-1, 1))
        # the curve is learned on top of the straight line: it starts as nothing
        self.by_bin = nn.Parameter(torch.zeros(numbers, bins, width))
        if training is not None:
            for place, column in enumerate(training.T):
                self._fit(place, column.double())

    def _fit(self, place: int, values: Tensor) -> None:
        bins = max(1, min(self.start.shape[1], len(values) // _ROWS_EACH))
        shares = torch.linspace(0, 1, bins + 1, dtype=torch.float64)
        edges = torch.unique_consecutive(torch.quantile(_sample(values), shares).float())
        count = len(edges) - 1
        self.start[place, :count] = edges[:-1]
        self.slope[place, :count] = 1 / (edges[1:] - edges[:-1])

    def forward(self, values_BN: Tensor) -> Tensor:
        """Gives features, shape (B, N · D)."""
        through = ((values_BN[..., None] - self.start) * self.slope).clamp(0, 1)
        curve = torch.einsum("bnt,ntd->bnd", through, self.by_bin.to(through.dtype))
        return (values_BN[..., None] * self.direct + self.shift + curve).flatten(1)


def _sample(values: Tensor, most: int = 1_000_000) -> Tensor:
    return values[:: -(-len(values) // most)]  # torch.quantile takes 16 million at most


class TabularVector(nn.Module):
    """A row as one vector: its numbers piecewise linear, its categories embedded, side by side.

    Args:
        numbers: N.
        cardinalities: how many codes each category has; code 0 is the unknown one.
        bins: T, at most; 0 takes the numbers as they are.
        embedding: D.
        training_numbers: the training rows, shape (rows, N); None where weights are loaded.

    Attributes:
        width: W.
    """

    def __init__(
        self,
        *,
        numbers: int,
        cardinalities: Sequence[int],
        bins: int = 32,
        embedding: int = 16,
        training_numbers: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.numbers: PiecewiseLinear | None = None
        if bins and numbers:
            self.numbers = PiecewiseLinear(
                numbers=numbers, bins=bins, width=embedding, training=training_numbers
            )
        widths = [_category_width(codes) for codes in cardinalities]
        self.categories = nn.ModuleList(
            _category(codes, width) for codes, width in zip(cardinalities, widths, strict=True)
        )
        self.width = numbers * (embedding if self.numbers else 1) + sum(widths)

    def forward(self, numeric_BN: Tensor, codes: Tensor) -> Tensor:
        """Gives features, shape (B, W), of numbers (B, N) and codes (B, categories)."""
        first = numeric_BN if self.numbers is None else self.numbers(numeric_BN)
        embedded = [table(codes[:, place]) for place, table in enumerate(self.categories)]
        return torch.cat([first, *(part.to(first.dtype) for part in embedded)], dim=1)


def _category_width(codes: int) -> int:
    return int(
        min(_WIDEST_CATEGORY, max(1, round(1.6 * float(codes) ** 0.56)))
    )  # the rule of fastai's tabular


def _category(codes: int, width: int) -> nn.Embedding:
    table = nn.Embedding(codes, width)
    nn.init.normal_(table.weight, std=width**-0.5)
    with torch.no_grad():
        table.weight[0] = 0.0  # a category that training never saw is none of the known ones
    return table


class TabularNetwork(nn.Module):
    """A fully connected network of K members over a row's vector.

    Args:
        numbers: N.
        cardinalities: how many codes each category has.
        outputs: C.
        members: K; None takes the more, the fewer training rows there are.
        hidden: features of a layer.
        layers: how many.
        dropout: after each layer.
        bins: of the numbers, T.
        embedding: of a number, D.
        training_numbers: the training rows, shape (rows, N); None where weights are loaded.
    """

    def __init__(  # noqa: PLR0913 - keyword-only settings
        self,
        *,
        numbers: int,
        cardinalities: Sequence[int],
        outputs: int,
        members: int | None,
        hidden: int,
        layers: int,
        dropout: float,
        bins: int,
        embedding: int,
        training_numbers: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.vector = TabularVector(
            numbers=numbers,
            cardinalities=cardinalities,
            bins=bins,
            embedding=embedding,
            training_numbers=training_numbers,
        )
        rows = 0 if training_numbers is None else len(training_numbers)
        self.members = members or members_for(rows)
        self.network = MemberNetwork(
            inputs=self.vector.width,
            outputs=outputs,
            members=self.members,
            hidden=hidden,
            layers=layers,
            dropout=dropout,
        )

    def forward(self, numbers_BN: Tensor, codes: Tensor) -> Tensor:
        """Gives scores (B, K, C) of numbers (B, N) and codes (B, categories)."""
        scores: Tensor = self.network(self.vector(numbers_BN, codes))
        return scores

    def portable(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Gives the weights, and how many members there are: no rows say so any more."""
        return self.state_dict(), {"members": self.members}


def members_for(rows: int) -> int:
    """Gives how many members a table of so many rows gets: many where they cost little.

    >>> members_for(700), members_for(10_000), members_for(1_000_000)
    (32, 16, 8)

    Args:
        rows: of the training split.
    """
    return next((members for most, members in _MEMBERS if rows <= most), _FEWEST)


class TabularLinear(nn.Module):
    """One linear layer over numbers and one-hot categories.

    Args:
        numbers: N.
        cardinalities: how many codes each category has.
        outputs: C.
    """

    def __init__(self, *, numbers: int, cardinalities: Sequence[int], outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, numbers))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.categories = nn.ModuleList(
            nn.Embedding(codes, outputs, _weight=torch.zeros(codes, outputs))
            for codes in cardinalities
        )

    def forward(self, numbers_BN: Tensor, codes: Tensor) -> Tensor:
        """Gives scores of the one member there is, shape (B, 1, C)."""
        scores: Tensor = nn.functional.linear(numbers_BN, self.weight, self.bias)
        for place, table in enumerate(self.categories):
            scores = scores + table(codes[:, place])
        return scores[:, None]
