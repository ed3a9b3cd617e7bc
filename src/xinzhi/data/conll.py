"""Reads CoNLL columns: one word per line, a blank line between sentences → tokens and tags."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from xinzhi.data.encoding import open_text, recognise
from xinzhi.data.records import require_columns
from xinzhi.data.staging import Reading
from xinzhi.data.tag_schemes import Survey, survey, to_bio
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 5_000
_DOCUMENT = "-DOCSTART-"
_TAGS = "tags"
SENTENCE = frozenset({"tokens", _TAGS})


def read_conll(path: Path, wanted: Sequence[str] | None) -> Reading:
    """Read words and their tags; a row is a sentence, its cells are lists.

    The first column is `tokens`, the last one `tags`, those between are `column_2` and so on. Tags
    of entities become BIO, whatever the scheme; parts of speech and the like stay as they are.

    Args:
        path: the file; its columns are parted by tabs, or by spaces where there is no tab.
        wanted: the columns to read; None means all.
    """
    encoding = recognise(path)
    found = Survey(None, 0)
    if wanted is None or _TAGS in wanted:
        with open_text(path, encoding.codec) as stream:
            found = survey([fields[-1] for fields in one] for one in _sentences(path, stream))
        if found.stray is not None:
            _refuse(found.stray, path, encoding.codec)

    def batches() -> "Iterator[pa.Table]":
        import pyarrow as pa

        sentences: list[list[list[str]]] = []
        names: list[str] = []
        with open_text(path, encoding.codec) as stream:
            for sentence in _sentences(path, stream):
                names = names or _names(len(sentence[0]))
                if found.scheme:
                    _rewrite(sentence)
                sentences.append(sentence)
                if len(sentences) == _BATCH_ROWS:
                    yield _table(sentences, names, wanted, path)
                    sentences = []
        if not names:
            raise DataError(f"{path} must hold a word and its tag on a line, it holds none")
        yield (
            _table(sentences, names, wanted, path)
            if sentences
            else pa.table({name: pa.array([], pa.list_(pa.string())) for name in wanted or names})
        )

    return Reading(f"{encoding.label}, CoNLL", batches, notes=_notes(path, found))


def _refuse(stray: str, path: Path, codec: str) -> None:
    """Says where a tag stands that is none, among tags of entities.

    Raises:
        DataError: with the file and the line.
    """
    with open_text(path, codec) as stream:
        lines = enumerate(stream, start=1)
        number = next(at for at, line in lines if _fields(line)[-1:] == [stray])
    raise DataError(
        f"{path}: line {number} must end with O or a tag such as B-PER, it ends with {stray!r}",
        mend="write each entity's first token as B-TYPE, the others as I-TYPE",
    )


def _notes(path: Path, found: Survey) -> tuple[str, ...]:
    notes = []
    if found.scheme not in {None, "BIO"}:
        notes.append(f"{path.name}: tags of the scheme {found.scheme} became BIO")
    if found.repaired:
        notes.append(
            f"{path.name}: {found.repaired:,} tags continued an entity that was not there, "
            "and begin one now"
        )
    return tuple(notes)


def _rewrite(sentence: list[list[str]]) -> None:
    tags = to_bio([fields[-1] for fields in sentence]).tags
    for fields, tag in zip(sentence, tags, strict=True):
        fields[-1] = tag


def _names(columns: int) -> list[str]:
    return ["tokens", *(f"column_{n}" for n in range(2, columns)), _TAGS]


def _table(
    sentences: list[list[list[str]]], names: list[str], wanted: Sequence[str] | None, path: Path
) -> "pa.Table":
    import pyarrow as pa

    require_columns(names, wanted or (), str(path))
    cells = {
        name: [[fields[at] for fields in sentence] for sentence in sentences]
        for at, name in enumerate(names)
        if wanted is None or name in wanted
    }
    kind = pa.list_(pa.string())
    return pa.table({name: pa.array(column, kind) for name, column in cells.items()})


def _fields(line: str) -> list[str]:
    line = line.rstrip("\r\n")
    return line.split("\t") if "\t" in line else line.split()


def _sentences(path: Path, stream: IO[str]) -> Iterator[list[list[str]]]:
    """Give each sentence as fields of its lines.

    Yields:
        At least one line.

    Raises:
        DataError: a line has another number of columns than the first one.
    """
    width = 0
    sentence: list[list[str]] = []
    for number, raw in enumerate(stream, start=1):
        line = raw.rstrip("\r\n")
        if not line.strip():
            if sentence:
                yield sentence
            sentence = []
            continue
        if line.startswith(_DOCUMENT) or (line.startswith("# ") and "\t" not in line):
            continue
        fields = _fields(line)
        width = width or len(fields)
        if len(fields) != width or width < 2:
            raise DataError(
                f"{path}: line {number} must have {max(width, 2)} columns, a word and its tags, "
                f"it has {len(fields)}: {line[:60]!r}",
                mend="part the columns by one tab each; an empty line ends a sentence",
            )
        sentence.append(fields)
    if sentence:
        yield sentence
