"""Records as they come on a bad day: typos, other case and spaces, noise, cells that are missing.

Each takes a column and a generator and gives the column disturbed, or None where nothing of it can
be. They are mild: a person would answer as before.
"""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

Dice = np.random.Generator
Disturbance = Callable[[pa.ChunkedArray, Dice], pa.ChunkedArray | None]
Array = np.ndarray[Any, Any]

TYPOS = 0.1  # share of words
NOISE = 0.05  # standard deviations of the column
MISSING = 0.05  # share of cells
_FEW_VALUES = 10  # a column of whole numbers with no more of them is a code, not a quantity
_WORD = re.compile(r"\w{4,}")
_BRIGHTER, _GREY_LEVELS, _SHIFT = 1.25, 8.0, 0.04


def typos(column: pa.ChunkedArray, dice: Dice) -> pa.ChunkedArray | None:
    """Swaps two neighbouring characters in a tenth of the words of four characters or more.

    Args:
        column: texts, or lists of words.
        dice: chooses.
    """

    def swapped(found: re.Match[str]) -> str:
        word = found.group()
        if dice.random() >= TYPOS:
            return word
        at = int(dice.integers(1, len(word) - 1))
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return _by_text(column, lambda text: _WORD.sub(swapped, text))


def upper_case(column: pa.ChunkedArray, dice: Dice) -> pa.ChunkedArray | None:  # noqa: ARG001 - alike
    """Writes in capitals.

    Args:
        column: texts, or lists of words.
        dice: not needed.
    """
    return _by_text(column, str.upper)


def spaces(column: pa.ChunkedArray, dice: Dice) -> pa.ChunkedArray | None:  # noqa: ARG001 - alike
    """Doubles the spaces of texts and adds some before and behind; words of a list have none.

    Args:
        column: texts.
        dice: not needed.
    """
    if not _is_text(column.type):
        return None
    return _by_text(column, lambda text: f"  {text.replace(' ', '  ')} \n")


def noise(column: pa.ChunkedArray, dice: Dice) -> pa.ChunkedArray | None:
    """Adds a little to quantities; whole numbers stay whole, codes of few values as they are.

    Args:
        column: numbers, or lists of them.
        dice: draws.
    """
    kind = column.type
    if pt.is_list(kind) and (pt.is_floating(kind.value_type) or pt.is_integer(kind.value_type)):
        whole = column.combine_chunks()
        inner = noise(pa.chunked_array([whole.flatten()]), dice)
        if inner is None:
            return None
        values = inner.combine_chunks().cast(kind.value_type)
        offsets = pc.subtract(whole.offsets, whole.offsets[0])
        made = pa.ListArray.from_arrays(offsets, values, mask=whole.is_null())
        return pa.chunked_array([made])
    if not (pt.is_floating(kind) or pt.is_integer(kind)):
        return None
    if pt.is_integer(kind) and len(column.unique()) <= _FEW_VALUES:
        return None
    values = np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
    known = np.isfinite(values)
    if not known.any() or np.ptp(values[known]) == 0:
        return None
    moved = values + dice.normal(0, NOISE * values[known].std(), len(values))
    moved = np.round(moved) if pt.is_integer(kind) else moved
    least, most = values[known].min(), values[known].max()  # nothing that could not be
    return _numbers(np.clip(moved, least, most), known, kind)


def missing(column: pa.ChunkedArray, dice: Dice) -> pa.ChunkedArray | None:
    """Empties a twentieth of the cells.

    Args:
        column: of any kind but lists.
        dice: chooses.
    """
    if pt.is_nested(column.type):
        return None
    gone = pa.array(dice.random(len(column)) < MISSING)
    emptied = pc.if_else(gone, pa.scalar(None, column.type), column)
    return emptied if isinstance(emptied, pa.ChunkedArray) else pa.chunked_array([emptied])


def brighter(pixels: Array, dice: Dice) -> Array:  # noqa: ARG001 - alike
    """Makes an image a quarter brighter.

    Args:
        pixels: shape (H, W) or (H, W, 3), uint8.
        dice: not needed.
    """
    return np.asarray(np.clip(pixels * _BRIGHTER, 0, 255).astype(np.uint8))


def shifted(pixels: Array, dice: Dice) -> Array:
    """Moves an image by a twenty-fifth of its size, at least a pixel; its border is drawn out.

    Args:
        pixels: shape (H, W) or (H, W, 3), uint8.
        dice: chooses the direction.
    """
    moved = pixels
    for axis in (0, 1):
        by = max(1, round(_SHIFT * pixels.shape[axis])) * int(dice.choice([-1, 1]))
        size = pixels.shape[axis]
        moved = moved.take(np.clip(np.arange(size) - by, 0, size - 1), axis=axis)
    return moved


def grainy(pixels: Array, dice: Dice) -> Array:
    """Adds noise of 8 levels of grey.

    Args:
        pixels: shape (H, W) or (H, W, 3), uint8.
        dice: draws.
    """
    grain = dice.normal(0, _GREY_LEVELS, pixels.shape)
    return np.asarray(np.clip(np.round(pixels + grain), 0, 255).astype(np.uint8))


def _by_text(column: pa.ChunkedArray, change: Callable[[str], str]) -> pa.ChunkedArray | None:
    kind = column.type
    if _is_text(kind):
        before = column.to_pylist()
        after: list[Any] = [None if text is None else change(text) for text in before]
    elif pt.is_list(kind) and _is_text(kind.value_type):
        before = column.to_pylist()
        after = [None if words is None else [change(word) for word in words] for words in before]
    else:
        return None
    return None if after == before else pa.chunked_array([pa.array(after, kind)])


def _is_text(kind: pa.DataType) -> bool:
    return bool(pt.is_string(kind) or pt.is_large_string(kind))


def _numbers(values: Array, known: Array, kind: pa.DataType) -> pa.ChunkedArray:
    filled = np.where(known, values, 0.0)
    return pa.chunked_array([pa.array(filled, mask=~known).cast(kind)])
