"""What a promotion came to, as it is printed and as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from xinzhi.registry.gate_results import GateResult, Verdict

Decision = Literal[
    "promoted",
    "refused",
    "waits for approval",
    "would promote",
    "would refuse",
    "would wait for approval",
]
# so that a script tells a decision from a mistake, which ends with 1 or 2
REFUSED, WAITS = 3, 4
_EXIT_CODES = {
    "refused": REFUSED,
    "would refuse": REFUSED,
    "waits for approval": WAITS,
    "would wait for approval": WAITS,
}


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """What came of a promotion.

    Attributes:
        decision: in a word.
        sentence: the decision, its reason and what would change it.
        name: of the registered model.
        champion: that was judged against, as `NAME/3`; None where there was none.
        challenger: that was judged.
        gate: its name.
        gates: what each said.
        verdict: of those that compare, and what these rows can decide; None for the first champion.
        k_earlier: decisions that these test rows made before.
        data_digest: of the snapshot.
        rows_digest: of the test rows alone.
        told: what these rows can decide, in sentences.
        override: why a person promotes although the gates refuse; None where they do not.
        receipt: its number; None where nothing was decided.
        head: of the chain of receipts, to be filed elsewhere.
        page: where the page lies.
        next: the command that may follow.
        wall_s: seconds that all took.
        exit_code: 3 where the gates refuse, 4 where it waits for approval, 0 where it is promoted;
            of a dry look: what the decision would end with.
    """

    decision: Decision
    sentence: str
    name: str
    champion: str | None
    challenger: str
    gate: str
    gates: Sequence[GateResult]
    verdict: Verdict | None
    k_earlier: int
    data_digest: str
    rows_digest: str
    told: Sequence[str]
    override: str | None = None
    receipt: int | None = None
    head: str | None = None
    page: str | None = None
    next: str = ""
    wall_s: float = 0.0
    exit_code: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "exit_code", _EXIT_CODES.get(self.decision, 0))

    def table(self) -> str:
        """The sentence, the gates, what the test rows decide, the receipt."""
        width = max(len(gate.name) for gate in self.gates)
        lines = [
            f"  {'open  ' if gate.passed else 'CLOSED'}  {gate.name:<{width}}  {gate.sentence}"
            for gate in self.gates
        ]
        ends = list(self.told)
        if self.receipt is None:
            ends.append(
                "dry=true: no receipt, no alias moved; a look is not counted: do not choose by it"
            )
        else:
            ends.append(f"receipt  {self.receipt}")
            ends.append(f"head     {self.head}  (file it elsewhere)")
        ends += [f"page     {self.page}"] if self.page else []
        ends += [f"next: {self.next}"] if self.next else []
        return "\n".join([self.sentence, "", *lines, "", *ends])
