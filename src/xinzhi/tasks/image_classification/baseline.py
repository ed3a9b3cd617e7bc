"""The baseline of this task: a classical classifier on pixels."""

from pathlib import Path
from typing import Any, Literal

import numpy as np

from xinzhi.data.snapshot import Snapshot
from xinzhi.errors import ConfigError
from xinzhi.evaluation.baselines import cached
from xinzhi.tasks.image_classification.decoding import Form
from xinzhi.tasks.image_classification.pictures import cached_pictures, survey

_VERSION = 1  # of what is computed, so that an older cache is not believed


class PixelClassifier:
    """A support vector machine, boosted trees or a logistic regression on small images' pixels.

    Args:
        kind: svc (radial kernel), boosting (histogram gradient boosting) or logistic.
        C: inverse of the penalty, of svc and logistic.
        gamma: of the kernel, on pixels from 0 to 16 as in scikit-learn's example of digits; scale
            is 1 / (pixels × variance).
        max_size: pixels of a side, at most.
        max_rows: training images, at most, drawn at random.
    """

    def __init__(
        self,
        *,
        kind: Literal["svc", "boosting", "logistic"] = "svc",
        C: float = 10.0,
        gamma: float | Literal["scale"] = "scale",
        max_size: int = 32,
        max_rows: int = 10_000,
    ) -> None:
        if kind not in {"svc", "boosting", "logistic"}:
            msg = f"baseline.kind must be svc, boosting or logistic, was {kind!r}"
            raise ConfigError(msg)
        self.kind, self.C, self.gamma = kind, C, gamma
        self.max_size, self.max_rows = max_size, max_rows

    def metrics(self, snapshot: Snapshot, *, cache_folder: Path) -> dict[str, float]:
        """Gives test metrics of a model fitted to the training images, cached by data digest."""
        settings = (self.kind, f"{self.C:g}", self.gamma, self.max_size, self.max_rows)
        key = "-".join(map(str, (snapshot.digest, *settings, f"v{_VERSION}")))
        return cached(cache_folder, key, lambda: self._fitted(snapshot, cache_folder / "images"))

    def _fitted(self, snapshot: Snapshot, folder: Path) -> dict[str, float]:
        import torch

        from xinzhi.metrics.classification import classification_scores

        features, labels = {}, {}
        form = self._form(snapshot)
        for split in ("train", "test"):
            pictures = cached_pictures(snapshot, split, form, folder=folder)
            features[split] = pictures.pixels.reshape(len(pictures.pixels), -1)
            every = np.array(snapshot.table(split)["label"].to_pylist(), dtype=object)
            labels[split] = every[pictures.rows]
        most = max(int(features["train"].max(initial=0)), 1)
        chosen = np.random.default_rng(0).permutation(len(labels["train"]))[: self.max_rows]
        known = np.isin(labels["test"], snapshot.classes)
        model = self._model().fit(features["train"][chosen] * (16 / most), labels["train"][chosen])
        scores = self._scores(model, features["test"][known] * (16 / most), snapshot.classes)
        truth = [snapshot.classes.index(label) for label in labels["test"][known]]
        found = classification_scores(torch.from_numpy(scores), torch.tensor(truth))
        return {f"test/{metric}": value for metric, value in found.items()}

    def _form(self, snapshot: Snapshot) -> Form:
        seen = survey(snapshot)
        side = min(round(float(np.median([one.side for one in seen]))), self.max_size)
        return Form(side, 3 if any(one.coloured for one in seen) else 1, "crop")

    def _model(self) -> Any:  # noqa: ANN401 - of scikit-learn
        if self.kind == "svc":
            from sklearn.svm import SVC

            return SVC(C=self.C, gamma=self.gamma, decision_function_shape="ovr")
        if self.kind == "boosting":
            from sklearn.ensemble import HistGradientBoostingClassifier

            return HistGradientBoostingClassifier(random_state=0)
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=self.C, max_iter=200)

    def _scores(self, model: Any, features: np.ndarray, classes: tuple[str, ...]) -> np.ndarray:  # noqa: ANN401
        """Gives probabilities, shape (images, classes); a kernel machine's are of its decisions."""
        if self.kind == "svc":
            decisions = model.decision_function(features)
            if decisions.ndim == 1:
                decisions = np.stack([-decisions, decisions], 1)
            powers = np.exp(decisions - decisions.max(1, keepdims=True))
            found = powers / powers.sum(1, keepdims=True)
        else:
            found = model.predict_proba(features)
        known = list(model.classes_)
        scores = np.zeros((len(features), len(classes)))
        for column, label in enumerate(known):
            scores[:, classes.index(label)] = found[:, column]
        return scores
