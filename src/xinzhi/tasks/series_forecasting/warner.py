"""From a history of steps to a warning: what predict, serve and MLflow's pyfunc call."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from xinzhi.tasks.series_forecasting.inference import SeriesForecaster
from xinzhi.tasks.series_forecasting.outcomes import CLASSES, warnings
from xinzhi.tasks.series_forecasting.rolling import rolling
from xinzhi.tasks.series_forecasting.windows import Level, Window, levelled

if TYPE_CHECKING:
    from xinzhi.data.snapshot import Snapshot
    from xinzhi.evaluation.outcomes import Outcomes


class EventWarner(SeriesForecaster):
    """Says for each series whether an event falls within the next steps after its last one."""

    classes = CLASSES

    def predict(self, records: pd.DataFrame) -> pd.DataFrame:
        """Answers each series.

        Args:
            records: a row per step, at least as many of each series as the window has.

        Returns:
            A row per series: its name where there is one, the time of its last step, `label`
            (`event` from the threshold on that validation chose, else `none`) and `probability`,
            that of the event.
        """
        asked = self.asked(records)
        probability = self._probabilities(asked.window).numpy()
        answers = pd.DataFrame({self.time: asked.panel.times[asked.at - 1]})
        if self.roles.series:
            answers.insert(0, self.roles.series, list(asked.panel.names))
        answers["label"] = np.where(probability >= self.settings["threshold"], "event", "none")
        answers["probability"] = probability
        return answers

    @torch.inference_mode()
    def _probabilities(self, found: Window) -> Tensor:
        """Gives the probability of an event after each window, shape (B,), float64."""
        history = levelled(found, Level(*self.settings["level"]))
        scores: Tensor = self.model(torch.from_numpy(history), torch.from_numpy(found.known))
        return scores[:, 0].double().sigmoid()

    def outcomes(self, snapshot: "Snapshot", split: str) -> "Outcomes":
        """Gives the warnings at the origins at rest of a split, beside whether an event followed.

        Args:
            snapshot: of steps.
            split: train, val or test.
        """
        found = rolling(snapshot, split, self.roles, self.settings)
        events = found.panel.target > self.settings["above"]
        found = found.kept(~events[found.origins - 1])
        ahead = found.origins[:, None] + np.arange(found.horizon)
        return warnings(
            found.panel,
            found.origins,
            torch.cat([self._probabilities(window) for window in found.windows()]),
            events[ahead].any(1),
            horizon=found.horizon,
            settings={"threshold": self.settings["threshold"]},
        )
