"""What a source is asked for, and what it opens as."""

from typing import TYPE_CHECKING, NamedTuple, Protocol

from xinzhi.data.records import Step

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis
    import pyarrow as pa

    from xinzhi.data.engine import Engine

ADDRESS = "address"  # in a fingerprint: which database it is, as a hash


class Want(NamedTuple):
    """What of a source is wanted, and in which form.

    Attributes:
        columns: the names that must be there; None means all.
        strings: columns to be given as strings, so that 3, 3.0 and "3" are one label.
        protect: hides private values of a batch before it is written anywhere.
        numbers: columns of text files that hold nothing but numbers are given as numbers, as a
            query expects.
    """

    columns: tuple[str, ...] | None
    strings: frozenset[str] = frozenset()
    protect: "Callable[[pa.Table], pa.Table] | None" = None
    numbers: bool = False


class Opened(NamedTuple):
    """Rows of a source on an engine.

    Attributes:
        table: the rows.
        steps: what the reader left out.
        notes: what a person should know about the reading, such as an encoding.
        extras: columns that go on into the snapshot beside those that were wanted.
    """

    table: "ibis.Table"
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()


class Source(Protocol):
    """Gives rows."""

    @property
    def name(self) -> str:
        """Where the rows come from, for messages and lineage; holds no secret."""

    @property
    def short_name(self) -> str:
        """What a folder may be called after it."""

    def fingerprint(self) -> object:
        """What changes when the rows do; plain JSON without secrets."""

    def open(self, engine: "Engine", want: Want) -> Opened:
        """Read the rows onto an engine."""
