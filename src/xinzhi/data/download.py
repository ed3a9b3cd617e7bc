"""Downloads one large file: resumed when it breaks, with size and time left on stderr."""

import hashlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unearth.fetchers.sync import PyPIClient

_PLAIN_EVERY_S = 5.0


class BrokenDownload(OSError):  # noqa: N818 - says what it is
    """The connection ended before the file did."""


def sha256_of(path: Path) -> str:
    """Compute the SHA-256 of a file.

    Args:
        path: the file, of any size.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def download(
    client: "PyPIClient",
    url: str,
    target: Path,
    *,
    size_bytes: int,
    retries: int,
    pause_s: float = 0.5,
) -> None:
    """Download a file, going on where an earlier attempt ended.

    Args:
        client: opens the connection.
        url: http, https or file address.
        target: what is there already is taken as the beginning of the file.
        size_bytes: how long the file must be.
        retries: how often a broken connection is taken up again.
        pause_s: before the first of these; doubled each time, up to 8 seconds.
    """
    with progress(target.name.removesuffix(".part"), size_bytes) as advance:
        for attempt in range(retries + 1):
            try:
                _append(client, url, target, size_bytes=size_bytes, advance=advance)
            except Exception as error:
                if attempt == retries or not _may_pass(error):
                    raise
                time.sleep(min(pause_s * 2**attempt, 8.0))
            else:
                return


def _may_pass(error: Exception) -> bool:
    """Tell whether trying again may help: not after an answer such as 404, nor a full disk."""
    if isinstance(error, OSError):
        return isinstance(error, BrokenDownload)
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status is None or status >= 500 or status in {408, 416, 429}


def _append(
    client: "PyPIClient",
    url: str,
    target: Path,
    *,
    size_bytes: int,
    advance: Callable[[int], None],
) -> None:
    have = target.stat().st_size if target.exists() else 0
    if have >= size_bytes:
        have = 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    with client.get_stream(url, headers={"Accept-Encoding": "identity", **headers}) as response:
        if response.status_code == 416:  # what is there is not a beginning of this file
            target.unlink()
        response.raise_for_status()
        if response.status_code != 206:  # the server sends the file from its beginning
            have = 0
        with target.open("r+b" if have else "wb") as out:
            out.seek(have)
            for chunk in response.iter_raw():
                out.write(chunk)
                have += len(chunk)
                advance(have)
                if have > size_bytes:  # not the file that was wanted; the checksum will say so
                    return
    if have < size_bytes:
        raise BrokenDownload(f"the connection ended after {have:,} of {size_bytes:,} bytes")


@contextmanager
def progress(what: str, size_bytes: int) -> Iterator[Callable[[int], None]]:
    """Show how far a download is: a bar on a terminal, a plain line every few seconds elsewhere.

    Args:
        what: the name to show.
        size_bytes: the whole size.

    Yields:
        A function that is told how many bytes have arrived.
    """
    if not sys.stderr.isatty():
        yield _plain(what, size_bytes)
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=size_bytes)
        yield lambda done: bar.update(task, completed=done)


def _plain(what: str, size_bytes: int) -> Callable[[int], None]:
    begun = said = time.monotonic()
    print(f"downloading {what}, {size_bytes / 1e6:.1f} MB", file=sys.stderr)  # noqa: T201

    def advance(done: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said < _PLAIN_EVERY_S:
            return
        said = now
        left_s = (now - begun) * (size_bytes - done) / max(done, 1)
        share = f"{done / 1e6:.1f} of {size_bytes / 1e6:.1f} MB"
        print(f"  {what}: {share}, about {left_s:.0f} s left", file=sys.stderr)  # noqa: T201

    return advance
