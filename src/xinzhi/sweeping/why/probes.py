"""The probes of a search, as jobs of a sweep in the ledger: entered once, found again by anyone."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from omegaconf import OmegaConf

from xinzhi.config.check import check
from xinzhi.errors import ConfigError, XinzhiError
from xinzhi.sweeping.code import code_of
from xinzhi.sweeping.composing import compose_job
from xinzhi.sweeping.frozen import ROWS
from xinzhi.sweeping.hashing import hashed
from xinzhi.sweeping.identity import identity, parts
from xinzhi.sweeping.records import ENDED, Job, Sweep
from xinzhi.sweeping.why.marks import APART, FROM_B, PROBES
from xinzhi.sweeping.why.search import Mixture
from xinzhi.sweeping.why.states import CODE, DATA

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.sweeping.ledger.ledger import Ledger
    from xinzhi.sweeping.why.question import Question

_VALUES, _SEED = "values", "seed"  # among what a sweep keeps: of A and B, the first of probes


@dataclass(frozen=True)
class Run:
    """A mixture that was run once.

    Attributes:
        mixture: numbers of the factors that are B's.
        job: of the ledger, ended.
        is_end: whether it is A or B.
    """

    mixture: Mixture
    job: Job
    is_end: bool

    @property
    def value(self) -> float | None:
        """What it reached; None where it failed."""
        return self.job.values[0] if self.job.state == "finished" and self.job.values else None


class Probes:
    """The runs that a question needs.

    Args:
        ledger: holds them.
        question: what is asked.
        sweep: they are jobs of.
    """

    def __init__(self, ledger: "Ledger", question: "Question", sweep: Sweep) -> None:
        self.ledger, self.question, self.name = ledger, question, sweep.name
        self._fixed = question.apart.fixed

    @classmethod
    def entered(cls, ledger: "Ledger", question: "Question", command: str) -> "Probes":
        """Enters the sweep of a question, or finds it again.

        Args:
            ledger: holds it.
            question: what is asked.
            command: by which it is asked again.
        """
        sweep = _sweep(question, command)
        if sweep.name not in {known.name for known, _ in ledger.sweeps()}:
            ledger.create(sweep, [])
        return cls(ledger, question, sweep)

    @cached_property
    def ends(self) -> tuple[Mixture, Mixture]:
        """A and B."""
        return frozenset(), self.question.whole

    def mixture(self, job: Job) -> Mixture:
        """Gives the numbers of the factors that are B's.

        Args:
            job: of the sweep.
        """
        theirs = job.params[FROM_B].split(APART)
        factors = enumerate(self.question.apart.factors)
        return frozenset(number for number, one in factors if one.name in theirs)

    def jobs(self) -> list[Job]:
        """All jobs by number."""
        return self.ledger.jobs(self.name)

    def runs(self) -> list[Run]:
        """What has ended, by number."""
        ended = [(self.mixture(job), job) for job in self.jobs() if job.state in ENDED]
        return [Run(mixture, job, mixture in self.ends) for mixture, job in ended]

    def pending(self) -> list[Job]:
        """What has not ended."""
        return [job for job in self.jobs() if job.state not in ENDED]

    def of_ends(self, wanted: int) -> None:
        """Enters as many further runs of A and of B as are wanted in all.

        Args:
            wanted: seeds of each.
        """
        there = self.jobs()
        for number, end in enumerate(self.ends):
            entered = sum(self.mixture(job) == end for job in there)
            known = len(self._before[number])
            for _ in range(wanted - known - entered):
                self.add(end)

    def values(self, number: int) -> list[float]:
        """Gives what A or B has reached, one by seed.

        Args:
            number: 0 for A, 1 for B.
        """
        before = self._before[number].values()
        own = [run.value for run in self.runs() if run.mixture == self.ends[number]]
        return [*before, *(value for value in own if value is not None)]

    def probed(self) -> list[Run]:
        """Gives the mixtures that were run, by number."""
        return [run for run in self.runs() if not run.is_end]

    def add(self, mixture: Mixture) -> Job:
        """Enters a run of a mixture with a seed that nothing was run with.

        Args:
            mixture: numbers of the factors that are B's.
        """
        there = self.jobs()
        number = 1 + max((job.number for job in there), default=-1)
        seed = self._first_seed + number
        overrides = (*self.question.apart.own(mixture), f"seed={seed}")
        names = [self.question.apart.factors[one].name for one in sorted(mixture)]
        job = Job(
            sweep=self.name,
            number=number,
            trial=self.ends.index(mixture) if mixture in self.ends else 2 + number,
            seed=seed,
            params={FROM_B: APART.join(names)},
            overrides=overrides,
            identity=self._identity(compose_job(self._fixed, overrides), names),
        )
        self.ledger.add([job])
        return job

    def allowed(self, mixture: Mixture) -> bool:
        """Whether a mixture can be run: it was not refused when it was tried, and is not now.

        Args:
            mixture: numbers of the factors that are B's.
        """
        if any(run.value is None and run.mixture == mixture for run in self.runs()):
            return False
        try:
            check(compose_job(self._fixed, self.question.apart.own(mixture)))
        except XinzhiError:
            return False
        return True

    def check_ends(self) -> None:
        """Refuses a question whose A or B cannot be run as `conf/` is now.

        Raises:
            ConfigError: one of them cannot.
        """
        for letter, end in zip("AB", self.ends, strict=True):
            try:
                check(compose_job(self._fixed, self.question.apart.own(end)))
            except XinzhiError as error:
                raise ConfigError(f"{letter} cannot be run as conf/ is now: {error}") from None

    @cached_property
    def _before(self) -> list[dict[str, float]]:
        """What A and B had reached, by seed, when the sweep was entered: its own runs are more."""
        told = self.ledger.sweep(self.name).settings[PROBES]
        found: list[dict[str, float]] = told[_VALUES]
        return found

    @cached_property
    def _first_seed(self) -> int:
        told = self.ledger.sweep(self.name).settings[PROBES]
        return int(told[_SEED])

    def _identity(self, config: "DictConfig", theirs: Sequence[str]) -> str:
        noted = list(self.question.rows[DATA in theirs].values())
        digest = noted[0]["digest"] if noted else ""
        found = identity(config, data=digest)
        state = self.question.code[CODE in theirs]
        if not state.commit:
            return found.whole
        return "-".join(parts(found.config, state.name, found.data, found.seed))


def _sweep(question: "Question", command: str) -> Sweep:
    """The same question, with the same code, has the same name."""
    apart = question.apart
    config = compose_job(apart.fixed, apart.own(frozenset()))
    code = code_of(OmegaConf.to_container(config, resolve=True))
    told = {
        ROWS: [dict(rows) for rows in question.rows],
        CODE: [state.plain() for state in question.code],
        "factors": [factor.name for factor in apart.factors],
        "a": question.a.facts.run_id,
        "b": question.b.facts.run_id,
    }
    sides = (question.a, question.b)
    before = [{} if question.again else dict(side.values) for side in sides]
    known = {_VALUES: before, _SEED: 1 + max(seed for side in sides for seed in side.values)}
    what = [told, apart.fixed, [factor.words for factor in apart.factors], question.metric, code]
    return Sweep(
        name=f"why-{config.name}-{hashed(what)[:4]}",
        experiment=str(config.name),
        fixed=apart.fixed,
        axes=(),
        objectives=(question.metric,),
        modes=(question.mode,),
        settings={
            PROBES: {**told, **known, "command": command},
            "retries": 1,
            "keep_models": False,
        },
    )
