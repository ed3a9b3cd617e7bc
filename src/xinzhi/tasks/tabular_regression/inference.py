"""From rows of a table to quantities: what predict, serve and MLflow's pyfunc call."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import torch
from torch import Tensor, nn

from xinzhi.data.features import Prepared
from xinzhi.data.sourced import sourced
from xinzhi.data.table_rows import encoded, example, forward, widths
from xinzhi.evaluation.answers import number_labels, number_outcomes
from xinzhi.nn.saving import read_bundle, rebuild
from xinzhi.tasks.tabular_regression.judgement import Answered, losses

if TYPE_CHECKING:
    from xinzhi.data.features import Matrix
    from xinzhi.data.snapshot import Snapshot
    from xinzhi.evaluation.outcomes import Outcomes


class TabularRegressor:
    """Answers rows with quantities and intervals.

    Args:
        model: numbers (B, numbers) and codes (B, categories) to outputs (B, K, 3).
        prepared: makes these of rows.
        settings: centre and scale of the outputs, level and margin of the intervals.

    Attributes:
        columns: of the training file that are looked at.
        table: rows come with a file's own types.
        classes: none.
    """

    table = True
    classes: tuple[str, ...] = ()

    def __init__(self, model: nn.Module, prepared: Prepared, settings: Mapping[str, Any]) -> None:
        self.model, self.prepared, self.settings = model.eval(), prepared, dict(settings)
        self.columns = tuple(column.name for column in prepared.columns)

    @classmethod
    def load(cls, folder: Path) -> "TabularRegressor":
        """Reads what `save_bundle` wrote: safetensors and JSON, no pickle, no code."""
        architecture, settings = read_bundle(folder)
        prepared = Prepared.load(folder)
        return cls(rebuild(architecture, folder, **widths(prepared)), prepared, settings)

    def predict(self, records: pd.DataFrame) -> pd.DataFrame:
        """Answers each record, in order.

        Args:
            records: with the columns of training; a cell may be missing, or a category unseen.

        Returns:
            `prediction`, and `lower` and `upper` end of its interval.

        Raises:
            DataError: a column is missing.
        """
        matrix = encoded(records, self.prepared)
        answered = self._answered(self._outputs(matrix))
        names = ("prediction", "lower", "upper")
        answers = pd.DataFrame(
            {name: part.numpy() for name, part in zip(names, answered, strict=True)}
        )
        answers.attrs["unread"] = matrix.unread
        return answers

    def _outputs(self, matrix: "Matrix") -> Tensor:
        return forward(self.model, matrix).mean(1)

    def _answered(self, outputs: Tensor) -> Answered:
        told = self.settings
        raw = Answered.of(outputs, centre=told["centre"], scale=told["scale"])
        return raw.widened(told["margin"])

    def outcomes(self, snapshot: "Snapshot", split: str) -> "Outcomes":
        """Gives the answers to the rows of a split beside their labels.

        Args:
            snapshot: of a table with `label`, a number.
            split: train, val or test.
        """
        told, rows = self.settings, snapshot.table(split)
        outputs = self._outputs(self.prepared.transform(sourced(snapshot, split)))
        true = torch.from_numpy(number_labels(rows))
        targets = ((true - told["centre"]) / told["scale"]).float()
        each = losses(outputs, targets, loss=told.get("loss", "squared"), level=told["level"])
        return number_outcomes(
            rows,
            *(part.numpy() for part in self._answered(outputs)),
            level=told["level"],
            loss=each.double().numpy(),
        )

    def example(self) -> pd.DataFrame:
        """Gives one made-up row."""
        return example(self.prepared)
