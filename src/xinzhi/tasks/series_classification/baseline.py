"""The fixed baseline of this task: ROCKET features and a ridge classifier, on the same windows."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from xinzhi.data.batching import Batch
from xinzhi.data.snapshot import Snapshot
from xinzhi.evaluation.baselines import cached
from xinzhi.nn.rocket import RandomKernels
from xinzhi.tasks.series_classification.datamodule import SeriesClassificationData, WindowBatches
from xinzhi.tasks.series_classification.judgement import mean_by_series

_VERSION = 1  # of what is computed, so that an older cache is not believed
_BATCH = 128


class RocketRidge:
    """MiniRocket's features and scikit-learn's RidgeClassifierCV, penalties 1e-3 … 1e3.

    Dempster, Schmidt and Webb, MiniRocket, KDD 2021. A series is answered by the mean of its
    windows' decision values.

    Args:
        window: steps of a window, as in training.
        stride: steps from one window to the next, as in training.
        features: about so many.
        seed: of the random convolutions.
    """

    def __init__(
        self,
        *,
        window: int | Literal["auto"] = "auto",
        stride: int | Literal["auto"] = "auto",
        features: int = 10_000,
        seed: int = 0,
    ) -> None:
        self.window, self.stride = window, stride
        self.features, self.seed = features, seed

    def metrics(self, snapshot: Snapshot, *, cache_folder: Path) -> dict[str, float]:
        """Gives test metrics over windows and series, cached by data digest."""
        asked = f"{self.window}-{self.stride}-{self.features}-{self.seed}"
        return cached(
            cache_folder,
            f"rocket-{snapshot.digest}-{asked}-v{_VERSION}",
            lambda: self._fitted(snapshot),
        )

    def _fitted(self, snapshot: Snapshot) -> dict[str, float]:
        from sklearn.linear_model import RidgeClassifierCV

        data = SeriesClassificationData(
            snapshot=snapshot, window=self.window, stride=self.stride, shift=False
        )
        kernels = RandomKernels(
            channels=len(data.channels),
            window=data.window,
            features=self.features,
            seed=self.seed,
        )
        kernels.fit(data.model_inputs()["training_windows"].series[:256])
        train, test = data.split("train"), data.split("test")
        model = RidgeClassifierCV(alphas=np.logspace(-3, 3, 10))
        model.fit(_features(kernels, train), train.targets)
        decisions = model.decision_function(_features(kernels, test))
        return _scores(decisions, test, len(data.classes))


def _features(kernels: RandomKernels, examples: WindowBatches) -> np.ndarray:
    count = len(examples.targets)
    places = np.array_split(np.arange(count), -(-count // _BATCH))
    found = []
    for place in places:
        batch = examples[Batch(place, len(place))]
        found.append(kernels(batch["series"], batch["lengths"]))
    return torch.cat(found).numpy()


def _scores(decisions: np.ndarray, test: WindowBatches, classes: int) -> dict[str, float]:
    wide = decisions if decisions.ndim == 2 else np.stack([-decisions, decisions], 1)
    known = test.targets >= 0
    series, place = np.unique(test.windows.series[known], return_inverse=True)
    mean = mean_by_series(torch.from_numpy(wide[known]), torch.from_numpy(place), count=len(series))
    truth = np.zeros(len(series), dtype=np.int64)
    truth[place] = test.targets[known]
    windows = _judged(wide[known].argmax(1), test.targets[known], classes)
    whole = _judged(mean.argmax(1).numpy(), truth, classes)
    return {f"test/{name}": value for name, value in windows.items()} | {
        f"test/series_{name}": value for name, value in whole.items()
    }


def _judged(predicted: np.ndarray, truth: np.ndarray, classes: int) -> dict[str, Any]:
    from torchmetrics.functional.classification import multiclass_f1_score

    found, right = torch.from_numpy(predicted), torch.from_numpy(truth)
    return {
        "accuracy": float((found == right).double().mean()),
        "f1_macro": float(multiclass_f1_score(found, right, classes, average="macro")),
    }
