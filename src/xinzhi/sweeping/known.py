"""Which trainings were done before, in any sweep of the ledger, and what changed since."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from xinzhi.sweeping.identity import UNPREPARED, taken_apart
from xinzhi.sweeping.records import Job
from xinzhi.sweeping.unfrozen import UNKNOWN

if TYPE_CHECKING:
    from xinzhi.sweeping.ledger.ledger import Ledger

UNSEEN = "its rows are unknown here, so that config and code alone were compared"
_CONFIG, _CODE, _DATA, _SEED = range(4)


class Mark(NamedTuple):
    """Whether a training was done before.

    Attributes:
        done: whether its result is there.
        why: where it is, or why it is new.
    """

    done: bool
    why: str


class Known:
    """The finished jobs of a ledger.

    Args:
        jobs: all of them, of any sweep, the newest first.
    """

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._by_whole: dict[str, Job] = {}
        self._by_config: dict[str, list[Job]] = {}
        for job in jobs:
            if len(taken_apart(job.identity)) != _SEED + 1:
                continue  # the last job of a sweep tests what another has fitted
            self._by_whole.setdefault(job.identity, job)
            config = taken_apart(job.identity)[_CONFIG]
            self._by_config.setdefault(config, []).append(job)

    @classmethod
    def of(cls, ledger: "Ledger | None") -> "Known":
        """Reads a ledger.

        Args:
            ledger: None where there is none yet.
        """
        names = [sweep.name for sweep, _ in ledger.sweeps()] if ledger is not None else []
        return cls([job for n in names if ledger for job in ledger.jobs(n, state="finished")])

    def mark(self, identity: str) -> Mark:
        """Says whether a training was done, or what makes it new.

        Args:
            identity: the whole of it.
        """
        mine = taken_apart(identity)
        if identity in self._by_whole:
            doubt = f"; {UNSEEN}" if mine[_DATA] == UNKNOWN else ""
            return Mark(done=True, why=f"done by {self._by_whole[identity].name}{doubt}")
        if mine[_DATA] == UNPREPARED:
            return Mark(done=False, why="new: its rows are not prepared")
        before = self._by_config.get(mine[_CONFIG], [])
        same_seed = [job for job in before if taken_apart(job.identity)[_SEED] == mine[_SEED]]
        if not before:
            return Mark(done=False, why="new: its config was never run")
        if not same_seed:
            return Mark(done=False, why=f"new: seed {mine[_SEED]} of this config was never run")
        job = min(same_seed, key=lambda one: _differences(mine, one.identity))
        return Mark(done=False, why=f"new: {_changed(mine, job.identity)} since {job.name}")


def _differences(mine: Sequence[str], other: str) -> int:
    return sum(a != b for a, b in zip(mine, taken_apart(other), strict=True))


def _changed(mine: Sequence[str], other: str) -> str:
    theirs = taken_apart(other)
    names = {"data": _DATA, "code": _CODE}
    changed = [name for name, place in names.items() if mine[place] != theirs[place]]
    return f"{' and '.join(changed)} changed"
