"""The fixed baseline of this task: gradient-boosted trees."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from xinzhi.data.snapshot import SPLITS, Snapshot
from xinzhi.evaluation.baselines import cached, settings_key

_VERSION = 1  # of what is computed, so that an older cache is not believed


class Boosting:
    """HistGradientBoosting, tuned on validation, with intervals from its errors there.

    Args:
        level: share of truths that the intervals are to hold.
        columns: what single columns become.
        min_count: categories with fewer training rows count as unknown.
    """

    def __init__(
        self, *, level: float = 0.9, columns: Mapping[str, Any] | None = None, min_count: int = 5
    ) -> None:
        self._level, self._columns, self._min_count = level, columns, min_count

    def metrics(self, snapshot: Snapshot, *, cache_folder: Path) -> dict[str, float]:
        """Gives test metrics of trees fitted to the training rows, cached by data digest."""
        key = settings_key(snapshot.digest, "quantities", vars(self), version=_VERSION)
        return cached(cache_folder, key, lambda: self._fitted(snapshot))

    def _fitted(self, snapshot: Snapshot) -> dict[str, float]:
        from xinzhi.evaluation.boosting import boosted
        from xinzhi.tasks.tabular_regression.datamodule import TabularRegressionData
        from xinzhi.tasks.tabular_regression.judgement import Answered, RegressionJudgement

        data = TabularRegressionData(
            snapshot=snapshot,
            columns=self._columns,
            scaling="standard",  # trees do not care, as long as the order stays
            min_count=self._min_count,
        )
        splits = [data.split(name) for name in SPLITS]
        true = [data.quantities(name) for name in SPLITS]
        found = boosted(
            "Regressor",
            [split.matrix for split in splits],
            true[:2],
            categorical=splits[0].categorical,
            loss=lambda said: float(((said - true[1]) ** 2).mean()),
        )
        judged = None
        for said, truth in ((found.val, true[1]), (found.test, true[2])):
            predicted, expected = torch.from_numpy(said), torch.from_numpy(truth)
            judged = RegressionJudgement(
                rows=torch.arange(len(expected)),
                answered=Answered(predicted, predicted, predicted),
                true=expected,
                losses=((predicted - expected) / data.unit.scale).square(),
                level=self._level,
                validation=judged,
            )
        assert judged is not None  # noqa: S101 - the test's, after two rounds
        values = {f"test/{name}": value for name, value in judged.metrics().items()}
        del values["test/loss"]  # the model's has two quantiles in it
        return values
