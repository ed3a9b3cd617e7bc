"""What a person should be told about a preparation afterwards."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis

    from xinzhi.data.cleaning import Example
    from xinzhi.data.records import Step
    from xinzhi.data.rows import Rows

_SHOWN = 300  # characters of a text that is an example


@dataclass
class Journal:
    """Collects what happens on the road.

    Attributes:
        steps: split and step, in order.
        notes: how the sources were read.
        warnings: what to know before trusting a number.
        violations: of the declared schema.
        examples: a few rows of each step that left some out.
        quarantined: split → rows kept apart.
        n_quarantined: how many there are of these.
    """

    steps: "list[tuple[str, Step]]" = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    violations: list[dict[str, Any]] = field(default_factory=list)
    examples: list[dict[str, Any]] = field(default_factory=list)
    quarantined: "dict[str, ibis.Table]" = field(default_factory=dict)
    n_quarantined: int = 0

    def note(self, split: str, step: "Step") -> None:
        """Add a step.

        Args:
            split: whose rows it counted.
            step: what it did.
        """
        self.steps.append((split, step))

    def add_examples(self, split: str, rows: "Rows", examples: "Iterable[Example]") -> None:
        """Add a few rows that were left out, as they were.

        Args:
            split: theirs.
            rows: before the steps.
            examples: numbers of rows and what became of them.
        """
        chosen = list(examples)
        shown = rows.shown([example.id for example in chosen])
        for example in chosen:
            record = shown[example.id]
            label = record.pop("label", None)
            text = record["text"] if "text" in record else _features(record)
            self.examples.append(
                {
                    "split": split,
                    "step": example.step,
                    "text": None if text is None else text[:_SHOWN],
                    "label": label,
                    "why": example.why,
                }
            )

    def told(self) -> dict[str, Any]:
        """Give all of it, for the manifest."""
        return {
            "steps": [{"split": split, **step._asdict()} for split, step in self.steps],
            "notes": list(dict.fromkeys(self.notes)),
            "warnings": self.warnings,
            "violations": self.violations,
            "quarantined": self.n_quarantined,
            "examples": self.examples,
        }

    def noun(self, parts: "Mapping[str, Rows]") -> str:
        """Say what a record is called.

        Args:
            parts: the rows.
        """
        return "texts" if "text" in parts["train"].record else "rows"


def _features(record: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in record.items())
