"""How scores of rows become decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from xinzhi.config.near import near
from xinzhi.errors import ConfigError
from xinzhi.metrics.binary import Cost
from xinzhi.tasks.tabular_classification.calibration import Method


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How scores become decisions.

    Args:
        classes: C names.
        positive: place of the class that a threshold decides for; None for more than two classes.
        cost: of wrong decisions; None looks for the highest F1 instead.
        calibration: how probabilities are made true.
        accept: precision at which an answer needs no person.
    """

    classes: tuple[str, ...]
    positive: int | None
    cost: Cost | None
    calibration: Method
    accept: float

    @classmethod
    def of(
        cls,
        classes: Sequence[str],
        counts: Tensor,
        *,
        positive: str | None,
        cost: Mapping[str, float] | None,
        calibration: Method,
        accept: float = 0.95,
    ) -> "Rules":
        """Makes the rules of what was asked for.

        Args:
            classes: C names.
            counts: training rows of each, shape (C,).
            positive: the class of two that a threshold decides for; None is the rarer one.
            cost: `false_positive` and `false_negative`, or None.
            calibration: how probabilities are made true.
            accept: precision at which an answer needs no person.

        Raises:
            ConfigError: there is no such class, or the cost is none.
        """
        return cls(
            classes=tuple(classes),
            positive=_positive(tuple(classes), counts, positive),
            cost=_cost(cost, len(classes)),
            calibration=calibration,
            accept=accept,
        )


def _positive(classes: tuple[str, ...], counts: Tensor, named: str | None) -> int | None:
    """Gives the place of the class that a threshold decides for, where there are two classes.

    Raises:
        ConfigError: there is no such class.
    """
    if named is not None and named not in classes:
        msg = f"task.positive must be one of the classes {', '.join(classes[:20])}, was {named!r}"
        raise ConfigError(msg, candidates=near(named, classes))
    if len(classes) != 2:
        return None
    rarer = 0 if counts[0] < counts[1] else 1
    return rarer if named is None else classes.index(named)


def _cost(given: Mapping[str, float] | None, classes: int) -> Cost | None:
    """Reads what was typed.

    Raises:
        ConfigError: it is no cost of two errors.
    """
    if given is None:
        return None
    if set(given) != set(Cost._fields) or min(given.values()) < 0 or not sum(given.values()):
        msg = f"task.cost must be a false_positive and a false_negative of at least 0, was {given}"
        raise ConfigError(msg, mend="task.cost='{false_positive: 1, false_negative: 5}'")
    if classes != 2:
        msg = f"task.cost is for decisions between two classes, here are {classes}"
        raise ConfigError(msg, mend="task.cost=null")
    return Cost(**given)
