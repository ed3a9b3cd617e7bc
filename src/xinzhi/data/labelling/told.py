"""What `xinzhi label` answers: as JSON by its fields, on screen by `table`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xinzhi.data.labelling.agreement import Agreement
from xinzhi.data.labelling.screen import rows_of, shortened

_SHOWN = 20


@dataclass(frozen=True)
class Exported:
    """Tasks that were written.

    Attributes:
        source: which file or snapshot the rows are of.
        output: the file.
        form: of which tool.
        rows: how many tasks.
        labelled: how many of them have labels.
        textless: rows that have no text and were left out.
        interface: Label Studio's labelling interface that fits.
    """

    source: str
    output: str
    form: str
    rows: int
    labelled: int
    textless: int
    interface: str | None

    def table(self) -> str:
        """Write what was written, and the interface."""
        left = f"; {self.textless:,} rows without text left out" if self.textless else ""
        lines = [f"{self.output}: {self.rows:,} tasks for {self.form} of {self.source}, "
                 f"{self.labelled:,} with labels{left}"]  # fmt: skip
        if self.interface:
            lines += [
                "",
                "labelling interface (Settings, Labeling Interface, Code)",
                self.interface,
            ]
        return "\n".join(lines)


@dataclass(frozen=True)
class Imported:
    """A labelled table that was written.

    Attributes:
        output: the file.
        read_as: each file and its form.
        rows: how many.
        labelled: how many have a label, or were looked at for spans.
        people: how many labelled.
        unresolved: rows that people labelled without a result.
        left_out: answers that were not taken, and how often.
        classes: the rows of each class.
        widened: spans of sentences that marked a part of a word, and have the whole of it now.
    """

    output: str
    read_as: list[str]
    rows: int
    labelled: int
    people: int
    unresolved: int
    left_out: dict[str, int]
    classes: dict[str, int]
    widened: int = 0

    def table(self) -> str:
        """Write what was written, from what, and what was left out."""
        lines = [f"{self.output}: {self.rows:,} rows, {self.labelled:,} labelled"]
        lines += [f"  read {form}" for form in self.read_as]
        if self.people:
            lines.append(f"  {self.people:,} people, {self.unresolved:,} rows without a result")
        lines += left_out(self.left_out)
        if self.widened:
            lines.append(f"  {self.widened:,} spans marked a part of a word and have all of it now")
        if self.classes:
            told = [{"label": label, "rows": n} for label, n in self.classes.items()]
            lines += ["", *rows_of(told[:_SHOWN])]
            lines += [f"  and {len(told) - _SHOWN:,} more"] if len(told) > _SHOWN else []
        return "\n".join(lines)


@dataclass(frozen=True)
class Agreed:
    """How far people agree.

    Attributes:
        classes: on classes, if there are any.
        spans: on spans, if there are any.
        disagreements: the rows on which not all say the same.
        output: the file of these, most disagreement first.
        left_out: answers that were not taken, and how often.
    """

    classes: Agreement | None
    spans: Agreement | None
    disagreements: int
    output: str | None
    left_out: dict[str, int]

    def table(self) -> str:
        """Write the measures, then where the disagreements are."""
        parts = [found.table() for found in (self.classes, self.spans) if found is not None]
        there = f": {self.output}" if self.output else ", output=FILE.json, .jsonl or .csv has them"
        parts.append(f"{self.disagreements:,} rows without agreement{there}")
        return "\n\n".join(parts) + "\n".join(["", *left_out(self.left_out)]).rstrip()


@dataclass(frozen=True)
class Suspicious:
    """Labels that are probably wrong.

    Attributes:
        source: which file or snapshot.
        judged: how many rows were judged.
        suspicious: how many of their labels a model that never saw them would give otherwise.
        estimated: how many are wrong, as confident learning counts.
        rows: row (from 1), confidence, label, suggested label and text; the worst first.
        rare: labels of too few rows to be judged.
        group: the column whose values were kept together.
        output: the file of the rows.
    """

    source: str
    judged: int
    suspicious: int
    estimated: int
    rows: list[dict[str, Any]]
    rare: dict[str, int]
    group: str | None
    output: str | None

    def table(self) -> str:
        """Write the least believable labels."""
        kept = f", groups by {self.group}" if self.group else ""
        share = f"{self.suspicious:,} of {self.judged:,} labels are suspicious"
        lines = [f"{self.source}: {share}{kept}; by estimate {self.estimated:,} are wrong"]
        if self.rare:
            lines.append(f"  not judged, too few rows: {', '.join(sorted(self.rare))}")
        shown = [{**row, "text": shortened(row["text"], 70)} for row in self.rows[:_SHOWN]]
        lines += rows_of(shown) if shown else []
        more = self.suspicious - len(shown)
        there = f"in {self.output}" if self.output else "with output=FILE.csv"
        lines += [f"  all of them {there}"] if more > 0 or self.output else []
        return "\n".join(lines)


def left_out(counts: Mapping[str, int]) -> list[str]:
    """Write what was not taken.

    Args:
        counts: of what, how often.
    """
    return [f"  left out: {what}, {n:,} times" for what, n in counts.items()]
