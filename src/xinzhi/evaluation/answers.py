"""Probabilities as a table of answers, or beside the truth. Shapes: N records, C classes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from xinzhi.data.records import require_columns
from xinzhi.data.targets import class_flags, class_numbers
from xinzhi.errors import DataError
from xinzhi.evaluation.keys import Keys, keys
from xinzhi.evaluation.outcomes import Outcomes

if TYPE_CHECKING:
    import pyarrow as pa

_TINY = np.finfo(np.float64).tiny


def labelled(
    probabilities: np.ndarray,
    classes: Sequence[str],
    *,
    threshold: float | None = None,
    multilabel: bool = False,
) -> pd.DataFrame:
    """Gives `label`, `probability` of it and `p:<class>` of each class, a row per record.

    Args:
        probabilities: shape (N, C).
        classes: C names.
        threshold: of the probability from which an answer needs no person: column `accepted`.
        multilabel: `label` joins all classes of at least 0.5 by `|`.
    """
    best = probabilities.argmax(1) if len(probabilities) else np.zeros(0, dtype=np.int64)
    confidence = probabilities[np.arange(len(best)), best]
    names = np.array(classes, dtype=object)
    labels = ["|".join(names[row]) for row in probabilities >= 0.5] if multilabel else names[best]
    answers = pd.DataFrame({"label": list(labels), "probability": confidence})
    if threshold is not None:
        answers["accepted"] = confidence >= threshold
    scores = pd.DataFrame(probabilities, columns=[f"p:{name}" for name in classes])
    return pd.concat([answers, scores], axis=1)


def class_outcomes(
    probabilities: np.ndarray,
    rows: "pa.Table",
    classes: Sequence[str],
    *,
    multilabel: bool = False,
    decisions: Mapping[str, Any],
) -> Outcomes:
    """Gives the answers to rows of a snapshot beside their labels.

    Args:
        probabilities: shape (N, C).
        rows: N of them, with `row`, `label` and perhaps `group`.
        classes: C names.
        multilabel: whether a row may carry several labels.
        decisions: the outcomes' settings.
    """
    require_columns(rows.column_names, ["label"], "the rows")
    labels = rows["label"].to_pylist()
    truth = class_flags(labels, classes) if multilabel else class_numbers(labels, classes)
    return beside_truth(keys(rows), truth, probabilities.astype(np.float64), classes, decisions)


def beside_truth(
    known: Keys,
    truth: np.ndarray,
    probabilities: np.ndarray,
    classes: Sequence[str],
    decisions: Mapping[str, Any],
) -> Outcomes:
    """Gives the answers to examples beside the truth, with what each costs: `loss`.

    The loss is −log of the probability of what is right, however the model was trained, so that it
    can be compared; of several labels the mean over the classes.

    Args:
        known: keys of the N examples.
        truth: numbers of classes, shape (N,), −1 for none; or bool, shape (N, C).
        probabilities: shape (N, C), float64.
        classes: C names.
        decisions: the outcomes' settings.
    """
    several = truth.ndim == 2
    if several:
        loss = -np.log(np.where(truth, probabilities, 1 - probabilities).clip(_TINY)).mean(1)
    else:
        right = probabilities[np.arange(len(truth)), truth]  # of −1 any: it counts nowhere
        loss = np.where(truth >= 0, -np.log(right.clip(_TINY)), np.nan)
    return Outcomes(
        kind="labels" if several else "classes",
        rows=known.rows,
        units=known.units,
        columns={"truth": truth, "probabilities": probabilities, "loss": loss},
        classes=tuple(classes),
        settings=decisions,
    )


def number_labels(rows: "pa.Table") -> np.ndarray:
    """Gives labels that are numbers, shape (N,), float64.

    Args:
        rows: of a snapshot.

    Raises:
        DataError: they are none.
    """
    require_columns(rows.column_names, ["label"], "the rows")
    labels = rows["label"].to_numpy()
    if labels.dtype.kind not in "iuf":
        shown = labels[0] if len(labels) else "none"
        raise DataError(f"the label of each row must be a number, the first is {shown!r}")
    return np.array(labels, dtype=np.float64)  # a copy: Arrow lends what cannot be written to


def number_outcomes(
    rows: "pa.Table",
    answer: np.ndarray,
    lower: np.ndarray | None = None,
    upper: np.ndarray | None = None,
    *,
    level: float | None,
    loss: np.ndarray | None = None,
) -> Outcomes:
    """Gives predicted quantities of rows of a snapshot beside their labels.

    Args:
        rows: N of them, with `row`, `label` and perhaps `group`.
        answer: shape (N,).
        lower: end of an interval, shape (N,), if there is one.
        upper: the other end, shape (N,).
        level: share of truths that the intervals promise to hold.
        loss: of each row, as trained, shape (N,).
    """
    known, truth = keys(rows), number_labels(rows)
    columns = {"truth": truth, "answer": answer}
    columns |= {} if lower is None or upper is None else {"lower": lower, "upper": upper}
    columns |= {} if loss is None else {"loss": loss}
    return Outcomes(
        kind="numbers",
        rows=known.rows,
        units=known.units,
        columns=columns,
        settings={} if level is None else {"level": level},
    )
