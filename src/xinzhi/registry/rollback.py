"""Back to an earlier champion, in a moment and with a receipt."""

from collections.abc import Sequence

from xinzhi.config.identity import program
from xinzhi.config.near import near
from xinzhi.errors import ConfigError, UnknownReference
from xinzhi.registry.aliases import PREVIOUS
from xinzhi.registry.decided import Decided, decided
from xinzhi.registry.receipt_forms import Draft
from xinzhi.registry.receipts import Ledger
from xinzhi.registry.registered import Registered, Version
from xinzhi.registry.reigns import line
from xinzhi.registry.turns import Turn
from xinzhi.registry.versions import CHAMPION

_READY = "READY"


def rollback(ledger: Ledger, name: str, *, to: str | None = None, text: str = "") -> Decided:
    """Lets `champion` point at an earlier version again.

    Args:
        ledger: of the store.
        name: of the registered model.
        to: a version of it, `3` or `NAME/3`; the champion before this one by default.
        text: why.
    """
    check_name(ledger.registered, name)
    with ledger.turn(name) as turn:
        now = _champion(turn)
        before = line(turn.receipts())
        if before[-1:] != [now]:
            before.append(now)  # it was moved without a receipt
        target = _target(turn, to, before)
        earlier = before[: before.index(target.number)] if target.number in before else before
        draft = Draft(
            name=name,
            action="rollback",
            sentence=f"Rolled back from version {now} to version {target.number}.",
            challenger=target.side,
            champion=next(v.side for v in turn.versions() if v.number == now),
            text=text,
        )
        move = {CHAMPION: target.number, PREVIOUS: earlier[-1] if earlier else None}
        receipt = turn.decide(draft, move=move, expected_champion=now)
        return decided(receipt, turn.aliases(), next_command=f"{program()} audit {name}")


def check_name(registered: Registered, name: str) -> None:
    """Checks that a model is registered.

    Args:
        registered: the models of a store.
        name: of one.

    Raises:
        UnknownReference: it is not.
    """
    if registered.model(name) is None:
        there = registered.names()
        raise UnknownReference(
            f"{name!r} must be the name of a registered model, there is none of that name",
            candidates=near(name, there) or there[:6],
            mend=None if there else "xinzhi train   (nothing has been registered here yet)",
        )


def _champion(turn: Turn) -> int:
    """The champion now.

    Raises:
        ConfigError: there is none.
    """
    now = turn.aliases().get(CHAMPION)
    if now is None:
        raise ConfigError(
            f"{turn.name} must have a champion to be rolled back, it has none",
            mend=f"xinzhi promote {turn.name}",
        )
    return now


def _target(turn: Turn, to: str | None, before: Sequence[int]) -> Version:
    """The version to go back to.

    Raises:
        ConfigError: there is none before this one, it is champion already, or cannot be used.
        UnknownReference: it is none.
    """
    name, now = turn.name, before[-1]
    there = {version.number: version for version in turn.versions()}
    candidates = [f"to={n}" for n in there if n != now]
    if to is None and len(before) < 2:
        raise ConfigError(
            f"{name} must have had a champion before version {now}, no receipt names one",
            candidates=candidates,
            mend=f"xinzhi rollback {name} to=VERSION",
        )
    wanted = before[-2] if to is None else _number(name, to)
    if wanted not in there:
        raise UnknownReference(
            f"to= must be a version of {name}, was {to or wanted}", candidates=candidates
        )
    if wanted == now:
        raise ConfigError(f"{name}/{now} is champion already", candidates=candidates)
    if there[wanted].status != _READY:
        raise ConfigError(
            f"{name}/{wanted} must be ready to be champion, it is {there[wanted].status}",
            candidates=candidates,
        )
    return there[wanted]


def _number(name: str, to: str) -> int | None:
    number = to.removeprefix(f"{name}/")
    return int(number) if number.isascii() and number.isdigit() else None
