"""Series from tables: steps in rows of their own, or in columns, become one row with lists."""

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from xinzhi.config.near import near
from xinzhi.data.moments import moments
from xinzhi.data.records import require_columns
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import ibis

    from xinzhi.data.engine import Engine

ONLY = "value"  # the channel of numbers without a name
_STEP = re.compile(r"(?P<channel>.*?)[ _.\-]?(?P<step>\d+)\Z", re.DOTALL)
_FEWEST = 3  # numbered columns that are steps


def gather(  # noqa: PLR0913 - all are named
    table: "ibis.Table",
    *,
    series: str,
    time: str | None,
    label: str | None,
    group: str | None,
    channels: Sequence[str] | None,
    engine: "Engine",
    where: str,
    ignore: Collection[str] = (),
) -> "ibis.Table":
    """Gather steps that are rows into one row per series, and per run of equal label and group.

    Equal times within a series are put in the order of their values, so that the order of the rows
    does not matter.

    Args:
        table: a row per step.
        series: the column that names the series a step belongs to.
        time: the column that orders its steps.
        label: the column of the class, which may change on the way.
        group: the column of what must stay on one side.
        channels: the columns of measurements; None means all other numbers.
        engine: where the table is.
        where: the source, for messages.
        ignore: columns that are no channels.

    Returns:
        The series, its first time, label, group, and each channel as a list of float64.

    Raises:
        DataError: there is no time, or no channel, or one that holds no numbers.
    """
    import ibis

    if not time:
        raise DataError("data.series needs data.time, which orders its steps", mend="data.time=…")
    constant = [name for name in dict.fromkeys((label, group)) if name and name != series]
    require_columns(table.columns, [series, time, *constant, *(channels or ())], where)
    roles = {series, time, *constant, *ignore}
    measured = _channels(table, channels, roles, where)
    moment = moments(table, time, engine=engine, where=where)
    inner = {f"c{at}": table[name].cast("float64") for at, name in enumerate(measured)}
    steps = table.select(
        series=table[series].cast("string"),
        moment=moment,
        **{f"k{at}": table[name] for at, name in enumerate(constant)},
        **inner,
    )
    runs = _runs(steps.filter(steps.moment.notnull() & steps.series.notnull()), len(constant))
    step = ibis.struct({name: runs[name] for name in ("moment", *inner)})
    whole = runs.group_by("series", "run").aggregate(
        steps=step.collect(),
        moment=runs.moment.min(),
        **{f"k{at}": runs[f"k{at}"].min() for at in range(len(constant))},
    )
    kept = engine.keep(whole.mutate(steps=whole.steps.sort()))
    given = {series: kept.series, time: kept.moment}
    given |= {name: kept[f"k{at}"] for at, name in enumerate(constant)}
    lists = {name: _unpacked(kept.steps, f"c{at}") for at, name in enumerate(measured)}
    return kept.select(**given, **lists)


def _channels(
    table: "ibis.Table", channels: Sequence[str] | None, roles: Collection[str], where: str
) -> list[str]:
    """Give the columns of measurements.

    Raises:
        DataError: there is none, or one holds no numbers.
    """
    kinds = table.schema()
    numbers = [name for name in table.columns if kinds[name].is_numeric() and name not in roles]
    if channels is None and not numbers:
        raise DataError(f"{where} must have a column of numbers beside series, time and label")
    for name in channels or ():
        if not kinds[name].is_numeric():
            raise DataError(
                f"{where}: the channel {name!r} must hold numbers, it holds {kinds[name]}",
                candidates=near(name, numbers) or numbers[:8],
            )
    return numbers if channels is None else list(channels)


def _runs(steps: "ibis.Table", constants: int) -> "ibis.Table":
    """Number the runs within each series; one ends where what is constant changes."""
    import ibis

    values = [name for name in steps.columns if name.startswith("c")]
    keys = [f"k{at}" for at in range(constants)]
    order = [steps.moment, *(steps[name] for name in keys), *(steps[name] for name in values)]
    window = ibis.window(group_by=steps.series, order_by=order)
    changes = [~steps[name].identical_to(steps[name].lag().over(window)) for name in keys]
    changed = ibis.or_(*changes) if changes else ibis.literal(False)  # noqa: FBT003 - a value
    marked = steps.mutate(changed=changed.cast("int64"), nth=ibis.row_number().over(window))
    so_far = ibis.window(group_by=marked.series, order_by=marked.nth, following=0)
    return marked.mutate(run=marked.changed.sum().over(so_far)).drop("changed", "nth")


def _unpacked(steps: Any, name: str) -> Any:  # noqa: ANN401 - Ibis columns
    return steps.map(lambda step: step[name])


def widths(table: "ibis.Table", *, keep: Collection[str]) -> "ibis.Table":
    """Gather numbered columns of numbers into lists: x_0 … x_99 become the list x.

    Columns that are numbers alone, as 0 … 99, become the list `value`. Numbering may begin
    anywhere, but must have no gap.

    Args:
        table: a row per series.
        keep: columns that are no steps, whatever they are called.

    Raises:
        DataError: a list would have the name of a column.
    """
    import ibis

    kinds = table.schema()
    found: dict[str, dict[int, str]] = {}
    for name in table.columns:
        named = _STEP.match(name)
        if named and kinds[name].is_numeric() and name not in keep:
            found.setdefault(named["channel"] or ONLY, {})[int(named["step"])] = name
    lists = {channel: steps for channel, steps in found.items() if _are_steps(steps)}
    taken = {name for steps in lists.values() for name in steps.values()}
    left = {name: table[name] for name in table.columns if name not in taken}
    if clash := sorted(lists.keys() & left.keys()):
        raise DataError(
            f"the columns {clash[0]}_0 … would become the list {clash[0]!r}, which is there too",
            mend=f"data.ignore=[{clash[0]}]",
        )
    made = {
        channel: ibis.array([table[steps[step]].cast("float64") for step in sorted(steps)])
        for channel, steps in lists.items()
    }
    return table.select(**left, **made) if made else table


def _are_steps(numbered: dict[int, str]) -> bool:
    """Tell whether numbers follow each other without a gap.

    >>> _are_steps({1: "x1", 2: "x2", 3: "x3"}), _are_steps({1: "x1", 2: "x2", 4: "x4"})
    (True, False)
    """
    return len(numbered) >= _FEWEST and max(numbered) - min(numbered) == len(numbered) - 1
