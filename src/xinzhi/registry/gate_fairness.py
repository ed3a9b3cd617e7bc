"""Whether answers grow less fair: how far groups of people lie apart, before and after."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.data.records import require_columns
from xinzhi.errors import DataError
from xinzhi.evaluation import fairness
from xinzhi.evaluation.outcomes import Array, Outcomes
from xinzhi.registry.gate_results import GateResult

if TYPE_CHECKING:
    import pyarrow as pa

_RATIO = "ratio"  # the same as the difference of its name, told in another way


def fair(
    champion: Outcomes,
    challenger: Outcomes,
    columns: Mapping[str, Any],
    *,
    margin: float,
) -> list[GateResult]:
    """Whether no difference between groups grows by more than a margin, by the estimate.

    Differences of classes are of shares; those of numbers count relative to the champion's.

    Args:
        champion: outcomes.
        challenger: outcomes of the same examples in the same order.
        columns: N values by the name of the sensitive column.
        margin: by which a difference may grow.
    """
    before, after = (fairness.by(outcomes, columns).columns for outcomes in (champion, challenger))
    results = []
    for one, other in zip(before, after, strict=True):
        if all(each.value is None for each in other.differences):
            results.append(_unknown(other.column))
        values = {each.name: each.value for each in one.differences}
        for found in other.differences:
            was = values.get(found.name)
            if was is None or found.value is None or found.name.endswith(_RATIO):
                continue
            scale = 1.0 if champion.kind != "numbers" or not was else abs(was)
            results.append(_grown(one.column, found.name, was, found.value, margin * scale))
    return results


def groups(
    columns: Sequence[str],
    record: "pa.Table | None",
    rows: Array,
    wanted: Array,
) -> dict[str, Any]:
    """Gives the sensitive columns of some examples.

    Args:
        columns: their names.
        record: the row of each example.
        rows: keys of these examples, shape (N,).
        wanted: keys of the examples that are asked for, shape (M,).

    Raises:
        DataError: a column is not there, or the rows are gone.
    """
    if record is None:
        raise DataError(
            "the test rows must be there to find groups among them, their files are gone",
            mend="bring the folder of snapshots back, or gate.sensitive=[]",
        )
    require_columns(record.column_names, list(columns), "gate.sensitive")
    order = np.argsort(rows)
    at = order[np.searchsorted(rows[order], wanted)]
    return {name: record[name].take(at) for name in columns}


def _grown(column: str, name: str, was: float, found: float, allowed: float) -> GateResult:
    said = name.replace("_difference", "").replace("_", " ")
    return GateResult(
        name=f"fairness {column}: {said}",
        passed=found - was <= allowed,
        figures={"column": column, "difference": name, "champion": was, "challenger": found,
                 "allowed": allowed},
        sentence=f"difference {was:.4f} → {found:.4f}, it may grow by {allowed:.4g}",
    )  # fmt: skip


def _unknown(column: str) -> GateResult:
    return GateResult(
        name=f"fairness {column}",
        passed=False,
        figures={"column": column},
        sentence=f"fewer than two groups of {fairness.FEWEST} or more: nothing can be said",
    )
