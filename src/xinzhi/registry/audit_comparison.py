"""Aliases in MLflow beside the receipts: whatever was moved without one."""

from collections.abc import Iterator, Mapping, Sequence

from xinzhi.registry.aliases import PREVIOUS
from xinzhi.registry.approval import approvals, superseded, waiting
from xinzhi.registry.chain import Entry, absent
from xinzhi.registry.receipt_forms import Receipt
from xinzhi.registry.receipt_notes import LEDGER, heads
from xinzhi.registry.receipt_page import day
from xinzhi.registry.registered import Registered
from xinzhi.registry.reigns import moving
from xinzhi.registry.versions import CHAMPION

_FOLLOWED = (CHAMPION, PREVIOUS)  # trainings move `challenger`, which decides nothing


def unreceipted(receipts: Sequence[Receipt], aliases: Mapping[str, int]) -> list[str]:
    """The moves that no receipt tells of.

    Args:
        receipts: of one model, the oldest first.
        aliases: of the model, as MLflow has them now.
    """
    moved = moving(receipts)
    found = list(_between(moved))
    last = moved[-1].moved if moved else {}
    for alias in _FOLLOWED:
        now, then = aliases.get(alias), last.get(alias)
        if now == then:
            continue
        if not moved:
            found.append(f"`{alias}` points at version {now}, and no receipt lets it")
        else:
            by = f"receipt {moved[-1].number} of {day(moved[-1].at)}"
            where = "nowhere" if then is None else f"at version {then}"
            here = "nowhere" if now is None else f"at version {now}"
            found.append(f"`{alias}` points {here}; {by} let it point {where}")
    return found


def _between(moved: Sequence[Receipt]) -> Iterator[str]:
    """Moves that later receipts noticed.

    Yields:
        A line for each receipt whose champion was another than the one before let it be.
    """
    expected: int | None = None
    for before, one in zip([None, *moved], moved, strict=False):
        found = one.champion.version if one.champion else None
        if found != expected:
            since = f"between receipts {before.number} and" if before else "before receipt"
            where = "nowhere" if found is None else f"at version {found}"
            yield f"{since} {one.number} of {day(one.at)} `{CHAMPION}` came to point {where}"
        expected = one.moved[CHAMPION]


def notes(name: str, receipts: Sequence[Receipt], registered: Registered) -> list[str]:
    """What else a person should know of a model.

    Args:
        name: of it.
        receipts: of it, the oldest first.
        registered: the models of the store.
    """
    found = [
        f"receipt {one.number} was never approved: superseded by receipt {by.number}"
        for one, by in superseded(receipts)
    ]
    if registered.model(name) is None:
        return [f"the registered model {name} is not in MLflow any more; its receipts stay", *found]
    there = {version.number for version in registered.versions(name)}
    named = {one.challenger.version for one in receipts if one.challenger}
    gone = ", ".join(map(str, sorted(named - there)))
    found += [f"deleted from MLflow, though receipts name them: versions {gone}"] if gone else []
    for one in waiting(receipts):
        left = one.approvals - len(approvals(receipts, one))
        found.append(f"receipt {one.number} waits for {left} approval: xinzhi approve {name}")
    return found


def lost(name: str, registered: Registered, *, ledger: str, entries: Sequence[Entry]) -> list[str]:
    """What MLflow knows of receipts that the ledger does not hold.

    Args:
        name: of the registered model.
        registered: the models of the store.
        ledger: identity of the ledger.
        entries: all rows of it.
    """
    model = registered.model(name)
    if model is None:
        return []
    named = model.tags.get(LEDGER, ledger)
    if named != ledger:
        return [f"the decisions on {name} are kept in the ledger {named}, this one is {ledger}"]
    return [
        f"MLflow names a receipt of {name} with the hash {one}, which the ledger does not hold:"
        " receipts were taken away, or the chain was written anew"
        for one in absent(entries, heads(registered, name))
    ]
