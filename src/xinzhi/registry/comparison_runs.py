"""The runs that are compared, and beside each those that differ from it in nothing but the seed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from xinzhi.config.cosmetic import COSMETIC
from xinzhi.errors import ConfigError, UnknownReference
from xinzhi.registry.versions import Resolved, resolve
from xinzhi.tracking.differences_facts import Facts, facts, of_run
from xinzhi.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.entities import Run

Seeds = Literal["auto", "none"]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PAGE = 500
_UNTOLD = ("test", "register")  # what was judged or made of the weights, not how they came about


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One of the runs that are compared.

    Attributes:
        letter: what it is called in tables and sentences.
        reference: as typed.
        resolved: what that names.
        facts: what the run has kept.
        siblings: finished runs that differ from it in nothing but the seed, one for each.
        aside: how many more differ in the seed and in the code, which are not counted.
    """

    letter: str
    reference: str
    resolved: Resolved
    facts: Facts
    siblings: tuple[Facts, ...] = ()
    aside: int = 0

    @property
    def seeds(self) -> tuple[int | None, ...]:
        """The seeds of the run and of its siblings."""
        return tuple(one.seed for one in (self.facts, *self.siblings))


def chosen(store: Store, references: Sequence[str], *, seeds: Seeds) -> list[Compared]:
    """Finds the runs.

    Args:
        store: where they are.
        references: runs or versions.
        seeds: `auto` gathers runs that differ in the seed alone.

    Raises:
        ConfigError: they cannot be compared.
        UnknownReference: one of them names nothing, or a sweep.
    """
    if len(references) < 2:
        given = f"was given {references[0]}" if references else "was given none"
        raise ConfigError(
            f"xinzhi compare takes two runs or versions, or one sweep; {given}",
            mend=f"xinzhi compare {references[0] if references else 'last~1'} last, or "
            "xinzhi compare sweep:NAME",
        )
    if len(references) > len(LETTERS):
        raise ConfigError(f"at most {len(LETTERS)} runs are compared, {len(references)} were given")
    found = [_found(store, *pair) for pair in zip(LETTERS, references, strict=False)]
    _check(found)
    if seeds == "none":
        return found
    named = {one.facts.run_id for one in found}
    return [_with_siblings(store, one, named) for one in found]


def _found(store: Store, letter: str, reference: str) -> Compared:
    resolved = resolve(store, reference)
    if not resolved.run_id:
        raise UnknownReference(
            f"{resolved.label} must have a run behind it, it was registered without one",
            mend="name a run, or a version that `xinzhi train` made",
        )
    known = facts(store, resolved.run_id)
    if known.sweep:
        raise UnknownReference(
            f"{reference!r} is the run over the runs of a sweep, which trained nothing itself",
            mend=f"xinzhi compare sweep:{known.run_name}",
        )
    return Compared(letter=letter, reference=reference, resolved=resolved, facts=known)


def _check(found: Sequence[Compared]) -> None:
    seen: dict[str, Compared] = {}
    for one in found:
        other = seen.setdefault(one.facts.run_id, one)
        if other is not one:
            raise ConfigError(
                f"{other.reference!r} and {one.reference!r} must be two runs, both are "
                f"{one.facts.title}",
                mend="xinzhi compare last~1 last",
            )
    tasks = {one.facts.task for one in found if one.facts.task}
    if len(tasks) > 1:
        told = ", ".join(f"{one.reference} {one.facts.task or '?'}" for one in found)
        raise ConfigError(f"runs must learn the same task to be compared: {told}")


def _with_siblings(store: Store, one: Compared, named: set[str]) -> Compared:
    own = one.facts
    if own.seed is None or own.status != "FINISHED":
        return one
    by_seed: dict[int, Facts] = {}
    aside = 0
    for other in _candidates(store, own):
        if other.seed is None or other.run_id in named or not _alike(own, other):
            continue
        if other.code != own.code:
            aside += 1
        elif other.seed not in by_seed:  # the latest of a seed comes first
            by_seed[other.seed] = other
    siblings = tuple(by_seed[seed] for seed in sorted(by_seed))
    return replace(one, siblings=siblings, aside=aside)


def _candidates(store: Store, own: Facts) -> Iterator[Facts]:
    """Looks for runs whose params are the run's own, but for the seed and what follows it.

    Yields:
        What they have kept.
    """
    with store.explaining():
        params = dict(store.client.get_run(own.run_id).data.params)
        token = None
        while True:
            page = store.client.search_runs(
                [own.experiment_id],
                "attributes.status = 'FINISHED'",
                max_results=_PAGE,
                page_token=token,
            )
            for run in page:
                if run.info.run_id != own.run_id and _may_be(params, run):
                    yield of_run(store, run)
            token = page.token
            if not token:
                return


def _may_be(params: Mapping[str, str], run: "Run") -> bool:
    """Tell by what the database holds, before any file is read."""
    theirs = run.data.params
    seed, other = params.get("seed"), theirs.get("seed")
    if other is None or seed == other:
        return False
    keys = {key for key in {*params, *theirs} if not _says_nothing(key)}
    return all(
        params.get(key) == theirs.get(key) or (params.get(key) == seed and theirs.get(key) == other)
        for key in keys
    )


def _says_nothing(key: str) -> bool:
    parts = key.split(".")
    return key in _UNTOLD or any(".".join(parts[:n]) in COSMETIC for n in range(1, len(parts) + 1))


def _alike(own: Facts, other: Facts) -> bool:
    """Tell whether config and rows are the same."""
    mine, theirs = (
        {key: value for key, value in one.config.items() if key not in _UNTOLD}
        for one in (own, other)
    )
    rows = [one.rows and one.rows.digest for one in (own, other)]
    return mine == theirs and rows[0] == rows[1]
