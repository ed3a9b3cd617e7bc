"""One answer out of several people's: by majority or unanimously, ties left open."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal, TypeVar

from xinzhi.data.labelling.annotations import Annotation

Item = TypeVar("Item")
Rule = Literal["majority", "unanimous"]


def resolve(annotations: Sequence[Annotation], rule: Rule, *, several: bool) -> Annotation | None:
    """Settle what a row is.

    Where a row has one class, that with the most votes wins and a tie leaves it without one;
    `unanimous` asks that all say the same. Where it has several, each class is kept that more than
    half (or all) gave, and so is each span. Who gave no class has no vote on it.

    Args:
        annotations: of one row, one per person.
        rule: how.
        several: whether a row may have several classes.

    Returns:
        Nothing where nobody labelled the row.
    """
    if not annotations:
        return None
    if len(annotations) == 1:
        return annotations[0]
    votes = [annotation.labels for annotation in annotations if annotation.labels]
    labels = _kept(votes, rule) if several else _winner(votes, rule)
    return Annotation(None, labels, tuple(sorted(_kept([a.spans for a in annotations], rule))))


def _winner(votes: Sequence[tuple[str, ...]], rule: Rule) -> tuple[str, ...]:
    counted = Counter(label for labels in votes for label in labels).most_common()
    if not counted or (rule == "unanimous" and len(counted) > 1):
        return ()
    if len(counted) > 1 and counted[0][1] == counted[1][1]:
        return ()
    return (counted[0][0],)


def _kept(votes: Sequence[tuple[Item, ...]], rule: Rule) -> tuple[Item, ...]:
    least = len(votes) if rule == "unanimous" else len(votes) // 2 + 1
    counted = Counter(item for items in votes for item in items)
    return tuple(item for item, n in counted.items() if n >= least)
