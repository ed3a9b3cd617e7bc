"""What was decided on a model, whether its receipts are intact, and whether aliases follow them."""

import re
from collections.abc import Sequence

from xinzhi.config.near import near
from xinzhi.errors import ConfigError, DataError, UnknownReference
from xinzhi.registry import audit_comparison as comparison
from xinzhi.registry.audit_comparison import lost, unreceipted
from xinzhi.registry.audit_moments import Span, span
from xinzhi.registry.audit_result import Answering, Audit
from xinzhi.registry.chain import START, Entry
from xinzhi.registry.receipt_forms import Receipt, receipt_of
from xinzhi.registry.receipts import Ledger
from xinzhi.registry.reigns import reigns, told


def audit(
    ledger: Ledger,
    name: str | None = None,
    *,
    at: str | None = None,
    heads: Sequence[str] = (),
) -> Audit:
    """Reads and verifies the ledger, and compares the aliases with it.

    Args:
        ledger: of the store.
        name: of a registered model, which may be gone by now; all by default.
        at: a day or a moment of which to say who was champion.
        heads: hashes that were filed elsewhere, or their first digits.
    """
    asked = None if at is None else span(at)
    entries, registered = ledger.entries(), ledger.registered
    receipts, unreadable = _read(entries)
    names = sorted({*registered.names(), *(one.name for one in receipts)})
    if name is not None:
        _check(name, names)
        names = [name]
    for one in names:
        if registered.model(one) is not None and ledger.settle(one):
            return audit(ledger, name, at=at, heads=heads)  # with what was missing
    by_name = {one: [r for r in receipts if r.name == one] for one in names}
    aliases = {one: ledger.aliases(one) for one in names}
    faults = ledger.faults(_checked(heads)) + unreadable
    moved, notes = [], []
    for one, own in by_name.items():
        of = "" if name else f"{one}: "
        faults += lost(one, registered, ledger=ledger.identity, entries=entries)
        moved += [f"{of}{said}" for said in unreceipted(own, aliases[one])]
        notes += [f"{of}{said}" for said in comparison.notes(one, own, registered)]
    return Audit(
        name=name,
        ledger=ledger.identity,
        place=ledger.place,
        head=entries[-1].hash if entries else START,
        number=len(entries),
        receipts=receipts if name is None else by_name[name],
        faults=faults,
        unreceipted=moved,
        notes=notes,
        aliases=aliases if name is None else aliases[name],
        at=at,
        answering=[one for own in by_name.values() for one in answering(own, asked)],
    )


def answering(receipts: Sequence[Receipt], asked: Span | None) -> list[Answering]:
    """Who was champion at a moment, or on a day.

    Args:
        receipts: of one model, the oldest first.
        asked: the moment; None asks nothing.
    """
    if asked is None:
        return []
    found = []
    for one in reigns(receipts):
        if one.begun <= asked.end and (one.ended is None or one.ended > asked.begin):
            judged = told(one.receipt, receipts)
            found.append(
                Answering(
                    name=one.receipt.name,
                    version=one.version,
                    since=one.begun,
                    until=one.ended,
                    by=one.receipt.who,
                    receipt=one.receipt.number,
                    run_id=one.receipt.challenger.run_id if one.receipt.challenger else "",
                    data_digest=judged.digest,
                    sentence=one.receipt.sentence,
                )
            )
    return found


def _read(entries: Sequence[Entry]) -> tuple[list[Receipt], list[str]]:
    """The receipts that can be read, and what is said of the others."""
    found, unreadable = [], []
    for entry in entries:
        try:
            found.append(receipt_of(entry.text, entry.hash))
        except DataError as error:
            unreadable.append(f"receipt {entry.number} cannot be read: {error.message}")
    return found, unreadable


def _check(name: str, names: Sequence[str]) -> None:
    if name not in names:
        raise UnknownReference(
            f"{name!r} must be a registered model or one that receipts name, is none",
            candidates=near(name, names) or names[:6],
        )


def _checked(heads: Sequence[str]) -> Sequence[str]:
    for head in heads:
        if re.fullmatch(r"[0-9a-f]{12,64}", head) is None:
            raise ConfigError(
                f"head= must be the hash of a receipt or its first 12 digits at least, was {head!r}"
            )
    return heads
