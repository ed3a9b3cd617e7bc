"""The declaration of a data set: what rows, which columns, how cleaned, how split → a snapshot."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from xinzhi.data import preparation, snapshot, sources
from xinzhi.data.cleaning import Rules
from xinzhi.data.hashing import content_hash
from xinzhi.data.partition import Partition
from xinzhi.data.preparation import Plan
from xinzhi.data.roles import Roles
from xinzhi.data.snapshot import Snapshot
from xinzhi.data.sources import Source
from xinzhi.data.splits import Shares
from xinzhi.errors import DataError

_FORMAT = 1  # raised when the same inputs give other rows than before


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What a person declares about a data set.

    A source is a file, a folder, a glob, a list of these, `package:NAME` or `hf:NAME_OR_FOLDER`.

    Attributes:
        train: source of the rows to learn from; val and test are split off where not given.
        val: source of the rows to choose by.
        test: source of the rows to judge by.
        text: column of the text, or several, joined by a line break.
        label: column of the class; read as a string, numbers too.
        ignore: columns that must not be used.
        split: how val and test are split off.
        time: column of dates, for `split=time`.
        group: column whose values stay on one side, for `split=group`.
        key: column that names a row for ever, for `split=hash`; the text by default.
        val_fraction: share of the rows for val.
        test_fraction: share of the rows for test.
        split_seed: another seed splits otherwise.
        min_count: labels with fewer rows are rare.
        rare: rows of rare labels are dropped, or their label becomes `other`.
        max_dropped: share of dropped rows beyond which preparing stops.
        conflicts: keep or drop equal texts under different labels.
        multilabel: separator between several labels in one cell, such as `|`.
        limit: use so many rows only, the same ones each time.
    """

    train: str | Sequence[str]
    text: str | Sequence[str]
    label: str | None = None
    val: str | Sequence[str] | None = None
    test: str | Sequence[str] | None = None
    ignore: Sequence[str] = ()
    split: Literal["stratified", "time", "group", "hash"] = "stratified"
    time: str | None = None
    group: str | None = None
    key: str | None = None
    val_fraction: float = 0.1
    test_fraction: float = 0.2
    split_seed: int = 0
    min_count: int = 5
    rare: Literal["drop", "other"] = "drop"
    max_dropped: float = 0.1
    conflicts: Literal["keep", "drop"] = "keep"
    multilabel: str | None = None
    limit: int | None = None

    def __post_init__(self) -> None:
        _check(self)

    @property
    def roles(self) -> Roles:
        """Which column is what."""
        text = (self.text,) if isinstance(self.text, str) else tuple(self.text)
        return Roles(text, str(self.label), self.time, self.group, self.key, self.multilabel)

    @property
    def rules(self) -> Rules:
        """How rows are cleaned."""
        return Rules(self.min_count, self.rare, self.conflicts, self.max_dropped)

    def prepare(self, offline: bool = False) -> Snapshot:
        """Read, clean, split and freeze the rows; the same inputs are prepared once.

        Args:
            offline: open no outward socket.
        """
        parts = {split: getattr(self, split) for split in snapshot.SPLITS}
        found = sources.resolve(parts, offline=offline)
        marks = {split: source.fingerprint() for split, source in found.items()}
        declared = json.dumps([_FORMAT, asdict(self), marks], sort_keys=True, default=list)
        inputs = content_hash([declared], size_bytes=16).hex()
        return snapshot.find(inputs) or preparation.prepare(self._plan(found), inputs=inputs)

    def _plan(self, found: Mapping[str, Source]) -> Plan:
        partition = Partition(self.split, Shares(self.val_fraction, self.test_fraction))
        return Plan(
            sources=found,
            roles=self.roles,
            rules=self.rules,
            partition=partition._replace(seed=self.split_seed),
            limit=self.limit,
            declared=json.loads(json.dumps(asdict(self), default=list)),
        )

    def describe(self) -> str:
        """Say in a few lines what is declared."""
        given = {name: value for name, value in asdict(self).items() if value not in (None, (), [])}
        width = max(map(len, given))
        return "\n".join(f"{name:<{width}}  {value}" for name, value in given.items())


def _check(declared: Declaration) -> None:
    if not declared.label:
        raise DataError("data.label must name the column of the class", mend="data.label=COLUMN")
    needed = {"time": declared.time, "group": declared.group}.get(declared.split, "-")
    if not needed:
        name = declared.split
        raise DataError(
            f"data.split={name} needs the column data.{name}", mend=f"data.{name}=COLUMN"
        )
    columns = declared.roles.columns
    if used := [name for name in columns if name in declared.ignore]:
        raise DataError(f"data.ignore must not name a column that is used: {', '.join(used)}")
    shares = (declared.val_fraction, declared.test_fraction)
    if min(shares) < 0 or sum(shares) >= 1:
        raise DataError(
            "data.val_fraction and data.test_fraction must be at least 0 and together below 1, "
            f"were {shares[0]} and {shares[1]}"
        )
    if not 0 <= declared.max_dropped <= 1:
        raise DataError(f"data.max_dropped must be between 0 and 1, was {declared.max_dropped}")
    if declared.limit is not None and declared.limit < 1:
        raise DataError(f"data.limit must be at least 1, was {declared.limit}")
