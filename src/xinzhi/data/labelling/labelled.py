"""What people said → a table with labels, as `data.train=` takes it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from xinzhi.data.labelling.annotations import Annotation, Columns, Task
from xinzhi.data.labelling.resolution import Rule, resolve
from xinzhi.data.labelling.writing import write_lines, write_parquet
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

Kind = Literal["auto", "classes", "spans"]
FORMS = (".jsonl", ".parquet")


class Shape(NamedTuple):
    """What the columns of a labelled table hold.

    Attributes:
        classes: whether there is a column of classes.
        several: whether it holds lists.
        spans: whether there is a column of spans.
    """

    classes: bool
    several: bool
    spans: bool


def shape(tasks: Sequence[Task], kind: Kind, *, several: bool = False) -> Shape:
    """Tell what people were asked, by what they said.

    Args:
        tasks: with all that was said.
        kind: classes or spans, where that is known.
        several: whether a row may have several classes although none has.

    Raises:
        DataError: nobody said anything.
    """
    said = [annotation for task in tasks for annotation in task.annotations]
    classes = kind == "classes" or (kind == "auto" and any(a.labels for a in said))
    spans = kind == "spans" or (kind == "auto" and any(a.spans for a in said))
    if not classes and not spans:
        raise DataError(
            f"at least one row must have a class or a span, of {len(tasks):,} none has",
            mend="kind=spans if texts without any are what was meant",
        )
    return Shape(classes, several or any(len(a.labels) > 1 for a in said), spans)


def settle(tasks: Sequence[Task], held: Shape, rule: Rule | Literal["all"]) -> list[Task]:
    """Leave each row one answer, or make a row of every answer.

    Args:
        tasks: with all that was said.
        held: what the columns hold.
        rule: how several people's answers become one; `all` keeps each.
    """
    settled = []
    for task in tasks:
        if rule == "all":
            settled += [task._replace(annotations=(a,)) for a in task.annotations or ()]
            settled += [] if task.annotations else [task]
            continue
        answer = resolve(task.annotations, rule, several=held.several)
        settled.append(task._replace(annotations=() if answer is None else (answer,)))
    return settled


def rows(
    tasks: Sequence[Task], held: Shape, columns: Columns, *, named: bool
) -> list[dict[str, Any]]:
    """Write a row per task: text, label, spans, who said it, then the further columns.

    Args:
        tasks: with at most one annotation each.
        held: what the columns hold.
        columns: what they are called.
        named: whether there is a column of annotators.

    Raises:
        DataError: a further column has the name of one of these.
    """
    own = [columns.text]
    own += [columns.label] if held.classes else []
    own += [columns.spans] if held.spans else []
    own += [columns.annotator] if named else []
    found = []
    for task in tasks:
        if twice := set(own) & set(task.others):
            raise DataError(
                f"{task.where}: the row has a column {min(twice)!r} of its own already",
                mend="text=, label=, spans= or annotator= with another name",
            )
        said = task.annotations[0] if task.annotations else None
        cells = (task.text, *_answers(said, held), *([said and said.annotator] if named else []))
        found.append(dict(zip(own, cells, strict=True)) | task.others)
    return found


def _answers(said: Annotation | None, held: Shape) -> list[Any]:
    labels = list(said.labels) if said and said.labels else None
    cells: list[Any] = []
    if held.classes:
        cells.append(labels if held.several or labels is None else labels[0])
    if held.spans:
        cells.append(None if said is None else [span._asdict() for span in said.spans])
    return cells


def write(path: Path, found: Sequence[dict[str, Any]], held: Shape, columns: Columns) -> None:
    """Write a labelled table.

    Args:
        path: ends with `.jsonl` or `.parquet`.
        found: the rows.
        held: what the columns hold.
        columns: what they are called.
    """
    if path.suffix.lower() == ".jsonl":
        write_lines(path, found)
    else:
        write_parquet(path, _table(found, held, columns))


def _table(found: Sequence[dict[str, Any]], held: Shape, columns: Columns) -> "pa.Table":
    import pyarrow as pa

    name = pa.string()
    span = pa.struct([("start", pa.int64()), ("end", pa.int64()), ("label", name)])
    types = {
        columns.text: name,
        columns.label: pa.list_(name) if held.several else name,
        columns.spans: pa.list_(span),
        columns.annotator: name,
    }
    there = dict.fromkeys(key for row in found for key in row)
    return pa.table(
        {key: _column([row.get(key) for row in found], types.get(key)) for key in there}
    )


def _column(cells: list[Any], kind: "pa.DataType | None") -> "pa.Array":
    """Cells as an array; cells of several kinds, which Parquet does not hold, as JSON."""
    import pyarrow as pa

    try:
        return pa.array(cells, kind)
    except (pa.ArrowException, OverflowError):
        written = [
            cell if cell is None or isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)
            for cell in cells
        ]
        return pa.array(written, pa.string())
