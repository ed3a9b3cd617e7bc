"""What MLflow accepts as names and values, and what is made of the rest."""

import posixpath
import re
import zlib
from functools import lru_cache

LONGEST_PARAM = 6000
_LONGEST_KEY = 250
_LONGEST_TAG = 8000
_NOT_ALLOWED = re.compile(r"[^/\w.\- :]")


@lru_cache(maxsize=4096)
def key(name: str) -> str:
    """A key of a metric or a param that MLflow takes; one that it takes already stays as it is.

    Args:
        name: as the program calls it; a changed one gets four hex digits to stay unique.

    >>> key("val/f1 微观"), key("layers[0]")
    ('val/f1 微观', 'layers_0_-ab1c')
    """
    allowed = _NOT_ALLOWED.sub("_", name)
    allowed = posixpath.normpath(allowed).lstrip("/.") or "_"
    if allowed == name and len(name) <= _LONGEST_KEY:
        return name
    return f"{allowed[: _LONGEST_KEY - 5]}-{zlib.crc32(name.encode()) & 0xFFFF:04x}"


def tag_value(text: str) -> str:
    """A tag's value, cut to what MLflow takes.

    Args:
        text: any length.
    """
    return text if len(text) <= _LONGEST_TAG else text[: _LONGEST_TAG - 1] + "…"


def param_value(text: str) -> str:
    """A param's value; a longer one than MLflow takes says where the whole of it is.

    Args:
        text: any length.
    """
    if len(text) <= LONGEST_PARAM:
        return text
    note = " … (whole in params.json)"
    return text[: LONGEST_PARAM - len(note)] + note
