"""The declaration of a data set: what rows, which columns, how cleaned, how split → a snapshot."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from xinzhi.config.near import near
from xinzhi.config.ranks import say
from xinzhi.data import reuse, snapshot
from xinzhi.data.hashing import content_hash
from xinzhi.data.opened import Source
from xinzhi.data.snapshot import Snapshot
from xinzhi.errors import DataError, XinzhiError

_FORMAT = 3  # raised when the same inputs give other rows than before


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What a person declares about a data set.

    A source is a file, a folder, a glob, a list of these, `package:NAME`, `hf:NAME_OR_FOLDER`, a
    `.sql` file, or `env:VARIABLE/TABLE`: a table of the database whose address is in that variable.

    Attributes:
        train: source of the rows to learn from; val and test are split off where not given.
        val: source of the rows to choose by.
        test: source of the rows to judge by.
        sources: name → source, for a `.sql` file that joins or stacks them.
        text: column of the text, or several, joined by a line break; None makes a table's row the
            record.
        features: columns of the record where there is no text, None means all others; or columns
            that are learned from beside the text.
        label: column of the class; a table may have none.
        label_as: class: it is read as a string, numbers too; number: it is measured.
        ignore: columns that must not be used.
        schema: column → type, min, max, allowed, pattern, unique, null_share, on.
        checks: name → SQL expression that each row must fulfil.
        on_violation: stop, drop the rows, or keep them apart.
        private: column → mask, hash or drop; `patterns` → what is masked inside every string.
        duplicates: merge equal rows, and keep them on one side, or keep them all.
        unicode: form that text is brought into before anything is compared.
        near_duplicates: the Jaccard similarity from which later texts are dropped.
        outliers: column → iqr, zscore or [low, high]: rows beyond are dropped.
        missing: column → drop, median, mean, mode or a constant.
        round: decimals of what is fitted on training rows.
        split: how val and test are split off.
        time: column of dates, for `split=time`.
        group: column whose values stay on one side, for `split=group`.
        key: column that names a row for ever, for `split=hash`; the record by default.
        series: column that names the series of a row, which is a step: the steps, ordered by
            `time`, become one row of lists per series and run of equal label.
        numbered: keep columns x_0 … x_99, or gather them into the list x.
        val_fraction: share of the rows for val.
        test_fraction: share of the rows for test.
        split_seed: another seed splits otherwise.
        min_count: labels with fewer rows are rare.
        rare: rows of rare labels are dropped, or their label becomes `other`.
        max_dropped: share of rows beyond which preparing stops, where validation (drop and
            quarantine alike) or cleaning takes more of them.
        conflicts: keep or drop equal texts under different labels.
        multilabel: separator between several labels in one cell, such as `|`.
        limit: use so many rows only, the same ones each time.
        engine: what computes: duckdb, in this process, or spark.
    """

    train: str | Sequence[str]
    text: str | Sequence[str] | None
    label: str | None = None
    label_as: Literal["class", "number"] = "class"
    val: str | Sequence[str] | None = None
    test: str | Sequence[str] | None = None
    sources: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    features: Sequence[str] | None = None
    ignore: Sequence[str] = ()
    schema: Mapping[str, Any] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)
    on_violation: Literal["fail", "drop", "quarantine"] = "fail"
    private: Mapping[str, Any] = field(default_factory=dict)
    duplicates: Literal["merge", "keep"] = "merge"
    unicode: Literal["none", "nfc", "nfkc"] = "none"
    near_duplicates: float | None = None
    outliers: Mapping[str, Any] = field(default_factory=dict)
    missing: Mapping[str, Any] = field(default_factory=dict)
    round: int = 9
    split: Literal["stratified", "time", "group", "hash"] = "stratified"
    time: str | None = None
    group: str | None = None
    key: str | None = None
    series: str | None = None
    numbered: Literal["keep", "gather"] = "keep"
    val_fraction: float = 0.1
    test_fraction: float = 0.2
    split_seed: int = 0
    min_count: int = 5
    rare: Literal["drop", "other"] = "drop"
    max_dropped: float = 0.1
    conflicts: Literal["keep", "drop"] = "keep"
    multilabel: str | None = None
    limit: int | None = None
    engine: Literal["duckdb", "spark"] = "duckdb"

    def __post_init__(self) -> None:
        _check(self)

    @property
    def text_columns(self) -> tuple[str, ...]:
        """The columns that make up the text; none where a table's row is the record."""
        if self.text is None:
            return ()
        return (self.text,) if isinstance(self.text, str) else tuple(self.text)

    @property
    def named(self) -> tuple[str, ...]:
        """The columns that have a role."""
        single = filter(None, (self.label, self.time, self.group, self.key, self.series))
        return tuple(dict.fromkeys([*self.text_columns, *(self.features or ()), *single]))

    def prepare(self, offline: bool = False, refresh: bool = False) -> Snapshot:
        """Read, clean, split and freeze the rows; the same inputs are prepared once.

        Args:
            offline: open no outward socket.
            refresh: read databases again, once within a process.
        """
        self.check_columns()
        found, inputs, anywhere = self._inputs(offline=offline)
        if there := reuse.there(inputs, found.values(), refresh=refresh):
            if note := reuse.age(there, found.values()):
                say(note)
            return there
        from xinzhi.data.preparation import prepare

        made = prepare(self.plan(found), inputs=inputs)
        reuse.done(made, inputs, anywhere)
        return made

    def check_columns(self) -> None:
        """Refuse columns that are not there, where that can be told before anything is read."""
        from xinzhi.data import foreseen, sources

        for split in snapshot.SPLITS:
            sources.check_name(getattr(self, split))
        foreseen.check_columns(self)
        foreseen.check_rules(self)

    def prepared(self) -> Snapshot | None:
        """Find the snapshot that these rows have by now, without preparing or fetching anything."""
        try:
            _, inputs, _ = self._inputs(offline=True)
        except XinzhiError:  # such as an archive that has not been fetched
            return None
        return snapshot.find(inputs)

    def _inputs(self, *, offline: bool) -> tuple[Mapping[str, Source], str, str]:
        """Give the sources and the digests that a snapshot of them is found by."""
        from xinzhi.data import sources

        parts = {split: getattr(self, split) for split in snapshot.SPLITS}
        found = sources.resolve(parts, offline=offline, named=self.sources)
        marks = {split: source.fingerprint() for split, source in found.items()}
        declared = self.plain()
        asked = {name: value for name, value in declared.items() if name != "engine"}
        inputs, anywhere = (
            content_hash([json.dumps(told, sort_keys=True, default=list)], size_bytes=16).hex()
            for told in ([_FORMAT, asked, marks], [_FORMAT, asked, reuse.unaddressed(marks)])
        )
        return found, inputs, anywhere

    def plain(self) -> dict[str, Any]:
        """Give all keys as plain JSON."""
        return dict(json.loads(json.dumps(asdict(self), default=_plain)))

    def plan(self, found: Mapping[str, Source]) -> Any:  # noqa: ANN401 - its module is imported late
        """Say what is to be done with the rows of sources.

        Args:
            found: split → source.
        """
        from xinzhi.data import cleaning, fitting, intake, partition, preparation, roles, splits

        shares = splits.Shares(self.val_fraction, self.test_fraction)
        return preparation.Plan(
            sources=found,
            roles=roles.Roles(
                self.text_columns,
                self.label,
                self.time,
                self.group,
                self.key,
                self.multilabel,
                None if self.features is None else tuple(self.features),
                tuple(self.ignore),
                self.unicode,
                number=self.label_as == "number",
                twice=self.duplicates == "keep",
                series=self.series,
                numbered=self.numbered == "gather",
            ),
            checks=intake.Checks(self.schema, self.checks, self.on_violation, self.private),
            rules=cleaning.Rules(
                self.min_count, self.rare, self.conflicts, self.max_dropped, self.near_duplicates
            ),
            partition=partition.Partition(self.split, shares, self.split_seed),
            fitting=fitting.Fitting(self.outliers, self.missing, self.round),
            limit=self.limit,
            engine=self.engine,
            declared=self.plain(),
        )

    def describe(self) -> str:
        """Say in a few lines what is declared."""
        shown = asdict(self).items()
        given = {name: value for name, value in shown if value not in (None, (), [], {})}
        width = max(map(len, given))
        return "\n".join(f"{name:<{width}}  {value}" for name, value in given.items())


def _plain(value: Any) -> Any:  # noqa: ANN401 - a config's mapping or list
    return dict(value) if isinstance(value, Mapping) else list(value)


def _check(declared: Declaration) -> None:
    if not declared.label and declared.text is not None:
        raise DataError("data.label must name the column of the class", mend="data.label=COLUMN")
    needed = {"time": declared.time, "group": declared.group}.get(declared.split, "-")
    if not needed:
        name = declared.split
        raise DataError(
            f"data.split={name} needs the column data.{name}", mend=f"data.{name}=COLUMN"
        )
    if used := [name for name in declared.named if name in declared.ignore]:
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
    _check_columns(declared)
    _check_choices(declared)


def _check_columns(declared: Declaration) -> None:
    if declared.label and declared.label in (declared.features or ()):
        raise DataError(f"data.features must not name the label, {declared.label}")
    if declared.multilabel and declared.label_as == "number":
        raise DataError("data.multilabel is for classes", mend="data.label_as=class")
    if declared.multilabel in {"true", "false"}:
        raise DataError(
            f"data.multilabel must be the separator between labels, was {declared.multilabel}",
            mend="data.multilabel='|', or data.multilabel=null",
        )
    fitted = {"outliers": declared.outliers, "missing": declared.missing}
    for key, rules in fitted.items() if declared.text is not None else ():
        if strange := [name for name in rules if name not in (declared.features or ())]:
            raise DataError(
                f"data.{key} must name columns of data.features where there is a text, "
                f"{strange[0]!r} is none",
                mend=f"data.features=[{strange[0]}], or data.text=null for a table",
            )
    if declared.text is not None and (declared.series or declared.numbered == "gather"):
        key = "series" if declared.series else "numbered"
        raise DataError(f"data.{key} is for tables, where data.text=null", mend="data.text=null")


def _check_choices(declared: Declaration) -> None:
    for name, annotated in Declaration.__annotations__.items():
        choices, value = get_args(annotated), getattr(declared, name)
        if "Literal" in str(annotated) and value not in choices:
            raise DataError(
                f"data.{name} must be one of {', '.join(choices)}, was {value!r}",
                candidates=near(str(value), choices),
            )
