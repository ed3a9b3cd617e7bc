"""What differs between two runs, in pieces that can be exchanged one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from xinzhi.config.cosmetic import COSMETIC
from xinzhi.errors import ConfigError
from xinzhi.sweeping.search import axes
from xinzhi.sweeping.why import written
from xinzhi.sweeping.why.search import Mixture
from xinzhi.sweeping.why.states import DATA
from xinzhi.sweeping.why.written import EXPERIMENT, Written, is_within

_KEPT_APART = ("trainer", "callbacks")  # their options set the same keys of the same classes
_NOT_FOR_FITS = (EXPERIMENT, "tracking", "baseline")
_TARGET, _SUGGESTED = "_target_", "_suggests_"


@dataclass(frozen=True, kw_only=True)
class Factor:
    """One thing that differs.

    Attributes:
        name: a key, a group of keys, `data` or `code`.
        kind: what it is.
        shown: what it is in A and in B, as a person reads it.
        words: overrides that make it so, A's and B's.
    """

    name: str
    kind: Literal["key", "group", "data", "code"]
    shown: tuple[str, str]
    words: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())


@dataclass(frozen=True, kw_only=True)
class Apart:
    """Two trainings taken apart.

    Attributes:
        fixed: overrides that both have.
        factors: what differs.
    """

    fixed: tuple[str, ...]
    factors: tuple[Factor, ...]

    def own(self, mixture: Mixture) -> tuple[str, ...]:
        """Gives the overrides of a mixture beside the fixed ones.

        Args:
            mixture: numbers of the factors that are B's.
        """
        sides = [factor.words[n in mixture] for n, factor in enumerate(self.factors)]
        return tuple(word for side in sides for word in side)


def taken_apart(a: Written, b: Written, *, other_rows: bool) -> Apart:
    """Takes two trainings apart.

    Args:
        a: how the one was asked for.
        b: how the other was.
        other_rows: whether they read different rows.

    Raises:
        ConfigError: the options of `conf/` have changed so that no words compose them any more.
    """
    groups = _moving(a, b, other_rows=other_rows)
    keys = _differing(a, b, groups)
    staying = [group for group in a.choices if group not in {*groups, *_NOT_FOR_FITS}]
    base = written.choosing(a.choices, staying)
    first = [*base, *(written.option(group, a.choices[group]) for group in groups)]
    there = written.of_words(first).leaves
    mine = written.setting(there, a.leaves)
    factors = [_of_group(group, a, b, base, first, mine) for group in groups]
    factors += [_of_key(key, a, b, there, mine) for key in keys]
    fixed = [w for key, w in mine.items() if key not in keys and not is_within(key, groups)]
    apart = Apart(fixed=(*base, *fixed), factors=tuple(factors))
    for letter, side, mixture in (("A", a, frozenset()), ("B", b, frozenset(range(len(factors))))):
        _check(apart, letter, side, frozenset[int](mixture))
    return apart


def _moving(a: Written, b: Written, *, other_rows: bool) -> list[str]:
    """The groups whose keys move together."""
    moving = []
    for group, mine in a.choices.items():
        if group in _NOT_FOR_FITS:
            continue
        rows = group == DATA and other_rows
        if rows or (mine != b.choices.get(group) and not _has_same_keys(group, a, b)):
            moving.append(group)
    return moving


def _has_same_keys(group: str, a: Written, b: Written) -> bool:
    if group in _KEPT_APART:
        return True
    mine, theirs = (_below(group, side.leaves) for side in (a, b))
    suggests = any(_SUGGESTED in key for key in (*mine, *theirs))
    return bool(mine) and not suggests and mine.get(_TARGET) == theirs.get(_TARGET)


def _below(group: str, every: Mapping[str, Any]) -> dict[str, Any]:
    head = f"{group}."
    return {key.removeprefix(head): value for key, value in every.items() if key.startswith(head)}


def _differing(a: Written, b: Written, groups: Sequence[str]) -> list[str]:
    """The single keys that were written otherwise and mean something else."""
    return [
        key
        for key in sorted({*a.leaves, *b.leaves})
        if not is_within(key, [*groups, *COSMETIC])
        and (key in a.leaves) | (key in b.leaves)
        and _value(a.leaves, key) != _value(b.leaves, key)
        and _value(a.plain, key) != _value(b.plain, key)
    ]


def _value(every: Mapping[str, Any], key: str) -> object:
    """A value, of which True is not 1, though Python says so."""
    value = every.get(key)
    return (type(value) is bool, value)


def _of_group(
    group: str,
    a: Written,
    b: Written,
    base: Sequence[str],
    first: Sequence[str],
    mine: Mapping[str, str],
) -> Factor:
    """A group of keys that moves together.

    Args:
        group: of options.
        a: how A was asked for.
        b: how B was.
        base: words that both share.
        first: those, and A's choices of the groups that move.
        mine: words that then make all keys A's, by key.
    """
    own = [word for key, word in mine.items() if is_within(key, [group])]
    others = [word for word in first[len(base) :] if not word.startswith(f"{group}=")]
    chosen = written.option(group, b.choices[group])
    there = written.of_words([*base, *others, chosen]).leaves
    theirs = written.setting(there, b.leaves, of=lambda key: is_within(key, [group]))
    names = [str(side.choices[group] or "none").rpartition("/")[2] for side in (a, b)]
    return Factor(
        name=group,
        kind="data" if group == DATA else "group",
        shown=(names[0], names[1]),
        words=((written.option(group, a.choices[group]), *own), (chosen, *theirs.values())),
    )


def _of_key(
    key: str, a: Written, b: Written, there: Mapping[str, Any], mine: Mapping[str, str]
) -> Factor:
    theirs = written.setting(there, b.leaves, of=lambda other: other == key)
    return Factor(
        name=key,
        kind="key",
        shown=(axes.text(a.plain.get(key)), axes.text(b.plain.get(key))),
        words=(tuple(filter(None, [mine.get(key)])), tuple(theirs.values())),
    )


def _check(apart: Apart, letter: str, side: Written, mixture: Mixture) -> None:
    """Refuses words that do not compose a run again.

    Raises:
        ConfigError: they do not.
    """
    now = written.of_words([*apart.fixed, *apart.own(mixture)]).plain
    wrong = [
        key
        for key in sorted({*now, *side.plain})
        if _value(now, key) != _value(side.plain, key) and (key in now) | (key in side.plain)
    ]
    if wrong:
        told = ", ".join(f"{k} {side.plain.get(k)!r} → {now.get(k)!r}" for k in wrong[:4])
        raise ConfigError(
            f"the config of {letter} must be one that `conf/` can still compose; by now its words "
            f"give another: {told}",
            mend="train it again as conf/ is now, and name the new run",
        )
