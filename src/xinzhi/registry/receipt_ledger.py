"""The ledger of receipts: what was decided and what is about to be moved, only ever added to."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from platform import node
from secrets import token_hex
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from xinzhi.registry import chain
from xinzhi.registry.chain import Entry
from xinzhi.registry.receipt_forms import Draft, Receipt, canonical, document, draft_of, receipt_of
from xinzhi.registry.receipt_tables import FORM, about, intents, receipts
from xinzhi.tracking.environment import user
from xinzhi.tracking.ledger_database import Database

T = TypeVar("T")
_QUEUE = "receipts"
_IDENTITY = "ledger"


@dataclass(frozen=True)
class Intent:
    """Aliases that are about to be moved.

    Attributes:
        number: its place among the intents, from 1.
        draft: the decision.
        moves: where each alias is to point; null: nowhere.
        by: who decided.
        host: on which machine.
        at: when, in UTC.
    """

    number: int
    draft: Draft
    moves: Mapping[str, int | None]
    by: str
    host: str
    at: str


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
        query = select(about.c.value).where(about.c.key == _IDENTITY)
        known = self.database.read(lambda c: c.execute(query).scalar())
        return str(known or self._entering(lambda c: _identify(c, token_hex(8))))

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
        rows = self.database.read(lambda c: c.execute(query).all())
        return [receipt_of(*row) for row in rows]

    def head(self) -> Entry | None:
        """The last row; None where nothing was decided yet."""
        return self.database.read(_last)

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
        return self.database.read(lambda connection: _pending(connection, name))

    def intend(self, draft: Draft, moves: Mapping[str, int | None]) -> Intent:
        """Announces that aliases are about to be moved; to be called alone.

        Args:
            draft: the decision.
            moves: where each alias is to point; None: nowhere.
        """

        def work(connection: Connection) -> Intent:
            before = _pending(connection, draft.name)
            if before:  # whoever is alone has none: an earlier try, whose answer was lost
                return before[-1]
            query = select(intents.c.number).order_by(intents.c.number.desc()).limit(1)
            intent = Intent(
                number=1 + (connection.execute(query).scalar() or 0),
                draft=draft,
                moves=dict(moves),
                by=user(),
                host=node(),
                at=self._now(connection),
            )
            row = {"number": intent.number, "name": draft.name, "document": _written(intent)}
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
        known: list[int] = []

        def work(connection: Connection) -> Receipt:
            last = _last(connection)
            known.append(last.number if last else 0)
            if known[-1] > known[0]:  # an earlier try went through, but its answer was lost
                query = select(receipts.c.document, receipts.c.hash)
                query = query.where(receipts.c.name == draft.name, receipts.c.number > known[0])
                if (row := connection.execute(query).first()) is not None:
                    return receipt_of(*row)
            done = intent if intent is not None and moved else None
            receipt = Receipt(
                **vars(draft),
                number=1 + known[-1],
                ledger=self.identity,
                by=done.by if done else user(),
                host=done.host if done else node(),
                at=done.at if done else self._now(connection),
                moved=dict(moved or {}),
                intent=None if intent is None else intent.number,
                previous=last.hash if last else chain.START,
                hash="",
            )
            text = canonical(document(receipt))
            row = {"number": receipt.number, "name": receipt.name, "intent": receipt.intent,
                   "document": text, "hash": chain.hashed(text)}  # fmt: skip
            connection.execute(receipts.insert(), row)
            return receipt_of(text, row["hash"])

        assert self.identity  # noqa: S101 - made before, not in the midst of a transaction
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


def _identify(connection: Connection, made: str) -> str:
    query = select(about.c.value).where(about.c.key == _IDENTITY)
    known = connection.execute(query).scalar()
    if known is None:  # else another process was first
        connection.execute(about.insert(), {"key": _IDENTITY, "value": made})
    return str(known or made)


def _last(connection: Connection) -> Entry | None:
    columns = (receipts.c.number, receipts.c.document, receipts.c.hash)
    row = connection.execute(select(*columns).order_by(receipts.c.number.desc()).limit(1)).first()
    return None if row is None else Entry(*row)


def _pending(connection: Connection, name: str) -> list[Intent]:
    closed = select(receipts.c.intent).where(receipts.c.intent.is_not(None))
    query = select(intents.c.number, intents.c.document)
    query = query.where(intents.c.name == name, intents.c.number.not_in(closed))
    rows = connection.execute(query.order_by(intents.c.number)).all()
    return [_read(number, text) for number, text in rows]


def _written(intent: Intent) -> str:
    of = {"by": intent.by, "host": intent.host, "at": intent.at, "moves": dict(intent.moves)}
    return canonical({**of, "draft": document(intent.draft)})


def _read(number: int, text: str) -> Intent:
    found: dict[str, Any] = json.loads(text)
    return Intent(number, **{**found, "draft": draft_of(found["draft"])})
