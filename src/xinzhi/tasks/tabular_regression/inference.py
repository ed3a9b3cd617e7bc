"""From rows of a table to quantities: what predict, serve and MLflow's pyfunc call."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from torch import nn

from xinzhi.data.features import Prepared
from xinzhi.data.table_rows import encoded, example, forward, widths
from xinzhi.nn.saving import read_bundle, rebuild
from xinzhi.tasks.tabular_regression.judgement import Answered


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
        outputs = forward(self.model, matrix).mean(1)
        answered = Answered.of(
            outputs, centre=self.settings["centre"], scale=self.settings["scale"]
        ).widened(self.settings["margin"])
        names = ("prediction", "lower", "upper")
        answers = pd.DataFrame(
            {name: part.numpy() for name, part in zip(names, answered, strict=True)}
        )
        answers.attrs["unread"] = matrix.unread
        return answers

    def example(self) -> pd.DataFrame:
        """Gives one made-up row."""
        return example(self.prepared)
