"""How often a test set may decide: each decision spends a part of what errors are allowed in all.

A test set that decides again and again lets a worse model through at last. The errors that are
allowed for as long as the test set lives are therefore shared out: the first decision may spend
1/2 of them, the next 1/6, 1/12, 1/20 … These parts, 1/((k+1)(k+2)), sum to 1, so that the
probability that any of all decisions promotes a model that is no better stays below what is allowed
in all (Bonferroni over a sequence, alpha spending: Foster and Stine, JRSS B 70, 2008, who call
it wealth), however many there are. It fades slowly: the tenth decision needs 3.3 standard errors
where the first needs 2.0.

It holds for challengers that were made without a look at these test rows. Nothing here knows of
somebody who reads what a refusal says and trains on it.
"""

from collections.abc import Iterable, Sequence


def share(k_earlier: int) -> float:
    """Gives the share of all allowed errors that the next decision may spend.

    Args:
        k_earlier: how many decisions were made on this test set before.

    Raises:
        ValueError: it is negative.

    >>> [round(1 / share(k)) for k in range(4)]
    [2, 6, 12, 20]
    """
    if k_earlier < 0:
        raise ValueError(f"k_earlier must be 0 or more, was {k_earlier}")
    return 1 / ((k_earlier + 1) * (k_earlier + 2))


def place(decided: Iterable[Sequence[str]], pair: Sequence[str]) -> int:
    """Gives the place of a pair of models in the sequence of decisions on one test set.

    A pair that is decided again, since the code was committed or a faster bundle was exported
    meanwhile, is asked of the same rows in the same way: it keeps its place.

    Args:
        decided: champion and challenger of each decision on this test set, the oldest first.
        pair: the champion and challenger at hand.

    Returns:
        How many other pairs were decided before.

    >>> place([("a", "b"), ("a", "c"), ("a", "b")], ("a", "d"))
    2
    >>> place([("a", "b"), ("a", "c"), ("a", "b")], ("a", "c"))
    1
    """
    seen = list(dict.fromkeys(map(tuple, decided)))
    return seen.index(tuple(pair)) if tuple(pair) in seen else len(seen)
