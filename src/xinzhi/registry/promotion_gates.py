"""All gates of a promotion, one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xinzhi.deployment.bundle import open_bundle
from xinzhi.deployment.latency import megabytes, speeds
from xinzhi.evaluation.outcomes import aligned
from xinzhi.registry import gate_checks, gate_fairness, gate_floors, gate_measurements, gates
from xinzhi.registry.files import load_folder
from xinzhi.registry.gate_gains import relative
from xinzhi.registry.gate_results import GateResult, Verdict
from xinzhi.registry.gates import Gate
from xinzhi.registry.promotion_rows import TEST, Answered
from xinzhi.tracking.store import Store

if TYPE_CHECKING:
    from xinzhi.data.snapshot import Snapshot
    from xinzhi.registry.evaluations import Evaluated


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What all gates say.

    Attributes:
        gates: each of them.
        verdict: of those that compare; None for the first champion.
    """

    gates: Sequence[GateResult]
    verdict: Verdict | None

    @property
    def passed(self) -> bool:
        """Whether all are open, and the test rows could decide."""
        decidable = self.verdict is None or self.verdict.decidable
        return decidable and all(gate.passed for gate in self.gates)


def judge(store: Store, rows: Answered, gate: Gate, *, k_earlier: int) -> Judged:
    """Asks all gates.

    Args:
        store: where the models are.
        rows: what both answered.
        gate: what is asked.
        k_earlier: how many decisions the test rows made before.
    """
    if rows.champion is None:
        return _first(store, rows, gate)
    objective = rows.champion.objective
    verdict = gates.verdict(gate, *rows.outcomes, objective=objective, k_earlier=k_earlier)
    results = [*verdict.gates, *_fair(rows.champion, rows, gate), rows.unseen]
    results += _measured(store, rows.champion, rows, gate, verdict.measure)
    return Judged(gates=[*results, *_provenance(rows, gate)], verdict=verdict)


def _fair(champion: "Evaluated", rows: Answered, gate: Gate) -> list[GateResult]:
    if not gate.sensitive:
        return []
    before, after = aligned(rows.outcomes)
    columns = gate_fairness.groups(
        gate.sensitive, champion.record, champion.outcomes.rows, before.rows
    )
    return gate_fairness.fair(before, after, columns, margin=gate.fairness_margin)


def _first(store: Store, rows: Answered, gate: Gate) -> Judged:
    run = rows.challenger.resolved.run_id
    with store.explaining():
        logged = store.client.get_run(run).data.metrics
    _check_declared(rows, gate)
    results = gate_floors.floors(
        rows.outcomes[0], gate.floors, objective=rows.challenger.objective, logged=logged
    )
    return Judged(gates=[*results, rows.unseen, *_provenance(rows, gate)], verdict=None)


def _check_declared(rows: Answered, gate: Gate) -> None:
    """Checks slices and sensitive columns that only a later challenger is judged by.

    Raises:
        ConfigError: a slice holds no rows.
        DataError: a column is not there.
    """
    if gate.sensitive:
        asked = rows.challenger
        keys = asked.outcomes.rows
        gate_fairness.groups(gate.sensitive, asked.record, keys, keys)
    for name, inside in rows.outcomes[0].slices.items():
        gates.check_slice(name, inside)


def _provenance(rows: Answered, gate: Gate) -> list[GateResult]:
    return [gate_checks.provenance(rows.runs[-1])] if gate.provenance else []


def _measured(
    store: Store, champion: "Evaluated", rows: Answered, gate: Gate, measure: str
) -> list[GateResult]:
    """What needs the models themselves: columns, records on a bad day, time and room."""
    old, new = (load_folder(store, one.resolved) for one in (champion, rows.challenger))
    before, after = open_bundle(old), open_bundle(new)
    results = [gate_checks.signature(before, after)] if gate.signature else []
    if gate.size_ratio is not None:
        results.append(
            gate_measurements.size(
                megabytes(old),
                megabytes(new),
                gate.size_ratio,
                enough_mb=gate.size_enough_mb,
            )
        )
    if results and not results[0].passed and results[0].name == "signature":
        return results  # what does not take the same records cannot be asked them
    snapshot = rows.challenger.snapshot if rows.challenger.computed else champion.snapshot
    if not _there(snapshot):
        return [*results, _gone(snapshot)]
    if gate.robustness_margin is not None:
        results += gate_measurements.bad_day(
            (before, after),
            (champion.outcomes, rows.challenger.outcomes),
            snapshot,
            TEST,
            measure=measure,
            margin=gate.robustness_margin,
            relative=relative(measure),
        )
    if gate.latency_ratio is not None:
        found = speeds(before, after, snapshot, TEST)
        results += gate_measurements.latency(
            found, gate.latency_ratio, enough_ms=gate.latency_enough_ms
        )
    return results


def _there(snapshot: "Snapshot") -> bool:
    return (snapshot.folder / "manifest.json").is_file()


def _gone(snapshot: "Snapshot") -> GateResult:
    return GateResult(
        name="records",
        passed=False,
        figures={"snapshot": snapshot.folder.name},
        sentence=f"the test rows ({snapshot.folder.name}) are gone: nobody can be asked them again",
    )
