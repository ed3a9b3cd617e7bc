"""What a pipeline returned, printed: a table for people, one JSON object for programs."""

import dataclasses
import json
import math
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from xinzhi.config.ranks import first_rank


@contextmanager
def only_json(*, wanted: bool) -> Iterator[None]:
    """Send everything that is printed to standard error while a JSON object is wanted."""
    if not wanted:
        yield
        return
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)  # at the level of the system: libraries and child processes print too
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def show(result: object, *, as_json: bool) -> None:
    """Print what a pipeline returned; processes that do not speak for a fit return nothing."""
    if result is None and not first_rank():
        return
    if as_json:
        plain = _plain(result)
        say(json.dumps(plain if isinstance(plain, dict) else {"result": plain}, ensure_ascii=False))
        return
    table = getattr(result, "table", None)
    text = table() if callable(table) else result if isinstance(result, str) else None
    if text:
        say(text)


def failure(message: str, *, as_json: bool, facts: Mapping[str, object]) -> None:
    """Print an error: on standard error, and as an object where one is wanted.

    Args:
        message: for people.
        as_json: whether an object is wanted.
        facts: of the error, for programs.
    """
    print(message, file=sys.stderr)  # noqa: T201
    if as_json:
        told = {"error": message.removeprefix("error: "), **facts}
        say(json.dumps(told, ensure_ascii=False))


def say(text: str) -> None:
    """Print the program's answer; whoever reads it may stop reading, as `| head` does."""
    try:
        print(text, flush=True)  # noqa: T201
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {
            f.name: _plain(getattr(value, f.name)) for f in fields if not f.name.startswith("_")
        }
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None  # JSON knows no NaN
    if isinstance(value, (str, int, bool)) or value is None:
        return value
    item = getattr(value, "item", None)  # numbers of NumPy and torch
    return _plain(item()) if callable(item) else str(value)
