"""What a promotion comes to in a sentence: whether, why, and what would change it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from xinzhi.evaluation.measures import higher_is_better
from xinzhi.registry.gate_results import GateResult, Verdict, said
from xinzhi.registry.promotion_advice import change, rounded_up

if TYPE_CHECKING:
    from xinzhi.registry.promotion_result import Decision

_NAMED = 2  # gates that a sentence names


def sentence(
    challenger: str,
    champion: str | None,
    gates: Sequence[GateResult],
    verdict: Verdict | None,
    *,
    override: str | None,
) -> str:
    """Gives the decision, its reason and what would change it.

    Args:
        challenger: what to call it.
        champion: what to call it; None where there is none.
        gates: all that were asked.
        verdict: of those that compare; None where nobody could be compared.
        override: why closed gates do not count.
    """
    over = f" over {champion}" if champion else " as the first champion"
    closed = [gate for gate in gates if not gate.passed]
    refused = bool(closed) or (verdict is not None and not verdict.decidable)
    if not refused:
        return f"Promote {challenger}{over}: {_why(gates, verdict)}; {_slack(gates)}."
    reason = _closed(closed, verdict)
    if override:
        return f"Promote {challenger}{over} by override ({override}), although {reason}."
    mended = change(closed, verdict)
    return f"Do not promote {challenger}{over}: {reason}; what would change it: {mended}."


def as_decided(sentence: str, decision: "Decision", *, approvals: int) -> str:
    """Gives the sentence with what it does not say: that it waits, or that nothing was decided.

    Args:
        sentence: of the gates.
        decision: that came of it.
        approvals: how many other persons must approve.
    """
    persons = "another person" if approvals == 1 else f"{approvals} other persons"
    wait = f"for {persons} to approve, and the alias has not moved"
    said = sentence[:1].lower() + sentence[1:]
    match decision:
        case "promoted" | "refused":
            return sentence
        case "waits for approval":
            return f"Waits {wait}: {said}"
        case "would wait for approval":
            return f"Nothing was decided (dry=true), it would wait {wait}: {said}"
        case "would promote" | "would refuse":
            return f"Nothing was decided (dry=true): {said}"


def decides(verdict: Verdict) -> str:
    """Gives the smallest effect that a test set decides.

    Args:
        verdict: of the gates that compare.
    """
    wanted = f"with {verdict.wanted_power:.0%} probability"
    if verdict.smallest_effect is None:
        smallest = f"no gain {wanted}, however large"
    else:
        least = said(verdict.smallest_effect, relative=verdict.relative)
        smallest = f"a gain of {least} or more {wanted}"
    text = (
        f"These {verdict.examples:,} examples decide {smallest}; a true gain of"
        f" {said(verdict.gain, relative=verdict.relative)} would be promoted with"
        f" {verdict.power:.0%}"
    )
    if verdict.decidable:
        return f"{text}."
    name, probability = verdict.hindered
    text += f"; such a challenger would fail most often at {name}, passed with {probability:.0%}."
    if verdict.examples_needed is not None:
        text += f" To decide it takes {rounded_up(verdict.examples_needed)} examples like these."
    return text


def budget(verdict: Verdict, before: int) -> str:
    """Gives how often a test set decided, and what that leaves.

    Args:
        verdict: of the gates that compare.
        before: decisions on these rows; of this very pair, or by floors alone, they spent nothing.
    """
    k = verdict.k_earlier
    times = {0: "not decided before", 1: "decided once before"}.get(
        before, f"decided {before} times before"
    )
    others = f"on {k} other pair{'' if k == 1 else 's'} of models"
    spent = f", {others if k else 'on no other pair of models'}" if before else ""
    return (
        f"This test set has {times}{spent}; of the {_share(verdict.alpha * (k + 1) * (k + 2))}"
        f" with which all its decisions together may promote what is no better, this one spends"
        f" {_share(verdict.alpha)}."
    )


def _why(gates: Sequence[GateResult], verdict: Verdict | None) -> str:
    if verdict is None:
        floors = [gate.sentence for gate in gates if gate.name.startswith("floor")]
        return "; ".join(floors) or "there is nobody to compare it with"
    main = next(gate for gate in gates if gate.name == "main")
    others = len(gates) - 1
    open_too = f", and the other {others} gate{' is' if others == 1 else 's are'} open"
    return main.sentence + (open_too if others else "")


def _slack(gates: Sequence[GateResult]) -> str:
    """What would turn a yes into a no: the gate with the least to spare."""
    spare = {
        gate.name: (gate.figures["low"] + gate.figures["margin"]) / gate.figures["error"]
        for gate in gates
        if gate.figures.get("error") and "margin" in gate.figures
    }
    if not spare:
        return _floor_slack(gates)
    name = min(spare, key=lambda one: spare[one])
    gate = next(gate for gate in gates if gate.name == name)
    least = gate.figures["low"] + gate.figures["margin"]
    points = said(least, relative=bool(gate.figures.get("relative")))
    return f"what would change it: {points} less at the gate {name}, the closest of all"


def _floor_slack(gates: Sequence[GateResult]) -> str:
    floors = [gate.figures for gate in gates if gate.name.startswith("floor ")]
    if not floors:
        return "no gate with figures was asked whose change would change that"
    past = " or ".join(
        f"{one['measure']} {'below' if higher_is_better(one['measure']) else 'above'}"
        f" {one['floor']:.4f}"
        for one in floors
    )
    return f"{past} would change that (floors look at the value itself, not at its interval)"


def _closed(closed: Sequence[GateResult], verdict: Verdict | None) -> str:
    told = []
    if verdict is not None and not verdict.decidable:
        gain = said(verdict.gain, relative=verdict.relative)
        told.append(f"{verdict.examples:,} examples cannot decide a gain of {gain}")
    told += [f"{gate.name} is closed ({gate.sentence})" for gate in closed[:_NAMED]]
    if len(closed) > _NAMED:
        left = len(closed) - _NAMED
        told.append(f"{left} more gate{' is' if left == 1 else 's are'} closed")
    return ", and ".join(told)


def _share(probability: float) -> str:
    return f"{100 * probability:.3g}%"


def as_receipt(gates: Sequence[GateResult]) -> list[dict[str, Any]]:
    """Gives what a receipt keeps of gates.

    Args:
        gates: all that were asked.
    """
    return [
        {"name": g.name, "passed": g.passed, "sentence": g.sentence, "figures": dict(g.figures)}
        for g in gates
    ]
