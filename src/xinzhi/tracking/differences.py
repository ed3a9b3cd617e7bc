"""What differs between runs: config, code, environment, data, seed and hardware."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xinzhi.tracking import differences_code as code
from xinzhi.tracking import differences_data as data
from xinzhi.tracking.differences_facts import Facts


@dataclass(frozen=True)
class Difference:
    """Something that is not the same in all runs.

    Attributes:
        key: dotted, of the config; or a package, or a fact of the machine.
        values: of each run, in their order; None where it has none.
    """

    key: str
    values: list[Any]


@dataclass(frozen=True, kw_only=True)
class Differences:
    """What is not the same in all of some runs.

    Attributes:
        config: what can change the fit, by dotted key.
        seed: of each run.
        code: of each run beside the first.
        data: of each run beside the first.
        environment: packages and their versions.
        hardware: facts of the machine.
    """

    config: list[Difference]
    seed: list[int | None]
    code: list[code.CodeDifference]
    data: list[data.DataDifference]
    environment: list[Difference]
    hardware: list[Difference]

    @property
    def what(self) -> tuple[str, ...]:
        """The kinds of things that differ, of those that can be known."""
        found = {
            "config": bool(self.config),
            "code": any(one.same is False for one in self.code),
            "data": any(one.same is False for one in self.data),
            "environment": bool(self.environment),
            "seed": len(set(self.seed)) > 1,
            "hardware": bool(self.hardware),
        }
        return tuple(name for name, differs in found.items() if differs)


def between(runs: Sequence[Facts], folder: Path) -> Differences:
    """Compares what runs have kept.

    Args:
        runs: two or more; code and data are compared with those of the first.
        folder: any folder of the repository that their code is in.
    """
    first, *others = runs
    return Differences(
        config=differing([one.config for one in runs]),
        seed=[one.seed for one in runs],
        code=[code.between(first.code, one.code, folder) for one in others],
        data=[data.between(first.rows, one.rows) for one in others],
        environment=differing([one.packages for one in runs]),
        hardware=differing([one.machine for one in runs]),
    )


def differing(sides: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """Gives the keys whose values are not the same in all, sorted by key.

    A side that holds nothing at all is not known, and differs in nothing.

    Args:
        sides: values by key, of each run.

    >>> differing([{"lr": 0.1, "depth": 2}, {"lr": 0.2, "depth": 2}])
    [Difference(key='lr', values=[0.1, 0.2])]
    """
    known = [side for side in sides if side]
    keys = dict.fromkeys(key for side in known for key in side)
    return [
        Difference(key, [side.get(key) for side in sides])
        for key in sorted(keys)
        if any(not _equal(side.get(key), known[0].get(key)) for side in known[1:])
    ]


def _equal(one: object, other: object) -> bool:
    """Tell whether two values are the same; True is not 1, though Python says so."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)
