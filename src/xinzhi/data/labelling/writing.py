"""Writes a file at once or not at all."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.data.replacing import replacing
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Give a file to write, which takes its name when the block has ended well.

    Yields:
        A file beside the one that is meant.

    Raises:
        DataError: the file system refuses; what was there is as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, durable=True) as unfinished:
            yield unfinished
    except OSError as error:
        raise DataError(
            f"output must be a file that can be written, {path} could not be: "
            f"{error.strerror or error}; what was there is as it was",
            mend="choose another place: output=…",
        ) from error


def write_json(path: Path, records: Sequence[Mapping[str, Any]]) -> None:
    """Write a list of objects, one per line.

    Args:
        path: the file to make or replace.
        records: plain JSON.
    """
    with _whole(path) as unfinished, unfinished.open("w", encoding="utf-8") as stream:
        before = "[\n"
        for record in records:
            stream.write(f"{before}{json.dumps(record, ensure_ascii=False)}")
            before = ",\n"
        stream.write("\n]\n" if records else "[]\n")


def write_lines(path: Path, records: Sequence[Mapping[str, Any]]) -> None:
    """Write JSON Lines.

    Args:
        path: the file to make or replace.
        records: plain JSON.
    """
    with _whole(path) as unfinished, unfinished.open("w", encoding="utf-8") as stream:
        stream.writelines(f"{json.dumps(record, ensure_ascii=False)}\n" for record in records)


def write_csv(path: Path, records: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    """Write a CSV file with a header.

    Args:
        path: the file to make or replace.
        records: each with all columns.
        names: the columns.
    """
    with _whole(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)


def write_parquet(path: Path, table: "pa.Table") -> None:
    """Write a Parquet file.

    Args:
        path: the file to make or replace.
        table: the rows.
    """
    import pyarrow.parquet as pq

    with _whole(path) as unfinished:
        pq.write_table(table, unfinished, compression="zstd")
