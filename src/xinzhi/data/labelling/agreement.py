"""How far people agree who labelled the same rows, and on which rows they do not."""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from xinzhi.data.labelling import kappa
from xinzhi.data.labelling.annotations import Task
from xinzhi.data.labelling.screen import number, rows_of
from xinzhi.errors import DataError

Answers = Mapping[str, frozenset[Any]]  # what each person said of one row


@dataclass(frozen=True)
class Agreement:
    """How far people agree.

    Attributes:
        rows: how many at least two people labelled, and so say something.
        annotators: who, and how many of the rows each labelled.
        measure: cohen or fleiss for classes, f1 for spans.
        value: of the measure; NaN where it is not defined.
        percent: the share of pairs of people who say exactly the same, mean over rows.
        labels: per label how often it was given, kappa (for classes) and specific agreement.
        pairs: per pair of people their rows, kappa or F1, and percent agreement.
    """

    rows: int
    annotators: dict[str, int]
    measure: str
    value: float
    percent: float
    labels: list[dict[str, Any]]
    pairs: list[dict[str, Any]]

    def table(self) -> str:
        """Write the measure, then a line per label and per pair."""
        names = {"cohen": "Cohen's kappa", "fleiss": "Fleiss' kappa", "f1": "F1 of spans"}
        people = f"{len(self.annotators)} people"
        head = f"{names[self.measure]} {number(self.value)}, percent agreement "
        lines = [f"{head}{number(self.percent)}: {self.rows:,} rows, {people}"]
        if math.isnan(self.value):
            lines.append("(not defined: nobody ever said anything but one label)")
        for held in (self.labels, self.pairs):
            lines += ["", *rows_of(held)] if held else []
        return "\n".join(lines)


def of_classes(tasks: Sequence[Task], *, several: bool) -> Agreement:
    """Measure agreement on classes: Cohen's kappa of two people, Fleiss' of more.

    Where a row may have several classes, each class is a question of yes or no, and the measure is
    the mean over classes.

    Args:
        tasks: with what everybody said.
        several: whether a row may have several classes.

    Raises:
        DataError: no row was labelled by two people.
    """
    rows = answers(tasks, lambda said: frozenset(said.labels))
    people = _people(rows)
    labels = sorted({label for row in rows for said in row.values() for label in said}, key=str)
    measure = "cohen" if len(people) == 2 else "fleiss"
    per_label = [_label(rows, label, people, measure) for label in labels]
    if several:
        defined = [one["kappa"] for one in per_label if not math.isnan(one["kappa"])]
        value = math.fsum(defined) / len(defined) if defined else math.nan
    else:
        value = _kappa(rows, people, measure, lambda said: next(iter(said)))
    pairs = [_pair(rows, pair, several=several) for pair in combinations(people, 2)]
    return Agreement(len(rows), people, measure, value, _percent(rows), per_label, pairs)


def of_spans(tasks: Sequence[Task]) -> Agreement:
    """Measure agreement on spans: F1 of every two people, by exact match, mean over the pairs.

    Args:
        tasks: with what everybody marked; a row without a mark counts as such.

    Raises:
        DataError: no row was labelled by two people.
    """
    rows = answers(tasks, lambda said: frozenset(said.spans), empty=True)
    people = _people(rows)
    labels = sorted({span.label for row in rows for said in row.values() for span in said})
    pairs = [_marked(rows, pair) for pair in combinations(people, 2)]
    defined = [pair["f1"] for pair in pairs if not math.isnan(pair["f1"])]
    value = math.fsum(defined) / len(defined) if defined else math.nan
    per_label = [_span_label(rows, label) for label in labels]
    return Agreement(len(rows), people, "f1", value, _percent(rows), per_label, pairs)


def answers(
    tasks: Sequence[Task], said: Callable[[Any], frozenset[Any]], *, empty: bool = False
) -> list[Answers]:
    """Give the rows that at least two people answered.

    Args:
        tasks: with what everybody said.
        said: what of an annotation counts.
        empty: whether nothing is an answer too.

    Raises:
        DataError: there is none.
    """
    rows: list[Answers] = [
        {str(a.annotator): said(a) for a in t.annotations if empty or said(a)} for t in tasks
    ]
    judged = [row for row in rows if len(row) > 1]
    if not judged:
        raise DataError(
            f"at least one row must be labelled by two people, of {len(rows):,} none is",
            mend="give one file per person, or name what a row is called in all of them: key=id",
        )
    return judged


def _people(rows: Sequence[Answers]) -> dict[str, int]:
    counted = Counter(name for row in rows for name in row)
    return {name: counted[name] for name in sorted(counted)}


def _percent(rows: Sequence[Answers]) -> float:
    same = [kappa.row_agreement(Counter(row.values())) for row in rows]
    return math.fsum(same) / len(same)


def _kappa(
    rows: Sequence[Answers],
    people: Mapping[str, int],
    measure: str,
    as_vote: Callable[[frozenset[Any]], Hashable],
) -> float:
    if measure == "cohen":
        one, other = people
        return kappa.cohen(*([as_vote(row[name]) for row in rows] for name in (one, other)))
    return kappa.fleiss([Counter(map(as_vote, row.values())) for row in rows])


def _label(
    rows: Sequence[Answers], label: Hashable, people: Mapping[str, int], measure: str
) -> dict[str, Any]:
    votes: list[kappa.Votes] = [Counter(label in said for said in row.values()) for row in rows]
    return {
        "label": label,
        "given": sum(row[True] for row in votes),
        "kappa": _kappa(rows, people, measure, lambda said: label in said),
        "agreement": kappa.specific_agreement(votes, label=True),
    }


def _pair(rows: Sequence[Answers], pair: tuple[str, str], *, several: bool) -> dict[str, Any]:
    shared = [(row[pair[0]], row[pair[1]]) for row in rows if set(pair) <= set(row)]
    same = sum(one == other for one, other in shared)
    told: dict[str, Any] = {"pair": " / ".join(pair), "rows": len(shared)}
    if not several:
        told["kappa"] = kappa.cohen(*zip(*shared, strict=True)) if shared else math.nan
    return {**told, "agreement": same / len(shared) if shared else math.nan}


def _marked(rows: Sequence[Answers], pair: tuple[str, str]) -> dict[str, Any]:
    shared = [(row[pair[0]], row[pair[1]]) for row in rows if set(pair) <= set(row)]
    found = kappa.overlap(*(([row[i] for row in shared]) for i in (0, 1)))
    counts = {"rows": len(shared), "one": found.one, "other": found.other, "both": found.both}
    return {"pair": " / ".join(pair), **counts, "f1": found.f1}


def _span_label(rows: Sequence[Answers], label: str) -> dict[str, Any]:
    """Pairs of all people together: as one marks against another."""
    of_label = [
        [{span for span in said if span.label == label} for said in row.values()] for row in rows
    ]
    marked = [pair for row in of_label for pair in combinations(row, 2)]
    found = kappa.overlap([one for one, _ in marked], [other for _, other in marked])
    given = sum(len(said) for row in of_label for said in row)
    return {"label": label, "given": given, "f1": found.f1}
