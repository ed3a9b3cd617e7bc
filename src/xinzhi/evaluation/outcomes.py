"""What a model answered to each example of a split, beside the truth: all statistics start here.

Shapes: N examples, C classes, K types of entities.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from xinzhi.data.replacing import replacing
from xinzhi.errors import DataError

Kind = Literal["classes", "labels", "numbers", "spans", "means"]
Array = np.ndarray[Any, Any]

NEEDED: dict[Kind, tuple[str, ...]] = {
    "classes": ("truth", "probabilities"),
    "labels": ("truth", "probabilities"),
    "numbers": ("truth", "answer"),
    "spans": ("truth", "answered", "right"),
    "means": (),
}
_ABOUT = b"xinzhi"
_SLICE = "slice:"


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """Answers to the examples of one split.

    Columns by kind:
        classes: `truth` (N,) number of the right class, −1 where training never saw it;
            `probabilities` (N, C).
        labels: several may be right: `truth` (N, C) bool; `probabilities` (N, C).
        numbers: `truth` (N,), `answer` (N,); perhaps `lower`, `upper` (N,) of an interval, and
            `scale` (N,) by which errors of series are divided (MASE).
        spans: counts by type of each sentence: `truth`, `answered`, `right`, each (N, K).
        means: a column (N,) by metric, whose mean is the metric; NaN where it is not defined.

    Args:
        kind: what is answered.
        rows: stable keys of the examples, distinct, shape (N,); two models' outcomes are paired by
            them.
        columns: as above.
        units: which independent unit each example belongs to, shape (N,); its own by default.
        classes: names of the C classes or K types.
        slices: parts of the split by name, bool, shape (N,).
        settings: what decisions need, as far as it is known: `positive`, the number of the class
            that is decided for from the probability `threshold` on, `cost` of deciding wrongly
            (`false_positive`, `false_negative`); `accept`, the confidence from which an answer
            needs no person; `level`, the share of truths that intervals promise to hold.
    """

    kind: Kind
    rows: Array
    columns: Mapping[str, Array]
    units: Array = field(default=None)  # type: ignore[arg-type]
    classes: tuple[str, ...] = ()
    slices: Mapping[str, Array] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.units is None:
            object.__setattr__(self, "units", np.arange(len(self.rows)))  # type: ignore[unreachable]
        lacking = [name for name in NEEDED[self.kind] if name not in self.columns]
        if lacking:
            raise ValueError(f"outcomes of {self.kind} must have {', '.join(lacking)}")
        for name, values in {**self.columns, **self.slices, "units": self.units}.items():
            if len(values) != len(self.rows):
                raise ValueError(f"{name} must have {len(self.rows)} rows, had {len(values)}")

    def __len__(self) -> int:
        return len(self.rows)

    def taken(self, which: Array) -> "Outcomes":
        """Gives some of the examples.

        Args:
            which: numbers of examples, or bool, shape (N,).
        """
        return replace(
            self,
            rows=self.rows[which],
            units=self.units[which],
            columns={name: values[which] for name, values in self.columns.items()},
            slices={name: inside[which] for name, inside in self.slices.items()},
        )

    def sliced(self, slices: Mapping[str, Array]) -> "Outcomes":
        """Gives the same with these slices beside those there are.

        Args:
            slices: by name, bool, shape (N,).
        """
        return replace(self, slices={**self.slices, **slices})

    def save(self, path: Path) -> None:
        """Writes one Parquet file.

        Args:
            path: of the file.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        about = {"kind": self.kind, "classes": self.classes, "settings": dict(self.settings)}
        columns = {"row": pa.array(self.rows), "unit": pa.array(self.units)}
        columns |= {name: _written(values) for name, values in self.columns.items()}
        columns |= {f"{_SLICE}{name}": pa.array(inside) for name, inside in self.slices.items()}
        table = pa.table(columns).replace_schema_metadata({_ABOUT: json.dumps(about).encode()})
        with replacing(path, durable=True) as fresh:
            pq.write_table(table, fresh, compression="zstd")

    @classmethod
    def load(cls, path: Path) -> "Outcomes":
        """Reads what `save` wrote.

        Args:
            path: of the file.

        Raises:
            DataError: it is something else.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            table = pq.read_table(path)
            about = json.loads((table.schema.metadata or {})[_ABOUT])
        except (OSError, pa.ArrowException, KeyError, ValueError) as error:
            raise DataError(
                f"{path} must hold outcomes as `xinzhi evaluate` writes them, it is cut or another"
                " file"
            ) from error
        read = {name: _read(table[name]) for name in table.column_names}
        return cls(
            kind=about["kind"],
            rows=read.pop("row"),
            units=read.pop("unit"),
            classes=tuple(about["classes"]),
            slices={n.removeprefix(_SLICE): read.pop(n) for n in [*read] if n.startswith(_SLICE)},
            columns=read,
            settings=about["settings"],
        )


def aligned(outcomes: Sequence[Outcomes]) -> list[Outcomes]:
    """Gives the outcomes of several models on the examples that all answered, in one order.

    Args:
        outcomes: of each model.

    Raises:
        DataError: they are of different kinds or classes, or answered no example in common.
    """
    first = outcomes[0]
    if any(one.kind != first.kind for one in outcomes):
        kinds = ", ".join(one.kind for one in outcomes)
        raise DataError(f"models must answer alike to be compared, these give {kinds}")
    if any(set(one.classes) != set(first.classes) for one in outcomes):
        raise DataError(
            "models must know the same classes to be compared: "
            + " / ".join(", ".join(one.classes[:8]) for one in outcomes)
        )
    shared = first.rows
    for one in outcomes[1:]:
        shared = np.intersect1d(shared, one.rows)
    shared = np.sort(shared)
    if not len(shared):
        raise DataError(
            "models must have answered the same rows to be compared, these have none in common",
            mend="evaluate both on one snapshot: xinzhi evaluate REF data.test=FILE",
        )
    return [_ordered(one, shared, first.classes) for one in outcomes]


def _ordered(one: Outcomes, rows: Array, classes: tuple[str, ...]) -> Outcomes:
    order = np.argsort(one.rows, kind="stable")
    taken = one.taken(order[np.searchsorted(one.rows[order], rows)])
    return taken if taken.classes == classes else _renumbered(taken, classes)


def _renumbered(one: Outcomes, classes: tuple[str, ...]) -> Outcomes:
    """Gives the classes another order, with all that is numbered by it."""
    place = np.array([one.classes.index(name) for name in classes])
    columns = {
        name: values[:, place] if values.ndim == 2 else values
        for name, values in one.columns.items()
    }
    if one.kind == "classes":
        number = np.append(np.argsort(place), -1)  # −1, the last, stays −1
        columns["truth"] = number[one.columns["truth"]]
    return replace(one, columns=columns, classes=classes)


def _written(values: Array) -> Any:  # noqa: ANN401 - an Arrow array
    import pyarrow as pa

    if values.ndim == 1:
        return pa.array(values)
    return pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), values.shape[1])


def _read(column: Any) -> Array:  # noqa: ANN401 - an Arrow column
    import pyarrow as pa

    whole = column.combine_chunks()
    if not pa.types.is_fixed_size_list(whole.type):
        return np.asarray(whole.to_numpy(zero_copy_only=False))
    flat = whole.flatten().to_numpy(zero_copy_only=False)
    return np.asarray(flat.reshape(len(whole), whole.type.list_size))
