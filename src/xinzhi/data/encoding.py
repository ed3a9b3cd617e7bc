"""Tells in which encoding a person's file is written: UTF-8 first, then GB18030, then a guess."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, cast

from xinzhi.errors import DataError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with BOM"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_SAMPLE_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 22
COMPRESSED = ".gz"
_ONE_ENCODING = "save the file in one encoding, best in UTF-8"


class Encoding(NamedTuple):
    """How to open a text file.

    Attributes:
        codec: for `open`.
        label: for a person.
    """

    codec: str
    label: str


class _Lines(NamedTuple):
    good: int  # lines beyond ASCII that are UTF-8
    bad: int
    first_bad: int  # its number, from 1
    sample: bytes  # of lines beyond ASCII


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading; one that ends with .gz as what it holds.

    Args:
        path: the file.

    Yields:
        Its bytes.

    Raises:
        DataError: it is not completely compressed, or cannot be read.
    """
    try:
        packed = path.suffix.lower() == COMPRESSED
        with cast("IO[bytes]", gzip.open(path) if packed else path.open("rb")) as stream:
            yield stream
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} must be a complete gzip file: {error}") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error


@contextmanager
def open_text(path: Path, codec: str) -> Iterator[IO[str]]:
    """Open a file as text, line ends as they are.

    Args:
        path: the file.
        codec: of its text.

    Yields:
        Its text.
    """
    with open_bytes(path) as stream, io.TextIOWrapper(stream, codec, newline="") as text:
        yield text


def recognise(path: Path) -> Encoding:
    """Recognise the encoding of a text file by reading all of it.

    Args:
        path: the file.

    Raises:
        DataError: lines in different encodings, or none that fits.
    """
    with open_bytes(path) as stream:
        head = stream.read(4)
    for mark, codec, label in _MARKS:
        if head.startswith(mark):
            return Encoding(codec, label)
    if _decodes(path, "utf-8"):
        return Encoding("utf-8", "UTF-8")
    lines = _survey(path)
    if lines.good > lines.bad:
        raise DataError(_mixed(path, lines), mend=_ONE_ENCODING)
    if _is_chinese(lines.sample) and _decodes(path, "gb18030"):
        return Encoding("gb18030", "GB18030")
    return _guess(path, lines)


def _survey(path: Path) -> _Lines:
    good = bad = first_bad = 0
    sample = bytearray()
    with open_bytes(path) as stream:
        for number, line in enumerate(stream, start=1):
            if line.isascii():
                continue
            if len(sample) < _SAMPLE_BYTES:
                sample += line
            try:
                line.decode("utf-8")
                good += 1
            except UnicodeDecodeError:
                bad += 1
                first_bad = first_bad or number
    return _Lines(good, bad, first_bad, bytes(sample))


def _is_chinese(sample: bytes) -> bool:
    """Tell Chinese text from a western one that happens to decode.

    In GB18030 the second byte of a common character is above 0xA0 too; in western encodings an
    accented letter mostly stands beside plain ones.

    >>> _is_chinese("机器不动了".encode("gb18030")), _is_chinese("l'été à Orléans".encode("cp1252"))
    (True, False)
    """
    pairs = paired = 0
    at = 0
    while at < len(sample) - 1:
        if sample[at] < 0x80:
            at += 1
            continue
        pairs += 1
        paired += sample[at + 1] >= 0xA1
        at += 2
    return pairs > 0 and paired >= 0.8 * pairs


def _decodes(path: Path, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        with open_bytes(path) as stream:
            while block := stream.read(_BLOCK_BYTES):
                if not block.isascii() or decoder.getstate()[0]:
                    decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _mixed(path: Path, lines: _Lines) -> str:
    return (
        f"{path}: {lines.good:,} lines are UTF-8, {lines.bad:,} are not; "
        f"the first of these is line {lines.first_bad}"
    )


def _guess(path: Path, lines: _Lines) -> Encoding:
    """What fits best.

    Raises:
        DataError: nothing fits, or some lines can only be UTF-8.
    """
    from charset_normalizer import from_bytes
    from charset_normalizer.utils import is_multi_byte_encoding

    best = from_bytes(lines.sample).best()
    if best is None or not _decodes(path, best.encoding):
        raise DataError(
            f"{path} must be UTF-8 or GB18030; line {lines.first_bad} is neither",
            mend="save the file as UTF-8",
        )
    if lines.good and not is_multi_byte_encoding(best.encoding):
        # no western text is UTF-8 by chance, as a short Chinese one is
        raise DataError(_mixed(path, lines), mend=_ONE_ENCODING)
    return Encoding(best.encoding, f"{best.encoding}, a guess: save it as UTF-8 to be sure")
