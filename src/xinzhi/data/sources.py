"""What a source in a declaration may be, and how each gives rows and a fingerprint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xinzhi.data import hub, packaged
from xinzhi.data.files import find_files
from xinzhi.data.opened import Opened, Source, Want
from xinzhi.data.records import Records

if TYPE_CHECKING:
    from xinzhi.data.engine import Engine

__all__ = ["PackagedSource", "Source", "resolve"]
_PACKAGE = "package:"
_HUB = "hf:"


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
        return self.key

    def fingerprint(self) -> str:
        """Give the archive's checksum and the reader's revision."""
        return packaged.fingerprint(self.key)

    def open(self, engine: "Engine", want: Want) -> Opened:
        """Read the rows.

        Args:
            engine: what they are read onto.
            want: of the columns.
        """
        return packaged.open_packaged(self.key, engine, want, offline=self.offline)

    def read(self, columns: Sequence[str]) -> Records:  # noqa: ARG002 - all of them are few
        """Read the rows.

        Args:
            columns: all are read.
        """
        return packaged.read_packaged(self.key, offline=self.offline)


def resolve(parts: Mapping[str, str | Sequence[str] | None], *, offline: bool) -> dict[str, Source]:
    """Find the source of every split that is given.

    A Hugging Face data set that is named for train gives its own val and test too, where the
    declaration names none.

    Args:
        parts: split → what the declaration says.
        offline: open no outward socket.
    """
    found = {split: _resolve(spec, split, offline=offline) for split, spec in parts.items() if spec}
    train = parts["train"]
    if isinstance(train, str) and train.startswith(_HUB):
        for split in ("val", "test"):
            own = hub.find_split(train.removeprefix(_HUB), split, offline=offline)
            if split not in found and own is not None:
                found[split] = own
    return found


def _resolve(spec: str | Sequence[str], split: str, *, offline: bool) -> Source:
    if isinstance(spec, str) and spec.startswith(_PACKAGE):
        key = spec.removeprefix(_PACKAGE)
        packaged.packaged(key)
        return PackagedSource(key, offline)
    if isinstance(spec, str) and spec.startswith(_HUB):
        return hub.require_split(spec.removeprefix(_HUB), split, offline=offline)
    return find_files(spec)
