"""Rows of the ledger of receipts: how they are read, and how one is put behind the last."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from xinzhi.registry import chain
from xinzhi.registry.chain import Entry
from xinzhi.registry.receipt_forms import Draft, Receipt, canonical, document, draft_of, receipt_of
from xinzhi.registry.receipt_tables import about, intents, receipts

IDENTITY = "ledger"  # key of what tells it from all others


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


def identify(connection: Connection, made: str) -> str:
    """Gives the identity of a ledger, made if need be.

    Args:
        connection: in a transaction that writes.
        made: what it becomes where there is none.
    """
    query = select(about.c.value).where(about.c.key == IDENTITY)
    known = connection.execute(query).scalar()
    if known is None:  # else another process was first
        connection.execute(about.insert(), {"key": IDENTITY, "value": made})
    return str(known or made)


def last(connection: Connection) -> Entry | None:
    """The last receipt; None before the first.

    Args:
        connection: in a transaction.
    """
    columns = (receipts.c.number, receipts.c.document, receipts.c.hash)
    row = connection.execute(select(*columns).order_by(receipts.c.number.desc()).limit(1)).first()
    return None if row is None else Entry(*row)


def since(connection: Connection, name: str, number: int) -> Receipt | None:
    """The first receipt of a model behind a number; whoever is alone has written it.

    Args:
        connection: in a transaction.
        name: of the registered model.
        number: of a receipt, or 0.
    """
    query = select(receipts.c.document, receipts.c.hash)
    query = query.where(receipts.c.name == name, receipts.c.number > number)
    row = connection.execute(query.order_by(receipts.c.number)).first()
    return None if row is None else receipt_of(*row)


def insert(connection: Connection, receipt: Receipt) -> Receipt:
    """Enters a receipt, and gives it with its hash.

    Args:
        connection: in a transaction that writes.
        receipt: without one.
    """
    text = canonical(document(receipt))
    row = {
        "number": receipt.number,
        "name": receipt.name,
        "intent": receipt.intent,
        "document": text,
        "hash": chain.hashed(text),
    }
    connection.execute(receipts.insert(), row)
    return receipt_of(text, chain.hashed(text))


def pending(connection: Connection, name: str) -> list[Intent]:
    """The intents of which no receipt says what came of them, the oldest first.

    Args:
        connection: in a transaction.
        name: of the registered model.
    """
    closed = select(receipts.c.intent).where(receipts.c.intent.is_not(None))
    query = select(intents.c.number, intents.c.document)
    query = query.where(intents.c.name == name, intents.c.number.not_in(closed))
    rows = connection.execute(query.order_by(intents.c.number)).all()
    return [_read(number, text) for number, text in rows]


def written(intent: Intent) -> str:
    """An intent as a document.

    Args:
        intent: any.
    """
    of = {"by": intent.by, "host": intent.host, "at": intent.at, "moves": dict(intent.moves)}
    return canonical({**of, "draft": document(intent.draft)})


def _read(number: int, text: str) -> Intent:
    found: dict[str, Any] = json.loads(text)
    return Intent(number, **{**found, "draft": draft_of(found["draft"])})
