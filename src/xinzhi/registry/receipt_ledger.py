"""The ledger of receipts: what was decided and what is about to be moved, only ever added to."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import cached_property
from platform import node
from secrets import token_hex
from typing import TypeVar

from sqlalchemy import Connection, select

from xinzhi.registry import chain
from xinzhi.registry import receipt_rows as rows
from xinzhi.registry.chain import Entry
from xinzhi.registry.receipt_account import account
from xinzhi.registry.receipt_forms import Draft, Receipt, receipt_of
from xinzhi.registry.receipt_rows import Intent
from xinzhi.registry.receipt_tables import FORM, about, intents, receipts
from xinzhi.tracking.ledger_database import Database

T = TypeVar("T")
_QUEUE = "receipts"


class ReceiptLedger:
    """Receipts and intents in a database that refuses to change them.

    Args:
        where: path of an SQLite file, or `postgresql://…`.
        create: whether to make it where there is none.
    """

    def __init__(self, where: str, *, create: bool = True) -> None:
        self.database = Database(where, FORM, create=create)

    @cached_property
    def identity(self) -> str:
        """What tells this ledger from all others."""
        query = select(about.c.value).where(about.c.key == rows.IDENTITY)
        known = self.database.read(lambda c: c.execute(query).scalar())
        return str(known or self._entering(lambda c: rows.identify(c, token_hex(8))))

    def entries(self) -> list[Entry]:
        """All rows as they stand there, by number."""
        columns = (receipts.c.number, receipts.c.document, receipts.c.hash)
        query = select(*columns).order_by(receipts.c.number)
        return [Entry(*row) for row in self.database.read(lambda c: c.execute(query).all())]

    def receipts(self, name: str | None = None) -> list[Receipt]:
        """The receipts by number.

        Args:
            name: of the registered model; of all by default.
        """
        query = select(receipts.c.document, receipts.c.hash).order_by(receipts.c.number)
        if name is not None:
            query = query.where(receipts.c.name == name)
        return [receipt_of(*row) for row in self.database.read(lambda c: c.execute(query).all())]

    def head(self) -> Entry | None:
        """The last row; None where nothing was decided yet."""
        return self.database.read(rows.last)

    def alone(self, name: str, *, timeout_s: float) -> AbstractContextManager[None]:
        """Context of the one who decides on a model; all others wait meanwhile.

        Args:
            name: of the registered model.
            timeout_s: how long to wait for one's turn.
        """
        return self.database.alone(f"receipts of {name}", timeout_s=timeout_s)

    def pending(self, name: str) -> list[Intent]:
        """The intents of which no receipt says what came of them, the oldest first.

        Args:
            name: of the registered model.
        """
        return self.database.read(lambda connection: rows.pending(connection, name))

    def intend(self, draft: Draft, moves: Mapping[str, int | None]) -> Intent:
        """Announces that aliases are about to be moved; to be called alone.

        Args:
            draft: the decision.
            moves: where each alias is to point; None: nowhere.
        """

        def work(connection: Connection) -> Intent:
            before = rows.pending(connection, draft.name)
            if before:  # whoever is alone has none: an earlier try, whose answer was lost
                return before[-1]
            query = select(intents.c.number).order_by(intents.c.number.desc()).limit(1)
            intent = Intent(
                number=1 + (connection.execute(query).scalar() or 0),
                draft=draft,
                moves=dict(moves),
                by=account(),
                host=node(),
                at=self._now(connection),
            )
            row = {"number": intent.number, "name": draft.name, "document": rows.written(intent)}
            connection.execute(intents.insert(), row)
            return intent

        return self._entering(work)

    def append(
        self,
        draft: Draft,
        *,
        intent: Intent | None = None,
        moved: Mapping[str, int | None] | None = None,
    ) -> Receipt:
        """Enters a receipt behind the last one; to be called alone.

        Args:
            draft: the decision.
            intent: that has come to pass, or has not; decided by whom and when it says.
            moved: the aliases that were moved, and where they point.
        """
        identity, begun = self.identity, list[int]()

        def work(connection: Connection) -> Receipt:
            last = rows.last(connection)
            begun.append(last.number if last else 0)
            lost = rows.since(connection, draft.name, begun[0]) if len(begun) > 1 else None
            if lost is not None:  # an earlier try went through, but its answer did not
                return lost
            done = intent if moved else None
            receipt = Receipt(
                **vars(draft),
                number=1 + begun[-1],
                ledger=identity,
                by=done.by if done else account(),
                host=done.host if done else node(),
                at=done.at if done else self._now(connection),
                moved=dict(moved or {}),
                intent=None if intent is None else intent.number,
                previous=last.hash if last else chain.START,
                hash="",
            )
            return rows.insert(connection, receipt)

        return self._entering(work)

    def close(self) -> None:
        """Closes its connections."""
        self.database.engine.dispose()

    def _entering(self, work: Callable[[Connection], T]) -> T:
        def queued(connection: Connection) -> T:
            self.database.queue(connection, _QUEUE)
            return work(connection)

        return self.database.write(queued)

    def _now(self, connection: Connection) -> str:
        seconds = float(connection.execute(select(self.database.now())).scalar() or 0.0)
        moment = datetime.fromtimestamp(seconds, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
