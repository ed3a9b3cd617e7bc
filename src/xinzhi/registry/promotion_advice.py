"""What would change a decision on a promotion, in words that somebody can follow."""

from collections.abc import Mapping, Sequence

from xinzhi.registry.gate_results import GateResult, Verdict, said

_CHANGES: Mapping[str, str] = {
    "unseen rows": "rows that neither model was trained on (data.test=FILE)",
    "signature": "a challenger that takes and answers what the champion does",
    "provenance": "a training from committed code",
    "calibration": "calibrated probabilities",
    "size": "a smaller model",
    "latency": "a faster model",
    "robustness": "training on records of that kind",
    "fairness": "training that narrows the difference between the groups",
    "floor": "a better model, or other floors (gate.floors)",
}


def change(closed: Sequence[GateResult], verdict: Verdict | None) -> str:
    """Gives what would open the gates.

    Args:
        closed: gates.
        verdict: of those that compare.
    """
    told: list[str] = []
    if verdict is not None and not verdict.decidable:
        told.append(_undecidable(verdict))
    told.extend(_change(gate, verdict) for gate in closed)
    return ", and ".join(dict.fromkeys(filter(None, told)))


def _undecidable(verdict: Verdict) -> str:
    """Gives what a test set needs that cannot decide.

    Args:
        verdict: that is not decidable.
    """
    if verdict.worse:
        return ""  # no test set mends that
    ways = []
    if verdict.examples_needed is not None:
        ways.append(f"a test set of {rounded_up(verdict.examples_needed)} examples like these")
    if verdict.smallest_effect is not None:
        ways.append(f"gate.gain={_up(verdict.smallest_effect)}")
    return " or ".join(ways) or "another test set"


def _change(gate: GateResult, verdict: Verdict | None) -> str:
    figures = gate.figures
    if gate.name == "main" and verdict is not None:
        lacking = -(figures["low"] + figures["margin"])
        if verdict.worse or (verdict.relative and lacking >= 1):
            return "a better challenger" + (": this one is worse" if verdict.worse else "")
        return f"{said(lacking, relative=verdict.relative)} {_better(verdict)} {verdict.measure}"
    if gate.name.startswith("slice "):
        lacking = -(figures["low"] + figures["margin"])
        points = said(lacking, relative=bool(figures.get("relative")))
        few = figures.get("gain", -1.0) > -figures["margin"]
        return f"{points} more in {gate.name.removeprefix('slice ')}" + (
            " or more rows of it" if few else ""
        )
    return next((text for name, text in _CHANGES.items() if gate.name.startswith(name)), "")


def _better(verdict: Verdict) -> str:
    return "less" if verdict.relative else "more of"


def rounded_up(number: int) -> str:
    """A number of examples to two figures, for it is an estimate."""
    unit = 10 ** max(len(str(number)) - 2, 0)
    return f"{-(-number // unit) * unit:,}"


def _up(gain: float) -> str:
    return f"{-(-gain * 1000 // 1) / 1000:g}"
