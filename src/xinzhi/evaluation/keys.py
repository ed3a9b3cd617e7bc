"""What the rows of a snapshot are known by in outcomes: their keys, and their independent units.

Shapes: N rows.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from xinzhi.evaluation.outcomes import Array

if TYPE_CHECKING:
    import pyarrow as pa

QUESTIONS = (
    "questions"  # in the settings of outcomes: a column's name → what each question is called
)
_APART = np.int64(0x1E3779B97F4A7C15)  # odd, so that multiples of it differ in all digits


class Keys(NamedTuple):
    """What outcomes are paired and resampled by.

    Attributes:
        rows: the keys of the snapshot, shape (N,), int64.
        units: which unit each row belongs to, shape (N,), int64: rows of one group are one unit.
    """

    rows: Array
    units: Array

    def at(self, places: Array) -> "Keys":
        """Gives those of some rows.

        Args:
            places: of the rows, shape (M,).
        """
        return Keys(self.rows[places], self.units[places])


def keys(table: "pa.Table") -> Keys:
    """Gives the keys of rows.

    Args:
        table: of a split, with `row`, and with `group` where rows have one.
    """
    rows = table["row"].to_numpy().astype(np.int64)
    if "group" not in table.column_names:
        return Keys(rows, np.arange(len(rows)))
    numbered = table["group"].combine_chunks().dictionary_encode()
    return Keys(rows, numbered.indices.to_numpy(zero_copy_only=False).astype(np.int64))


def asked(rows: Array, question: Array | int) -> Array:
    """Gives the keys of examples of which a row of the snapshot makes several.

    Args:
        rows: of the snapshot, shape (N,), int64.
        question: which of the row's examples it is, from 0 on, shape (N,) or one number; the
            example 0 is known by the row's own key.

    >>> asked(np.array([7, 7]), np.array([0, 1]))[0]
    np.int64(7)
    """
    with np.errstate(over="ignore"):
        return np.asarray(rows ^ (np.asarray(question, dtype=np.int64) * _APART))


def places(examples: Array, rows: Array, *, questions: int = 1) -> tuple[Array, Array]:
    """Gives the row of the snapshot that each example is of, and which example of it.

    Args:
        examples: keys, shape (N,).
        rows: keys of the snapshot's rows, shape (M,).
        questions: examples of a row, at most.

    Returns:
        Places of the rows, and questions, both of shape (N,); −1 for an example of no row.
    """
    order = np.argsort(rows, kind="stable")
    place, number = np.full(len(examples), -1), np.full(len(examples), -1)
    left = np.arange(len(examples) if len(rows) else 0)
    for question in range(questions):
        wanted = asked(examples[left], question)
        at = np.searchsorted(rows[order], wanted).clip(max=len(rows) - 1)
        hit = rows[order][at] == wanted
        place[left[hit]], number[left[hit]] = order[at[hit]], question
        left = left[~hit]
    return place, number
