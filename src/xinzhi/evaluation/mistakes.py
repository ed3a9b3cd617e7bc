"""The answers that are wrong and sure of themselves.

Shapes: N examples, C classes.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from xinzhi.evaluation.outcomes import Array, Outcomes
from xinzhi.evaluation.page_records import Shown, record_shown
from xinzhi.evaluation.wrongness import wrongness

if TYPE_CHECKING:
    import pyarrow as pa

MOST = 20


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """An answer beside the truth.

    Attributes:
        row: the key of the example.
        truth: in words.
        answer: in words.
        sure: how sure the answer is, from 0 to 1; of other kinds how wrong it is.
        truth_sure: the probability of what is true, where there is one.
        shown: the record, empty where it is not at hand.
    """

    row: int
    truth: str
    answer: str
    sure: float
    truth_sure: float | None
    shown: Shown


def mistakes(
    outcomes: Outcomes,
    record: "pa.Table | None",
    *,
    measure: str,
    folder: Path | None = None,
    most: int = MOST,
) -> list[Mistake]:
    """Gives the most confident mistakes, or of answers that cannot be sure the worst ones.

    Args:
        outcomes: of any kind.
        record: rows of the snapshot in the order of the outcomes.
        measure: by which the worst are told where there is no confidence.
        folder: of the snapshot, where the pictures lie.
        most: how many.
    """
    found = _places(outcomes, measure)
    places, sure = found[0][:most], found[1]
    return [_mistake(outcomes, record, int(place), float(sure[place]), folder) for place in places]


def _places(outcomes: Outcomes, measure: str) -> tuple[Array, Array]:
    """Gives the wrong ones, the worst first, and how bad each example is."""
    if outcomes.kind in ("classes", "labels"):
        probabilities, truth = outcomes.columns["probabilities"], outcomes.columns["truth"]
        if outcomes.kind == "classes":
            answer = probabilities.argmax(1)
            wrong, sure = (answer != truth) & (truth >= 0), probabilities.max(1)
        else:
            missed = np.where(truth, 1 - probabilities, probabilities)
            sure = missed.max(1, initial=0)
            wrong = sure > 0.5
    elif outcomes.kind == "spans":
        one = outcomes.columns
        sure = (one["truth"] + one["answered"] - 2 * one["right"]).sum(1)
        wrong = sure > 0
    else:
        sure = wrongness(outcomes, measure).values
        wrong = sure > np.nanmin(sure, initial=np.inf)  # all but the best
    order = np.argsort(-np.where(wrong, sure, -np.inf), kind="stable")
    return order[: int(wrong.sum())], sure


def _mistake(
    outcomes: Outcomes, record: "pa.Table | None", place: int, sure: float, folder: Path | None
) -> Mistake:
    truth, answer, truth_sure = _words(outcomes, place)
    return Mistake(
        row=int(outcomes.rows[place]),
        truth=truth,
        answer=answer,
        sure=sure,
        truth_sure=truth_sure,
        shown=Shown() if record is None else record_shown(record, place, folder),
    )


def _words(outcomes: Outcomes, place: int) -> tuple[str, str, float | None]:
    one = {name: values[place] for name, values in outcomes.columns.items()}
    names = outcomes.classes
    if outcomes.kind == "classes":
        truth, own = int(one["truth"]), one["probabilities"]
        return names[truth], names[int(own.argmax())], float(own[truth])
    if outcomes.kind == "labels":
        said = [_joined(names, one["truth"] > 0), _joined(names, one["probabilities"] > 0.5)]
        return said[0], said[1], None
    if outcomes.kind == "numbers":
        ends = f" ({one['lower']:.4g} to {one['upper']:.4g})" if "lower" in one else ""
        return f"{one['truth']:.6g}", f"{one['answer']:.6g}{ends}", None
    if outcomes.kind == "spans":
        missed, spurious = one["truth"] - one["right"], one["answered"] - one["right"]
        return _counted("missed", names, missed), _counted("wrong", names, spurious), None
    told = ", ".join(f"{name} {value:.4g}" for name, value in one.items())
    return "", told, None


def _joined(names: tuple[str, ...], which: Array) -> str:
    return ", ".join(names[i] for i in np.flatnonzero(which)) or "(none)"


def _counted(word: str, names: tuple[str, ...], counts: Array) -> str:
    told = ", ".join(f"{int(counts[i])} {names[i]}" for i in np.flatnonzero(counts))
    return f"{word}: {told}" if told else f"{word}: none"
