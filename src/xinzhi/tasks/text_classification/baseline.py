"""The fixed baseline of this task: character n-grams and a logistic regression."""

from pathlib import Path
from typing import Any

import numpy as np

from xinzhi.data.snapshot import Snapshot
from xinzhi.evaluation.baselines import cached

_VERSION = 1  # of what is computed, so that an older cache is not believed


class TfidfLogistic:
    """TF-IDF of character 1–3-grams (min_df 2, sublinear), then logistic regression, C = 10.

    Args:
        C: inverse of the L2 penalty.
        ngram_range: shortest and longest n-gram.
    """

    def __init__(self, *, C: float = 10.0, ngram_range: tuple[int, int] = (1, 3)) -> None:
        self.C, self.ngram_range = C, tuple(ngram_range)

    def metrics(self, snapshot: Snapshot, *, cache_folder: Path) -> dict[str, float]:
        """Gives test metrics of a model fitted to the training texts, cached by data digest."""
        orders = f"{self.ngram_range[0]}-{self.ngram_range[1]}"
        key = f"{snapshot.digest}-{self.C:g}-{orders}-v{_VERSION}"
        return cached(cache_folder, key, lambda: self._fitted(snapshot))

    def _fitted(self, snapshot: Snapshot) -> dict[str, float]:
        import torch
        from sklearn.feature_extraction.text import TfidfVectorizer

        from xinzhi.metrics.classification import classification_scores, multilabel_scores

        tables = {split: snapshot.table(split) for split in ("train", "test")}
        texts = {split: table["text"].to_pylist() for split, table in tables.items()}
        labels = {split: table["label"].to_pylist() for split, table in tables.items()}
        vectorizer = TfidfVectorizer(
            analyzer="char", ngram_range=self.ngram_range, min_df=2, sublinear_tf=True
        )
        features = vectorizer.fit_transform(texts["train"])
        asked = vectorizer.transform(texts["test"])
        if snapshot.multilabel:
            probabilities, truth = self._several(snapshot.classes, labels, features, asked)
            scores = multilabel_scores(torch.from_numpy(probabilities), torch.from_numpy(truth))
        else:
            probabilities, truth = self._single(snapshot.classes, labels, features, asked)
            scores = classification_scores(torch.from_numpy(probabilities), torch.from_numpy(truth))
        return {f"test/{metric}": value for metric, value in scores.items()}

    def _single(
        self,
        classes: tuple[str, ...],
        labels: dict[str, list[str]],
        features: Any,  # noqa: ANN401 - sparse matrices of scikit-learn
        asked: Any,  # noqa: ANN401
    ) -> tuple[np.ndarray, np.ndarray]:
        model = self._regression().fit(features, labels["train"])
        number = {name: index for index, name in enumerate(classes)}
        known = np.array([label in number for label in labels["test"]])
        truth = np.array([number[label] for label in labels["test"] if label in number])
        columns = [list(model.classes_).index(name) for name in classes]
        return model.predict_proba(asked[known])[:, columns], truth

    def _several(
        self,
        classes: tuple[str, ...],
        labels: dict[str, list[Any]],
        features: Any,  # noqa: ANN401 - sparse matrices of scikit-learn
        asked: Any,  # noqa: ANN401
    ) -> tuple[np.ndarray, np.ndarray]:
        from sklearn.multiclass import OneVsRestClassifier
        from sklearn.preprocessing import MultiLabelBinarizer

        binarizer = MultiLabelBinarizer(classes=classes)
        model = OneVsRestClassifier(self._regression())
        model.fit(features, binarizer.fit_transform(labels["train"]))
        known = [[one for one in several if one in classes] for several in labels["test"]]
        return model.predict_proba(asked), binarizer.transform(known).astype(bool)

    def _regression(self) -> Any:  # noqa: ANN401
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=self.C, max_iter=1000)
