"""The test rows of a promotion: what both models answer to them, and how often they decided."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.errors import DataError
from xinzhi.evaluation import slicing
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.registry import budget
from xinzhi.registry.evaluations import Evaluated, evaluated
from xinzhi.registry.gate_checks import Trained, trained, unseen
from xinzhi.registry.gate_classes import on_same_classes
from xinzhi.registry.promotion_sides import Sides
from xinzhi.registry.receipt_forms import Receipt
from xinzhi.registry.versions import Resolved
from xinzhi.tracking.store import Store

if TYPE_CHECKING:
    from xinzhi.registry.gate_results import GateResult

TEST = "test"
ROWS = "rows"  # what a receipt calls the digest of the test rows themselves


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What was answered to the test rows.

    Attributes:
        champion: None where there is none yet.
        challenger: answers.
        runs: how the models came about, the challenger's last.
        outcomes: of champion, if there is one, and challenger, of rows that neither saw in
            training, with their slices.
        digest: of these rows, whatever the others of the snapshot are.
        unseen: the gate on rows that were seen.
    """

    champion: Evaluated | None
    challenger: Evaluated
    runs: Sequence[Trained]
    outcomes: Sequence[Outcomes]
    digest: str
    unseen: "GateResult"


def answered(
    store: Store,
    sides: Sides,
    *,
    slices: Mapping[str, Any],
    build: Callable[..., Any],
    sensitive: Sequence[str],
    data: str | None,
    offline: bool,
) -> Answered:
    """Gives what both models answer to the same test rows: the champion's, or those that are named.

    Args:
        store: where the models are.
        sides: both.
        slices: declared in the gate; those of the champion's config are asked too.
        build: makes an object of a node of a run's config.
        sensitive: columns of the gate that no answer should hang on.
        data: a file.
        offline: open no outward socket.
    """
    beside = [*sensitive, *slicing.columns(slices)] if data else []

    def asked(one: Resolved, on: str | None) -> Evaluated:
        reference = one.run_id if one.version is None else f"{one.name}/{one.version}"
        return evaluated(
            store, reference, build=build, data=on, split=TEST, offline=offline, beside=beside
        )

    champion = None if sides.champion is None else asked(sides.champion, data)
    challenger = asked(sides.challenger, data if champion is None or data else _named(champion))
    both = [one for one in (champion, challenger) if one is not None]
    runs = [
        trained(store, one.resolved.run_id, label=one.resolved.label, config=one.config)
        for one in both
    ]
    first = both[0]
    fresh, gate = unseen(first.outcomes, runs, first.snapshot.digest)
    declared = {**(first.config.get("slices") or {}), **slices}
    named = _sliced(first, declared).taken(fresh)
    return Answered(
        champion=champion,
        challenger=challenger,
        runs=runs,
        outcomes=[named] if champion is None else on_same_classes(named, challenger.outcomes),
        digest=_digest(first.outcomes),
        unseen=gate,
    )


def earlier(receipts: Sequence[Receipt], rows: Answered) -> int:
    """Gives how many other pairs of models these test rows decided on before.

    The first champion was held against floors, which spends nothing: no bound was asked.

    Args:
        receipts: of all models, the oldest first.
        rows: at hand.
    """
    pairs = [
        (one.champion.run_id, one.challenger.run_id)
        for one in _judged_on(receipts, rows)
        if one.champion and one.challenger
    ]
    if rows.champion is None:
        return len(set(pairs))
    pair = (rows.champion.resolved.run_id, rows.challenger.resolved.run_id)
    return budget.place(pairs, pair)


def decided(receipts: Sequence[Receipt], rows: Answered) -> int:
    """Gives how often these test rows decided before, on whatever models.

    Args:
        receipts: of all models.
        rows: at hand.
    """
    return len(_judged_on(receipts, rows))


def _judged_on(receipts: Sequence[Receipt], rows: Answered) -> list[Receipt]:
    return [one for one in receipts if one.judged and one.data.get(ROWS) == rows.digest]


def _named(one: Evaluated) -> str:
    """The snapshot of the champion, as a reference."""
    return one.snapshot.folder.name


def _sliced(one: Evaluated, declared: Mapping[str, Any]) -> Outcomes:
    if not declared:
        return one.outcomes
    record = one.record
    if record is None:
        raise DataError(
            f"the test rows ({one.snapshot.folder.name}) must be there to find slices among them,"
            " their files are gone",
            mend="bring the folder of snapshots back, or gate.slices={} to ask no slice",
        )
    return one.outcomes.sliced(slicing.declared(declared, record))


def _digest(outcomes: Outcomes) -> str:
    """Names test rows by their keys, whatever rows the snapshot has for training."""
    keys = np.sort(outcomes.rows.astype(np.int64))
    return hashlib.sha256(np.ascontiguousarray(keys).tobytes()).hexdigest()[:32]
