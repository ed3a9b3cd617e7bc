"""Rows of a file that a model is judged on, and how many of any rows it was trained on."""

from typing import TYPE_CHECKING, Any

from xinzhi.data.naming import OURS
from xinzhi.data.snapshot import Snapshot
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xinzhi.data.declaration import Declaration


def of_file(
    declared: "Declaration",
    source: str,
    manifest: "Mapping[str, Any]",
    *,
    model: str,
    offline: bool,
    beside: "Sequence[str]" = (),
) -> Snapshot:
    """Prepares a file as the rows that a model learned from were.

    Args:
        declared: the declaration of these.
        source: the file.
        manifest: of their snapshot.
        model: what to call the model.
        offline: open no outward socket.
        beside: columns that are asked for; those that the model was not to see are put beside what
            it learned from, so that answers can be judged by them.

    Raises:
        DataError: it cannot be.
    """
    from xinzhi.data.applied import apply

    try:
        return apply(declared, source, manifest, offline=offline, beside=_unseen(declared, beside))
    except DataError as error:
        label = declared.label
        if error.mend and "data.max_dropped" in error.mend:  # a key of trainings
            error.mend = f"call the labels in {source} as the model was taught to"
        if label and error.mend is None and f"a column {label!r}" in error.message:
            error.mend = (
                f"add {label}, what is right, to judge answers by; to answer rows without it: "
                f"xinzhi predict {model} input={source} output=answers.csv"
            )
        raise


def _unseen(declared: "Declaration", asked: "Sequence[str]") -> list[str]:
    """Gives of columns those that a declaration ignores, and beside a text any other."""
    ignored = {name.casefold(): name for name in declared.ignore}
    found = [ignored.get(name.casefold(), name) for name in asked]
    told = {*OURS, *declared.named, *(declared.features or ())}
    of_text = declared.text is not None
    return [name for name in found if name in declared.ignore or (of_text and name not in told)]


def trained_on(own: Snapshot, judged: Snapshot, split: str) -> tuple[str, ...]:
    """Says how many rows of a split a model was trained on, if it was on any.

    Args:
        own: snapshot of the model.
        judged: the other one.
        split: of the other one.
    """
    if not (own.folder / "train.parquet").is_file():
        return ()
    shared, rows = _shared(own, judged, split), judged.counts[split]
    if not shared:
        return ()
    return (f"{shared:,} of {rows:,} rows were trained on: what they say is no judgement",)


def _shared(own: Snapshot, judged: Snapshot, split: str) -> int:
    """Counts the records of a split that are in training too, whatever their labels."""
    import pyarrow.compute as pc

    from xinzhi.data.leakage import verdict

    parts = {"train": own.table("train"), "test": judged.table(split)}
    columns = [set(table.column_names) for table in parts.values()]
    declared = own.manifest.get("declaration", {})
    if declared.get("duplicates") == "keep":  # equal records come again: only a whole row tells
        return int(pc.sum(pc.is_in(parts["test"]["row"], parts["train"]["row"])).as_py() or 0)
    both = columns[0] & columns[1]
    record = [name for name in declared.get("features") or sorted(both - OURS) if name in both]
    if "text" in both:
        return verdict(parts).exact.get("train/test", 0)
    return verdict(parts, features=record).exact.get("train/test", 0) if record else 0
