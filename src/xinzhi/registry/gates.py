"""What a challenger must show to become champion, and whether it does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from xinzhi.config.near import near
from xinzhi.errors import ConfigError
from xinzhi.evaluation import measures
from xinzhi.evaluation.outcomes import Array, Outcomes, aligned
from xinzhi.registry import budget
from xinzhi.registry.gate_gains import CALIBRATION, Gain, gain, relative
from xinzhi.registry.gate_results import Verdict, by_bound
from xinzhi.registry.power import Hurdle, examples_needed, power, smallest_gain

OBJECTIVE = "objective"
Rule = Literal["superiority", "non_inferiority"]


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What is asked of a challenger.

    Gains and margins are points of a share (`0.02` of accuracy: 2 points); of a measure that is an
    error without an upper bound (`rmse`) they are shares of the champion's value.

    Args:
        metric: by which the challenger must be better; `objective` is the one it was trained for.
        rule: whether it must be better, or not worse by `margin`.
        margin: of non-inferiority by the main metric.
        gain: a true gain that must be promoted with probability `power`; a test set that cannot
            tell is refused.
        power: that probability.
        alpha: of all decisions ever made on one test set, how probable one that promotes a model
            which is no better may be; half of it is the first decision's.
        slices: parts of the test set that must not become worse, by name, as `xinzhi evaluate`
            takes them; those of the outcomes are asked too.
        slice_metric: by which slices are asked; by default accuracy where a class is answered, else
            the main metric.
        slice_margin: by which a slice may be worse.
        slice_alpha: as `alpha`, for each slice and for calibration.
        calibration_margin: by which the expected calibration error may grow; null asks nothing.
        sensitive: columns by whose values answers must not grow less fair.
        fairness_margin: by which the differences between their values may grow.
        robustness_margin: by which the challenger may be worse on records with typos, noise and the
            like; null asks nothing.
        latency_ratio: how many times as long as the champion's its answers may take; null asks
            nothing.
        latency_enough_ms: an answer in that time is fast enough, and a batch in ten times that.
        size_ratio: likewise of the room that its files take.
        size_enough_mb: files of that size are small enough.
        signature: whether it must take what the champion takes, and know the classes it knows.
        provenance: whether its code and rows must be known.
        floors: what the first champion must reach, by measure: a number, or `baseline` for what
            the run's own baseline reached.
        approvals: how many other persons must approve before the alias moves.
    """

    metric: str = OBJECTIVE
    rule: Rule = "superiority"
    margin: float = 0.01
    gain: float = 0.02
    power: float = 0.8
    alpha: float = 0.05
    slices: Mapping[str, Any] = field(default_factory=dict)
    slice_metric: str | None = None
    slice_margin: float = 0.027
    slice_alpha: float = 0.1
    calibration_margin: float | None = 0.02
    sensitive: Sequence[str] = ()
    fairness_margin: float = 0.05
    robustness_margin: float | None = 0.03
    latency_ratio: float | None = 2.0
    latency_enough_ms: float = 20.0
    size_ratio: float | None = 4.0
    size_enough_mb: float = 10.0
    signature: bool = True
    provenance: bool = True
    floors: Mapping[str, Any] = field(default_factory=lambda: {OBJECTIVE: "baseline"})
    approvals: int = 0


def verdict(
    gate: Gate,
    champion: Outcomes,
    challenger: Outcomes,
    *,
    objective: str | None = None,
    k_earlier: int = 0,
) -> Verdict:
    """Decides by what two models answered to the same examples.

    Args:
        gate: what is asked.
        champion: outcomes.
        challenger: outcomes, of the same examples at least in part.
        objective: the measure that `metric: objective` stands for.
        k_earlier: how many decisions this test set made before.

    Returns:
        Each gate with its figures, and what they come to.
    """
    champion, challenger = aligned([champion, challenger])
    measure = _measure(gate.metric, objective, champion)
    part = budget.share(k_earlier)
    main = gain(champion, challenger, measure, alpha=gate.alpha * part)
    margin = gate.margin if gate.rule == "non_inferiority" else 0.0
    asked = [("main", main, margin, True)]
    asked += _guards(gate, champion, challenger, objective, gate.slice_alpha * part)
    results = [by_bound(name, found, margin) for name, found, margin, _ in asked]
    hurdles = [_hurdle(*one) for one in asked]
    sure = power(hurdles, gate.gain)
    decidable = sure >= gate.power
    return Verdict(
        passed=decidable and all(one.passed for one in results),
        gates=results,
        decidable=decidable,
        smallest_effect=smallest_gain(hurdles, gate.power),
        power=sure,
        examples_needed=None if main.high < 0 else examples_needed(hurdles, gate.gain, gate.power),
        examples=main.examples,
        k_earlier=k_earlier,
        measure=measure,
        relative=relative(measure),
        alpha=main.alpha,
        gain=gate.gain,
        wanted_power=gate.power,
        hindered=min(
            ((one.name, one.passing(gate.gain)) for one in hurdles), key=lambda found: found[1]
        ),
    )


_Asked = tuple[str, Gain, float, bool]


def _guards(
    gate: Gate, champion: Outcomes, challenger: Outcomes, objective: str | None, alpha: float
) -> Sequence[_Asked]:
    """What must not become worse: each slice, and calibration.

    Raises:
        ConfigError: a slice has no rows here.
    """
    measure = gate.slice_metric or _slice_measure(gate, champion, objective)
    asked: list[_Asked] = []
    for name, inside in _different({**challenger.slices, **champion.slices}).items():
        check_slice(name, inside)
        found = gain(champion.taken(inside), challenger.taken(inside), measure, alpha=alpha)
        asked.append((f"slice {name}", found, gate.slice_margin, True))
    if gate.calibration_margin is not None and champion.kind == "classes":
        found = gain(champion, challenger, CALIBRATION, alpha=alpha)
        asked.append(("calibration", found, gate.calibration_margin, False))
    return asked


def check_slice(name: str, inside: Array) -> None:
    """Refuses a slice that nothing can be said of.

    Args:
        name: of it.
        inside: which rows it holds, bool, shape (N,).

    Raises:
        ConfigError: it holds none.
    """
    if not inside.any():
        raise ConfigError(f"the slice {name} must hold rows of the test set, it holds none")


def _different(slices: Mapping[str, Array]) -> Mapping[str, Array]:
    """Leaves out slices of the same rows under another name: they would be told twice."""
    found = {inside.tobytes(): name for name, inside in reversed(list(slices.items()))}
    return {name: inside for name, inside in slices.items() if found[inside.tobytes()] == name}


def _slice_measure(gate: Gate, outcomes: Outcomes, objective: str | None) -> str:
    return "accuracy" if outcomes.kind == "classes" else _measure(gate.metric, objective, outcomes)


def _measure(metric: str, objective: str | None, outcomes: Outcomes) -> str:
    """The measure that is meant.

    Raises:
        ConfigError: there is none, or answers do not tell it.
    """
    asked = objective if metric == OBJECTIVE else metric
    if asked is None:
        raise ConfigError("gate.metric must name a measure where models have no objective")
    known = measures.of(outcomes)
    if asked not in known:
        what = "the models' objective" if metric == OBJECTIVE else "gate.metric"
        raise ConfigError(
            f"{what} must be a measure of their answers, was {asked!r}",
            candidates=near(asked, known) or known,
            mend=f"gate.metric={known[0]}",
        )
    return asked


def _hurdle(name: str, found: Gain, margin: float, gains: bool) -> Hurdle:
    return Hurdle(
        name=name,
        error=found.error,
        alpha=found.alpha,
        margin=margin,
        gains=gains,
        examples=found.examples,
        disagreement=found.disagreement,
        gain=found.gain,
    )
