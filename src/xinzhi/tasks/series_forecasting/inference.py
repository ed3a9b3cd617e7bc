"""From a history of steps to the next ones: what predict, serve and MLflow's pyfunc call."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from xinzhi.errors import DataError
from xinzhi.metrics.forecasts import widened
from xinzhi.nn.saving import read_bundle, rebuild
from xinzhi.tasks.series_forecasting import calendar
from xinzhi.tasks.series_forecasting.outcomes import forecasts
from xinzhi.tasks.series_forecasting.panel import Panel, Roles, panel
from xinzhi.tasks.series_forecasting.rolling import naive, rolling
from xinzhi.tasks.series_forecasting.windows import Window, read, ready

if TYPE_CHECKING:
    from xinzhi.data.snapshot import Snapshot
    from xinzhi.evaluation.outcomes import Outcomes


class Asked(NamedTuple):
    """Series that are asked about: their last windows, where what is foretold begins."""

    panel: Panel
    at: np.ndarray
    window: Window


class SeriesForecaster:
    """Foretells the steps after the last one of each series.

    Args:
        model: `history` and `known` to ascending quantiles.
        settings: columns and their roles, window, horizon, the training's step and standardisation.
    """

    table = True
    whole = True
    classes: tuple[str, ...] = ()

    def __init__(self, model: nn.Module, settings: Mapping[str, Any]) -> None:
        self.model, self.settings = model.eval(), dict(settings)
        self.window, self.horizon = int(settings["window"]), int(settings["horizon"])
        self.levels: tuple[float, ...] = tuple(settings.get("levels", ()))
        self.time: str = settings["time"]
        self.roles = Roles(
            settings["target"],
            settings["series"],
            tuple(settings["known"]),
            tuple(settings["observed"]),
        )
        self.columns = (self.time, *self.roles.columns)

    @classmethod
    def load(cls, folder: Path) -> "SeriesForecaster":
        """Reads what the task's `bundle` wrote: safetensors and JSON, no pickle, no code."""
        architecture, settings = read_bundle(folder)
        days = calendar.features(_times(settings, 2), settings["step_s"], yearly=settings["yearly"])
        model = rebuild(
            architecture,
            folder,
            window=settings["window"],
            horizon=settings["horizon"],
            observed=len(settings["observed"]),
            known=len(days) + len(settings["known"]),
        )
        return cls(model, settings)

    def predict(self, records: pd.DataFrame) -> pd.DataFrame:
        """Foretells the next steps of every series.

        Args:
            records: a row per step, at least as many of each series as the window has. Rows after
                the last one with a target give the known columns of the steps to foretell.

        Returns:
            A row per foretold step: the series' name where there is one, the time, `prediction`
            (the median), `lower` and `upper` (the outer quantiles).

        Raises:
            DataError: a column is missing, a history is too short, or known columns of the steps to
                foretell are not there.
        """
        asked = self.asked(records)
        return self._answers(asked.panel, asked.at, self._quantiles(asked.window).numpy())

    @torch.inference_mode()
    def _quantiles(self, found: Window) -> Tensor:
        """Gives the quantiles in the target's unit, shape (B, H, Q), float64."""
        normal = self.model(torch.from_numpy(found.history), torch.from_numpy(found.known))
        centre = torch.from_numpy(found.centre)[:, None, None]
        scale = torch.from_numpy(found.scale)[:, None, None]
        return widened(normal.double() * scale + centre, self.levels, self.settings["widening"])

    def outcomes(self, snapshot: "Snapshot", split: str) -> "Outcomes":
        """Gives the forecasts from the origins of a split beside what came.

        Args:
            snapshot: of steps.
            split: train, val or test.
        """
        found = rolling(snapshot, split, self.roles, self.settings)
        places = found.origins[:, None] + np.arange(found.horizon)
        scale = naive(found.panel, self.settings)[found.panel.series[found.origins]]
        return forecasts(
            found.panel,
            found.origins,
            torch.cat([self._quantiles(window) for window in found.windows()]),
            torch.from_numpy(found.panel.target[places]),
            levels=self.levels,
            naive=torch.from_numpy(scale),
        )

    def asked(self, records: pd.DataFrame) -> Asked:
        """Reads the last window of every series, and the steps after it.

        Args:
            records: a row per step.
        """
        steps = panel(records, self.roles, time=self.time)
        parts = [self._extended(steps, index) for index in range(len(steps.names))]
        joined = _joined(steps.names, parts)
        ends = np.asarray([len(part.times) for part in parts]).cumsum()
        at = ends - self.horizon
        made = ready(
            joined,
            self.settings["step_s"],
            self.settings["fitted"],
            floor=self.settings["floor"],
            yearly=self.settings["yearly"],
        )
        return Asked(joined, at, read(made, at, window=self.window, horizon=self.horizon))

    def example(self) -> pd.DataFrame:
        """Gives a history: as many steps as the window has, all alike."""
        times: Any = _times(self.settings, self.window + self.horizon)
        made = pd.DataFrame({self.time: times.astype(str) if self.settings["dated"] else times})
        if self.roles.series:
            made[self.roles.series] = "1"
        made[self.roles.target] = self.settings["middle"]
        for name in ("known", "observed"):
            for column, (mean, _) in zip(
                self.settings[name], self.settings["fitted"][name], strict=True
            ):
                made[column] = mean
        if self.roles.known:  # of the steps to foretell only these are there
            made.loc[self.window :, self.roles.target] = np.nan
        return made

    def _answers(self, joined: Panel, at: np.ndarray, quantiles: np.ndarray) -> pd.DataFrame:
        places = (at[:, None] + np.arange(self.horizon)).reshape(-1)
        answers = {self.time: joined.times[places]}
        if self.roles.series:
            answers = {
                self.roles.series: np.repeat(np.array(joined.names, dtype=object), self.horizon),
                **answers,
            }
        flat = quantiles.reshape(-1, len(self.levels))
        return pd.DataFrame(
            {
                **answers,
                "prediction": flat[:, self.levels.index(0.5)],
                "lower": flat[:, 0],
                "upper": flat[:, -1],
            }
        )

    def _extended(self, steps: Panel, index: int) -> Panel:
        """Cuts one series to its window and the steps to foretell.

        Raises:
            DataError: too few steps are there.
        """
        inside = slice(steps.offsets[index], steps.offsets[index + 1])
        target = steps.target[inside]
        there = np.flatnonzero(np.isfinite(target))
        end = int(there[-1]) + 1 if there.size else 0
        where = f"series {steps.names[index]}" if self.roles.series else "the history"
        if end < self.window:
            msg = f"{where} must have at least {self.window} steps, one window, it has {end}"
            raise DataError(msg, mend="give the steps before them too")
        known = steps.known[:, inside]
        ahead = known.shape[1] - end
        if self.roles.known and ahead < self.horizon:
            names = ", ".join(self.roles.known)
            msg = (
                f"{where} must go on with {self.horizon} rows that have {names} and no "
                f"{self.roles.target}, there are {ahead}"
            )
            raise DataError(msg)
        times = steps.times[inside]
        if ahead < self.horizon:
            times = np.concatenate([times[:end], calendar.following(times[:end], self.horizon)])
        size = self.window + self.horizon
        last = slice(end - self.window, end + self.horizon)
        empty = np.full(self.horizon, np.nan)
        observed = np.full((len(steps.observed), size), np.nan)
        observed[:, : self.window] = steps.observed[:, inside][:, end - self.window : end]
        return steps._replace(
            times=times[last],
            target=np.concatenate([target[end - self.window : end], empty]),
            known=known[:, last] if len(known) else np.zeros((0, size)),
            observed=observed,
        )


def _joined(names: tuple[str, ...], parts: list[Panel]) -> Panel:
    lengths = [len(part.times) for part in parts]
    return Panel(
        names=names,
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        times=np.concatenate([part.times for part in parts]),
        target=np.concatenate([part.target for part in parts]),
        known=np.concatenate([part.known for part in parts], axis=1),
        observed=np.concatenate([part.observed for part in parts], axis=1),
        part=np.zeros(sum(lengths), dtype=np.int8),
    )


def _times(settings: Mapping[str, Any], count: int) -> np.ndarray:
    """Gives made-up times, as far apart as the training's."""
    if not settings["dated"]:
        plain: np.ndarray = float(settings["step_s"]) * np.arange(count, dtype=np.float64)
        return plain
    apart = (1e6 * settings["step_s"] * np.arange(count)).astype("timedelta64[us]")
    times: np.ndarray = np.datetime64("2026-01-01", "us") + apart
    return times
