"""A person's own files: found by path, folder, glob or list, and read as one table."""

import glob
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xinzhi.config.near import near
from xinzhi.data.arrays import ARRAYS, read_arrays
from xinzhi.data.checksums import checksum
from xinzhi.data.opened import Opened, Want
from xinzhi.data.staging import Reading, Stage
from xinzhi.data.tables import READERS, form, reader, ready
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from xinzhi.data.engine import Engine

FORMS = (*READERS, *ARRAYS)
_TEXT = ".txt"  # triples, but in most folders a readme or a licence
_SPREADSHEETS = {".xls", ".xlsx", ".ods", ".numbers"}
_PLAIN_PATH = re.compile(r"[\w./-]+")  # other signs mean something to an engine


@dataclass(frozen=True)
class FileSource:
    """Files that are read one after the other.

    Attributes:
        paths: existing files of known forms.
        name: what was written in the declaration.
        short_name: what a folder may be called after it.
    """

    paths: tuple[Path, ...]
    name: str
    short_name: str

    def fingerprint(self) -> list[list[str]]:
        """Give every file's path and checksum."""
        return [[str(path), checksum(path)] for path in self.paths]

    def open(self, engine: "Engine", want: Want) -> Opened:
        """Read the wanted columns of all files.

        Args:
            engine: what they are read onto; Parquet that needs no change is read where it lies.
            want: each file must have the columns.
        """
        schemas = [ready(path, want) for path in self.paths]
        plain = all(_PLAIN_PATH.fullmatch(str(path.absolute())) for path in self.paths)
        if plain and schemas[0] is not None and all(s == schemas[0] for s in schemas):
            table = engine.read([path.absolute() for path in self.paths])
            read = _notes(self.paths, ["Parquet"] * len(self.paths))
            return Opened(table.select(*schemas[0].names), notes=read)
        stage = Stage(engine.scratch, want, self.name)
        forms: list[str] = []
        notes: list[str] = []
        for path in self.paths:
            reading = _reading(path, want, engine.scratch)
            stage.read(reading, str(path))
            forms.append(reading.form)
            notes += reading.notes
        return Opened(stage.table(engine), notes=(*_notes(self.paths, forms), *notes))


def _reading(path: Path, want: Want, scratch: Path) -> Reading:
    if form(path) in ARRAYS:
        return read_arrays(path, want.columns, scratch)
    return reader(path, want.columns)(path, want.columns)


def _notes(paths: Sequence[Path], forms: Iterable[str]) -> tuple[str, ...]:
    counts = Counter(forms)
    if len(paths) == 1:
        return tuple(f"{paths[0].name} was read as {one}" for one in counts)
    return tuple(f"{n:,} files were read as {one}" for one, n in counts.items())


def find_files(spec: str | Sequence[str]) -> FileSource:
    """Find what a declaration names.

    Args:
        spec: a file, a folder, a glob, or a list of these.
    """
    specs = [spec] if isinstance(spec, str) else list(spec)
    paths = tuple(dict.fromkeys(path for one in specs for path in _expand(one)))
    first = Path(specs[0]).expanduser()
    stem = _stem(paths[0]) if len(paths) == 1 else first.stem.strip("*") or first.parent.name
    short = "".join(c if c.isalnum() or c in "-_" else "_" for c in stem).strip("_")
    return FileSource(paths, ", ".join(specs), short[:60] or "files")


def _stem(path: Path) -> str:
    return path.name[: -len(path.suffix)] if path.suffix == form(path) else Path(path.stem).stem


def _expand(spec: str) -> list[Path]:
    path = Path(spec).expanduser()
    if path.is_dir():
        if not (found := tables_inside(path)):
            raise DataError(
                f"the folder {spec} must hold a file of the form {_forms()}, or images in one "
                "folder per class; it has neither"
            )
        return found
    if path.is_file():
        return [_known(path)]
    found = [Path(hit) for hit in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207
    if not found:
        raise _missing(spec, path)
    return [_known(hit) for hit in found if hit.is_file()]


def tables_inside(folder: Path) -> list[Path]:
    """Give the files of known forms in a folder and below; triples where there is nothing else.

    Args:
        folder: an existing one; what begins with a dot is left out.
    """
    inside = sorted(file for file in folder.rglob("*") if form(file) in FORMS)
    seen = [f for f in inside if not any(p.startswith(".") for p in f.relative_to(folder).parts)]
    return [file for file in seen if form(file) != _TEXT] or seen


def _forms() -> str:
    return ", ".join(FORMS)


def _known(path: Path) -> Path:
    if form(path) in FORMS:
        return path
    suffix = path.suffix.lower()
    mend = "save the sheet as CSV UTF-8" if suffix in _SPREADSHEETS else None
    raise DataError(
        f"the form of {path} must be one of {_forms()}, was {suffix or 'none'}", mend=mend
    )


def _missing(spec: str, path: Path) -> DataError:
    folder = path.parent
    if not folder.is_dir():
        return DataError(f"there is no file {spec}: the folder {folder} does not exist")
    there = [file.name for file in folder.iterdir() if form(file) in FORMS]
    meant = near(path.name, there) or sorted(there)[:8]
    shown = [str(folder / name) if folder != Path() else name for name in meant]
    return DataError(f"there is no file {spec} (looked in {folder.resolve()})", candidates=shown)
