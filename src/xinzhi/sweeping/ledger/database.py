"""The database under the ledger of sweeps."""

from pathlib import Path

from xinzhi.errors import StoreError
from xinzhi.sweeping.ledger import tables
from xinzhi.tracking import ledger_database, locks
from xinzhi.tracking.failures import Kind
from xinzhi.tracking.ledger_opening import Probe


class NoLedgerError(StoreError):
    """There is no ledger, so that no sweep was begun.

    Args:
        place: where it would be.
    """

    def __init__(self, place: object) -> None:
        super().__init__(
            f"no sweep was begun here: there is no ledger at {place}", mend="xinzhi train -m …"
        )


FORM = ledger_database.Form(
    metadata=tables.METADATA,
    about=tables.about,
    schema=tables.SCHEMA,
    kind=Kind(
        name="ledger",
        setting="sweep.ledger=…",
        elsewhere="sweep.ledger=/another/folder/sweeps.db",
        server="sweep.ledger=postgresql://USER:PASSWORD@HOST/DATABASE",
        without="sweep.ledger=null",
    ),
    absent=NoLedgerError,
)


class Database(ledger_database.Database):
    """An SQLite file or a PostgreSQL database that holds the ledger of sweeps.

    Args:
        where: path of the file, or `postgresql://…`.
        create: whether to make what is not there.
        probe: tells whether a folder's locks hold.
    """

    def __init__(
        self, where: str | Path, *, create: bool = True, probe: Probe = locks.locks_hold
    ) -> None:
        super().__init__(where, FORM, create=create, probe=probe)
