"""Who was champion when, as receipts tell it."""

from collections.abc import Sequence
from dataclasses import dataclass

from xinzhi.registry.receipt_forms import Receipt
from xinzhi.registry.versions import CHAMPION


@dataclass(frozen=True)
class Reign:
    """The time in which a version was champion.

    Attributes:
        version: of the registered model.
        begun: when, in UTC.
        ended: when; None while it lasts.
        receipt: that let it.
    """

    version: int
    begun: str
    ended: str | None
    receipt: Receipt


def moving(receipts: Sequence[Receipt]) -> list[Receipt]:
    """The receipts that moved the champion.

    Args:
        receipts: of one model, the oldest first.
    """
    return [one for one in receipts if one.moved.get(CHAMPION) is not None]


def reigns(receipts: Sequence[Receipt]) -> list[Reign]:
    """The champions of a model, the first first.

    Args:
        receipts: of one model, the oldest first.
    """
    moved = moving(receipts)
    ends = [*(one.at for one in moved[1:]), None]
    return [
        Reign(int(one.moved[CHAMPION] or 0), one.at, end, one)
        for one, end in zip(moved, ends, strict=True)
    ]


def line(receipts: Sequence[Receipt]) -> list[int]:
    """The champion and those that it can be rolled back to, the champion last.

    A rollback takes those away that came after the version it goes back to: rolled back twice, a
    model does not come to its faulty version again.

    Args:
        receipts: of one model, the oldest first.
    """
    found: list[int] = []
    for one in moving(receipts):
        version, before = int(one.moved[CHAMPION] or 0), one.champion
        if before is not None and found[-1:] != [before.version]:
            found.append(before.version)  # an alias that was moved without a receipt
        if one.action == "rollback" and version in found:
            del found[found.index(version) + 1 :]
        else:
            found.append(version)
    return found


def told(moved: Receipt, receipts: Sequence[Receipt]) -> Receipt:
    """The receipt whose judgement made a version champion: of a rollback, an earlier one.

    Args:
        moved: a receipt that moved the champion.
        receipts: of the model.
    """
    version = moved.moved.get(CHAMPION)
    judged = [
        one
        for one in receipts
        if one.number <= moved.number
        and one.judged
        and one.challenger is not None
        and one.challenger.version == version
    ]
    return judged[-1] if judged else moved
