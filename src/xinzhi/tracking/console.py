"""The console as a person saw it, copied to a file line by line with secrets removed."""

import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")
_REDRAWN = re.compile(r"\x1b\[\d*A|\x1b\[2K|\x1b\[\?25[lh]")  # a bar that overwrites itself


class ConsoleLog:
    """Copies what is written to standard output and error into `path` while it is entered.

    Args:
        path: the log file.
        redact: removes secrets from a whole line.
    """

    def __init__(self, path: Path, redact: Callable[[str], str]) -> None:
        self._path = path
        self._redact = redact
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a", encoding="utf-8", errors="replace", buffering=1)
        self._before = sys.stdout, sys.stderr
        self._copies = _Copy(sys.stdout, self._line), _Copy(sys.stderr, self._line)
        for stream, copy in zip(self._before, self._copies, strict=True):
            _redirect(stream, copy)
        sys.stdout, sys.stderr = self._copies
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            for line in traceback.format_exception(kind, error, trace):
                self._line(line.rstrip("\n"))
        for stream, copy in zip(self._before, self._copies, strict=True):
            copy.end()
            _redirect(copy, stream)
        if (sys.stdout, sys.stderr) == self._copies:
            sys.stdout, sys.stderr = self._before
        with self._lock:
            self._file.close()

    def _line(self, line: str) -> None:
        with self._lock:
            if not self._file.closed:
                self._file.write(self._redact(_ESCAPES.sub("", line)) + "\n")


class _Copy:
    """A stream that hands on what is written and gives whole lines to `take`."""

    def __init__(self, stream: Any, take: Callable[[str], None]) -> None:  # noqa: ANN401
        self._stream = stream
        self._take = take
        self._part = ""

    def write(self, text: str) -> int:
        written = self._stream.write(text)
        if not _REDRAWN.search(text):
            *lines, self._part = (self._part + text).replace("\r\n", "\n").split("\n")
            for line in lines:
                self._take(line.rpartition("\r")[2])  # what a bar showed last
            self._part = self._part.rpartition("\r")[2] or self._part[-1:]
        return int(written or len(text))

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def end(self) -> None:
        if self._part.strip():
            self._take(self._part)
        self._part = ""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has
        return getattr(self._stream, name)


def _redirect(old: object, new: object) -> None:
    """Point the log handlers that write to `old` at `new`: they keep the stream they were given."""
    for handler in _handlers():
        if handler.stream is old:
            handler.stream = new  # type: ignore[assignment]


def _handlers() -> Iterator["logging.StreamHandler[IO[str]]"]:
    known = [logging.getLogger(), *logging.Logger.manager.loggerDict.values()]
    for logger in known:
        for handler in getattr(logger, "handlers", []):
            if isinstance(handler, logging.StreamHandler):
                yield handler
