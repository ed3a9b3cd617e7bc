"""Rows in few groups by the values of a column.

Shapes: N rows.
"""

from itertools import pairwise
from typing import Any

import numpy as np

from xinzhi.data.legible import shown
from xinzhi.data.spelling import spelled
from xinzhi.errors import DataError
from xinzhi.evaluation.masks import MISSING, numbers

MOST = 20  # groups of a column
_FEW = 10  # numbers up to which each is a group
_LONGEST = 60


def groups_of(name: str, values: Any) -> np.ndarray:  # noqa: ANN401 - whatever Arrow takes
    """Names the group of each row; numbers of many values are cut at their quartiles.

    Args:
        name: of the column.
        values: N of them.

    Returns:
        Names, shape (N,).

    Raises:
        DataError: there are too many groups to compare.
    """
    import pyarrow as pa
    import pyarrow.types as pt

    column = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([pa.array(values)])
    kind = column.type
    if pt.is_integer(kind) or pt.is_floating(kind) or pt.is_decimal(kind):
        measured = numbers(column)
        if len(np.unique(measured[~np.isnan(measured)])) > _FEW:
            return _quartiles(measured)
    texts = [spelled(chunk).fill_null(MISSING) for chunk in column.chunks]
    encoded = pa.chunked_array(texts, pa.string()).combine_chunks().dictionary_encode()
    if len(encoded.dictionary) > MOST:
        raise DataError(
            f"sensitive column {name} must have at most {MOST} groups, "
            f"had {len(encoded.dictionary):,}",
            mend="group its values in the data, or name another column",
        )
    names = np.array([shown(one, _LONGEST) for one in encoded.dictionary.to_pylist()], dtype=object)
    codes: np.ndarray = encoded.indices.to_numpy(zero_copy_only=False)
    return np.asarray(names[codes])


def _quartiles(values: np.ndarray) -> np.ndarray:
    gone = np.isnan(values)
    known = values[~gone]
    cut = np.quantile(known, (0.25, 0.5, 0.75))
    cut = np.ceil(cut) if (known == np.floor(known)).all() else cut
    edges = sorted({float(f"{edge:.3g}") for edge in cut})
    edges = [edge for edge in edges if edge > known.min()]
    said = [f"{edge:g}" for edge in edges]
    inner = [f"{low} to below {high}" for low, high in pairwise(said)]
    names = [f"below {said[0]}", *inner, f"from {said[-1]}"] if said else ["all"]
    places = np.searchsorted(np.array(edges), values, side="right")
    return np.where(gone, MISSING, np.array(names, dtype=object)[np.minimum(places, len(edges))])
