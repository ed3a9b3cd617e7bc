"""The verdict on leakage in one sentence."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple


class Found(NamedTuple):
    """What parts share.

    Attributes:
        counts: pair of parts, such as train/test → how much of the second the first has too.
        of: part → how much of it was compared.
        examples: some of what is shared.
    """

    counts: dict[str, int]
    of: dict[str, int]
    examples: list[dict[str, Any]]


def pairs_of(parts: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Pair parts, the earlier one first.

    Args:
        parts: by name, in their order.

    >>> pairs_of({"train": 1, "test": 2})
    [('train/test', 'train', 'test')]
    """
    return [(f"{first}/{second}", first, second) for first, second in combinations(parts, 2)]


def sentence(
    noun: str,
    exact: Found,
    alike: Found | None,
    groups: Found,
    group: str | None,
    *,
    how: str = "",
) -> str:
    """Say what parts share.

    Args:
        noun: text or row.
        exact: what is equal.
        alike: what is nearly equal, where that was looked for.
        groups: which values of a column are in several parts.
        group: the name of that column, where there is one.
        how: how equality was judged, if otherwise than usual.
    """
    clauses = _exact_clauses(exact, noun)
    clauses[-1] += f" ({how})" if how else ""
    clauses += _near_clauses(alike, exact) if alike else []
    clauses += _group_clauses(groups, group) if group else []
    told = "; ".join(clauses)
    return f"{told[0].upper()}{told[1:]}."


def _exact_clauses(exact: Found, noun: str) -> list[str]:
    """Say what is equal."""
    if not exact.of:
        return ["the parts have no feature in common by which rows could be compared"]
    first, *others = [name for name, rows in exact.of.items() if rows] or ["train"]
    if not others:
        return ["there are rows in one part only"]
    nowhere = f"no {noun} of {' or '.join(reversed(others))} is in {first}"
    if len(others) > 1:
        nowhere = f"no {noun} is in two of {_listed([first, *others])}"
    return _hits(exact, f"{noun}s", ("is in {} too", "are in {} too")) or [nowhere]


def _near_clauses(alike: Found, exact: Found) -> list[str]:
    """Say what is nearly equal."""
    what = ("is a near-duplicate of a {} text", "are near-duplicates of {} texts")
    clauses = _hits(alike, "texts", what) or ["no near-duplicates are on two sides"]
    if any(rows < exact.of[name] for name, rows in alike.of.items()):
        most = max(alike.of.values())
        clauses[-1] += f" (looked for among {most:,} rows of each part at most)"
    return clauses


def _group_clauses(groups: Found, group: str) -> list[str]:
    """Say which groups are torn apart."""
    what = ("is in {} too", "are in {} too")
    return _hits(groups, f"values of {group}", what) or [f"no {group} is on two sides"]


def _hits(found: Found, many: str, what: tuple[str, str]) -> list[str]:
    """Say for each part what of the later ones is in it too."""
    clauses = []
    for first in found.of:
        hits = {}
        for pair, other, second in pairs_of(found.of):
            if other == first and found.counts[pair]:
                hits[second] = found.counts[pair]
        told = [
            f"{count:,} of {found.of[name]:,} {name} {many} ({_share(count, found.of[name])})"
            for name, count in hits.items()
        ]
        if told:
            clauses.append(f"{_listed(told)} {what[sum(hits.values()) > 1].format(first)}")
    return clauses


def _share(count: int, total: int) -> str:
    share = 100 * count / total
    return f"{share:.1f} %" if share >= 0.1 else "under 0.1 %"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
