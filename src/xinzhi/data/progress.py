"""How far a long piece of work is: a bar on a terminal, a line now and then elsewhere."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

_QUIET_S = 2.0  # shorter work is not worth a word
_LINE_EVERY_S = 10.0
_LOOK_EVERY_S = 0.5
_TELLING = 0.05  # of the work: from less no one can tell how long all of it will take


@contextmanager
def progress(what: str, *, since: float | None = None) -> Iterator[Callable[[float], None]]:
    """Show progress on standard error.

    Args:
        what: the work.
        since: when it began, by the monotonic clock; now by default.

    Yields:
        A function that is told the part done, from 0 to 1.
    """
    if not sys.stderr.isatty():
        yield _lines(what, time.monotonic() if since is None else since)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), TextColumn("{task.percentage:.0f} %"))
    bar = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
    with bar:
        task = bar.add_task(what, total=1.0)
        yield lambda done: bar.update(task, completed=done)


@contextmanager
def after_a_while(what: str) -> Iterator[Callable[[float], None]]:
    """Show progress of work that turns out to take over two seconds.

    Args:
        what: the work.

    Yields:
        A function that is told the part done, from 0 to 1.
    """
    begun = time.monotonic()
    with ExitStack() as shown:
        advance: Callable[[float], None] | None = None

        def tell(done: float) -> None:
            nonlocal advance
            if advance is None and time.monotonic() - begun > _QUIET_S:
                advance = shown.enter_context(progress(what, since=begun))
            if advance is not None:
                advance(min(done, 1.0))

        yield tell


@contextmanager
def watched(percent: Callable[[], float], what: str) -> Iterator[None]:
    """Show how far queries are while they run, each that takes over two seconds.

    Args:
        percent: of the query that runs now, from 0 to 100; negative where nothing is known.
        what: the queries are for.

    Yields:
        Once; what runs inside is watched from another thread.
    """
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(percent, what, over), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


@contextmanager
def told_meanwhile(what: str, so_far: Callable[[], str]) -> Iterator[None]:
    """Say every ten seconds what is done of work whose end nobody knows.

    Args:
        what: the work.
        so_far: says it in a few words.

    Yields:
        Once; what runs inside is told of from another thread.
    """
    over, begun = threading.Event(), time.monotonic()

    def tell() -> None:
        while not over.wait(_LINE_EVERY_S):
            passed_s = time.monotonic() - begun
            print(f"  {what}: {so_far()}, {passed_s:.0f} s so far", file=sys.stderr)  # noqa: T201

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def _watch(percent: Callable[[], float], what: str, over: threading.Event) -> None:
    while not over.is_set():
        _watch_one(percent, what, over)


def _watch_one(percent: Callable[[], float], what: str, over: threading.Event) -> None:
    """Show one query, up to the moment when the share done falls: then it is another one."""
    before = 0.0
    with after_a_while(what) as advance:
        while not over.wait(_LOOK_EVERY_S):
            done = percent() / 100
            if done < before or done <= 0:
                return
            before = done
            advance(done)


def _lines(what: str, begun: float) -> Callable[[float], None]:
    said = begun + _QUIET_S - _LINE_EVERY_S

    def advance(done: float) -> None:
        nonlocal said
        now = time.monotonic()
        is_early = done < _TELLING and now - begun < _LINE_EVERY_S
        if now - said < _LINE_EVERY_S or done <= 0 or is_early:
            return
        said = now
        left_s = (now - begun) * (1 - done) / done
        print(f"  {what}: {done:.0%}, about {left_s:.0f} s left", file=sys.stderr)  # noqa: T201

    return advance
