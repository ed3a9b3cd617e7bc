"""The row of a snapshot that each example is of."""

from typing import TYPE_CHECKING

from xinzhi.data.snapshot import Snapshot

if TYPE_CHECKING:
    import pyarrow as pa

    from xinzhi.evaluation.outcomes import Outcomes


def record(outcomes: "Outcomes", snapshot: Snapshot, split: str) -> "pa.Table | None":
    """Gives the row of each example, its columns called as in the source.

    Args:
        outcomes: whose examples they are.
        snapshot: of the rows.
        split: train, val or test.

    Returns:
        N rows; None where they are not on this machine. Where a row makes several examples, a
        column says which of them it is.
    """
    import numpy as np
    import pyarrow as pa

    from xinzhi.evaluation.keys import QUESTIONS, places

    if not (snapshot.folder / f"{split}.parquet").is_file():
        return None
    table = snapshot.table(split)
    named = outcomes.settings.get(QUESTIONS, {})
    several = max((len(names) for names in named.values()), default=1)
    keys = table["row"].to_numpy().astype(np.int64)
    at, question = places(outcomes.rows, keys, questions=several)
    if (at < 0).all():
        return None
    were = snapshot.manifest.get("renamed") or {}
    names = [were.get(name, name) for name in table.column_names]
    unique = [
        name if names.count(name) == 1 else was
        for name, was in zip(names, table.column_names, strict=True)
    ]
    found = table.rename_columns(unique).take(pa.array(at, mask=at < 0))
    for name, called in named.items():
        known = pa.array(called).take(pa.array(question, mask=question < 0))
        found = found.append_column(name, known)
    return found
