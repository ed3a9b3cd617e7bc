"""A person's own files: found by path, folder, glob or list, and read as one table."""

import glob
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from xinzhi.config.near import near
from xinzhi.data.download import sha256_of
from xinzhi.data.records import Records, Table
from xinzhi.data.tables import READERS
from xinzhi.errors import DataError

_SPREADSHEETS = {".xls", ".xlsx", ".ods", ".numbers"}


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
        return [[str(path), sha256_of(path)] for path in self.paths]

    def read(self, columns: Sequence[str]) -> Records:
        """Read the named columns of all files.

        Args:
            columns: each file must have them.
        """
        import pandas as pd

        tables = [READERS[path.suffix.lower()](path, columns) for path in self.paths]
        joined = {name: [c for table in tables for c in table.columns[name]] for name in columns}
        frame = pd.DataFrame(joined, dtype=object)
        return Records(frame, notes=tuple(_notes(self.paths, tables)))


def _notes(paths: Sequence[Path], tables: Iterable[Table]) -> list[str]:
    forms = Counter(table.form for table in tables)
    if len(paths) == 1:
        return [f"{paths[0].name} was read as {form}" for form in forms]
    return [f"{n:,} files were read as {form}" for form, n in forms.items()]


def find_files(spec: str | Sequence[str]) -> FileSource:
    """Find what a declaration names.

    Args:
        spec: a file, a folder, a glob, or a list of these.
    """
    specs = [spec] if isinstance(spec, str) else list(spec)
    paths = tuple(dict.fromkeys(path for one in specs for path in _expand(one)))
    first = Path(specs[0]).expanduser()
    stem = paths[0].stem if len(paths) == 1 else first.stem.strip("*") or first.parent.name
    short = "".join(c if c.isalnum() or c in "-_" else "_" for c in stem).strip("_")
    return FileSource(paths, ", ".join(specs), short[:60] or "files")


def _expand(spec: str) -> list[Path]:
    path = Path(spec).expanduser()
    if path.is_dir():
        inside = sorted(file for file in path.rglob("*") if file.suffix.lower() in READERS)
        found = [f for f in inside if not any(p.startswith(".") for p in f.relative_to(path).parts)]
        if not found:
            raise DataError(f"the folder {spec} must hold a file of the form {_forms()}, has none")
        return found
    if path.is_file():
        return [_known(path)]
    found = [Path(hit) for hit in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207
    if not found:
        raise _missing(spec, path)
    return [_known(hit) for hit in found if hit.is_file()]


def _forms() -> str:
    return ", ".join(READERS)


def _known(path: Path) -> Path:
    suffix = path.suffix.lower()
    if suffix in READERS:
        return path
    mend = "save the sheet as CSV UTF-8" if suffix in _SPREADSHEETS else None
    raise DataError(
        f"the form of {path} must be one of {_forms()}, was {suffix or 'none'}", mend=mend
    )


def _missing(spec: str, path: Path) -> DataError:
    folder = path.parent
    if not folder.is_dir():
        return DataError(f"there is no file {spec}: the folder {folder} does not exist")
    there = [file.name for file in folder.iterdir() if file.suffix.lower() in READERS]
    meant = near(path.name, there) or sorted(there)[:8]
    shown = [str(folder / name) if folder != Path() else name for name in meant]
    return DataError(f"there is no file {spec} (looked in {folder.resolve()})", candidates=shown)
