"""What the compared models answered, on rows that all of them were asked."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from xinzhi.errors import DataError, UnknownReference, XinzhiError
from xinzhi.evaluation import measures
from xinzhi.evaluation.outcomes import Outcomes, aligned
from xinzhi.registry.comparison_runs import Compared
from xinzhi.registry.evaluations import Evaluated, evaluated
from xinzhi.tracking.differences_facts import Facts
from xinzhi.tracking.store import Store

Build = Callable[..., Any]
_NO_MEASURE = "the runs have no measure in common"
# what stands first where the objective cannot be measured from answers, such as a loss
_FIRST = ("f1_macro", "entity_f1", "rmse", "mae", "mrr", "average_precision", "accuracy")


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What is compared: the answers of each run and of its siblings, on the same rows.

    Attributes:
        outcomes: by the run's letter, its own first.
        seeds: by the run's letter, those that answers are there of.
        rows: which ones they are, as words.
        names: of the measures, the main one first.
        logged: by the run's letter, measures that are not what the run logged, and what it logged.
        notes: what a person should know of the rows.
    """

    outcomes: dict[str, list[Outcomes]]
    seeds: dict[str, list[int | None]]
    rows: str
    names: tuple[str, ...]
    logged: dict[str, dict[str, float]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def gathered(
    store: Store,
    runs: Sequence[Compared],
    *,
    build: Build,
    data: str | None,
    split: str,
    offline: bool,
) -> Answered:
    """Reads what the runs answered; a model whose answers were not kept answers now.

    Args:
        store: where the runs are.
        runs: with their siblings.
        build: makes an object of a node of a run's config.
        data: a file or a snapshot; the runs' own snapshots by default.
        split: test or val.
        offline: open no outward socket.

    Raises:
        DataError: they have no rows in common.
        UnknownReference: a run neither kept answers nor a model.
    """

    def ask(reference: str) -> Evaluated:
        return evaluated(store, reference, build=build, data=data, split=split, offline=offline)

    found: dict[str, list[Evaluated]] = {}
    seeds: dict[str, list[int | None]] = {}
    notes: list[str] = []
    logged: dict[str, dict[str, float]] = {}
    for one in runs:
        if one.facts.status != "FINISHED":
            raise UnknownReference(f"{one.letter} has not finished, it is {one.facts.status}")
        first = ask(one.reference)
        others, without = _of_siblings(ask, one.siblings)
        found[one.letter] = [first, *(each for each, _ in others)]
        seeds[one.letter] = [one.facts.seed, *(seed for _, seed in others)]
        notes += first.notes
        logged[one.letter] = {} if data else _logged(one, first)
        counts = ((without, "kept no answers"), (one.aside, "were trained by other code"))
        notes += [f"not counted: seeds of {one.letter} that {why}: {n}" for n, why in counts if n]
    outcomes, told = _in_common([[each.outcomes for each in group] for group in found.values()])
    first = next(iter(found.values()))[0]
    digests = {group[0].snapshot.digest for group in found.values()}
    count = f"{len(outcomes[0][0]):,} {split} rows"
    of = first.snapshot.folder.name
    rows = f"{count} of {of}" if len(digests) == 1 else f"{count} that the snapshots share"
    return Answered(
        outcomes=dict(zip(found, outcomes, strict=True)),
        seeds=seeds,
        rows=rows,
        names=_names([one for group in outcomes for one in group], first.objective),
        logged=logged,
        notes=tuple(dict.fromkeys([*notes, *told])),
    )


def _logged(one: Compared, told: Evaluated) -> dict[str, float]:
    """Gives what a run logged under the name of a measure, where the answers measure otherwise."""
    found = {}
    for name in measures.of(told.outcomes):
        logged = one.facts.metrics.get(f"{told.split}/{name}", math.nan)
        measured = measures.value(told.outcomes, name)
        if math.isfinite(logged) and not math.isclose(logged, measured, rel_tol=1e-3, abs_tol=1e-4):
            found[name] = logged
    return found


def _of_siblings(
    ask: Callable[[str], Evaluated], siblings: Sequence[Facts]
) -> tuple[list[tuple[Evaluated, int | None]], int]:
    found = []
    for one in siblings:
        try:
            found.append((ask(one.run_id), one.seed))
        except XinzhiError:  # of a sweep's job neither answers nor model may have been kept
            continue
    return found, len(siblings) - len(found)


def _in_common(groups: Sequence[Sequence[Outcomes]]) -> tuple[list[list[Outcomes]], list[str]]:
    """Gives the examples that all have answered and whose truth is the same for all.

    Raises:
        DataError: there are none.
    """
    flat = [one for group in groups for one in group]
    sizes = {len(one) for one in flat}
    shared = aligned(flat)
    notes = []
    if len(sizes) > 1 or len(shared[0]) < max(sizes):
        sides = " and ".join(f"{n:,}" for n in sorted(sizes))
        notes.append(f"compared on the {len(shared[0]):,} rows that all have, of {sides}")
    agreed = _agreed(shared)
    if not agreed.all():
        if not agreed.any():
            raise DataError(
                "models must be judged by the same truth to be compared, no row has it",
                mend="xinzhi compare … data.test=FILE",
            )
        notes.append(f"{int((~agreed).sum()):,} rows left out whose truth is not the same for all")
        shared = [one.taken(agreed) for one in shared]
    left = iter(shared)
    return [[next(left) for _ in group] for group in groups], notes


def _agreed(shared: Sequence[Outcomes]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    same = np.ones(len(shared[0]), bool)
    first = shared[0].columns.get("truth")
    if first is None:
        return same
    for one in shared[1:]:
        equal = one.columns["truth"] == first
        if first.dtype.kind == "f":
            equal |= np.isnan(one.columns["truth"]) & np.isnan(first)
        same &= equal if equal.ndim == 1 else equal.all(1)
    return same


def _names(outcomes: Sequence[Outcomes], objective: str) -> tuple[str, ...]:
    """Gives the measures that all have, the objective first.

    Raises:
        DataError: there are none.
    """
    shared = list(measures.of(outcomes[0]))
    for one in outcomes[1:]:
        there = set(measures.of(one))
        shared = [name for name in shared if name in there]
    if not shared:
        raise DataError(_NO_MEASURE)
    main = next((name for name in (objective, *_FIRST) if name in shared), shared[0])
    return (main, *(name for name in shared if name != main))
