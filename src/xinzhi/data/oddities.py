"""What makes a label look like something else than what it was declared to be."""

from typing import TYPE_CHECKING

from xinzhi.data import typed_columns
from xinzhi.data.rows import Rows, counted

if TYPE_CHECKING:
    import ibis

    from xinzhi.data.engine import Engine

_SHOWN = 3


def oddities(rows: Rows) -> list[str]:
    """Say where a label looks like something else than a class.

    Args:
        rows: before rare labels go.
    """
    if not rows.classed:
        return []
    engine, wide = rows.engine, rows.wide
    labelled = wide.filter(wide.label.notnull())
    found = engine.keep(counted(labelled, many=rows.many))
    (told,) = engine.rows(found.aggregate(labels=found.count()))
    if told["labels"] <= 10:
        return []
    n = engine.count(labelled)
    numbers = 0
    for batch in engine.batches(found.select("label", "n")):
        pairs = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        numbers += sum(count for label, count in pairs if _is_fraction(label))
    if numbers > 0.5 * n:
        told_of = f"the label looks like a measured number ({told['labels']:,} different values)"
        return [f"{told_of}; data.label_as=number reads it as one"]
    if told["labels"] > 50 and told["labels"] > 0.5 * n:
        share = f"{told['labels']:,} different values in {n:,} rows"
        return [f"the label looks like an id ({share})"]
    return []


def no_numbers(table: "ibis.Table", label: str, engine: "Engine") -> list[str]:
    """Say what stands where the label should be a number.

    Args:
        table: as a source opened it.
        label: its column.
        engine: where.
    """
    column = table[label]
    if not column.type().is_string():
        return []
    word = typed_columns.single(column, label, engine, "")
    number = typed_columns.number(column, label, "")
    read = table.select(word=word, number=number)
    odd = read.filter(read.word.notnull() & read.number.isnull())
    found = engine.rows(odd.group_by("word").aggregate(n=odd.count()).order_by("word").limit(4))
    if not found:
        return []
    shown = ", ".join(repr(row["word"]) for row in found[:_SHOWN])
    more = " …" if len(found) > _SHOWN else ""
    return [f"these labels are no numbers: {shown}{more}"]


def _is_fraction(label: str) -> bool:
    try:
        return not float(label).is_integer()
    except (ValueError, OverflowError):
        return False
