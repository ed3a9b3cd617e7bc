"""ROCKET: fixed random convolutions under a linear head. Shapes: F features, R of their directions.

B windows, N training windows, C channels, T steps, K classes.
"""

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from xinzhi.nn.ridge import Ridge, ridge
from xinzhi.nn.rocket import RandomKernels

if TYPE_CHECKING:
    from xinzhi.tasks.series_classification.datamodule import TrainingWindows

_BIASES_FROM = 256  # windows
_FOLDS = 3
_FLOOR = 0.01  # of the largest deviation: directions that vary less are not blown up to its size


class RocketClassifier(nn.Module):
    """A linear head on MiniRocket's features, which are fixed (Dempster et al. 2021).

    The features are turned into their principal directions, of about equal size, in which
    gradients reach what ridge regression solves for; the head starts as that solution, with the
    penalty that series held out choose, and is trained on.

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
            basis = _directions(found - mean, rank)
            solved = _head((found - mean) @ basis, training_windows, num_classes)
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
        parts = zip(
            torch.split(windows.series, 128), torch.split(windows.lengths, 128), strict=True
        )
        return torch.cat([self.kernels(series, lengths) for series, lengths in parts])


def _directions(centred_NF: Tensor, rank: int) -> Tensor:
    """Gives principal directions in which the rows vary about alike, shape (F, R)."""
    gram = (centred_NF @ centred_NF.T).double()
    values, vectors = torch.linalg.eigh(gram)
    kept = values.flip(0)[: max(1, min(rank, len(gram) - 1))].clamp_min(1e-12)
    vectors = vectors.flip(1)[:, : len(kept)]
    deviations = (kept / len(gram)).sqrt()
    divisors = kept.sqrt() * (deviations + _FLOOR * deviations[0])
    directions: Tensor = centred_NF.T @ (vectors / divisors).float()
    return directions


def _head(rows_NR: Tensor, windows: "TrainingWindows", num_classes: int) -> Ridge:
    """Solves for +1 at the class of a window and -1 elsewhere, whole series held out."""
    known = windows.targets >= 0
    signs = 2.0 * one_hot(windows.targets[known], num_classes) - 1
    folds = torch.unique(windows.sources[known], return_inverse=True)[1] % _FOLDS
    return ridge(rows_NR[known], signs, folds)
