"""Rows to label or to doubt: of a snapshot's split, or of a file."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from xinzhi.config.near import near
from xinzhi.data import snapshot
from xinzhi.data.labelling import doccano, sentences
from xinzhi.data.labelling.annotations import Columns, Task, writable
from xinzhi.data.labelling.documents import FORMS, Record, read_records
from xinzhi.data.records import require_columns
from xinzhi.data.texts import joined
from xinzhi.errors import DataError


class Rows(NamedTuple):
    """What was found under a name.

    Attributes:
        name: of the file or the snapshot's folder.
        tasks: rows with a text, with the labels that they have.
        columns: what the parts of a row are called; the text may have been joined.
        textless: how many rows have no text and were left out.
        numbers: the place of each task among the rows, from 1.
    """

    name: str
    tasks: list[Task]
    columns: Columns
    textless: int
    numbers: list[int]


def read_rows(
    reference: str,
    *,
    split: str,
    text: str | Sequence[str],
    columns: Columns,
    separator: str | None = None,
) -> Rows:
    """Read the rows of a file or of a snapshot.

    Args:
        reference: a path, or a snapshot's name, folder or digest.
        split: of a snapshot, train, val, test or all.
        text: the column of the text, or several that are joined by a line break.
        columns: of label and spans.
        separator: between several classes in one cell.

    Raises:
        DataError: there is no such thing, or it has no text.
    """
    name, records = _records(reference, split)
    names = [text] if isinstance(text, str) else list(text)
    if len(names) == 1 and names[0] not in records[0].content and sentences.are_sentences(records):
        records = sentences.as_texts(records, columns._replace(text=names[0]))
    where = records[0].where.rpartition(": ")[0]
    there = dict.fromkeys(name for record in records for name in record.content)
    # a name of one's own must be there; the usual ones may be missing, for nothing is labelled yet
    own = {columns.label, columns.spans} - set(Columns())
    require_columns(list(there), [*names, *sorted(own)], where)
    called = names[0] if len(names) == 1 else "text"
    if len(names) > 1 and called in there and called not in names:
        raise DataError(f"{where} must not have a column `text` beside those that make up the text")
    kept, numbers = [], []
    for number, record in enumerate(records, start=1):
        cells = [record.content.get(name) for name in names]
        whole = cells[0] if len(names) == 1 else joined(cells)
        if whole is not None and str(whole).strip():
            kept.append(record._replace(content={**record.content, called: str(whole)}))
            numbers.append(number)
    if not kept:
        raise DataError(f"{where} must have a row with text, none of {len(records):,} has")
    columns = columns._replace(text=called)
    tasks = doccano.read(kept, columns, who=None, separator=separator)
    for task in tasks:
        writable([task.text, task.others, task.annotations], task.where)
    return Rows(name, tasks, columns, len(records) - len(kept), numbers)


def _records(reference: str, split: str) -> tuple[str, list[Record]]:
    path = Path(reference).expanduser()
    if path.is_file() or path.suffix.lower() in FORMS:
        return path.name, read_records(path)
    folder = _snapshot(reference).folder
    splits = snapshot.SPLITS if split == "all" else (split,)
    files = [folder / f"{one}.parquet" for one in splits]
    found = []
    for file in files:
        found += _of_split(file)
    if not found:
        raise DataError(f"the split {split} of {reference} must hold a row, it is empty")
    return folder.name, found


def _of_split(file: Path) -> list[Record]:
    import pyarrow.parquet as pq

    return read_records(file) if pq.read_metadata(file).num_rows else []


def _snapshot(name: str) -> snapshot.Snapshot:
    wanted = name.removeprefix("package:")
    there = snapshot.stored()
    for found in there:
        if found.name == wanted or wanted in (found.folder.name, found.digest[: len(wanted)]):
            return found
    names = list(dict.fromkeys(found.name for found in there))
    raise DataError(
        f"there is no file and no snapshot {name}",
        candidates=near(wanted, names) or names,
        mend="xinzhi data list",
    )
