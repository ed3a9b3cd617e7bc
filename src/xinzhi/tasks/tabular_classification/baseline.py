"""The fixed baseline of this task: gradient-boosted trees."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from xinzhi.data.snapshot import SPLITS, Snapshot
from xinzhi.evaluation.baselines import cached, settings_key
from xinzhi.tasks.tabular_classification.calibration import Method

_VERSION = 1  # of what is computed, so that an older cache is not believed


class Boosting:
    """HistGradientBoosting, tuned on validation; calibrated and decided for as the model is.

    Args:
        positive: the class of two that a threshold decides for; the rarer one by default.
        cost: of wrong decisions; None chooses the threshold by F1.
        calibration: how probabilities are made true on validation rows.
        columns: what single columns become.
        min_count: categories with fewer training rows count as unknown.
    """

    def __init__(
        self,
        *,
        positive: str | None = None,
        cost: Mapping[str, float] | None = None,
        calibration: Method = "platt",
        columns: Mapping[str, Any] | None = None,
        min_count: int = 5,
    ) -> None:
        self._positive, self._cost, self._calibration = positive, cost, calibration
        self._columns, self._min_count = columns, min_count

    def metrics(self, snapshot: Snapshot, *, cache_folder: Path) -> dict[str, float]:
        """Gives test metrics of trees fitted to the training rows, cached by data digest."""
        key = settings_key(snapshot.digest, "trees", vars(self), version=_VERSION)
        return cached(cache_folder, key, lambda: self._fitted(snapshot))

    def _fitted(self, snapshot: Snapshot) -> dict[str, float]:
        from xinzhi.evaluation.boosting import boosted
        from xinzhi.tasks.tabular_classification.datamodule import TabularClassificationData
        from xinzhi.tasks.tabular_classification.judgement import TabularJudgement
        from xinzhi.tasks.tabular_classification.rules import Rules

        data = TabularClassificationData(
            snapshot=snapshot,
            columns=self._columns,
            scaling="standard",  # trees do not care, as long as the order stays
            min_count=self._min_count,
        )
        splits = [data.split(name) for name in SPLITS]
        known = [split.targets >= 0 for split in splits]
        found = boosted(
            "Classifier",
            [split.matrix[there] for split, there in zip(splits, known, strict=True)],
            [split.targets[there].numpy() for split, there in zip(splits, known, strict=True)],
            categorical=splits[0].categorical,
            loss=lambda said: _log_loss(said, splits[1].targets[known[1]]),
        )
        rules = Rules.of(
            data.classes,
            data.class_counts(),
            positive=self._positive,
            cost=self._cost,
            calibration=self._calibration,
        )
        validation = None
        for split, there, said in zip(splits[1:], known[1:], (found.val, found.test), strict=True):
            scores = torch.from_numpy(said).clamp(min=1e-12).log()
            validation = TabularJudgement(
                rules=rules,
                rows=torch.arange(len(scores)),
                scores=scores,
                targets=split.targets[there],
                losses=-scores.gather(1, split.targets[there][:, None]).squeeze(1),
                validation=validation,
            )
        assert validation is not None  # noqa: S101 - the test's, after two rounds
        return {f"test/{name}": value for name, value in validation.metrics().items()}


def _log_loss(said: np.ndarray, targets: torch.Tensor) -> float:
    right = said[np.arange(len(said)), targets.numpy()]
    return float(-np.log(np.clip(right, 1e-12, None)).mean())
