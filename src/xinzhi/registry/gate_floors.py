"""What the first champion must reach: floors, since there is nobody to compare it with."""

from collections.abc import Mapping
from typing import Any

from xinzhi.errors import ConfigError
from xinzhi.evaluation import intervals, measures
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.registry.gate_results import GateResult

BASELINE = "baseline"
_LOGGED = "test_baseline/"


def floors(
    outcomes: Outcomes,
    asked: Mapping[str, Any],
    *,
    objective: str,
    logged: Mapping[str, float],
) -> list[GateResult]:
    """Whether a model reaches each of its floors, by the estimate; its interval stands beside.

    Args:
        outcomes: of the model.
        asked: by measure, or `objective`: a number, or `baseline`.
        objective: the measure that the model was trained for.
        logged: metrics of its run, those of the baseline under `test_baseline/`.

    Raises:
        ConfigError: a floor is neither, or its baseline is not known.
    """
    results = []
    for name, floor in asked.items():
        measure = objective if name == "objective" else str(name)
        least = _number(measure, floor, logged)
        found = intervals.interval(outcomes, measure)
        better = measures.higher_is_better(measure)
        passed = found.value >= least if better else found.value <= least
        word = "at least" if better else "at most"
        what = " (its baseline)" if floor == BASELINE else ""
        results.append(
            GateResult(
                name=f"floor {measure}",
                passed=passed,
                figures={
                    "measure": measure,
                    "challenger": found.value,
                    "low": found.low,
                    "high": found.high,
                    "floor": least,
                    "examples": len(outcomes),
                    "units": found.units,
                    "method": found.method,
                },
                sentence=(
                    f"{measure} {found.value:.4f} ({found.low:.4f} to {found.high:.4f}),"
                    f" {word} {least:.4f}{what}"
                ),
            )
        )
    return results


def _number(measure: str, floor: object, logged: Mapping[str, float]) -> float:
    if isinstance(floor, int | float) and not isinstance(floor, bool):
        return float(floor)
    if floor != BASELINE:
        raise ConfigError(
            f"gate.floors.{measure} must be a number or `{BASELINE}`, was {floor!r}",
            mend=f"gate.floors.{measure}=0.9",
        )
    found = logged.get(f"{_LOGGED}{measure}")
    if found is None:
        raise ConfigError(
            f"the run must have a baseline of {measure} to be its floor, it logged none",
            mend="gate.floors.objective=0.9, or train with baseline=",
        )
    return found
