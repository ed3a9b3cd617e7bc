"""What was asked of `xinzhi label`, and the files that it names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from xinzhi.data.labelling.annotations import Columns
from xinzhi.data.labelling.labelled import Kind
from xinzhi.data.labelling.reading import Read, read_tasks
from xinzhi.data.labelling.rows import Rows, read_rows
from xinzhi.errors import DataError


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked for; see conf/label.yaml."""

    action: Literal["export", "import", "agreement", "suspicious"]
    references: Sequence[str]
    output: str | None
    text: str | Sequence[str] = "text"
    label: str = "label"
    spans: str = "spans"
    annotator: str = "annotator"
    key: str | None = None
    group: str | None = None
    split: str = "train"
    multilabel: str | None = None
    kind: Kind = "auto"
    given: Literal["predictions", "annotations", "none"] = "predictions"
    take: Literal["annotations", "predictions"] = "annotations"
    overlapping: bool = False
    resolve: Literal["majority", "unanimous", "all"] = "majority"
    limit: int | None = None

    @property
    def columns(self) -> Columns:
        """What the parts of a row are called."""
        text = self.text if isinstance(self.text, str) else "text"
        return Columns(text, self.label, self.spans, self.annotator)

    def target(self, forms: Iterable[str]) -> Path:
        """Give the file to write.

        Args:
            forms: what its name may end with.

        Raises:
            DataError: there is none, or it ends otherwise.
        """
        known = ", ".join(forms)
        if not self.output:
            raise DataError(
                f"xinzhi label {self.action} needs output=FILE, ending with one of {known}"
            )
        path = Path(self.output).expanduser()
        if path.suffix.lower() not in forms:
            raise DataError(f"output must end with one of {known}, was {path.name}")
        return path

    def rows(self) -> Rows:
        """Read the rows of the one file or snapshot that is named.

        Raises:
            DataError: several are named.
        """
        if len(self.references) > 1:
            raise DataError(
                f"xinzhi label {self.action} takes one file or snapshot; "
                f"was given {len(self.references)}"
            )
        return read_rows(
            self.references[0],
            split=self.split,
            text=self.text,
            columns=self.columns,
            separator=self.multilabel,
        )

    def answers(self) -> Read:
        """Read the annotation files that are named."""
        paths = [Path(reference).expanduser() for reference in self.references]
        return read_tasks(
            paths, self.columns, take=self.take, key=self.key, separator=self.multilabel
        )
