"""Reads CSV and TSV: fast where all is well, else exactly, with the line of a fault."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from xinzhi.data.encoding import open_bytes, open_text, recognise
from xinzhi.data.records import require_columns
from xinzhi.data.staging import Doubt, Reading
from xinzhi.data.unnamed import called
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK_BYTES = 1 << 23
_BATCH_ROWS = 20_000
_LONGEST_CELL = 1 << 27  # a quotation mark that is never closed makes a longer one
_MARKS = {",": "", ";": ", semicolons", "\t": ", tabs", "|": ", bars"}


class _Form(NamedTuple):
    path: Path
    codec: str
    delimiter: str
    header: tuple[str, ...]
    wanted: tuple[str, ...]


def read_csv(path: Path, wanted: Sequence[str] | None) -> Reading:
    """Read a CSV file with a header; the delimiter is the one that parts the header best.

    Args:
        path: the file.
        wanted: the columns to read; None means all.
    """
    return _delimited(path, wanted, ",;\t|")


def read_tsv(path: Path, wanted: Sequence[str] | None) -> Reading:
    """Read a file of tab-separated values with a header.

    Args:
        path: the file.
        wanted: the columns to read; None means all.
    """
    return _delimited(path, wanted, "\t")


def _delimited(path: Path, wanted: Sequence[str] | None, delimiters: str) -> Reading:
    csv.field_size_limit(_LONGEST_CELL)
    encoding = recognise(path)
    with open_text(path, encoding.codec) as stream:
        first = stream.readline()
        delimiter = max(
            delimiters, key=lambda mark: len(next(csv.reader([first], delimiter=mark), []))
        )
    with open_text(path, encoding.codec) as stream:
        _, names = next(_rows(path, stream, delimiter), (0, []))
    header = called([name.strip() for name in names])
    if not header:
        raise DataError(f"{path} must begin with a line of column names, it is empty")
    required = list(dict.fromkeys(header)) if wanted is None else list(dict.fromkeys(wanted))
    require_columns(header, required, str(path))
    if twice := [name for name in required if header.count(name) > 1]:
        raise DataError(f"{path} must have each column once, it has {twice[0]!r} twice")
    form = _Form(path, encoding.codec, delimiter, tuple(header), tuple(required))
    is_simple = (
        next(csv.reader([first], delimiter=delimiter), []) == names
    )  # on the first line alone
    fast: Callable[[_Form], Iterator[pa.Table]] = _fast if is_simple else _exact
    label = encoding.label + _MARKS[delimiter]
    return Reading(label, lambda: fast(form), lambda: _exact(form))


def _fast(form: _Form) -> "Iterator[pa.Table]":
    """Read by Arrow, a block at a time.

    Yields:
        Rows.

    Raises:
        Doubt: whatever is odd is for the exact reader to judge.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow

    names = [
        name if name in form.wanted else f"\0{place}" for place, name in enumerate(form.header)
    ]
    needed = list(dict.fromkeys([*form.wanted, names[-1]]))  # the last one: see below
    with open_bytes(form.path) as raw:
        try:
            reader = arrow.open_csv(
                pa.PythonFile(_Ended(raw, form.codec), "r"),
                arrow.ReadOptions(
                    block_size=_BLOCK_BYTES, column_names=names, skip_rows_after_names=1
                ),
                arrow.ParseOptions(delimiter=form.delimiter, newlines_in_values=True),
                arrow.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    strings_can_be_null=False,
                    include_columns=needed,
                ),
            )
            last = None
            yield pa.table({name: pa.array([], pa.string()) for name in form.wanted})
            for batch in reader:
                last = batch.column(names[-1])[-1].as_py() if batch.num_rows else last
                yield pa.Table.from_batches([batch]).select(form.wanted)
        except (pa.ArrowInvalid, UnicodeError) as error:
            raise Doubt from error
    if last is not None and last.endswith(("\n", "\r")):
        # Arrow takes a quotation mark that is never closed for one that ends with the file
        raise Doubt


class _Ended(io.RawIOBase):
    """The bytes of a file as UTF-8, with a line end at the end.

    Args:
        stream: the file.
        codec: of its text.
    """

    def __init__(self, stream: IO[bytes], codec: str) -> None:
        plain = codec in {"utf-8", "utf-8-sig"}
        self._text = None if plain else io.TextIOWrapper(stream, codec, newline="")
        self._stream, self._over = stream, False

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read about so many bytes.

        Args:
            size: of the block.
        """
        if self._text is not None:
            block = self._text.read(max(size // 4, 1)).encode()
        else:
            block = self._stream.read(size)
        if block or self._over:
            return block
        self._over = True
        return b"\n"


def _exact(form: _Form) -> "Iterator[pa.Table]":
    """Read by Python, which knows the lines.

    Yields:
        Rows.

    Raises:
        DataError: rows have more or fewer fields than the header.
    """
    import pyarrow as pa

    width = len(form.header)
    places = [(name, form.header.index(name)) for name in form.wanted]
    ragged: list[str] = []
    more = 0

    def even(rows: Iterator[tuple[int, list[str]]]) -> Iterator[list[str]]:
        nonlocal more
        for line, row in rows:
            if len(row) == width:
                yield row
            elif len(ragged) < 3:
                ragged.append(f"line {line} has {len(row)}")
            else:
                more += 1

    schema = pa.schema([(name, pa.string()) for name in form.wanted])
    with open_text(form.path, form.codec) as stream:
        rows = _rows(form.path, stream, form.delimiter)
        next(rows)
        yield schema.empty_table()
        whole = even(rows)
        while some := list(islice(whole, _BATCH_ROWS)):
            yield pa.table({name: [row[at] for row in some] for name, at in places}, schema=schema)
    if ragged:
        raise DataError(
            f"{form.path}: every row must have {width} fields as the header has; "
            + ", ".join(ragged)
            + f" and {more:,} more" * bool(more),
            mend="put texts that hold the delimiter or a line break into double quotes",
        )


def _rows(path: Path, stream: IO[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Give each record with the line that it begins on; blank lines are skipped.

    Yields:
        The number of the line, and the record.

    Raises:
        DataError: a quotation mark is never closed.
    """
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in stream:
            taken.append(line)
            yield line

    reader = csv.reader(lines(), delimiter=delimiter)
    last: tuple[list[str], int] = ([], 1)
    try:
        for row in reader:
            last = (list(taken), last[1] + len(last[0]))
            taken.clear()
            if row:
                yield last[1], row
    except csv.Error as error:
        if "field limit" in str(error):
            raise DataError(_open_quote(path, last[1] + len(last[0]))) from error
        raise DataError(f"{path}: line {reader.line_num}: {error}") from error
    except UnicodeError as error:
        raise DataError(f"{path}: after line {reader.line_num}: {error}") from error
    try:
        list(csv.reader(last[0], delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end of data" in str(error):  # such a record reaches to the end
            raise DataError(_open_quote(path, last[1])) from error


def _open_quote(path: Path, line: int) -> str:
    return f"{path}: the quotation mark on line {line} is never closed"
