"""Python values as a column: those of one kind as they are, those of several kinds as strings."""

import json
from typing import TYPE_CHECKING, Any

from xinzhi.data.spelling import cell

if TYPE_CHECKING:
    import pyarrow as pa


def column(values: list[Any]) -> "pa.Array":
    """Make a column of values.

    Args:
        values: as JSON or a database gives them; an object becomes its JSON.
    """
    import pyarrow as pa

    plain = [
        json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict) else value
        for value in values
    ]
    try:
        return pa.array(plain)
    except (pa.ArrowException, OverflowError, ValueError, TypeError):
        pass
    words: list[Any] = [cell(value) for value in plain]
    if any(isinstance(word, list) for word in words):
        words = [[word] if isinstance(word, str) else word for word in words]
    # half of a pair of UTF-16, which JSON can write, is no character
    whole = json.dumps(words, ensure_ascii=False).encode("utf-8", "replace")
    return pa.array(json.loads(whole))
