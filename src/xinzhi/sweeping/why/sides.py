"""The two runs that `why` is asked about: what they reached over seeds, how they were asked for."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from xinzhi.errors import ConfigError
from xinzhi.evaluation import measures
from xinzhi.registry.comparison_runs import Compared, chosen
from xinzhi.sweeping.why.written import Written, read

if TYPE_CHECKING:
    from xinzhi.tracking.differences_facts import Facts
    from xinzhi.tracking.store import Store


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two runs.

    Attributes:
        compared: it, and those that differ from it in the seed alone.
        written: how it was asked for.
        values: the metric of the kept weights by seed, it and its siblings.
        seconds: that such a run takes.
    """

    compared: Compared
    written: Written
    values: Mapping[int, float]
    seconds: float

    @property
    def facts(self) -> "Facts":
        """What the run has kept."""
        return self.compared.facts

    @property
    def digest(self) -> str | None:
        """Of its rows."""
        return self.facts.rows.digest if self.facts.rows is not None else None


def sides(
    store: "Store", references: Sequence[str], *, metric: str | None
) -> tuple[Side, Side, str, str]:
    """Finds the two runs, and the metric that tells them apart.

    Args:
        store: where they are.
        references: two of them.
        metric: on validation rows; the experiment's objective by default.

    Returns:
        A, B, the metric, and `max` or `min`.

    Raises:
        ConfigError: they are not two, or have no metric in common.
    """
    if len(references) != 2:
        raise ConfigError(
            f"xinzhi why takes two runs or versions, {len(references)} were given",
            mend="xinzhi why last~1 last",
        )
    a, b = chosen(store, references, seeds="auto")
    for one in (a, b):
        if one.facts.status != "FINISHED":
            raise ConfigError(f"{one.facts.title} must have finished, it is {one.facts.status}")
    name, mode = _metric(a.facts, b.facts, metric)
    return _side(store, a, name), _side(store, b, name), name, mode


def _metric(a: "Facts", b: "Facts", asked: str | None) -> tuple[str, str]:
    objectives = dict([b.objective, a.objective])
    better = "max" if measures.higher_is_better((asked or "").rpartition("/")[2]) else "min"
    name = asked or a.objective[0]
    if asked is None and a.objective != b.objective:
        raise ConfigError(
            f"A was chosen by {a.objective[0]} and B by {b.objective[0]}: say which one is meant",
            mend=f"metric={a.objective[0]}",
        )
    known = sorted(key for key in a.metrics if key in b.metrics and key.startswith("val/"))
    if name not in known:
        from xinzhi.config.near import UnknownNameError

        raise UnknownNameError("metric=", name, known)
    return name, objectives.get(name, better)


def _side(store: "Store", one: Compared, metric: str) -> Side:
    runs = (one.facts, *one.siblings)
    found = {run.seed or 0: run.metrics.get(metric, math.nan) for run in runs}
    values = {seed: value for seed, value in found.items() if math.isfinite(value)}
    if not values:
        raise ConfigError(f"{metric} of {one.facts.title} must be a number, was {found}")
    with store.explaining():
        infos = [store.client.get_run(run.run_id).info for run in runs]
    took = [(info.end_time - info.start_time) / 1000 for info in infos if info.end_time]
    return Side(
        compared=one, written=read(store, one.facts), values=values, seconds=median(took or [60.0])
    )
