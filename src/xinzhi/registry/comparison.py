"""Runs beside one another: what differs, how far they lie apart, and whether that is real."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

from xinzhi.config.near import near
from xinzhi.config.project import user_folder
from xinzhi.errors import ConfigError, XinzhiError
from xinzhi.evaluation import measures
from xinzhi.registry import comparison_words as words
from xinzhi.registry.comparison_answers import Answered, gathered
from xinzhi.registry.comparison_pairs import Pair, check, pairs
from xinzhi.registry.comparison_results import Comparison, Side
from xinzhi.registry.comparison_runs import Compared, Seeds, chosen
from xinzhi.registry.comparison_table import drawn
from xinzhi.tracking import differences
from xinzhi.tracking.store import Store


def compare(  # noqa: PLR0913 - what a person may choose
    store: Store,
    references: Sequence[str],
    *,
    build: Callable[..., Any],
    data: str | None = None,
    split: str = "test",
    metrics: Sequence[str] | str | None = None,
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
        metrics: the measures to look at, the main one first; all by default.
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
    check(level, resamples)
    runs = chosen(store, references, seeds=seeds)
    result = Comparison(
        runs=_sides(runs, {one.letter: [one.facts.seed] for one in runs}),
        differences=differences.between([one.facts for one in runs], user_folder()),
        level=level,
    )
    try:
        answered = gathered(store, runs, build=build, data=data, split=split, offline=offline)
    except XinzhiError as error:
        if data is not None or metrics or figure:
            raise
        told = [f"Nothing can be said of their metrics: {error}"]
        return _drawn(replace(result, logged=_logged(runs), told=told), code)
    names = _names(answered, metrics)
    compared = pairs(answered, names, resamples=resamples, level=level)
    result = replace(
        result,
        runs=_sides(runs, answered.seeds),
        rows=answered.rows,
        metrics=_values(answered, names),
        pairs=compared,
        told=_told(runs, answered, compared, names[0], level),
        notes=[*answered.notes, *words.otherwise(answered.logged, names)],
        figure=figure,
    )
    if figure is not None:
        from xinzhi.registry.comparison_figure import forest

        forest(result, Path(figure))
    return _drawn(result, code)


def _drawn(found: Comparison, code: str) -> Comparison:
    return replace(found, _drawn=drawn(found, whole_diff=code == "diff"))


def _told(
    runs: Sequence[Compared], answered: Answered, found: Sequence[Pair], main: str, level: float
) -> list[str]:
    of_main = [one for one in found if one.metric == main]
    verdicts = [words.verdict(one, tests=len(found), level=level) for one in of_main]
    first = words.order(_values(answered, [main])[main], of_main)
    return [*first, *verdicts, *words.others(found, main), *words.of_seeds(runs, answered.seeds)]


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


def _names(answered: Answered, asked: Sequence[str] | str | None) -> tuple[str, ...]:
    """Gives the measures that are looked at, the main one first, none of them twice.

    Raises:
        ConfigError: the runs have no such measure.
    """
    asked = [asked] if isinstance(asked, str) else asked
    if not asked:
        first = next(iter(answered.outcomes.values()))[0]
        return measures.distinct(first, answered.names)
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
