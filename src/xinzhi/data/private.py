"""Private values are hidden in Arrow batches before anything is written."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from xinzhi.config.near import near
from xinzhi.data import patterns
from xinzhi.data.hiding import hashed, inside, masked, without
from xinzhi.data.records import require_columns
from xinzhi.data.spelling import spelled
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

Hiding = Literal["mask", "hash", "drop"]

KEY = "XINZHI_PRIVATE_KEY"
_PATTERNS = "patterns"
_SHORTEST_KEY = 16


class Rules(NamedTuple):
    """What is hidden.

    Attributes:
        columns: column → how.
        patterns: what is masked inside every string.
    """

    columns: Mapping[str, Hiding]
    patterns: tuple[patterns.Pattern, ...]


def parse(rules: Mapping[str, Any] | None) -> Rules:
    """Read declared rules.

    Args:
        rules: column → mask, hash or drop; `patterns` → a list.

    Raises:
        DataError: a word or a pattern is unknown; names the near match.
    """
    columns: dict[str, Hiding] = {}
    for name, how in (rules or {}).items():
        if name == _PATTERNS and how not in get_args(Hiding):  # or a column is called so
            continue
        if how not in get_args(Hiding):
            raise DataError(
                f"data.private.{name} must be mask, hash or drop, was {how!r}",
                candidates=near(str(how), get_args(Hiding)),
            )
        columns[str(name)] = how
    listed = None if _PATTERNS in columns else (rules or {}).get(_PATTERNS)
    found = () if listed is None else patterns.parse(listed)
    return Rules(columns, found)


class Protector:
    """Hides the private values of batches, and knows which columns it met.

    Args:
        rules: what is hidden.
        key: of hashes.
    """

    def __init__(self, rules: Rules, key: bytes) -> None:
        self._rules = rules
        self._key = key
        self._met: set[str] = set()

    def __call__(self, batch: "pa.Table") -> "pa.Table":
        """Give a batch without its private values.

        Args:
            batch: columns that are not declared pass, but for patterns in their strings.
        """
        import pyarrow as pa

        self._met.update(batch.column_names)
        how = self._rules.columns
        kept = [name for name in batch.column_names if how.get(name) != "drop"]
        hidden = {name: self._hidden(_whole(batch[name]), how.get(name)) for name in kept}
        # nothing is taken over from the batch: the metadata of a schema may hold values
        return pa.table(hidden) if hidden else batch.select([]).replace_schema_metadata(None)

    def require_met(self, where: str) -> None:
        """Refuse a declared column that no batch had, where another may have been meant.

        A column that is not read needs no protection.

        Args:
            where: the source, for the message.

        Raises:
            DataError: names the near match.
        """
        for name in self._rules.columns:
            if name not in self._met and (close := near(name.strip(), sorted(self._met))):
                raise DataError(
                    f"data.private: {where} must have a column {name!r} among those that are read: "
                    + ", ".join(sorted(self._met)),
                    candidates=close,
                )

    def require_read(self, made: Iterable[str], where: str) -> None:
        """Refuse a declared column that only a query makes: what it is made of would lie open.

        Args:
            made: columns of the query that no source has.
            where: the query, for the message.

        Raises:
            DataError: one of them is declared private.
        """
        for name in made:
            if name in self._rules.columns:
                raise DataError(
                    f"data.private.{name} must name a column of a source, {where} makes it anew: "
                    "what it is made of would be written before it is hidden",
                    mend=f"declare the source's column in place of {name}; "
                    "the query then sees it hidden",
                )

    def _hidden(self, column: "pa.Array", how: Hiding | None) -> "pa.Array":
        if how is None:
            return inside(column, lambda strings: without(strings, self._rules.patterns))
        # no pattern is looked for in a hash: it may look like a card number
        hide = masked if how == "mask" else lambda strings: hashed(strings, self._key)
        return inside(spelled(column), hide)


def protector(rules: Mapping[str, Any] | None, columns: Sequence[str] | None) -> Protector | None:
    """Make what hides the private values of batches; None where nothing is private.

    mask leaves the shape: letters, digits and symbols become stars, blanks and punctuation stay; of
    an e-mail address the first sign and the last label stay (`a***@***.com`). hash gives the first
    16 hexadecimal digits of HMAC-SHA256 under the key in XINZHI_PRIVATE_KEY: equal values stay
    equal, in other columns and other files too. Patterns are masked inside every string, in lists
    and structs too. What is missing or blank stays so.

    Args:
        rules: as declared.
        columns: those of the source; None where they are not known yet.

    Raises:
        DataError: a column is not there, or there is no key to hash with.
    """
    declared = parse(rules)
    if not declared.columns and not declared.patterns:
        return None
    if columns is not None:
        require_columns(columns, declared.columns, "data.private: the source")
    return Protector(declared, _key() if "hash" in declared.columns.values() else b"")


def _key() -> bytes:
    key = os.environ.get(KEY, "").strip()
    if len(key) < _SHORTEST_KEY:
        came = f"has {len(key)}" if key else "is not set"
        raise DataError(
            f"data.private with hash needs a key of at least {_SHORTEST_KEY} signs in {KEY}, which "
            f"{came}; only values hashed under one key can be compared, so keep it",
            mend=f"export {KEY}=$(python -c 'import secrets; print(secrets.token_hex(32))')",
        )
    return key.encode()


def _whole(column: "pa.ChunkedArray") -> "pa.Array":
    import pyarrow as pa

    chunks = column.chunks or [pa.array([], column.type)]
    return chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks)
