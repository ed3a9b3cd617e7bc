"""What MLflow wants to know of a model: its code file, signature and an example of its input."""

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.deployment.columns import sources

if TYPE_CHECKING:
    import pandas as pd
    from mlflow.models import ModelSignature

    from xinzhi.deployment.bundle import Inference

# not a record of the data: whoever may read the registry may not be allowed to read those
EXAMPLE_TEXT = "The delivery was late but the product works well."


def pyfunc_path() -> Path:
    """The models-from-code file that serves any bundle."""
    return Path(__file__).with_name("pyfunc.py")


def input_example(inference: "Inference") -> "pd.DataFrame":
    """One made-up record as the training file had it: the model's own `example()`, or a text."""
    import pandas as pd

    own = getattr(inference, "example", None)
    if own is not None:
        return pd.DataFrame(own())
    names = chain(*sources(inference).values())
    return pd.DataFrame({name: [EXAMPLE_TEXT] for name in names})


def signature(inference: "Inference") -> "ModelSignature":
    """Input and output columns with their types, the outputs as one prediction shows them.

    Args:
        inference: the opened bundle.

    Returns:
        A signature for a DataFrame with the input columns; where there is only one, its column is
        unnamed and must come first, and a list of texts is accepted too. One that was made of
        several in training may come as these or by its own name.
    """
    from mlflow.models import ModelSignature, infer_signature
    from mlflow.types import ColSpec, DataType, Schema
    from mlflow.types.schema import AnyType

    example = input_example(inference)
    inferred = infer_signature(example, inference.predict(example))
    if getattr(inference, "table", False):
        # a file's cells are numbers here and strings there, and may be missing: the model reads
        # them as they come, MLflow would refuse whole numbers for the example's fractions
        anything: Any = AnyType
        cells = [ColSpec(anything(), name, required=False) for name in example.columns]
        return ModelSignature(inputs=Schema([*cells]), outputs=inferred.outputs)
    if hasattr(inference, "example"):
        return inferred
    behind = sources(inference)
    if len(inference.columns) > 1:
        columns = [ColSpec(DataType.string, name) for name in inference.columns]
    elif all(len(several) == 1 for several in behind.values()):
        # MLflow takes a list of texts only for an unnamed column
        columns = [ColSpec(DataType.string)]
    else:
        names = dict.fromkeys([*chain(*behind.values()), *inference.columns])
        columns = [ColSpec(DataType.string, name, required=False) for name in names]
    inputs = Schema([*columns])
    return ModelSignature(inputs=inputs, outputs=inferred.outputs)
