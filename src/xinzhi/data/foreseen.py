"""Columns that a config names, held against those that its source is known to have.

Only what can be told at once is judged: packaged data, Parquet, and files whose first line names
the columns beyond doubt. All other sources are judged when they are read.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from xinzhi.config.near import near, slips
from xinzhi.data.packages.columns import classes, columns, relations
from xinzhi.errors import DataError

_PACKAGE = "package:"
_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_FILLED_BY = ("drop", "median", "mean", "mode")
_LONGEST_HEADER = 1 << 16
_KEYED = {f"data.{key}" for key in ("schema", "outliers", "missing", "private")}  # column → rule


class Declared(Protocol):
    """What is read of a declaration."""

    @property
    def train(self) -> str | Sequence[str]: ...  # noqa: D102
    @property
    def label(self) -> str | None: ...  # noqa: D102
    @property
    def ignore(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def numbered(self) -> str: ...  # noqa: D102
    @property
    def schema(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def checks(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def on_violation(self) -> str: ...  # noqa: D102
    @property
    def private(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def outliers(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def missing(self) -> Mapping[str, Any]: ...  # noqa: D102


def check_columns(declared: Declared) -> None:
    """Refuse a declaration that names a column which its rows do not have.

    Args:
        declared: the declaration.

    Raises:
        DataError: there is no such column, with the near match.
    """
    there = known_columns(declared.train)
    if there is None:
        return
    for key, names in _named(declared):
        _check(f"data.{key}", names, there, str(declared.train))
    # to ignore what is not there does no harm, unless it is a slip for what is
    slipped = [name for name in declared.ignore if name not in there and near(name, there)]
    _check("data.ignore", slipped, there, str(declared.train), given=declared.ignore)


def check_rules(declared: Declared) -> None:
    """Refuse rules on columns that say what cannot be: types, bounds, words.

    Args:
        declared: the declaration.

    Raises:
        DataError: such a rule, with its near match.
    """
    if declared.schema or declared.checks:
        from xinzhi.data import schema

        schema.parse(declared.schema, declared.checks, declared.on_violation)
    if declared.private:
        from xinzhi.data import private

        private.parse(declared.private)
    if declared.outliers:
        from xinzhi.data import outliers

        outliers.check(declared.outliers)
    for column, rule in declared.missing.items():
        close = near(rule, _FILLED_BY) if isinstance(rule, str) and rule not in _FILLED_BY else []
        if close and slips(str(rule), close[0])[0] <= 2:  # else it is the text to fill in
            raise DataError(
                f"data.missing.{column} must be {', '.join(_FILLED_BY)} or a value, was {rule}",
                candidates=close,
                mend=f"data.missing.{column}={close[0]}",
            )


def check_uses(declared: Declared, plain: Mapping[str, Any]) -> None:
    """Refuse a datamodule or a task that names a column or a class which the rows do not have.

    Args:
        declared: the declaration.
        plain: the resolved config.

    Raises:
        DataError: there is no such column or class, with the near match.
    """
    there = known_columns(declared.train)
    node = plain.get("datamodule")
    if there is not None and isinstance(node, Mapping) and declared.numbered == "keep":
        inside = [*there, *(f"{name}_" for name in there)]  # as a snapshot calls some of them
        for key in ("columns", "target", "series", "known"):
            _check(f"datamodule.{key}", _names(node.get(key)), inside, str(declared.train))
    if isinstance(node, Mapping) and isinstance(node.get("columns"), Mapping):
        _check_recipe(node["columns"])
    package = _package(declared.train)
    if package is not None:
        of_rows = {
            "positive": classes(package, declared.label),
            "recommend": relations(package),
            "relation": relations(package),
        }
        for key, known in of_rows.items():
            _check_among(key, known, plain)


def _check_among(key: str, known: Sequence[str] | None, plain: Mapping[str, Any]) -> None:
    for part in ("task", "baseline"):
        asked = (plain.get(part) or {}).get(key)
        if known is not None and asked is not None and str(asked) not in known:
            close = near(str(asked), known)
            raise DataError(
                f"`{part}.{key}` must be one of {', '.join(known[:12])}, was {asked}",
                candidates=close or known[:12],
                mend=f"{part}.{key}={close[0]}" if close else None,
            )


def _check_recipe(wished: Mapping[str, Any]) -> None:
    from xinzhi.data.features import recipe

    recipe.parse(wished, list(wished))


def known_columns(source: str | Sequence[str]) -> tuple[str, ...] | None:
    """Give the columns of a source where they can be told at once.

    Args:
        source: of a declaration.
    """
    package = _package(source)
    if package is not None:
        return columns(package)
    path = Path(source).expanduser() if isinstance(source, str) else None
    if path is None or not path.is_file():
        return None
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return tuple(pq.read_schema(path).names)
    return _header(path)


def _header(path: Path) -> tuple[str, ...] | None:
    separator = _SEPARATORS.get(path.suffix.lower())
    if separator is None:
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline(_LONGEST_HEADER)
    except (UnicodeDecodeError, OSError):
        return None
    if not first.endswith("\n") or '"' in first or any(s in first for s in ";|"):
        return None
    names = [name.strip() for name in next(csv.reader([first], delimiter=separator), [])]
    plain = len(names) > 1 and all(names) and len(set(names)) == len(names)
    other = "\t" if separator == "," else ","
    return tuple(names) if plain and other not in first else None


def _named(declared: Declared) -> Iterable[tuple[str, Sequence[str]]]:
    for key in ("text", "features", "label", "time", "group", "key", "series"):
        yield key, _names(getattr(declared, key))
    for key in ("schema", "outliers", "missing"):
        yield key, _names(getattr(declared, key))
    yield "private", [name for name in declared.private if name != "patterns"]


def _names(value: object) -> Sequence[str]:
    if value is None:
        return ()
    return [value] if isinstance(value, str) else [str(name) for name in value]  # type: ignore[attr-defined]


def _check(
    key: str,
    names: Sequence[str],
    there: Sequence[str],
    source: str,
    *,
    given: Sequence[str] | None = None,
) -> None:
    for name in names:
        if name not in there:
            close = near(name, there)
            shown = ", ".join(there)
            raise DataError(
                f"`{key}`: {source} must have a column {name!r}; its columns: {shown}",
                candidates=close or there,
                mend=_mended(key, given or names, name, close[0]) if close else None,
            )


def _mended(key: str, names: Sequence[str], wrong: str, right: str) -> str | None:
    if key.count(".") != 1 or key in _KEYED:
        return None
    found = [right if name == wrong else name for name in names]
    return f"{key}={found[0]}" if len(found) == 1 else f"{key}=[{','.join(found)}]"


def _package(source: object) -> str | None:
    is_one = isinstance(source, str) and source.startswith(_PACKAGE)
    return str(source).removeprefix(_PACKAGE) if is_one else None
