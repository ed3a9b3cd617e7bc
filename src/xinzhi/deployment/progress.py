"""How far a long piece of work is: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_QUIET_S = 2.0  # shorter work is not worth a word
_LINE_EVERY_S = 10.0


@contextmanager
def progress(what: str) -> Iterator[Callable[[float], None]]:
    """Show progress on standard error.

    Args:
        what: the work.

    Yields:
        A function that is told the part done, from 0 to 1.
    """
    if not sys.stderr.isatty():
        yield _lines(what)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), TextColumn("{task.percentage:.0f} %"))
    bar = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
    with bar:
        task = bar.add_task(what, total=1.0)
        yield lambda done: bar.update(task, completed=done)


def _lines(what: str) -> Callable[[float], None]:
    begun = time.monotonic()
    said = begun + _QUIET_S - _LINE_EVERY_S

    def advance(done: float) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said < _LINE_EVERY_S or done <= 0:
            return
        said = now
        left_s = (now - begun) * (1 - done) / done
        print(f"  {what}: {done:.0%}, about {left_s:.0f} s left", file=sys.stderr)  # noqa: T201

    return advance
