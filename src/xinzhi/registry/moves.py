"""A decision comes to pass: announced in the ledger, then the aliases, then the receipt.

Whatever ends the process in between, the next command finds the announcement: where `champion`
points at the new version the rest is done, else nothing has happened and a receipt says so.
"""

from collections.abc import Mapping
from dataclasses import replace

from xinzhi.errors import ConfigError, StoreError
from xinzhi.registry import aliases as pointing
from xinzhi.registry.receipt_forms import Draft, Receipt
from xinzhi.registry.receipt_ledger import ReceiptLedger
from xinzhi.registry.receipt_rows import Intent
from xinzhi.registry.registered import Registered
from xinzhi.registry.versions import CHAMPION


class OvertakenError(StoreError):
    """While a decision was made, the state that it was made on has changed.

    Args:
        receipt: that says so.
    """

    def __init__(self, receipt: Receipt) -> None:
        super().__init__(
            f"{receipt.sentence} (receipt {receipt.number}, head {receipt.hash})",
            mend=f"judge again: xinzhi promote {receipt.name}",
        )
        self.receipt = receipt


def settle(ledger: ReceiptLedger, registered: Registered, name: str) -> list[Receipt]:
    """Brings to an end what a process that died had begun; to be called alone.

    Args:
        ledger: of receipts.
        registered: the models of the store.
        name: of the registered model.

    Returns:
        The receipts that were missing.
    """
    found = ledger.pending(name)
    return [_settled(ledger, registered, intent) for intent in found]


def decide(
    ledger: ReceiptLedger,
    registered: Registered,
    draft: Draft,
    *,
    wanted: Mapping[str, int | None] | None,
    expected_champion: int | None,
    expected_decisions: int | None = None,
) -> Receipt:
    """Enters a decision, and moves what it moves; to be called alone, with nothing pending.

    Args:
        ledger: of receipts.
        registered: the models of the store.
        draft: the decision.
        wanted: where aliases are to point; None where the decision moves nothing.
        expected_champion: the champion that was judged against; None: there was none.
        expected_decisions: how many decisions the rows had made when they were judged; None does
            not ask.

    Raises:
        OvertakenError: another is champion by now, or the rows have decided meanwhile.
    """
    if not wanted:
        return ledger.append(draft)
    now = pointing.read(registered, draft.name)
    changed = _changed(ledger, draft, now.get(CHAMPION), expected_champion, expected_decisions)
    if changed:
        sentence = f"Not decided: {changed} while this was judged."
        raise OvertakenError(ledger.append(replace(draft, action="refuse", sentence=sentence)))
    intent = ledger.intend(draft, pointing.planned(now, wanted))
    _refuse_settled(ledger, intent)
    return _finished(ledger, registered, intent, begin=0)


def _changed(
    ledger: ReceiptLedger, draft: Draft, champion: int | None, expected: int | None, k: int | None
) -> str:
    """What has changed since the judgement; empty where nothing has."""
    if champion != expected:
        return f"the champion of {draft.name} went from {_said(expected)} to {_said(champion)}"
    if k is None:
        return ""
    decided = len(decided_on(ledger, draft.digest))
    return "" if decided == k else f"the test set decided {decided - k} more"


def decided_on(ledger: ReceiptLedger, digest: str, name: str | None = None) -> list[Receipt]:
    """The receipts of decisions for which certain rows were looked at, the oldest first.

    Args:
        ledger: of receipts.
        digest: of the rows.
        name: of the registered model; all by default.
    """
    found = ledger.receipts(name)
    return [receipt for receipt in found if receipt.judged and receipt.digest == digest]


def _finished(
    ledger: ReceiptLedger, registered: Registered, intent: Intent, *, begin: int
) -> Receipt:
    for alias in pointing.ORDER[begin:]:
        pointing.move(registered, intent.draft.name, alias, intent.moves)
    return ledger.append(intent.draft, intent=intent, moved=intent.moves)


def _settled(ledger: ReceiptLedger, registered: Registered, intent: Intent) -> Receipt:
    draft = intent.draft
    if pointing.read(registered, draft.name).get(CHAMPION) == intent.moves[CHAMPION]:
        return _finished(ledger, registered, intent, begin=1)
    sentence = (
        f"Nothing was moved: what {intent.by}@{intent.host} began at {intent.at}"
        f" ({draft.action}) broke off before the alias was moved."
    )
    return ledger.append(replace(draft, action="abort", sentence=sentence), intent=intent)


def _refuse_settled(ledger: ReceiptLedger, intent: Intent) -> None:
    """Refuses to go on with what another process took for dead: the lock was lost meanwhile.

    Raises:
        StoreError: it was given up.
    """
    if intent.number not in {one.number for one in ledger.pending(intent.draft.name)}:
        raise StoreError(
            f"this decision on {intent.draft.name} was given up by another process, which found"
            " its lock free",
            mend=f"judge again: xinzhi promote {intent.draft.name}",
        )


def check_moves(draft: Draft, wanted: Mapping[str, int | None] | None) -> None:
    """Checks that a decision which moves aliases moves the champion.

    Args:
        draft: the decision.
        wanted: where aliases are to point.

    Raises:
        ConfigError: it does not.
    """
    if wanted and wanted.get(CHAMPION) is None:
        raise ConfigError(
            f"a decision ({draft.action}) must move `{CHAMPION}` to a version or move nothing, was"
            f" to move {dict(wanted)}"
        )


def _said(version: int | None) -> str:
    return "none" if version is None else f"version {version}"
