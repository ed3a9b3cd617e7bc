"""Back to an earlier champion, in a moment and with a receipt."""

from collections.abc import Sequence

from xinzhi.config.identity import program
from xinzhi.config.near import near
from xinzhi.errors import ConfigError, UnknownReference
from xinzhi.registry.aliases import PREVIOUS
from xinzhi.registry.decided import Decided, decided
from xinzhi.registry.receipt_forms import Draft
from xinzhi.registry.receipt_reasons import reason
from xinzhi.registry.receipts import Ledger
from xinzhi.registry.registered import Registered, Version
from xinzhi.registry.reigns import line
from xinzhi.registry.rollback_champions import former
from xinzhi.registry.turns import Turn
from xinzhi.registry.versions import CHAMPION

_READY, _OVERRIDE = "READY", " override='why'"


def rollback(
    ledger: Ledger,
    name: str,
    *,
    to: str | None = None,
    text: str = "",
    override: str | None = None,
) -> Decided:
    """Lets `champion` point at an earlier champion again.

    Where the alias was moved or taken away without a receipt, the champion by the receipts is what
    it goes back to.

    Args:
        ledger: of the store.
        name: of the registered model.
        to: a version of it, `3` or `NAME/3`; the champion before this one by default.
        text: why.
        override: why a version that never was champion is to be it.
    """
    override = reason(override)
    check_name(ledger.registered, name)
    with ledger.turn(name) as turn:
        before, now = line(turn.receipts()), turn.aliases().get(CHAMPION)
        _check_champion(turn, before, now)
        by_receipts = before[-1] if before else None
        if now is not None and now != by_receipts:
            before.append(now)  # it was moved without a receipt
        target = _target(turn, to, before, now=now, by_receipts=by_receipts, override=override)
        known = target.number in former(turn.receipts())
        earlier = before[: before.index(target.number)] if target.number in before else before
        draft = Draft(
            name=name,
            action="rollback",
            sentence=_sentence(target.number, now, by_receipts),
            challenger=target.side,
            champion=next((v.side for v in turn.versions() if v.number == now), None),
            text=text,
            override=None if known else override,
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


def _check_champion(turn: Turn, before: Sequence[int], now: int | None) -> None:
    """Checks that there is a champion, or was one.

    Raises:
        ConfigError: there is none, and never was.
    """
    if now is None and not before:
        raise ConfigError(
            f"{turn.name} must have a champion to be rolled back, it has none",
            mend=f"{program()} promote {turn.name}",
        )


def _target(
    turn: Turn,
    to: str | None,
    before: Sequence[int],
    *,
    now: int | None,
    by_receipts: int | None,
    override: str | None,
) -> Version:
    """The version to go back to.

    Raises:
        ConfigError: there is none before this one, it is champion already, never was champion, or
            cannot be used.
        UnknownReference: it is none.
    """
    name, champions = turn.name, former(turn.receipts())
    there = {version.number: version for version in turn.versions()}
    candidates = [f"to={n}" for n in there if n != now and n in champions]
    wanted = _before(before, champions, now=now) if to is None else _number(name, to)
    if to is None and wanted is None:
        raise ConfigError(
            f"{name} must have had a champion before version {now}, no receipt names one",
            candidates=candidates,
            mend=f"{program()} rollback {name} to=VERSION{'' if candidates else _OVERRIDE}",
        )
    if wanted not in there:
        raise UnknownReference(
            f"to= must be a version of {name}, was {to or wanted}", candidates=candidates
        )
    if wanted == now and by_receipts in {None, now}:
        raise ConfigError(f"{name}/{now} is champion already", candidates=candidates)
    if wanted not in champions and override is None:
        raise ConfigError(
            f"to= must be a version that was champion before, by the receipts; {name}/{wanted}"
            f" never was, {_named(champions)}",
            candidates=candidates,
            mend=f"have it judged: {program()} promote {name}/{wanted}, or say why it need not be:"
            f"{_OVERRIDE}",
        )
    if there[wanted].status != _READY:
        raise ConfigError(
            f"{name}/{wanted} must be ready to be champion, it is {there[wanted].status}",
            candidates=candidates,
        )
    return there[wanted]


def _before(before: Sequence[int], champions: Sequence[int], *, now: int | None) -> int | None:
    """The last champion by the receipts that is not the one now; None where there is none."""
    left = before[:-1] if before[-1] == now else before
    return next((one for one in reversed(left) if one in champions), None)


def _named(champions: Sequence[int]) -> str:
    if not champions:
        return "and no other version was"
    return f"only {', '.join(map(str, champions))}"


def _sentence(target: int, now: int | None, by_receipts: int | None) -> str:
    if now is None:
        return f"Set back to version {target}: the alias had been taken away without a receipt."
    if now == target:
        return f"Version {target} stays champion: the alias had been moved to it without a receipt."
    if by_receipts not in {None, now}:
        return (
            f"Rolled back from version {now}, to which the alias had been moved without a receipt,"
            f" to version {target}."
        )
    return f"Rolled back from version {now} to version {target}."


def _number(name: str, to: str) -> int | None:
    number = to.removeprefix(f"{name}/")
    return int(number) if number.isascii() and number.isdigit() else None
