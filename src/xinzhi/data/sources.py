"""What a source in a declaration may be, and how each gives rows and a fingerprint."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xinzhi.config.identity import redact
from xinzhi.config.near import near
from xinzhi.data import hub, packaged
from xinzhi.data.databases import QuerySource, TableSource
from xinzhi.data.files import find_files
from xinzhi.data.folders import find_other_part, find_pictures
from xinzhi.data.opened import Opened, Source, Want
from xinzhi.data.queries import JoinedSource, Named, read_query
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from xinzhi.data.engine import Engine

__all__ = ["PackagedSource", "Source", "resolve"]
_PACKAGE = "package:"
_HUB = "hf:"
_VARIABLE = "env:"
_NAME = re.compile(r"[A-Za-z_]\w*\Z")
DEFAULT_VARIABLE = "XINZHI_SOURCE_URL"


@dataclass(frozen=True)
class PackagedSource:
    """A data set that comes inside a package.

    Attributes:
        key: what follows `package:`.
        offline: open no outward socket.
    """

    key: str
    offline: bool

    @property
    def name(self) -> str:
        """Where the rows come from."""
        return f"package:{self.key}"

    @property
    def short_name(self) -> str:
        """What a folder may be called after it."""
        return self.key.partition("/")[0]

    def fingerprint(self) -> str:
        """Give the checksum of the archive or the values, and the reader's revision."""
        return packaged.fingerprint(self.key)

    def open(self, engine: "Engine", want: Want) -> Opened:
        """Read the rows.

        Args:
            engine: what they are read onto.
            want: of the columns.
        """
        return packaged.open_packaged(self.key, engine, want, offline=self.offline)


def check_name(spec: str | Sequence[str] | None) -> None:
    """Refuse the name of a packaged data set that there is none of.

    Args:
        spec: what the declaration says.
    """
    if isinstance(spec, str) and spec.startswith(_PACKAGE):
        packaged.packaged(spec.removeprefix(_PACKAGE))


def resolve(
    parts: Mapping[str, str | Sequence[str] | None],
    *,
    offline: bool,
    named: Mapping[str, str | Sequence[str]] | None = None,
) -> dict[str, Source]:
    """Find the source of every split that is given.

    A Hugging Face data set or a folder of images that is named for train gives its own val and
    test too, where it has them and the declaration names none.

    Args:
        parts: split → what the declaration says.
        offline: open no outward socket.
        named: what a query may name; without it a query is for the database of XINZHI_SOURCE_URL.
    """
    behind = {
        name: _resolve(spec, "train", None, offline=offline) for name, spec in (named or {}).items()
    }
    names = Named(behind) if behind else None
    found = {
        split: _resolve(spec, split, names, offline=offline)
        for split, spec in parts.items()
        if spec
    }
    train = parts["train"]
    for split in ("val", "test"):
        if split not in found and isinstance(train, str):
            own = _beside(train, split, offline=offline)
            found |= {} if own is None else {split: own}
    return found


def _beside(train: str, split: str, *, offline: bool) -> Source | None:
    """Find what the source of train has for another part."""
    if train.startswith(_HUB):
        return hub.find_split(train.removeprefix(_HUB), split, offline=offline)
    return find_other_part(train, split)


def _resolve(
    spec: str | Sequence[str], split: str, names: Named | None, *, offline: bool
) -> Source:
    if not isinstance(spec, str):
        return find_files(spec)
    if spec.startswith(_PACKAGE):
        key = spec.removeprefix(_PACKAGE)
        packaged.packaged(key)
        return PackagedSource(key, offline)
    if spec.startswith(_HUB):
        return hub.require_split(spec.removeprefix(_HUB), split, offline=offline)
    if spec.startswith(_VARIABLE):
        return _table(spec)
    if spec.lower().endswith(".sql"):
        return _query(spec, names)
    return find_pictures(spec, split) or find_files(spec)


def _table(spec: str) -> TableSource:
    variable, _, table = spec.removeprefix(_VARIABLE).partition("/")
    if not _NAME.match(variable) or not table:
        raise DataError(
            "a table must be given as env:VARIABLE/TABLE, where the environment variable holds "
            f"the database's address; was {redact(spec)}",
            mend="export CRM_URL=postgresql://USER:PASSWORD@HOST/DB, then env:CRM_URL/tickets",
        )
    return TableSource(variable, table)


def _query(spec: str, names: Named | None) -> Source:
    path = Path(spec).expanduser()
    if not path.is_file():
        there = [file.name for file in path.parent.glob("*.sql")] if path.parent.is_dir() else []
        meant = [str(path.with_name(name)) for name in near(path.name, there) or sorted(there)[:8]]
        raise DataError(f"there is no file {spec}", candidates=meant)
    query = read_query(path)
    short = re.sub(r"\W+", "_", path.stem).strip("_")[:60] or "query"
    if names is None:
        return QuerySource(DEFAULT_VARIABLE, query, spec, short)
    return JoinedSource(names, query, spec, short)
