"""The fixed baseline of events: logistic regression on lags."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from xinzhi.data.batching import Batch
from xinzhi.data.snapshot import Snapshot
from xinzhi.evaluation.baselines import cached
from xinzhi.tasks.series_forecasting.events import EventBatches, EventData

_VERSION = 1  # of what is computed, so that an older cache is not believed


class LogisticOnLags:
    """Logistic regression, C = 0.1, on the history and the known columns ahead.

    Args:
        **settings: as the datamodule's, of the same names.
    """

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - checked by the datamodule
        self._settings = settings

    def metrics(self, snapshot: Snapshot, *, cache_folder: Path) -> dict[str, float]:
        """Gives test metrics from the same origins, cached by data digest."""
        asked = "-".join(f"{value}" for value in self._settings.values())
        asked = "".join(one if one.isalnum() else "-" for one in asked)
        key = f"logistic-lags-{snapshot.digest}-{asked}-v{_VERSION}"
        return cached(cache_folder, key, lambda: self._fitted(snapshot))

    def _fitted(self, snapshot: Snapshot) -> dict[str, float]:
        from sklearn.linear_model import LogisticRegression
        from torchmetrics.functional.classification import binary_auroc, binary_average_precision

        data = EventData(snapshot=snapshot, **self._settings)
        train, test = data.split("train"), data.split("test")
        model = LogisticRegression(C=0.1, max_iter=2000).fit(_rows(train), train.follows)
        foretold = torch.from_numpy(model.predict_proba(_rows(test))[:, 1])
        truth = torch.from_numpy(test.follows).long()
        return {
            "test/auroc": float(binary_auroc(foretold, truth)),
            "test/average_precision": float(binary_average_precision(foretold, truth)),
        }


def _rows(examples: EventBatches) -> np.ndarray:
    found = examples[Batch(np.arange(len(examples.at)), len(examples.at))]
    ahead = found["known"][:, :, examples.window :]
    return torch.cat([found["history"].flatten(1), ahead.flatten(1)], 1).numpy()
