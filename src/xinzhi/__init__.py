"""From a company's records to a tracked, compared, promoted and served model."""

import importlib
from typing import Any

__version__ = "0.1.0"
_OFFERED = ("audit", "compare", "load", "promote", "runs", "train")


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the functions of xinzhi.api
    """Load `xinzhi.train`, `xinzhi.runs` and the others when they are asked for.

    Raises:
        AttributeError: another name.
    """
    if name in _OFFERED:
        return getattr(importlib.import_module("xinzhi.api"), name)
    raise AttributeError(f"module xinzhi has no {name!r}; it offers {', '.join(_OFFERED)}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_OFFERED])
