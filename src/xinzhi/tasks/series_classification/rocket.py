"""ROCKET: fixed random convolutions under a linear head. Shapes: F features, R of their directions.

B windows, N training windows, C channels, T steps, K classes.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn

from xinzhi.nn.rocket import RandomKernels

if TYPE_CHECKING:
    from xinzhi.tasks.series_classification.datamodule import TrainingWindows

_BIASES_FROM = 256  # windows
_PENALTIES = torch.logspace(-1, 4, 11, dtype=torch.float64)
_FLOOR = 0.01  # of the largest deviation: directions that vary less are not blown up to its size


class RocketClassifier(nn.Module):
    """A linear head on MiniRocket's features, which are fixed (Dempster et al. 2021).

    The features are turned into their principal directions, of about equal size, in which
    gradients reach what ridge regression solves for; the head starts as that solution, with the
    penalty that leave-one-out errors choose, and is trained on.

    Args:
        channels: C.
        window: T.
        num_classes: K.
        features: F, about.
        rank: R, at most; 0 where the head is on the features themselves, as in a bundle.
        start: factor of the ridge solution, which foretells ±1, as scores before a softmax.
        seed: of the random convolutions.
        training_windows: what directions and head are fitted on; None leaves them to saved weights.
    """

    def __init__(
        self,
        *,
        channels: int,
        window: int,
        num_classes: int,
        features: int = 10_000,
        rank: int = 1024,
        start: float = 4.0,
        seed: int = 0,
        training_windows: "TrainingWindows | None" = None,
    ) -> None:
        super().__init__()
        self.mean: Tensor
        self.basis: Tensor | None
        self.kernels = RandomKernels(channels=channels, window=window, features=features, seed=seed)
        width, basis, solved = self.kernels.count, None, None
        mean = torch.zeros(width)
        if training_windows is not None:
            self.kernels.fit(training_windows.series[:_BIASES_FROM])
            found = self._training_features(training_windows)
            mean = found.mean(0)
            solved = _solved(found - mean, training_windows.targets, num_classes, rank)
            basis = solved.basis
        self.register_buffer("mean", mean)
        self.register_buffer("basis", basis)
        self.head = nn.Linear(width if basis is None else basis.shape[1], num_classes)
        if solved is not None:
            with torch.no_grad():
                self.head.weight.copy_(start * solved.weight)
                self.head.bias.copy_(start * solved.bias)

    def features(self, series: Tensor, lengths: Tensor) -> Tensor:
        """Gives the window in the principal directions, shape (B, R)."""
        # shares of steps near 1 lose their differences in half precision
        with torch.autocast(series.device.type, enabled=False), torch.no_grad():
            found: Tensor = self.kernels(series.float(), lengths) - self.mean
            return found if self.basis is None else found @ self.basis

    def forward(self, series: Tensor, lengths: Tensor) -> Tensor:
        """Gives one score per class, shape (B, K)."""
        scores: Tensor = self.head(self.features(series, lengths))
        return scores

    def portable(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Gives weights with the directions merged into the head, and the arguments for that."""
        state = self.state_dict()
        if self.basis is not None:
            del state["basis"]
            state["head.weight"] = self.head.weight.detach() @ self.basis.T
        return state, {"rank": 0}

    @torch.no_grad()
    def _training_features(self, windows: "TrainingWindows") -> Tensor:
        parts = zip(windows.series.split(128), windows.lengths.split(128), strict=True)
        return torch.cat([self.kernels(series, lengths) for series, lengths in parts])


class _Solved(NamedTuple):
    """Directions (F, R) of the features, and ridge's weight (K, R) and bias (K,) in them."""

    basis: Tensor
    weight: Tensor
    bias: Tensor


def _solved(centred_NF: Tensor, targets: Tensor, num_classes: int, rank: int) -> _Solved:
    """Solves ridge regression of ±1 in whitened principal directions, all in one decomposition."""
    known = targets >= 0
    rows = centred_NF[known]
    gram = (rows @ rows.T).double()
    values, vectors = torch.linalg.eigh(gram)
    kept = values.flip(0)[: max(1, min(rank, len(rows) - 1))].clamp_min(1e-12)
    vectors = vectors.flip(1)[:, : len(kept)]
    deviations = (kept / len(rows)).sqrt()
    divisors = deviations + _FLOOR * deviations[0]
    basis = (rows.T @ (vectors / kept.sqrt()).float()) / divisors.float()
    signs = 2.0 * nn.functional.one_hot(targets[known], num_classes).double() - 1
    bias = signs.mean(0)
    strengths = (kept.sqrt() / divisors).square()
    penalty = _penalty(vectors, strengths, signs - bias)
    projected = vectors.T @ (signs - bias)
    weight = (strengths.sqrt() / (strengths + penalty))[:, None] * projected
    return _Solved(basis, weight.T.float(), bias.float())


def _penalty(vectors: Tensor, strengths: Tensor, wanted: Tensor) -> Tensor:
    """Gives the penalty of the smallest leave-one-out error, in closed form."""
    errors = []
    for penalty in _PENALTIES:
        shrunk = vectors * (strengths / (strengths + penalty))
        left = wanted - shrunk @ (vectors.T @ wanted)
        # 1 / N: the mean of the targets is fitted too
        own = (shrunk * vectors).sum(1, keepdim=True) + 1 / len(vectors)
        errors.append((left / (1 - own).clamp_min(1e-6)).square().mean())
    return _PENALTIES[int(torch.stack(errors).argmin())]
