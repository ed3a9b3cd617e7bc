"""From a snapshot of steps to windows around origins."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import lightning as L
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from xinzhi.data.batching import Batch
from xinzhi.data.snapshot import SPLITS, Snapshot
from xinzhi.errors import DataError
from xinzhi.tasks.series_forecasting import calendar
from xinzhi.tasks.series_forecasting.panel import Panel, Roles, snapshot_panel
from xinzhi.tasks.series_forecasting.settings import suggested
from xinzhi.tasks.series_forecasting.windows import (
    MOST_ORIGINS,
    Ready,
    TrainingOrigins,
    Window,
    naive_error,
    read,
    ready,
    some_origins,
)
from xinzhi.training.batches import check_at_least, loader, splits_of

_OURS = ("row", "time", "label", "group", "key")
_FITTED_ON = 4096  # origins that a model may be fitted on before training
_EPOCH = 2048  # windows: fewer are repeated within an epoch, more are taken a stride apart


class OriginBatches(Dataset[dict[str, Tensor]]):
    """Origins of a split; an index is a whole batch of them.

    Args:
        ready: the steps.
        at: places of the first foretold steps, shape (origins,).
        window: L.
        horizon: H.
        repeats: how often an epoch has each origin.
    """

    def __init__(
        self, *, ready: Ready, at: np.ndarray, window: int, horizon: int, repeats: int = 1
    ) -> None:
        self.ready, self.at, self.repeats = ready, at, repeats
        self.window, self.horizon = window, horizon

    def __getitem__(self, batch: Batch) -> dict[str, Tensor]:
        chosen = batch.indices % len(self.at)
        found = self.read(self.at[chosen])
        history, targets = self._example(found, chosen)
        return {
            "history": torch.from_numpy(history),
            "known": torch.from_numpy(found.known),
            "targets": torch.from_numpy(targets.astype(np.float32)),
            "rows": torch.from_numpy(batch.indices),
            "step_examples": torch.tensor(batch.step_examples),
        }

    def __len__(self) -> int:
        return len(self.at) * self.repeats

    def read(self, at: np.ndarray) -> Window:
        """Gives the windows around origins, shape (B,)."""
        return read(self.ready, at, window=self.window, horizon=self.horizon)

    def whole(self) -> dict[str, Tensor]:
        """Gives every origin once, as one batch."""
        return self[Batch(np.arange(len(self.at)), len(self.at))]

    def _example(self, found: Window, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Gives history and targets of the chosen origins, shapes (B, 1 + O, L) and (B, …)."""
        truth = self.ready.truth[self.at[chosen][:, None] + np.arange(self.horizon)]
        return found.history, (truth - found.centre[:, None]) / found.scale[:, None]


class Restored(NamedTuple):
    """Forecasts in the target's unit, and what they are compared with.

    Attributes:
        quantiles: shape (N, H, Q).
        truth: shape (N, H), NaN where it is missing.
        naive: of each origin's series, shape (N,).
        times: shape (N, H).
        series: shape (N,).
        at: places of the first foretold steps, shape (N,).
    """

    quantiles: np.ndarray
    truth: np.ndarray
    naive: np.ndarray
    times: np.ndarray
    series: np.ndarray
    at: np.ndarray


class SeriesForecastingData(L.LightningDataModule):
    """Steps of one or several series, cut by time into histories and what came after.

    What validation and test foretell lies in their part of the time alone; histories reach back.
    Every step of the calendar that a date tells (day, week, year) is known beforehand.

    Args:
        snapshot: steps with `time`, split by it.
        target: the column to foretell; the first feature by default.
        series: the column that names a step's series; None where there is one.
        known: columns that are known beforehand, such as holidays.
        horizon: steps that are foretold; auto takes the shortest season.
        window: steps of history; auto takes two horizons or a season.
        season: steps after which the series repeats; auto looks for it.
        stride: steps from one origin to the next; auto is 1 unless there are many.
        max_examples: windows of a batch, at most.
        seed: of the batches' composition and order.
    """

    def __init__(  # noqa: PLR0913 - keyword-only settings
        self,
        *,
        snapshot: Snapshot,
        target: str | None = None,
        series: str | None = None,
        known: Sequence[str] = (),
        horizon: int | Literal["auto"] = "auto",
        window: int | Literal["auto"] = "auto",
        season: int | Literal["auto"] = "auto",
        stride: int | Literal["auto"] = "auto",
        max_examples: int = 64,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.snapshot, self.max_examples, self.seed = snapshot, max_examples, seed
        self.roles = _roles(snapshot, target, series, tuple(known))
        self.panel = snapshot_panel(snapshot, self.roles)
        spans = suggested(
            self.panel,
            season=None if season == "auto" else season,
            horizon=None if horizon == "auto" else horizon,
            window=None if window == "auto" else window,
        )
        self.season, self.horizon, self.window = spans
        self._stride = None if stride == "auto" else stride
        check_at_least(
            {
                "horizon": self.horizon,
                "window": self.window,
                "season": self.season,
                "stride": self._stride or 1,
                "max_examples": max_examples,
            }
        )
        self.step_s = calendar.step_of(self.panel.times[: int(self.panel.offsets[1])])
        train = self.panel.part == 0
        self.floor = 0.01 * float(np.nanstd(self.panel.target[train])) or 1.0
        self.yearly = calendar.spans_a_year(self.panel.times[train])
        self.fitted = _fitted(self.panel, train)
        self.ready = ready(
            self.panel, self.step_s, self.fitted, floor=self.floor, yearly=self.yearly
        )
        self.naive = naive_error(self.panel, self.season, fallback=100 * self.floor)
        self._splits: dict[str, OriginBatches] = {}

    def setup(self, stage: str | None = None) -> None:
        """Finds the origins that a stage needs."""
        for name in splits_of(stage):
            self.split(name)

    def split(self, name: str) -> OriginBatches:
        """Gives the origins of train, val or test.

        Raises:
            DataError: there are none, since the series are too short for window and horizon.
        """
        if name not in self._splits:
            at = self._origins(name)
            repeats = -(-_EPOCH // len(at)) if name == "train" else 1
            self._splits[name] = self.batches(at, repeats=repeats)
        return self._splits[name]

    def batches(self, at: np.ndarray, *, repeats: int = 1) -> OriginBatches:
        """Gives origins, shape (N,), an epoch of which has each so often."""
        spans = {"window": self.window, "horizon": self.horizon}
        return OriginBatches(ready=self.ready, at=at, repeats=repeats, **spans)

    def _origins(self, name: str) -> np.ndarray:
        part = SPLITS.index(name)
        spans = {"window": self.window, "horizon": self.horizon}
        most = 8 * _EPOCH if name == "train" else MOST_ORIGINS
        at = some_origins(self.panel, part, **spans, stride=self._stride, most=most)
        if len(at):
            return at
        steps = int(np.bincount(self.panel.series[self.panel.part == part], minlength=1).max())
        longest = int(np.diff(self.panel.offsets).max())
        needed = f"{self.horizon} steps for the horizon"
        if name == "train":
            needed = f"{self.window + self.horizon} steps for window and horizon"
        msg = (
            f"a series must have {needed} in {name} after a window of {self.window}, the most are "
            f"{steps} of {longest}"
        )
        raise DataError(
            msg, mend="a smaller datamodule.horizon= or datamodule.window=, or more data"
        )

    def check(self) -> None:
        """Refuses series that are too short for window and horizon in any part."""
        for name in SPLITS:
            self.split(name)

    def warnings(self) -> list[str]:
        """Says what is odd about the steps."""
        told = []
        apart = np.diff(self.panel.times)[np.diff(self.panel.series) == 0]
        dated = calendar.is_dated(self.panel.times)
        seconds = apart / np.timedelta64(1, "us") / 1e6 if dated else apart
        gaps = int((seconds > 1.5 * self.step_s).sum())
        if gaps:
            told.append(f"{gaps:,} steps come late: a step is taken as one, whatever its length")
        if missing := int(np.isnan(self.panel.target).sum()):
            told.append(
                f"{missing:,} steps have no {self.roles.target}: the last one is carried on"
            )
        return told

    def restored(self, name: str, rows: np.ndarray, quantiles: np.ndarray) -> Restored:
        """Turns a split's forecasts back into the target's unit.

        Args:
            name: of the split.
            rows: places among its origins, shape (N,).
            quantiles: in deviations of the history, shape (N, H, Q).
        """
        examples = self.split(name)
        at = np.take(examples.at, rows)
        found = examples.read(at)
        places = at[:, None] + np.arange(self.horizon)
        series = self.panel.series[at]
        scale, centre = found.scale[:, None, None], found.centre[:, None, None]
        return Restored(
            quantiles.astype(np.float64) * scale + centre,
            self.panel.target[places],
            self.naive[series],
            self.panel.times[places],
            series,
            at,
        )

    def settings(self) -> dict[str, Any]:
        """Gives what a forecast of later steps needs to know of these."""
        declared = self.snapshot.manifest.get("declaration", {})
        named = {"group": declared.get("group")}
        return {
            "target": self.roles.target,
            "series": named.get(self.roles.series or "", self.roles.series),
            "time": declared.get("time") or "time",
            "known": list(self.roles.known),
            "observed": list(self.roles.observed),
            "window": self.window,
            "horizon": self.horizon,
            "step_s": self.step_s,
            "dated": calendar.is_dated(self.panel.times),
            "fitted": self.fitted,
            "floor": self.floor,
            "yearly": self.yearly,
            "middle": float(np.nanmean(self.panel.target)),
            "stride": self._stride,
            "season": self.season,
            "naive": dict(zip(self.panel.names, self.naive.tolist(), strict=True)),
        }

    def model_inputs(self) -> dict[str, Any]:
        """Gives what a model of this data may be built from."""
        return {**self.sizes(), "training_origins": self._training_origins()}

    def sizes(self) -> dict[str, int]:
        """Gives L, H, O and K."""
        return {
            "window": self.window,
            "horizon": self.horizon,
            "observed": len(self.roles.observed),
            "known": len(self.ready.known),
        }

    def _training_origins(self) -> TrainingOrigins:
        """Gives training windows in the order of time, all or some that keep memory bounded."""
        at = self.split("train").at
        at = at[np.argsort(self.panel.times[at], kind="stable")]
        at = at[np.linspace(0, len(at) - 1, min(len(at), _FITTED_ON)).astype(np.int64)]
        batch = self.batches(at).whole()
        return TrainingOrigins(batch["history"], batch["known"], batch["targets"])

    def _loader(self, name: str, *, shuffle: bool) -> DataLoader[Any]:
        return loader(
            self.split(name),
            max_examples=self.max_examples if shuffle else 4 * self.max_examples,
            trainer=self.trainer,
            shuffle=shuffle,
            seed=self.seed,
        )

    def train_dataloader(self) -> DataLoader[Any]:
        """Gives the training batches, others in every epoch."""
        return self._loader("train", shuffle=True)

    def val_dataloader(self) -> DataLoader[Any]:
        """Gives the validation batches."""
        return self._loader("val", shuffle=False)

    def test_dataloader(self) -> DataLoader[Any]:
        """Gives the test batches."""
        return self._loader("test", shuffle=False)


def _roles(
    snapshot: Snapshot, target: str | None, series: str | None, known: tuple[str, ...]
) -> Roles:
    there = snapshot.table("train").column_names
    features = [name for name in there if name not in _OURS]
    if "time" not in there:
        msg = "the steps must have a time"
        raise DataError(msg, mend="data.time=COLUMN")
    chosen = target or next(iter(n for n in features if n != series and n not in known), None)
    if chosen is None:
        msg = "there must be a column to foretell beside the time"
        raise DataError(msg, mend="datamodule.target=COLUMN")
    if series is None and "group" in there:
        series = "group"
    rest = [name for name in features if name not in {chosen, series, *known}]
    return Roles(chosen, series, known, tuple(rest))


def _fitted(steps: Panel, train: np.ndarray) -> dict[str, list[list[float]]]:
    """Gives mean and deviation of the columns beside the target, over the training steps."""
    found = {}
    for name, values in (("known", steps.known), ("observed", steps.observed)):
        rows = [row[train & np.isfinite(row)] for row in values]
        found[name] = [
            [float(row.mean()), float(row.std()) or 1.0] if row.size else [0.0, 1.0] for row in rows
        ]
    return found
