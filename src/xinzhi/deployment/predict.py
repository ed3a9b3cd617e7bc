"""Answers a file of any length in bounded memory."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from xinzhi.data.features.columns import counted
from xinzhi.data.progress import progress
from xinzhi.deployment.chunks import Source, together
from xinzhi.deployment.columns import Taken, records, taken
from xinzhi.deployment.pictures import open_images, shows_images
from xinzhi.deployment.reading import open_source
from xinzhi.deployment.writing import VECTORS, check_form, open_sink
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    import numpy as np
    import pandas as pd
    import pyarrow as pa

    from xinzhi.deployment.bundle import Inference

Form = Literal["labels", "embeddings"]


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """What was written.

    Attributes:
        output: the file.
        rows: how many were answered.
        version: what answered.
        seconds: from the first row to the file's completion.
        counts: rows by label, the most frequent first; empty where answers are no labels.
        notes: cells that could not be read as in training.
    """

    output: str
    rows: int
    version: str
    seconds: float
    counts: dict[str, int]
    notes: list[str]

    def table(self) -> str:
        """The summary in a few lines."""
        most = list(self.counts.items())
        lines = [f"  {count:>9,}  {label}" for label, count in most[:20]]
        if len(most) > 20:
            lines.append(f"  … and {len(most) - 20} further labels")
        rate = self.rows / max(self.seconds, 1e-9)
        first = f"{self.rows:,} rows by {self.version} in {self.seconds:.1f} s ({rate:,.0f}/s)"
        notes = [f"note: {note}" for note in self.notes]
        return "\n".join([first, *lines, *notes, f"written to {self.output}"])


def predict_file(
    inference: "Inference",
    source: Path,
    output: Path,
    *,
    version: str,
    form: Form = "labels",
    columns: Taken | None = None,
    chunk_rows: int = 2048,
) -> Predicted:
    """Answer each row of a file and write its columns beside the answers.

    An answer's column that the file has already is written as `predicted_<name>`, so that nothing
    of the input is lost. The output appears when it is complete; delimited output keeps the
    encoding of delimited input.

    Args:
        inference: answers.
        source: CSV, TSV, JSONL or Parquet; for a model of images also one, or a folder of them.
        output: CSV, TSV, JSONL or Parquet; for vectors Parquet, JSONL or NPY (the vectors alone).
        version: of the model, written into each row.
        form: labels with probabilities, or the model's vectors in a column `embedding`.
        columns: the file's column, or several that are joined, of an input column of the model;
            those of the training file by default, or the one that has the input column's name.
        chunk_rows: rows held in memory at a time.

    Returns:
        A summary.

    Raises:
        DataError: the file cannot be read as it should, lacks a column or has no rows.
    """
    check_paths(source, output, form=form)
    opened = _opened(inference, source, chunk_rows)
    there = taken(inference, opened.schema.names, columns or {}, where=source.name)
    begun, rows, counts, unread = time.monotonic(), 0, Counter[str](), Counter[str]()
    answered = _answered(inference, opened, there, version, form)
    first = next(answered, None)
    if first is None:
        raise DataError(f"input must have rows, {source.name} has none")
    there_already = opened.schema.names if first.beside else ()
    names = _free_names(first.answers.schema.names, there_already, source)
    schema = _joined(first, names).schema
    with (
        open_sink(output, schema, codec=_lossless(opened.codec)) as sink,
        progress(f"predicting {source.name}") as advance,
    ):
        for part in chain([first], answered):
            sink.write(_joined(part, names).cast(schema))
            rows += len(part.answers)
            unread.update(part.unread)
            if "label" in part.answers.schema.names:
                counts.update(map(str, part.answers["label"].to_pylist()))
            advance(part.done)
    return Predicted(
        output=str(output),
        rows=rows,
        version=version,
        seconds=time.monotonic() - begun,
        counts=dict(counts.most_common()),
        notes=list(counted(unread, rows)),
    )


def _opened(inference: "Inference", path: Path, chunk_rows: int) -> Source:
    if getattr(inference, "images", False) and shows_images(path):
        return open_images(path, chunk_rows=chunk_rows)
    opened = open_source(path, chunk_rows=chunk_rows)
    return together(opened) if getattr(inference, "whole", False) else opened


def check_paths(source: Path, output: Path, *, form: Form) -> None:
    """Refuse what cannot be read or written, before a model is loaded.

    Args:
        source: the input.
        output: the output.
        form: what is written.

    Raises:
        DataError: the two are one file, or a form is unknown.
    """
    check_form(output, vectors=form == "embeddings")
    if output.exists() and source.exists() and output.samefile(source):
        raise DataError(f"output must be another file than input, both were {output}")


class _Part(NamedTuple):
    """Rows, their answers, whether these stand beside them, cells unread, how far the file is."""

    table: "pa.Table"
    answers: "pa.Table"
    beside: bool
    unread: Mapping[str, int]
    done: float


def _answered(
    inference: "Inference",
    opened: Source,
    columns: Taken,
    version: str,
    form: Form,
) -> Iterator[_Part]:
    for chunk in opened.chunks():
        answers, unread = _answers(inference, chunk.table, columns, version, form)
        beside = _beside(inference, chunk.table, answers)
        yield _Part(chunk.table, answers, beside, unread, chunk.done)


def _answers(
    inference: "Inference",
    table: "pa.Table",
    columns: Taken,
    version: str,
    form: Form,
) -> "tuple[pa.Table, Mapping[str, int]]":
    import pyarrow as pa

    rows = records(inference, table, columns)
    if form == "embeddings":
        vectors = _embed(inference)(rows)
        width = vectors.shape[1]
        flat = pa.array(vectors.reshape(-1).astype("float32"))
        column = pa.FixedSizeListArray.from_arrays(flat, width)
        return pa.table({VECTORS: column, "version": [version] * len(table)}), {}
    found = inference.predict(rows)
    unread: Mapping[str, int] = found.attrs.pop("unread", {})
    answers = pa.Table.from_pandas(found, preserve_index=False)
    place = answers.schema.get_field_index("probability") + 1 or answers.num_columns
    by = pa.array([version] * len(answers), pa.string())
    return answers.add_column(place, "version", by), unread


def _beside(inference: "Inference", table: "pa.Table", answers: "pa.Table") -> bool:
    """Whether each answer is one of the row in its place, and not of a series or a time to come."""
    if not getattr(inference, "whole", False):
        return True
    named = set(answers.schema.names) & set(inference.columns)
    return len(answers) == len(table) and not named


def _embed(inference: "Inference") -> "Callable[[pd.DataFrame], np.ndarray[Any, Any]]":
    embed = getattr(inference, "embed", None)
    if embed is None:
        name = type(inference).__name__
        raise DataError(f"form=embeddings needs a model with vectors, {name} has none")
    found: Callable[[pd.DataFrame], np.ndarray[Any, Any]] = embed
    return found


def _free_names(answers: Sequence[str], there: Sequence[str], source: Path) -> list[str]:
    names = [f"predicted_{name}" if name in there else name for name in answers]
    if twice := sorted(set(names) & set(there)):
        raise DataError(
            f"{source.name} must leave a name for the answers, it has {', '.join(twice)} and the "
            "plain names too",
            mend="rename or drop the answers of an earlier prediction",
        )
    return names


def _joined(part: _Part, names: Sequence[str]) -> "pa.Table":
    table = part.table
    if not part.beside:
        return part.answers
    for name, column in zip(names, part.answers.columns, strict=True):
        table = table.append_column(name, column)
    return table


def _lossless(codec: str) -> str:
    """The encoding to write with: the input's if it can hold any label, else UTF-8."""
    return codec if codec in {"utf-8", "utf-8-sig", "gb18030", "utf-16"} else "utf-8"
