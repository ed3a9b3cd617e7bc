"""The versions that were champion by the receipts: those that may be gone back to."""

from collections.abc import Sequence

from xinzhi.registry.receipt_forms import Receipt
from xinzhi.registry.reigns import moving


def former(receipts: Sequence[Receipt]) -> list[int]:
    """The versions that receipts let be champion, each once, the one that is it now last.

    The champion before the first receipt is one of them: the first promotion was judged against it.

    Args:
        receipts: of one model, the oldest first.
    """
    moved = moving(receipts)
    first = [one.champion.version for one in moved[:1] if one.champion]
    found = [*first, *(int(one.moved["champion"] or 0) for one in moved)]
    return list(dict.fromkeys(reversed(found)))[::-1]
