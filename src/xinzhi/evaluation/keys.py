"""What the rows of a snapshot are known by in outcomes: their keys, and their independent units.

Shapes: N rows.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from xinzhi.evaluation.outcomes import Array

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("row", "group")


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
