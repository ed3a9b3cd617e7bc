"""Forecasts and warnings from many origins, as outcomes of the steps that they are of.

Shapes: N origins, H steps ahead, Q quantiles.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from xinzhi.evaluation.keys import QUESTIONS, asked
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.metrics.forecasts import pinball
from xinzhi.tasks.series_forecasting.panel import Panel

CLASSES = ("none", "event")


def blocks(panel: Panel, at: np.ndarray, *, horizon: int) -> np.ndarray:
    """Numbers the independent units of origins: stretches of a series as long as the horizon.

    Forecasts from neighbouring origins are of the same steps, so they err together (blocks as in
    Künsch 1989).

    Args:
        panel: the steps.
        at: places of the first foretold steps, shape (N,).
        horizon: H.
    """
    series = panel.series[at]
    block = (at - panel.offsets[series]) // horizon
    return np.unique(series * (len(panel.times) + 1) + block, return_inverse=True)[1].reshape(-1)


def forecasts(
    panel: Panel,
    at: np.ndarray,
    quantiles: Tensor,
    truth: Tensor,
    *,
    levels: Sequence[float],
    naive: Tensor,
) -> Outcomes:
    """Gives each foretold step whose truth is known, once for each origin that foretells it.

    Args:
        panel: of a snapshot.
        at: places of the first foretold steps, shape (N,).
        quantiles: in the target's unit, as the model answers, shape (N, H, Q).
        truth: shape (N, H), NaN where it is missing.
        levels: of the quantiles.
        naive: error of the seasonal naive forecast, shape (N,).
    """
    assert panel.rows is not None  # noqa: S101 - of a snapshot
    horizon = truth.shape[1]
    ahead = np.broadcast_to(np.arange(horizon), truth.shape)
    scale = naive.double()[:, None].expand_as(truth)
    error = 2 * pinball(quantiles.double(), truth.double(), levels).mean(2) / scale
    units = np.broadcast_to(blocks(panel, at, horizon=horizon)[:, None], truth.shape)
    there = ~truth.isnan().numpy()
    columns = {
        "truth": truth.double(),
        "answer": quantiles[..., list(levels).index(0.5)].double(),
        "lower": quantiles[..., 0].double(),
        "upper": quantiles[..., -1].double(),
        "scale": scale,
        "quantile_loss": error,
    }
    return Outcomes(
        kind="numbers",
        rows=asked(panel.rows[at[:, None] + ahead], ahead)[there],
        units=units[there],
        columns={name: values.numpy()[there] for name, values in columns.items()},
        settings={
            "level": round(float(levels[-1] - levels[0]), 9),
            QUESTIONS: {"ahead": list(range(1, horizon + 1))},
        },
    )


def warnings(
    panel: Panel,
    at: np.ndarray,
    probabilities: Tensor,
    truth: np.ndarray,
    *,
    horizon: int,
    settings: Mapping[str, Any],
) -> Outcomes:
    """Gives each origin at rest, and whether an event followed.

    Args:
        panel: of a snapshot.
        at: places of the first steps ahead, shape (N,).
        probabilities: of an event, shape (N,).
        truth: whether one followed, shape (N,).
        horizon: H.
        settings: `threshold` of an alarm.
    """
    assert panel.rows is not None  # noqa: S101 - of a snapshot
    event = probabilities.double().numpy()
    right = np.where(truth, event, 1 - event)
    return Outcomes(
        kind="classes",
        rows=panel.rows[at],
        units=blocks(panel, at, horizon=horizon),
        columns={
            "truth": truth.astype(np.int64),
            "probabilities": np.stack([1 - event, event], axis=1),
            "loss": -np.log(right.clip(np.finfo(np.float64).tiny)),
        },
        classes=CLASSES,
        settings={"positive": 1, **settings},
    )
