"""Scores to probabilities that come true, fitted to validation rows. Shapes: N rows, C classes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

Method = Literal["platt", "temperature", "isotonic", "none"]
_TRUST = 1.0  # variance of the prior on log-temperature and shifts, which few rows do not leave


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """A map of scores to probabilities.

    Attributes:
        temperature: that scores are divided by (Guo et al. 2017).
        shift: of each class's score, added after that; with two classes this is Platt's scaling,
            with more bias-corrected temperature scaling (Alexandari et al. 2020). Empty for none.
        steps: of each class, rising probabilities and what they become, linear in between
            (isotonic regression: Zadrozny & Elkan 2002); empty for none.
    """

    temperature: float = 1.0
    shift: tuple[float, ...] = ()
    steps: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...] = field(default=())

    def __call__(self, scores_NC: Tensor) -> Tensor:
        """Gives logarithms of probabilities, shape (N, C), float64."""
        scores = scores_NC.double() / self.temperature
        if self.shift:
            scores = scores + torch.tensor(self.shift, dtype=torch.float64)
        found = scores.log_softmax(1)
        return self._stepped(found) if self.steps else found

    def _stepped(self, logarithms: Tensor) -> Tensor:
        raw = logarithms.exp().numpy()
        columns = [
            np.interp(raw[:, place], before, after)
            for place, (before, after) in enumerate(self.steps)
        ]
        mapped = torch.from_numpy(np.stack(columns, axis=1)).clamp(min=1e-9)
        return (mapped / mapped.sum(1, keepdim=True)).log()

    def plain(self) -> dict[str, Any]:
        """Gives it as plain JSON."""
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Calibration":
        """Makes it of what `plain` gave."""
        steps = tuple((tuple(before), tuple(after)) for before, after in plain["steps"])
        return cls(temperature=plain["temperature"], shift=tuple(plain["shift"]), steps=steps)


def fit(scores_NC: Tensor, targets: Tensor, method: Method) -> Calibration:
    """Fits a calibration; the order of the rows makes no difference.

    Args:
        scores_NC: before softmax.
        targets: classes, shape (N,).
        method: platt fits temperature and shifts, temperature that alone, isotonic any rising map
            of each class, none keeps the probabilities as they are.
    """
    if method == "none" or not len(targets):
        return Calibration()
    if method == "isotonic":
        return _isotonic(scores_NC.double().softmax(1), targets)
    return _scaled(scores_NC.double(), targets, shifts=method == "platt")


@torch.inference_mode(mode=False)
@torch.enable_grad()
def _scaled(scores: Tensor, targets: Tensor, *, shifts: bool) -> Calibration:
    scores, truth = scores.clone(), targets.clone()  # of inference mode, which knows no gradients
    settings = torch.zeros(1 + scores.shape[1], dtype=torch.float64, requires_grad=True)
    optimizer: Any = torch.optim.LBFGS([settings], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimizer.zero_grad()
        temperature, moved = settings[0].exp(), settings[1:] if shifts else 0.0
        miss = nn.functional.cross_entropy(scores / temperature + moved, truth, reduction="sum")
        value = miss + settings.square().sum() / (2 * _TRUST)
        value.backward()  # type: ignore[no-untyped-call]
        return float(value.detach())

    optimizer.step(closure)
    found = settings.detach()
    shift = tuple((found[1:] - found[1:].mean()).tolist()) if shifts else ()
    return Calibration(temperature=float(found[0].exp()), shift=shift)


def _isotonic(probabilities: Tensor, targets: Tensor) -> Calibration:
    from sklearn.isotonic import IsotonicRegression

    steps = []
    for place in range(probabilities.shape[1]):
        fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
        fitted.fit(probabilities[:, place].numpy(), (targets == place).double().numpy())
        before, after = fitted.X_thresholds_, fitted.y_thresholds_
        steps.append((tuple(map(float, before)), tuple(map(float, after))))
    return Calibration(steps=tuple(steps))
