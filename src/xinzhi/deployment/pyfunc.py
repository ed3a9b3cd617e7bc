"""The one models-from-code file: MLflow runs it to serve the bundle of any task.

MLflow copies this file beside the bundle, so it defines nothing but the model and imports the
installed package for all else.
"""

from itertools import chain
from typing import Any

import pandas as pd  # at run time too: MLflow reads the type hints
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

from xinzhi.deployment.bundle import Inference, open_bundle
from xinzhi.deployment.columns import sources
from xinzhi.errors import DataError


class BundleModel(PythonModel):
    """A bundle behind MLflow's pyfunc interface."""

    inference: Inference

    def load_context(self, context: Any) -> None:  # noqa: ANN401 - MLflow's own type
        """Open the bundle that was logged as the artifact `bundle`."""
        self.inference = open_bundle(context.artifacts["bundle"])

    def predict(
        self,
        context: Any,  # noqa: ANN401, ARG002 - MLflow's signature
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> pd.DataFrame:
        """Label, probability and `p:<class>` of each row.

        Raises:
            DataError: MLflow passed other columns on than the model's.
        """
        known = {*self.inference.columns, *chain(*sources(self.inference).values())}
        if len(self.inference.columns) > 1 or known & set(model_input.columns):
            return self.inference.predict(model_input)
        name = next(chain(*sources(self.inference).values()))
        if model_input.columns.empty:  # MLflow takes no list where there are several columns
            raise DataError(
                f"the records must be a frame with the columns {', '.join(sorted(known))}",
                mend=f"predict(pandas.DataFrame({{{self.inference.columns[0]!r}: texts}}))",
            )
        came: object = model_input.columns[0]
        if isinstance(came, str):
            raise DataError(
                f"the first column must be {name!r}, was {came!r} "
                "(MLflow passes only the first one on to this model)",
                mend=f"predict(frame[[{name!r}]])",
            )
        return self.inference.predict(model_input.iloc[:, 0].tolist())  # it was a list of texts


set_model(BundleModel())
