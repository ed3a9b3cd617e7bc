"""The ranking of a sweep in a table and in sentences."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from xinzhi.registry.comparison_words import amount, chance

if TYPE_CHECKING:
    from xinzhi.registry.comparison_results import Entrants, Place, Ranking

_SHOWN = 20
_TRAINED = 3


def sentences(places: Sequence["Place"], found: "Entrants", counted: Sequence[str]) -> list[str]:
    """What is to be thought of a ranking.

    Args:
        places: the best first.
        found: what was ranked.
        counted: what of chance is counted.
    """
    return list(_sentences(places, found, counted))


def _sentences(
    places: Sequence["Place"], found: "Entrants", counted: Sequence[str]
) -> Iterator[str]:
    first, others = places[0], places[1:]
    if not others:
        yield f"Trial {first.trial} is the only configuration that was finished."
        return
    if not counted:
        yield (
            "With one seed each and without their answers nothing is known of chance: which of them"
            " is the best may be luck."
        )
    else:
        tied = [one for one in others if one.tied]
        what = " and ".join({"rows": "the rows", "seeds": "the seeds"}[each] for each in counted)
        if tied:
            trials = ", ".join(str(one.trial) for one in tied[:_SHOWN])
            more = f" and {len(tied) - _SHOWN} more" if len(tied) > _SHOWN else ""
            yield (
                f"{len(tied)} of the {len(others)} others cannot be told apart from the best, trial"
                f" {first.trial}, by {what}: {trials}{more}."
            )
        else:
            second = min(others, key=lambda one: -(one.p_value or 0.0))
            rest = "the other" if len(others) == 1 else f"the {len(others)} others"
            yield (
                f"Trial {first.trial} is really better than {rest}, by {what}"
                f" (at most {chance(second.p_value or 0.0)}, corrected for all pairs)."
            )
    if "seeds" not in counted:
        yield (
            "The variance between seeds is unknown: each configuration has one. To know it, train"
            " the first ones with further seeds, and compare the runs:"
        )
        near = [first, *(one for one in others if one.tied is not False)]
        yield from (f"  {one.more_seeds}" for one in near[:_TRAINED])
    yield f"{found.objective} chose the best, and flatters it: what counts is the test."


def drawn(found: "Ranking") -> str:
    """Draws a ranking.

    Args:
        found: it.
    """
    metric = found.objective.rpartition("/")[2]
    level = f"{found.level:.0%}".replace("%", " %")
    rows: list[tuple[str, ...]] = [
        ("rank", "trial", found.objective, "seeds", "to the best", level, "p", "", "")
    ]
    rows += [_line(one, metric) for one in found.places[:_SHOWN]]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]) - 1)]
    lines = [f"sweep {found.sweep}, {len(found.places)} configurations", ""]
    lines += [
        "  ".join([*(c.ljust(w) for c, w in zip(row[:-1], widths, strict=True)), row[-1]]).rstrip()
        for row in rows
    ]
    if len(found.places) > _SHOWN:
        lines.append(f"… {len(found.places) - _SHOWN} more (report=json)")
    lines += ["", *(f"note: {note}" for note in found.notes), *found.told]
    if found.figure:
        lines.append(f"figure {found.figure}")
    return "\n".join(lines)


def _line(one: "Place", metric: str) -> tuple[str, ...]:
    value = f"{one.value:.4f}" + ("" if one.spread is None else f" ± {one.spread:.4f}")
    gap = span = p_value = ""
    if one.rank > 1:
        gap = amount(metric, one.difference, sign=True)
    if one.low is not None and one.high is not None:
        span = f"{amount(metric, one.low, sign=True)} … {amount(metric, one.high, sign=True)}"
    if one.p_value is not None:
        p_value = "< 0.0001" if one.p_value < 1e-4 else f"{one.p_value:.2g}"
    tied = "tied with 1" if one.tied else ""
    return (str(one.rank), str(one.trial), value, str(one.seeds), gap, span, p_value, tied,
            one.setting)  # fmt: skip
