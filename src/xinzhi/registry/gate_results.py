"""What gates say: each its figures and a sentence, and what all of them come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xinzhi.registry.gate_gains import Gain


@dataclass(frozen=True, kw_only=True)
class GateResult:
    """What one gate says.

    Attributes:
        name: `main`, `slice region=north`, `calibration`, `latency` …
        passed: whether it opens.
        figures: what it was decided by.
        sentence: the same for people.
    """

    name: str
    passed: bool
    figures: Mapping[str, Any]
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the gates come to.

    Attributes:
        passed: whether the challenger is promoted: all gates open, and this test set could decide.
        gates: each of them.
        decidable: whether a challenger with the declared gain would pass often enough here.
        smallest_effect: the smallest true gain that would; None where none would.
        power: the probability that one with the declared gain passes.
        examples_needed: of a test set that could decide; None where no number suffices, or the
            challenger is worse beyond chance, which more examples would only confirm.
        examples: that there are.
        k_earlier: decisions that this test set made before.
        measure: of the main gate.
        relative: whether gains are shares of the champion's value, not points.
        alpha: of the main gate's bound, after the budget.
        gain: that is declared.
        wanted_power: the probability with which it is to pass.
        hindered: the gate by which it fails most often, and the probability that it passes that
            one.
    """

    passed: bool
    gates: Sequence[GateResult]
    decidable: bool
    smallest_effect: float | None
    power: float
    examples_needed: int | None
    examples: int
    k_earlier: int
    measure: str
    relative: bool
    alpha: float
    gain: float
    wanted_power: float
    hindered: tuple[str, float]

    @property
    def worse(self) -> bool:
        """Whether the challenger is worse by the main measure beyond chance: no rows mend that."""
        return any(gate.name == "main" and gate.figures["high"] < 0 for gate in self.gates)

    @property
    def closed(self) -> tuple[str, ...]:
        """Names of the gates that are."""
        return tuple(gate.name for gate in self.gates if not gate.passed)


def by_bound(name: str, found: Gain, margin: float) -> GateResult:
    """Gives the gate that opens when a gain is surely above −`margin`.

    Args:
        name: of the gate.
        found: the gain.
        margin: 0 asks for a better model, more for one that is not worse by that much.
    """
    relative = found.relative
    passed = found.low > -margin
    sentence = (
        f"{found.measure} {found.champion:.4f} → {found.challenger:.4f}"
        f" ({better_or_worse(found.gain, relative=relative)},"
        f" {_at_worst(found.low, relative=relative)}): {_told(found, margin)}"
    )
    figures = {**vars(found), "margin": margin}
    return GateResult(name=name, passed=passed, figures=figures, sentence=sentence)


def _told(found: Gain, margin: float) -> str:
    """Says what a gain comes to: sure, sure of the contrary, or not to be told from so few."""
    passed, refuted = found.low > -margin, found.high <= -margin
    if margin == 0:
        return "better" if passed else "worse" if found.high < 0 else "not surely better"
    by = said(margin, relative=found.relative)
    if passed:
        return f"not worse by {by}"
    if refuted:
        return f"worse by more than {by}"
    few = found.gain > -margin
    return f"may be worse by more than {by}" + (
        f", {found.units:,} independent rows are too few to tell" if few else ""
    )


def said(gain: float, *, relative: bool, signed: bool = False) -> str:
    """Gives a gain in points of a hundred, or in per cent of the champion's error.

    Args:
        gain: as a share.
        relative: whether it is a share of the champion's value.
        signed: whether a plus is shown.

    >>> said(0.02, relative=False, signed=True)
    '+2.00 points'
    """
    number = f"{100 * gain:+.2f}" if signed else f"{100 * gain:.2f}".rstrip("0").rstrip(".")
    if relative:
        return f"{number}%"
    return f"{number} point" if number == "1" else f"{number} points"


def better_or_worse(gain: float, *, relative: bool) -> str:
    """Gives a gain in words, so that nobody has to know in which direction a measure is better.

    Args:
        gain: as a share, positive where it is better.
        relative: whether it is a share of the champion's value.

    >>> better_or_worse(0.02, relative=False), better_or_worse(-0.0045, relative=False)
    ('2 points better', '0.45 points worse')
    """
    if gain == 0:
        return "no better and no worse"
    return f"{said(abs(gain), relative=relative)} {'better' if gain > 0 else 'worse'}"


def _at_worst(low: float, *, relative: bool) -> str:
    return f"{'at least' if low >= 0 else 'at worst'} {better_or_worse(low, relative=relative)}"
