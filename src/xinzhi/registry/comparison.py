"""Runs beside one another: what differs, how far they lie apart, and whether that is real."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from xinzhi.config.near import near
from xinzhi.config.project import user_folder
from xinzhi.errors import ConfigError, XinzhiError
from xinzhi.evaluation import measures
from xinzhi.registry import comparison_words as words
from xinzhi.registry.comparison_answers import Answered, gathered
from xinzhi.registry.comparison_pairs import Pair, pairs
from xinzhi.registry.comparison_runs import Compared, Seeds, chosen
from xinzhi.tracking import differences
from xinzhi.tracking.differences import Differences
from xinzhi.tracking.store import Store


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the runs.

    Attributes:
        letter: what it is called.
        reference: as typed.
        run_id: of the run.
        run_name: as shown in the UI.
        version: of the registered model, where one was named.
        status: as MLflow has it.
        seeds: of the runs whose answers count, its own first.
        command: that trains it with further seeds, where one alone is known.
    """

    letter: str
    reference: str
    run_id: str
    run_name: str
    version: str | None
    status: str
    seeds: list[int | None]
    command: str | None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What a comparison came to.

    Attributes:
        runs: the ones that are compared.
        differences: of what they have kept, in the order of the runs.
        rows: which rows they are judged on; None where they could not be.
        metrics: values by measure and letter, means over seeds, the main measure first.
        logged: where they could not be judged on the same rows, what they logged of the test rows.
        pairs: each two of them in each measure.
        level: of the intervals.
        told: the same as sentences.
        notes: what a person should know of the rows.
        figure: file of the forest plot, if one was asked for.
    """

    runs: list[Side]
    differences: Differences
    rows: str | None = None
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    logged: dict[str, dict[str, float]] = field(default_factory=dict)
    pairs: list[Pair] = field(default_factory=list)
    level: float = 0.95
    told: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    figure: str | None = None
    _whole_diff: bool = False

    def table(self) -> str:
        """Draws it all as plain text."""
        from xinzhi.registry.comparison_table import drawn

        return drawn(self, whole_diff=self._whole_diff)


def compare(  # noqa: PLR0913 - what a person may choose
    store: Store,
    references: Sequence[str],
    *,
    build: Callable[..., Any],
    data: str | None = None,
    split: str = "test",
    metrics: Sequence[str] | None = None,
    seeds: Seeds = "auto",
    level: float = 0.95,
    resamples: int = 10_000,
    code: str = "files",
    figure: str | None = None,
    offline: bool = False,
) -> Comparison:
    """Compares runs.

    Args:
        store: where they are.
        references: runs or versions.
        build: makes an object of a node of a run's config.
        data: a file or a snapshot to judge them on; their own snapshots by default.
        split: test or val.
        metrics: the measures to look at; all by default.
        seeds: `auto` gathers runs that differ in the seed alone.
        level: of the intervals.
        resamples: how often units are drawn anew.
        code: `files` or `diff`, whether what differs in the code is shown whole.
        figure: file for a forest plot.
        offline: open no outward socket.

    Raises:
        ConfigError: they cannot be compared.
        XinzhiError: they cannot be judged on the rows, or in the measures, that were asked for.
    """
    runs = chosen(store, references, seeds=seeds)
    result = Comparison(
        runs=_sides(runs, {one.letter: [one.facts.seed] for one in runs}),
        differences=differences.between([one.facts for one in runs], user_folder()),
        level=level,
        _whole_diff=code == "diff",
    )
    try:
        answered = gathered(store, runs, build=build, data=data, split=split, offline=offline)
    except XinzhiError as error:
        if data is not None or metrics or figure:
            raise
        told = [f"Nothing can be said of their metrics: {error}"]
        return replace(result, logged=_logged(runs), told=told)
    names = _names(answered, metrics)
    compared = pairs(answered, names, resamples=resamples, level=level)
    result = replace(
        result,
        runs=_sides(runs, answered.seeds),
        rows=answered.rows,
        metrics=_values(answered, names),
        pairs=compared,
        told=_told(runs, answered, compared, names[0], level),
        notes=list(answered.notes),
        figure=figure,
    )
    if figure is not None:
        from xinzhi.registry.comparison_figure import forest

        forest(result, Path(figure))
    return result


def _told(
    runs: Sequence[Compared], answered: Answered, found: Sequence[Pair], main: str, level: float
) -> list[str]:
    of_main = [one for one in found if one.metric == main]
    verdicts = [words.verdict(one, tests=len(found), level=level) for one in of_main]
    return [*verdicts, *words.others(found, main), *words.of_seeds(runs, answered.seeds)]


def _sides(runs: Sequence[Compared], seeds: dict[str, list[int | None]]) -> list[Side]:
    return [
        Side(
            letter=one.letter,
            reference=one.reference,
            run_id=one.facts.run_id,
            run_name=one.facts.run_name,
            version=one.resolved.label if one.resolved.version is not None else None,
            status=one.facts.status,
            seeds=seeds[one.letter],
            command=words.more_seeds(one) if len(seeds[one.letter]) < 2 else None,
        )
        for one in runs
    ]


def _names(answered: Answered, asked: Sequence[str] | None) -> tuple[str, ...]:
    if not asked:
        return answered.names
    for name in asked:
        if name not in answered.names:
            raise ConfigError(
                f"metrics= must name measures of these runs, was {name}",
                candidates=near(name, answered.names) or answered.names,
            )
    return tuple(dict.fromkeys(asked))


def _values(answered: Answered, names: Sequence[str]) -> dict[str, dict[str, float]]:
    return {
        name: {
            letter: fmean(measures.value(one, name) for one in group)
            for letter, group in answered.outcomes.items()
        }
        for name in names
    }


def _logged(runs: Sequence[Compared]) -> dict[str, dict[str, float]]:
    sides = {
        one.letter: {k: v for k, v in one.facts.metrics.items() if k.startswith("test/")}
        for one in runs
    }
    names = sorted({name for side in sides.values() for name in side if name.count("/") == 1})
    return {
        name: {letter: side[name] for letter, side in sides.items() if name in side}
        for name in names
    }
