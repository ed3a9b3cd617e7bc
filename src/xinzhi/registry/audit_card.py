"""A model card in Markdown: what a version is, on which data, how good, where, and its limits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xinzhi.data.packaged import licence
from xinzhi.registry.receipt_forms import Receipt
from xinzhi.registry.receipt_page import day, gates_table

if TYPE_CHECKING:
    from mlflow.entities import Run

    from xinzhi.evaluation.intervals import Interval
    from xinzhi.evaluation.outcomes import Outcomes
    from xinzhi.evaluation.page_slices import SliceRow

_LEVEL = 0.95
_UNKNOWN = "not declared"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a card is about.

    Attributes:
        receipt: that made the version champion.
        judged: the receipt of the judgement behind it.
        run: that made the version.
        config: of the run, plain.
        outcomes: what it answered to its test rows; None where they were not kept.
        notes: what is amiss with its receipts and aliases.
    """

    receipt: Receipt
    judged: Receipt
    run: "Run"
    config: Mapping[str, Any]
    outcomes: "Outcomes | None"
    notes: Sequence[str] = ()


def card(subject: Subject) -> str:
    """The card of a version.

    Args:
        subject: the version, with what is known of it.
    """
    side = subject.receipt.challenger
    objective = str(subject.config.get("objective", "")).partition("/")[2]
    measured, slices = _measured(subject.outcomes, objective)
    limits = _limits(subject, slices)
    parts = [
        f"# {subject.receipt.name}, version {side.version if side else '?'}",
        "\n".join(_what(subject)),
        "\n".join(["## Data", "", *_data(subject)]),
        "\n".join(["## Numbers", "", *_numbers(subject, measured, objective)]),
        "\n".join(["## Slices", "", *_slices(slices, objective)]),
        "\n".join(["## Gates", "", *(gates_table(subject.judged) or ["No gate was asked."])]),
        "\n".join(["## Limits", "", *(f"- {one}" for one in limits)]),
    ]
    return "\n\n".join(parts) + "\n"


def _what(subject: Subject) -> Iterator[str]:
    receipt, run = subject.receipt, subject.run
    code, tags = subject.judged.code, run.data.tags
    commit = str(code.get("commit") or tags.get("commit") or "unknown")
    changed = ", with changes that the run keeps" if code.get("dirty") else ""
    yield f"{receipt.sentence}"
    yield ""
    yield f"- champion since {day(receipt.at)}, decided by {receipt.who}, receipt {receipt.number}"
    yield f"- receipt hash `{receipt.hash}`"
    yield f"- task {tags.get('task', 'unknown')}, run {run.info.run_name} (`{run.info.run_id}`)"
    yield f"- code commit `{commit}`{changed}"


def _data(subject: Subject) -> Iterator[str]:
    inputs = subject.run.inputs.dataset_inputs if subject.run.inputs else []
    for one in inputs:
        yield f"- trained on {one.dataset.name}, digest `{one.dataset.digest}`"
        yield f"- rows: {one.dataset.profile or 'unknown'}"
    source = str((subject.config.get("data") or {}).get("train") or "unknown")
    yield f"- source: {source}"
    yield f"- licence: {licence(source) or _UNKNOWN}"
    if subject.judged.digest:
        data = {key: value for key, value in subject.judged.data.items() if value is not None}
        yield "- judged on " + ", ".join(f"{key} {value}" for key, value in data.items())


def _numbers(subject: Subject, measured: Sequence["Interval"], objective: str) -> Iterator[str]:
    from xinzhi.evaluation.page_words import number

    if not measured:
        yield "What it answered to the test rows was not kept: the run's own numbers, no intervals."
        yield ""
        metrics = sorted(subject.run.data.metrics.items())
        yield from (f"- {name}: {number(value)}" for name, value in metrics if "test/" in name)
        return
    yield f"On the run's own test rows, with {_LEVEL:.0%} intervals over independent units."
    yield ""
    yield from ["| measure | value | interval | units |", "|---|---|---|---|"]
    for one in sorted(measured, key=lambda found: found.name != objective):
        ends = f"{number(one.low)} to {number(one.high)}"
        yield f"| {one.name} | {number(one.value)} | {ends} | {one.units} |"


def _slices(slices: Sequence["SliceRow"], objective: str) -> Iterator[str]:
    from xinzhi.evaluation.page_words import number

    if not slices:
        yield "No slice was declared."
        return
    yield from [f"| slice | {objective} | interval | examples |", "|---|---|---|---|"]
    for one in slices:
        ends = f"{number(one.low)} to {number(one.high)}"
        yield f"| {one.name} | {number(one.value)} | {ends} | {one.examples} |"


def _limits(subject: Subject, slices: Sequence["SliceRow"]) -> list[str]:
    judged = subject.judged
    found = ["The numbers hold for examples like those of the test rows, and for no others."]
    override = subject.receipt.override or judged.override
    found += [f"A closed gate was overridden: {override}"] if override else []
    found += [
        f"The gate `{gate.get('name')}` was closed: {gate.get('sentence')}"
        for gate in judged.gates
        if not gate.get("passed")
    ]
    earlier = judged.data.get("k_earlier")
    if earlier:
        found.append(f"These test rows had decided {earlier} times before.")
    if subject.outcomes is None or not slices:
        found.append("Nothing is known of parts of the data: no slice was declared.")
    found += [
        f"The slice {one.name} has few examples ({one.examples})." for one in slices if one.small
    ]
    return [*found, *subject.notes]


def _measured(
    outcomes: "Outcomes | None", objective: str
) -> tuple[list["Interval"], list["SliceRow"]]:
    if outcomes is None:
        return [], []
    from xinzhi.evaluation.intervals import intervals
    from xinzhi.evaluation.measures import of
    from xinzhi.evaluation.page_slices import slice_rows

    measured = list(intervals(outcomes, level=_LEVEL).values())
    names = of(outcomes)
    chosen = objective if objective in names else names[0]
    return measured, slice_rows(outcomes, outcomes.slices, chosen, level=_LEVEL)
