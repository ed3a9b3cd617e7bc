"""From a history of steps to a warning: what predict, serve and MLflow's pyfunc call."""

import numpy as np
import pandas as pd
import torch

from xinzhi.tasks.series_forecasting.inference import SeriesForecaster
from xinzhi.tasks.series_forecasting.windows import Level, levelled


class EventWarner(SeriesForecaster):
    """Says for each series whether an event falls within the next steps after its last one."""

    classes = ("none", "event")

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
        history = levelled(asked.window, Level(*self.settings["level"]))
        with torch.inference_mode():
            scores = self.model(torch.from_numpy(history), torch.from_numpy(asked.window.known))
        probability = scores[:, 0].double().sigmoid().numpy()
        answers = pd.DataFrame({self.time: asked.panel.times[asked.at - 1]})
        if self.roles.series:
            answers.insert(0, self.roles.series, list(asked.panel.names))
        answers["label"] = np.where(probability >= self.settings["threshold"], "event", "none")
        answers["probability"] = probability
        return answers
