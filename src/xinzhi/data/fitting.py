"""What outliers and missing values become: learned on training rows, applied to all."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.data import freezing, portable
from xinzhi.data.canonical import together
from xinzhi.data.records import Step, require_columns

if TYPE_CHECKING:
    from xinzhi.data.journal import Journal
    from xinzhi.data.rows import Rows


class Fitting(NamedTuple):
    """What is declared of numbers that stand out and cells that are empty.

    Attributes:
        outliers: column of the source → iqr, zscore or [low, high].
        missing: column of the source → drop, median, mean, mode or a constant.
        round: decimals of what is fitted.
    """

    outliers: Mapping[str, Any]
    missing: Mapping[str, Any]
    round: int

    def applied(
        self, parts: "dict[str, Rows]", journal: "Journal"
    ) -> "tuple[dict[str, Rows], dict[str, Any]]":
        """Fit on train and apply to every part.

        Args:
            parts: train, val and test.
            journal: is told the steps.

        Returns:
            The parts, and what was fitted, plain enough for JSON.
        """
        fitted: dict[str, Any] = {"outliers": {}, "missing": {}}
        if self.outliers:
            from xinzhi.data import outliers

            train = parts["train"]
            rules = _stored(train, self.outliers, "data.outliers")
            limits = outliers.fit(freezing.full(train), rules, self.round)
            fitted["outliers"] = {name: list(pair) for name, pair in limits.items()}
            # those of val and test stay: the model will meet their like
            parts["train"] = self._inside("train", parts["train"], limits, journal)
        if self.missing:
            from xinzhi.data import missing

            train = parts["train"]
            rules = _stored(train, self.missing, "data.missing")
            found = missing.fit(freezing.full(train), rules, self.round)
            fitted["missing"] = dict(found)
            for split, rows in parts.items():
                parts[split] = self.filled(split, rows, found, journal)
        return parts, fitted

    def _inside(
        self, split: str, rows: "Rows", limits: Mapping[str, Any], journal: "Journal"
    ) -> "Rows":
        from xinzhi.data import outliers

        full = freezing.full(rows)
        kept = rows.only(
            rows.narrow.semi_join(full.filter(outliers.inside(full, limits)).select("id"), "id")
        )
        why = ", ".join(f"{name} by {rule}" for name, rule in self.outliers.items())
        return _told(split, rows, kept, Step("outliers", rows.size(), kept.size(), why), journal)

    def filled(
        self, split: str, rows: "Rows", found: Mapping[str, Any], journal: "Journal"
    ) -> "Rows":
        """Fill what is missing in a part with what was fitted.

        Args:
            split: train, val or test.
            rows: of it.
            found: column as stored → drop or the value.
            journal: is told the step.
        """
        from xinzhi.data import missing

        engine = rows.engine
        wide = missing.fill(rows.wide.semi_join(rows.narrow, "id"), found)
        if "text" not in rows.record:  # another record has another hash
            told = together([wide[name] for name in rows.record], engine)
            wide = wide.mutate(**portable.lanes(told, engine)._asdict())
        wide = engine.keep(wide)
        rest = rows.narrow.drop("first", "second")
        narrow = rest.inner_join(wide.select("id", "first", "second"), "id")
        kept = rows._replace(wide=wide).only(narrow)
        told = {rows.sources.get(name, name): value for name, value in found.items()}
        why = ", ".join(f"{name}: {value}" for name, value in told.items())
        step = Step("missing values", rows.size(), kept.size(), why)
        return _told(split, rows, kept, step, journal)


def _stored(rows: "Rows", rules: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Name the columns of rules as the rows have them.

    Raises:
        DataError: there is no such column.
    """
    known = {source: name for name, source in rows.sources.items()}
    if rows.number and rows.label:
        known.setdefault(rows.label, "label")
    require_columns(list(known), rules, where)
    return {known[source]: rule for source, rule in rules.items()}


def _told(split: str, before: "Rows", after: "Rows", step: Step, journal: "Journal") -> "Rows":
    from xinzhi.data.cleaning import Example

    journal.note(split, step)
    if step.rows_out < step.rows_in:
        gone = before.narrow.anti_join(after.narrow, "id")
        ids = before.first_ids(gone)
        journal.add_examples(split, before, [Example(step.step, step.why, one) for one in ids])
    return after
