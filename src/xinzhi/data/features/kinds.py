"""Which kind of feature a column is, seen from its training rows.

The rules, in this order; missing cells (NULL, NaN, infinity, blank) do not count as values:

1. no value at all, or one value in every row: left out, with a note.
2. dates and timestamps, or strings that are all ISO dates: date.
3. booleans: categorical. Lists of numbers: vector. Binary cells, structs and other lists: left
   out, with a warning.
4. numbers, or strings that all write numbers without leading zeros:
   a. whole, no two alike, in at least 20 rows: an id, left out, with a warning;
   b. whole, at most 10 different ones with 5 rows each on average: categorical;
   c. one number or missing: categorical; everything else: numeric.
5. strings of three words (or six Chinese signs) or more on average, of which more than 20 and
   more than a tenth are different: text.
6. strings, no two alike, in at least 20 rows: an id, left out, with a warning.
7. other strings: categorical.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from xinzhi.data.features.categories import counted
from xinzhi.data.features.cell_types import (
    decoded,
    is_boolean,
    is_date,
    is_list,
    is_number,
    is_quantity,
    is_text,
)
from xinzhi.data.features.cells import Floats, instants, numbers, vectors

if TYPE_CHECKING:
    import pyarrow as pa

    from xinzhi.data.features.cell_types import Cells

_ID_ROWS = 20
_FEW, _ROWS_EACH = 10, 5
_WORDS, _SIGNS = 3.0, 6.0
_JUDGED = 1000  # strings that are looked at for words
_CODE = r"^[+-]?0[0-9]"  # 01067 is a code, no number
_NO_VALUE = ("na", "n/a", "nan", "null", "none", "inf", "-inf", "infinity", "?", "-")


class Kind(NamedTuple):
    """What a column is taken for.

    Attributes:
        word: numeric, categorical, date, text, vector or ignore.
        why: for a person.
        warning: whether a person should look at it.
    """

    word: str
    why: str
    warning: bool = False


def infer(cells: "Cells") -> Kind:
    """Judges a column by the rules above.

    Args:
        cells: of the training rows.
    """
    cells = decoded(cells)
    if cells.null_count == len(cells):
        return Kind("ignore", "no value")
    for holds, judge in _JUDGES:
        if holds(cells.type):
            return judge(cells)
    return Kind("ignore", f"{cells.type} cells are no feature", warning=True)


def _few(cells: "Cells") -> Kind:
    import pyarrow.compute as pc

    if not cells.null_count and pc.count_distinct(cells).as_py() == 1:
        return Kind("ignore", f"the same in every row: {cells[0]}")
    if is_date(cells.type):
        return Kind("date", f"{cells.type}")
    return Kind("categorical", "true or false")


def _vectors(cells: "Cells") -> Kind:
    values = vectors(cells)
    if not values.size or np.all(values == values[0]):
        return Kind("ignore", "the same in every row")
    return Kind("vector", f"{cells.type}")


def _quantities(cells: "Cells") -> Kind:
    kind = _numbers(numbers(cells), str(cells.type))
    if kind.warning and not is_number(cells.type):
        return Kind("numeric", f"{cells.type} in seconds")  # no id, though no two are alike
    return kind


def _numbers(values: Floats, kind: str) -> Kind:
    there = np.sort(values[~np.isnan(values)])
    if not len(there):
        return Kind("ignore", "no finite number")
    distinct = 1 + int(np.count_nonzero(np.diff(there)))
    if distinct == 1:
        if len(there) == len(values):
            return Kind("ignore", f"the same in every row: {there[0]:g}")
        return Kind("categorical", "one number or missing")
    if np.all(there == np.trunc(there)):
        if distinct == len(there) and distinct >= _ID_ROWS:
            return Kind("ignore", "whole numbers, no two alike: an id", warning=True)
        if distinct <= _FEW and distinct * _ROWS_EACH <= len(there):
            return Kind("categorical", f"{distinct} whole numbers")
    return Kind("numeric", f"{kind}, {distinct:,} different")


def _strings(cells: "Cells") -> Kind:
    counts, missing = counted(cells)
    words, rows = list(counts), sum(counts.values())
    if not words or (len(words) == 1 and not missing):
        return Kind("ignore", f"the same in every row: {words[0][:40]}" if words else "no value")
    if _write_numbers(words):
        return _numbers(numbers(cells), "numbers as strings")
    if _write_dates(words):
        return Kind("date", "ISO dates as strings")
    if len(words) > max(20, rows / 10) and _wordy(words):
        return Kind("text", f"{len(words):,} different, of several words")
    if len(words) == rows >= _ID_ROWS:
        return Kind("ignore", "strings, no two alike: an id", warning=True)
    return Kind("categorical", f"{len(words):,} different strings")


def _write_numbers(words: list[str]) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    told = pa.array([word for word in words if word.lower() not in _NO_VALUE], pa.large_string())
    if not len(told) or pc.any(pc.match_substring_regex(told, _CODE)).as_py():
        return False
    return not np.isnan(numbers(told)).any()


def _write_dates(words: list[str]) -> bool:
    import pyarrow as pa

    for part in (words[:_JUDGED], words):  # the first are looked at alone, as most are no dates
        if np.isnat(instants(pa.array(part, pa.large_string()))).any():
            return False
    return True


def _wordy(words: list[str]) -> bool:
    step = max(1, len(words) // _JUDGED)
    shown = words[::step]
    if np.mean([len(word.split()) for word in shown]) >= _WORDS:
        return True
    signs = [sum("\u3040" <= sign <= "\u9fff" for sign in word) for word in shown]
    return bool(np.mean(signs) >= _SIGNS)


_JUDGES: tuple[tuple[Callable[["pa.DataType"], bool], Callable[["Cells"], Kind]], ...] = (
    (is_date, _few),
    (is_boolean, _few),
    (is_text, _strings),
    (is_quantity, _quantities),
    (is_list, _vectors),
)
