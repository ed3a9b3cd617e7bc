"""From raw series to answers: what predict, serve and MLflow's pyfunc call."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from xinzhi.data.records import require_columns
from xinzhi.errors import DataError
from xinzhi.evaluation.answers import class_outcomes, labelled
from xinzhi.nn.saving import read_bundle, rebuild
from xinzhi.tasks.series_classification.judgement import mean_by_series
from xinzhi.tasks.series_classification.records import Asked, asked, step_columns
from xinzhi.tasks.series_classification.windows import Windows, cut, gather, read_series

if TYPE_CHECKING:
    from xinzhi.data.snapshot import Snapshot
    from xinzhi.evaluation.outcomes import Outcomes

_MAX_WINDOWS = 256


class SeriesClassifier:
    """Answers each series with a label: the mean of its windows' probabilities.

    Args:
        model: `series` (B, C, T) and `lengths` (B,) to scores (B, K).
        settings: channels, classes, window, stride, short, mean and scale of the channels, the
            threshold for answering alone, and how the training file laid out its series.
    """

    table = True
    whole = True

    def __init__(self, model: nn.Module, settings: Mapping[str, Any]) -> None:
        self.model, self.settings = model.eval(), dict(settings)
        self.classes: tuple[str, ...] = tuple(settings["classes"])
        self.channels: tuple[str, ...] = tuple(settings["channels"])
        self.source: dict[str, Any] = dict(settings.get("source") or {})
        self.mean = np.asarray(settings["mean"], dtype=np.float32)
        self.scale = np.asarray(settings["scale"], dtype=np.float32)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the input, as the training file had them."""
        if self.source.get("series"):
            return (*self.required, *self.channels)
        return (*self.channels, *step_columns(self.channels, self.settings["longest"]))

    @property
    def required(self) -> tuple[str, ...]:
        """Columns without which there is no series: a channel may come as one or many columns."""
        if not self.source.get("series"):
            return ()
        return (self.source["series"], self.source["time"])

    @classmethod
    def load(cls, folder: Path) -> "SeriesClassifier":
        """Reads what the task's `bundle` wrote: safetensors and JSON, no pickle, no code."""
        architecture, settings = read_bundle(folder)
        model = rebuild(
            architecture,
            folder,
            channels=len(settings["channels"]),
            window=settings["window"],
            num_classes=len(settings["classes"]),
        )
        return cls(model, settings)

    def predict(self, records: pd.DataFrame) -> pd.DataFrame:
        """Answers each series, in the order in which they appear.

        Args:
            records: a row per series with a list per channel; or a row per step, with the column
                that says which series it belongs to.

        Returns:
            The column of the series, where there is one; `label`, `probability`, `accepted` (where
            validation found a threshold), `p:<class>` of each class, and `windows`, their number.

        Raises:
            DataError: a column is missing, holds no numbers, or a series is too short.
        """
        needed = (*self.required, *self.channels) if self.required else ()
        require_columns(list(map(str, records.columns)), needed, "the records")
        found = asked(records, channels=self.channels, source=self.source)
        self._refuse_short(found)
        windows = self._cut(found)
        probabilities = self._probabilities(found, windows)
        answers = labelled(probabilities, self.classes, threshold=self.settings.get("threshold"))
        answers["windows"] = np.bincount(windows.series, minlength=len(answers))
        if found.keys is not None:
            answers.insert(0, self.source["series"], found.keys)
        return answers

    def _cut(self, found: Asked) -> Windows:
        told = self.settings
        return cut(found.table.lengths, window=told["window"], stride=told["stride"])

    def outcomes(self, snapshot: "Snapshot", split: str) -> "Outcomes":
        """Gives the answers to the series of a split beside their labels.

        Args:
            snapshot: a row per series, a list of numbers per channel, and `label`.
            split: train, val or test.
        """
        rows = snapshot.table(split)
        found = Asked(read_series(rows, self.channels, where=f"{split} rows"))
        self._refuse_short(found)
        return class_outcomes(
            self._probabilities(found, self._cut(found)),
            rows,
            self.classes,
            decisions={"accept": self.settings.get("threshold")},
        )

    def example(self) -> pd.DataFrame:
        """Gives a record: a short series of the training mean."""
        steps = self.settings["window"]
        values = {
            name: [float(mean)] * min(steps, 4)
            for name, mean in zip(self.channels, self.mean, strict=True)
        }
        if not self.source.get("series"):
            return pd.DataFrame({name: [steps] for name, steps in values.items()})
        long = pd.DataFrame(values)
        long.insert(0, self.source["series"], "1")
        long.insert(1, self.source["time"], range(len(long)))
        return long

    def _refuse_short(self, found: Asked) -> None:
        if self.settings["short"] != "refuse":
            return
        window = self.settings["window"]
        for index in np.flatnonzero(found.table.lengths < window)[:1]:
            key = index if found.keys is None else found.keys[index]
            msg = (
                f"a series must have at least {window} steps, series {key} has "
                f"{found.table.lengths[index]}"
            )
            raise DataError(msg)

    @torch.inference_mode()
    def _probabilities(self, found: Asked, windows: Windows) -> np.ndarray:
        parts: list[Tensor] = []
        for first in range(0, len(windows.series), _MAX_WINDOWS):
            part = Windows(*(column[first : first + _MAX_WINDOWS] for column in windows))
            values = gather(
                found.table,
                part,
                window=self.settings["window"],
                mean=self.mean,
                scale=self.scale,
            )
            scores = self.model(torch.from_numpy(values), torch.from_numpy(part.lengths))
            parts.append(scores.double().softmax(1))
        if not parts:
            return np.zeros((0, len(self.classes)))
        series = torch.from_numpy(windows.series)
        count = len(found.table.lengths)
        return mean_by_series(torch.cat(parts), series, count=count).numpy()
