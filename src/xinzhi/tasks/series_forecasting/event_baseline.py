"""The fixed baseline of events: logistic regression on lags."""

from pathlib import Path
from typing import Any

import torch

from xinzhi.data.snapshot import Snapshot
from xinzhi.evaluation.baselines import cached, settings_key
from xinzhi.tasks.series_forecasting.baseline import lags
from xinzhi.tasks.series_forecasting.events import EventData

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
        key = settings_key(snapshot.digest, "logistic-lags", self._settings, version=_VERSION)
        return cached(cache_folder, key, lambda: self._fitted(snapshot))

    def _fitted(self, snapshot: Snapshot) -> dict[str, float]:
        from sklearn.linear_model import LogisticRegression
        from torchmetrics.functional.classification import binary_auroc, binary_average_precision

        data = EventData(snapshot=snapshot, **self._settings)
        train, test = data.split("train"), data.split("test")
        model = LogisticRegression(C=0.1, max_iter=2000).fit(lags(train)[0], train.follows)
        foretold = torch.from_numpy(model.predict_proba(lags(test)[0])[:, 1])
        truth = torch.from_numpy(test.follows).long()
        return {
            "test/auroc": float(binary_auroc(foretold, truth)),
            "test/average_precision": float(binary_average_precision(foretold, truth)),
        }
