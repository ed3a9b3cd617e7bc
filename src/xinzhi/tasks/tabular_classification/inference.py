"""From rows of a table to answers: what predict, serve and MLflow's pyfunc call."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from torch import nn

from xinzhi.data.features import Prepared
from xinzhi.data.sourced import sourced
from xinzhi.data.table_rows import encoded, example, forward, widths
from xinzhi.evaluation.answers import class_outcomes, labelled
from xinzhi.nn.members import pooled
from xinzhi.nn.saving import read_bundle, rebuild
from xinzhi.tasks.tabular_classification.calibration import Calibration

if TYPE_CHECKING:
    from xinzhi.data.features import Matrix
    from xinzhi.data.snapshot import Snapshot
    from xinzhi.evaluation.outcomes import Outcomes


class TabularClassifier:
    """Answers rows with labels, probabilities and decisions.

    Args:
        model: numbers (B, numbers) and codes (B, categories) to scores (B, K, C).
        prepared: makes these of rows.
        settings: classes, calibration, the place of the positive class with the threshold of
            deciding for it, and the threshold of answering without a person.

    Attributes:
        columns: of the training file that are looked at.
        table: rows come with a file's own types.
    """

    table = True

    def __init__(self, model: nn.Module, prepared: Prepared, settings: Mapping[str, Any]) -> None:
        self.model, self.prepared, self.settings = model.eval(), prepared, dict(settings)
        self.classes: tuple[str, ...] = tuple(settings["classes"])
        self.columns = tuple(column.name for column in prepared.columns)
        plain = settings.get("calibration")
        self.calibration = Calibration.of(plain) if plain else Calibration()

    @classmethod
    def load(cls, folder: Path) -> "TabularClassifier":
        """Reads what `save_bundle` wrote: safetensors and JSON, no pickle, no code."""
        architecture, settings = read_bundle(folder)
        prepared, num_classes = Prepared.load(folder), len(settings["classes"])
        model = rebuild(architecture, folder, num_classes=num_classes, **widths(prepared))
        return cls(model, prepared, settings)

    def predict(self, records: pd.DataFrame) -> pd.DataFrame:
        """Answers each record, in order.

        Args:
            records: with the columns of training; a cell may be missing, or a category unseen.

        Returns:
            `label`, `probability` of it, `accepted` (whether the answer needs no person, where
            validation found a threshold), `p:<class>` for each class and, where there are two,
            `decision`: the class that costs least, from the threshold of validation.

        Raises:
            DataError: a column is missing.
        """
        matrix = encoded(records, self.prepared)
        probabilities = self._probabilities(matrix)
        answers = labelled(probabilities, self.classes, threshold=self.settings.get("threshold"))
        place, threshold = self.settings.get("positive"), self.settings.get("decision_threshold")
        if place is not None and threshold is not None:
            names = np.array([self.classes[1 - place], self.classes[place]], dtype=object)
            decided = (probabilities[:, place] >= threshold).astype(int)
            answers.insert(2, "decision", list(names[decided]))
        answers.attrs["unread"] = matrix.unread
        return answers

    def _probabilities(self, matrix: "Matrix") -> np.ndarray:
        return self.calibration(pooled(forward(self.model, matrix))).exp().numpy()

    def outcomes(self, snapshot: "Snapshot", split: str) -> "Outcomes":
        """Gives the answers to the rows of a split beside their labels.

        Args:
            snapshot: of a table with `label`.
            split: train, val or test.
        """
        matrix = self.prepared.transform(sourced(snapshot, split))
        told = self.settings
        decisions = {"positive": told.get("positive"), "threshold": told.get("decision_threshold")}
        return class_outcomes(
            self._probabilities(matrix),
            snapshot.table(split),
            self.classes,
            decisions={"accept": told.get("threshold"), **decisions, "cost": told.get("cost")},
        )

    def example(self) -> pd.DataFrame:
        """Gives one made-up row."""
        return example(self.prepared)
