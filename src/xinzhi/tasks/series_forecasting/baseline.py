"""The fixed baselines of this task: ridge regression on lags, and the season before."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from xinzhi.data.snapshot import Snapshot
from xinzhi.evaluation.baselines import cached, settings_key
from xinzhi.metrics.forecasts import forecast_scores
from xinzhi.tasks.series_forecasting.datamodule import OriginBatches, SeriesForecastingData

_VERSION = 2  # of what is computed, so that an older cache is not believed
_MOST = 4096  # origins that ridge is fitted on
_NAMES = ("mae", "rmse", "smape", "mase")


class RidgeOnLags:
    """Ridge regression from the history and the known columns ahead to all steps ahead.

    One penalty for all steps, 1e-2 … 1e4, chosen by leave-one-out errors. Beside it, with `naive_`,
    the seasonal naive forecast: what came a season before.

    Args:
        target: as the datamodule's.
        series: as the datamodule's.
        known: as the datamodule's.
        horizon: as the datamodule's.
        window: as the datamodule's.
        season: as the datamodule's.
        stride: as the datamodule's.
    """

    def __init__(
        self,
        *,
        target: str | None = None,
        series: str | None = None,
        known: Sequence[str] = (),
        horizon: int | Literal["auto"] = "auto",
        window: int | Literal["auto"] = "auto",
        season: int | Literal["auto"] = "auto",
        stride: int | Literal["auto"] = "auto",
    ) -> None:
        self._settings = {
            "target": target,
            "series": series,
            "known": tuple(known),
            "horizon": horizon,
            "window": window,
            "season": season,
            "stride": stride,
        }

    def metrics(self, snapshot: Snapshot, *, cache_folder: Path) -> dict[str, float]:
        """Gives test metrics from the same origins, cached by data digest."""
        key = settings_key(snapshot.digest, "ridge-lags", self._settings, version=_VERSION)
        return cached(cache_folder, key, lambda: self._fitted(snapshot))

    def _fitted(self, snapshot: Snapshot) -> dict[str, float]:
        data = SeriesForecastingData(snapshot=snapshot, **self._settings)  # type: ignore[arg-type]
        test = data.split("test")
        rows = np.arange(len(test.at))
        found = {"": _ridge(data, test), "naive_": _season_before(data, test)}
        scores: dict[str, float] = {}
        for prefix, forecast in found.items():
            back = data.restored("test", rows, forecast[..., None])
            values = forecast_scores(
                torch.from_numpy(back.quantiles),
                torch.from_numpy(back.truth),
                levels=[0.5],
                naive_N=torch.from_numpy(back.naive),
            )
            scores |= {f"test/{prefix}{name}": values[name] for name in _NAMES}
        return scores


def lags(examples: OriginBatches) -> tuple[np.ndarray, np.ndarray]:
    """Gives what a linear model takes, history and known columns ahead, and the targets.

    Args:
        examples: N origins.

    Returns:
        Shapes (N, columns) and (N, targets).
    """
    found = examples.whole()
    ahead = found["known"][:, :, examples.window :]
    rows = torch.cat([found["history"].flatten(1), ahead.flatten(1)], 1)
    return rows.numpy(), found["targets"].numpy()


def _ridge(data: SeriesForecastingData, test: OriginBatches) -> np.ndarray:
    """Gives forecasts in deviations of the history, shape (N, H)."""
    from sklearn.linear_model import RidgeCV

    train = data.split("train").at
    train = train[np.linspace(0, len(train) - 1, min(len(train), _MOST)).astype(int)]
    asked, wanted = lags(data.batches(train))
    whole = np.isfinite(wanted).all(1)
    model = RidgeCV(alphas=np.logspace(-2, 4, 7)).fit(asked[whole], wanted[whole])
    forecast: np.ndarray = model.predict(lags(test)[0]).reshape(len(test.at), -1)
    return forecast


def _season_before(data: SeriesForecastingData, test: OriginBatches) -> np.ndarray:
    """Gives the value a season before, in deviations of the history, shape (N, H)."""
    ahead = np.arange(data.horizon)
    back = -data.season * (1 + ahead // data.season)
    first = data.panel.offsets[data.panel.series[test.at]]
    places = np.maximum(test.at[:, None] + ahead + back, first[:, None])
    found = test.read(test.at)
    values = data.ready.target[places]
    normal: np.ndarray = (values - found.centre[:, None]) / found.scale[:, None]
    return normal
