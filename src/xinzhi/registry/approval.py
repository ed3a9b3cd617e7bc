"""The second person: a promotion that waits is approved or declined by somebody else."""

from collections.abc import Sequence

from xinzhi.config.identity import program
from xinzhi.errors import ConfigError
from xinzhi.registry.decided import Decided, decided
from xinzhi.registry.receipt_account import account
from xinzhi.registry.receipt_forms import Draft, Receipt
from xinzhi.registry.receipts import Ledger
from xinzhi.registry.reigns import moving
from xinzhi.registry.rollback import check_name
from xinzhi.registry.turns import Turn
from xinzhi.registry.versions import CHAMPION


def approve(
    ledger: Ledger,
    name: str,
    *,
    receipt: int | None = None,
    decline: bool = False,
    text: str = "",
) -> Decided:
    """Approves or declines a promotion that waits for it; with the last approval it comes to pass.

    Args:
        ledger: of the store.
        name: of the registered model.
        receipt: number of the receipt that waits; the only one by default.
        decline: whether it is not to come to pass.
        text: why.

    Raises:
        ConfigError: nothing waits, or the same person decided on it before.
    """
    check_name(ledger.registered, name)
    with ledger.turn(name) as turn:
        proposal = _proposal(turn, receipt)
        given = approvals(turn.receipts(), proposal)
        me = account()
        if not decline and me in {proposal.by, *(one.by for one in given)}:
            raise ConfigError(
                f"receipt {proposal.number} must be approved by another person than"
                f" {', '.join(dict.fromkeys([proposal.by, *(one.by for one in given)]))}",
                mend=f"ask a colleague: xinzhi approve {name}",
            )
        left = max(proposal.approvals - len(given) - 1, 0)
        draft = _draft(proposal, me, left=left, decline=decline, text=text)
        champion = proposal.champion.version if proposal.champion else None
        done = not decline and left == 0 and proposal.challenger is not None
        move = {CHAMPION: draft.challenger.version} if done and draft.challenger else None
        entered = turn.decide(draft, move=move, expected_champion=champion)
        return decided(entered, turn.aliases(), next_command=f"{program()} audit {name}")


def waiting(receipts: Sequence[Receipt]) -> list[Receipt]:
    """The promotions that wait for approval: not declined, not come to pass, not overtaken.

    Args:
        receipts: of one model, the oldest first.
    """
    moved = moving(receipts)
    since = moved[-1].number if moved else 0
    ended = {one.of for one in receipts if one.action in {"decline", "promote"}}
    return [
        one
        for one in receipts
        if one.action == "propose" and one.number > since and one.number not in ended
    ]


def superseded(receipts: Sequence[Receipt]) -> list[tuple[Receipt, Receipt]]:
    """The promotions that nobody approved before another decision moved the champion.

    Args:
        receipts: of one model, the oldest first.

    Returns:
        Each with the receipt that it gave way to.
    """
    moved = moving(receipts)
    found = []
    for one in receipts:
        by = next((later for later in moved if later.number > one.number), None)
        if one.action == "propose" and by is not None and by.of != one.number:
            found.append((one, by))
    declined = {one.of for one in receipts if one.action == "decline"}
    return [(one, by) for one, by in found if one.number not in declined]


def approvals(receipts: Sequence[Receipt], proposal: Receipt) -> list[Receipt]:
    """The approvals that a promotion has.

    Args:
        receipts: of the model.
        proposal: that waits.
    """
    return [one for one in receipts if one.action == "approve" and one.of == proposal.number]


def _proposal(turn: Turn, number: int | None) -> Receipt:
    """The promotion that is meant.

    Raises:
        ConfigError: there is none, or there are several.
    """
    found = waiting(turn.receipts())
    candidates = [f"receipt={one.number} ({one.sentence})" for one in found]
    if number is not None:
        found = [one for one in found if one.number == number]
    if len(found) == 1:
        return found[0]
    if candidates:
        raise ConfigError(
            f"receipt= must be one that waits for approval on {turn.name}, was {number}",
            candidates=candidates,
        )
    overtaken = [one for one in turn.receipts() if one.action == "propose"]
    last = f"; receipt {overtaken[-1].number} does no longer" if overtaken else ""
    raise ConfigError(
        f"a promotion of {turn.name} must wait for approval, none does{last}",
        mend=f"xinzhi promote {turn.name}",
    )


def _draft(proposal: Receipt, me: str, *, left: int, decline: bool, text: str) -> Draft:
    version = proposal.challenger.version if proposal.challenger else "?"
    if decline:
        sentence = f"Version {version} is not promoted: {me} declined it."
    elif left:
        sentence = f"{me} approves of version {version}; {left} more must."
    else:
        sentence = f"Version {version} is promoted: {me} approved it."
    return Draft(
        name=proposal.name,
        action="decline" if decline else "approve",
        sentence=sentence,
        challenger=proposal.challenger,
        champion=proposal.champion,
        data=proposal.data,
        gate={"name": proposal.gate.get("name")},
        text=text,
        of=proposal.number,
    )
