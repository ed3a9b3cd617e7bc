"""What a model answers to a split's records on a bad day, beside what it answers to them as is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.types as pt

from xinzhi.data.naming import OURS
from xinzhi.data.snapshot import Snapshot
from xinzhi.deployment import disturbances
from xinzhi.deployment.disturbances import Disturbance
from xinzhi.deployment.judging import answered
from xinzhi.deployment.pixels import pictures
from xinzhi.evaluation.outcomes import Outcomes

if TYPE_CHECKING:
    from xinzhi.deployment.bundle import Inference

MOST, MOST_IMAGES = 1000, 500  # records of a split that are looked at
_IMAGES = {"brightness": disturbances.brighter, "shift": disturbances.shifted,
           "noise": disturbances.grainy}  # fmt: skip
_WRITTEN: Mapping[str, Disturbance] = {
    "typos": disturbances.typos,
    "case": disturbances.upper_case,
    "spaces": disturbances.spaces,
}
_MEASURED: Mapping[str, Disturbance] = {
    "noise": disturbances.noise,
    "missing cells": disturbances.missing,
}
_LINK = {"head", "relation", "tail"}


@dataclass(frozen=True)
class Disturbed(Snapshot):
    """A snapshot of which some rows of one split are other than they were frozen."""

    split: str
    rows: pa.Table

    def table(self, split: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Gives the disturbed rows, and those of other splits as they are."""
        if split != self.split:
            return super().table(split, columns)
        return self.rows if columns is None else self.rows.select(list(columns))


def ways(snapshot: Snapshot, split: str) -> tuple[str, ...]:
    """Names the ways in which the records of a split can be disturbed; none for links.

    Args:
        snapshot: of any form.
        split: train, val or test.
    """
    table = snapshot.table(split)
    names = set(table.column_names)
    if names >= _LINK:
        return ()
    if "sha256" in names:
        return tuple(_IMAGES)
    sample, found = table.slice(0, MOST), _found(table)
    return tuple(way for way in found if _changed(sample, way, 0) is not None)


def disturbed(
    inference: "Inference", snapshot: Snapshot, split: str, way: str, *, seed: int = 0
) -> Outcomes:
    """Gives what a model answers to disturbed records: 1,000 of them at most, or 500 images.

    The same way and seed disturb the same records alike, whatever model answers. A series that is
    forecast is disturbed as a whole, its future with its past.

    Args:
        inference: of a bundle.
        snapshot: of any form.
        split: train, val or test.
        way: one of `ways`.
        seed: of the choices.
    """
    rows = _some(snapshot.table(split), seed)
    if "sha256" in rows.column_names:
        return _of_images(inference, snapshot, rows, way, seed)
    changed = _changed(rows, way, seed)
    whole = rows if changed is None else changed
    counts = {**snapshot.counts, split: len(whole)}
    made = Disturbed(
        snapshot.folder,
        snapshot.name,
        f"{snapshot.digest} {way} {seed}",  # nothing that was kept of the frozen rows holds
        {**snapshot.manifest, "counts": counts},
        split,
        whole,
    )
    return answered(inference, made, split, config={})


def undisturbed(outcomes: Outcomes, other: Outcomes) -> Outcomes:
    """Gives of the answers to all records those to the ones that were disturbed.

    Args:
        outcomes: of the records as they are.
        other: of some of them, disturbed.
    """
    return outcomes.taken(np.isin(outcomes.rows, other.rows))


def _of_images(
    inference: "Inference", snapshot: Snapshot, rows: pa.Table, way: str, seed: int
) -> Outcomes:
    from xinzhi.evaluation.answers import class_outcomes  # torch, which takes seconds

    dice = np.random.default_rng(seed)
    images = [_IMAGES[way](image, dice) for image in pictures(snapshot, rows)]
    answers = inference.predict(images)  # type: ignore[arg-type]
    probabilities = answers[[f"p:{name}" for name in inference.classes]].to_numpy()
    return class_outcomes(probabilities, rows, inference.classes, decisions={})


def _found(table: pa.Table) -> Mapping[str, Disturbance]:
    if {"text", "tokens"} & set(table.column_names):
        return _WRITTEN
    lists = any(pt.is_list(table.schema.field(name).type) for name in _record(table))
    if lists or _steps(table):
        return {"noise": disturbances.noise}
    return _MEASURED


def _record(table: pa.Table) -> list[str]:
    """Columns that a model looks at."""
    if "tokens" in table.column_names:
        return ["tokens"]
    if "text" in table.column_names:
        return ["text"]
    return [name for name in table.column_names if name not in OURS]


def _steps(table: pa.Table) -> bool:
    """Whether rows are the steps of series, which go on from row to row."""
    return "time" in table.column_names and "label" not in table.column_names


def _some(table: pa.Table, seed: int) -> pa.Table:
    most = MOST_IMAGES if "sha256" in table.column_names else MOST
    if len(table) <= most or _steps(table):
        return table
    chosen = np.random.default_rng(seed).choice(len(table), most, replace=False)
    return table.take(np.sort(chosen))


def _changed(rows: pa.Table, way: str, seed: int) -> pa.Table | None:
    dice, change, any_changed = np.random.default_rng(seed), _found(rows)[way], False
    for name in _record(rows):
        column = change(rows[name], dice)
        if column is not None:
            place = rows.schema.get_field_index(name)
            rows = rows.set_column(place, pa.field(name, column.type), column)
            any_changed = True
    return rows if any_changed else None
