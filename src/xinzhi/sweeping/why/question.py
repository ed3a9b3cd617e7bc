"""What `why` is asked: two runs, what sets them apart, and which of that can be exchanged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from xinzhi.config.compose import compose
from xinzhi.errors import ConfigError
from xinzhi.sweeping.composing import PIPELINE
from xinzhi.sweeping.frozen import Noted, noted_under
from xinzhi.sweeping.why import states
from xinzhi.sweeping.why.factors import Apart, Factor, taken_apart
from xinzhi.sweeping.why.sides import Side
from xinzhi.sweeping.why.states import DATA, State

if TYPE_CHECKING:
    from xinzhi.data.snapshot import Snapshot

EPOCHS = "trainer.max_epochs"


@dataclass(frozen=True, kw_only=True)
class Question:
    """Two runs and what sets them apart.

    Attributes:
        a: the one.
        b: the other.
        metric: of the kept weights, on validation rows.
        mode: `max` or `min`.
        apart: the fixed overrides and the factors that can be exchanged.
        notes: what differs and cannot be exchanged, and what follows from that.
        again: whether A and B are run again, since they were run otherwise than probes are.
        rows: what is noted of A's and of B's rows, by declaration.
        code: how the code of A and of B is come by.
    """

    a: Side
    b: Side
    metric: str
    mode: str
    apart: Apart
    notes: tuple[str, ...] = ()
    again: bool = False
    rows: tuple[Mapping[str, Any], Mapping[str, Any]] = field(default=({}, {}))
    code: tuple[State, State] = (State(), State())

    @property
    def whole(self) -> frozenset[int]:
        """All factors: B."""
        return frozenset(range(len(self.apart.factors)))

    def number(self, kind: str) -> int | None:
        """The number of the factor of a kind; None where there is none.

        Args:
            kind: `data` or `code`.
        """
        kinds = [factor.kind for factor in self.apart.factors]
        return kinds.index(kind) if kind in kinds else None


def asked(
    a: Side, b: Side, metric: str, mode: str, *, epochs: int | None, words: Sequence[str] = ()
) -> Question:
    """Takes two runs apart.

    Args:
        a: the one.
        b: the other.
        metric: that tells them apart.
        mode: `max` or `min`.
        epochs: of a probe; as A and B have them by default.
        words: further overrides of all probes.
    """
    other_rows = a.digest != b.digest
    apart = taken_apart(a.written, b.written, other_rows=other_rows)
    if other_rows:
        apart = _with_shown_rows(apart, a, b)
    question = Question(a=a, b=b, metric=metric, mode=mode, apart=apart)
    question = _with_code(_with_rows(question))
    if epochs is not None:
        question = _shortened(question, epochs)
    fixed = (*question.apart.fixed, *words)
    return replace(question, apart=replace(question.apart, fixed=fixed))


def _with_shown_rows(apart: Apart, a: Side, b: Side) -> Apart:
    """Shows rows by their number and digest: their declaration may be the same."""
    told = [
        f"{sum(side.facts.rows.counts.values()):,} rows {side.facts.rows.digest[:8]}"
        if side.facts.rows is not None
        else "unknown rows"
        for side in (a, b)
    ]
    factors = [
        replace(one, shown=(told[0], told[1])) if one.kind == DATA else one for one in apart.factors
    ]
    return replace(apart, factors=tuple(factors))


def _with_rows(question: Question) -> Question:
    """Looks for the rows of both; what only one of them can be run with is not exchanged.

    Raises:
        ConfigError: the rows of neither are there.
    """
    apart, number = question.apart, question.number(DATA)
    ends = (frozenset[int](), question.whole)
    found = [_rows(side, apart, end) for side, end in zip((question.a, question.b), ends)]  # noqa: B905
    first, second = found
    if number is None and first is not None:
        return replace(question, rows=(first, first))
    if first is not None and second is not None:
        return replace(question, rows=(first, second))
    if number is None or (first is None and second is None):
        raise ConfigError(
            f"the rows of A ({question.a.digest}) or of B ({question.b.digest}) must be on this "
            "machine, and their sources hold others by now",
            mend="xinzhi data list",
        )
    kept = 1 if first is None else 0
    there = first or second or {}
    gone = "AB"[1 - kept]
    note = (
        f"the rows of {gone} are not on this machine any more, so that data cannot be exchanged: "
        f"all probes have the rows of {'AB'[kept]}"
    )
    held = replace(question, rows=(there, there), again=True)
    return _without(held, number, side=kept, note=note)


def _rows(side: Side, apart: Apart, mixture: frozenset[int]) -> Mapping[str, Any] | None:
    """What a sweep notes of the rows of A or B; None where they are gone."""
    from xinzhi.config.compose import fully_resolved
    from xinzhi.config.targets import build
    from xinzhi.data.snapshot import stored

    config = compose(PIPELINE, [*apart.fixed, *apart.own(mixture)])
    key = noted_under(config)
    if key is None:
        return {}

    def is_it(made: "Snapshot") -> bool:
        return side.digest in (None, made.digest)

    there = next(filter(is_it, stored()), None) if side.digest else None
    if there is None:
        node = fully_resolved(config)["data"]
        made = build(node).prepare(offline=True, refresh=False)
        there = made if is_it(made) else None
    return None if there is None else {key: Noted.of(there).plain()}


def _with_code(question: Question) -> Question:
    found = states.between(question.a, question.b)
    question = replace(
        question,
        notes=(*question.notes, *found.notes),
        again=question.again or found.again,
    )
    if not found.differs:
        return question
    code = Factor(name="code", kind="code", shown=(found.a.shown, found.b.shown))
    factors = (*question.apart.factors, code)
    return replace(
        question,
        apart=replace(question.apart, factors=factors),
        code=(found.a, found.b),
    )


def _shortened(question: Question, epochs: int) -> Question:
    """Lets all runs have the same, fewer epochs."""
    fixed = [w for w in question.apart.fixed if not w.startswith(f"{EPOCHS}=")]
    apart = replace(question.apart, fixed=(*fixed, f"{EPOCHS}={epochs}"))
    question = replace(question, apart=apart, again=True)
    for number, factor in enumerate(apart.factors):
        if factor.name == EPOCHS:
            note = f"all runs have {epochs} epochs, so that {EPOCHS} is not exchanged"
            gone = _without(question, number, side=0, note=note)
            return replace(gone, apart=replace(gone.apart, fixed=apart.fixed))
    return question


def _without(question: Question, number: int, *, side: int, note: str) -> Question:
    """Fixes a factor on one side."""
    apart = question.apart
    factor = apart.factors[number]
    others = tuple(one for one in apart.factors if one is not factor)
    fixed = (*apart.fixed, *factor.words[side])
    return replace(
        question,
        apart=Apart(fixed=fixed, factors=others),
        notes=(*question.notes, note),
    )
