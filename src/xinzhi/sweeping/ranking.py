"""The configurations of a sweep, in the form in which they are ranked with their ties."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xinzhi.config.identity import command_line
from xinzhi.errors import ConfigError
from xinzhi.registry.comparison_results import Entrant, Entrants
from xinzhi.sweeping.ledger.opening import open_ledger
from xinzhi.sweeping.records import Sweep
from xinzhi.sweeping.search.final import searched
from xinzhi.sweeping.search.search import ranking
from xinzhi.sweeping.show import summary
from xinzhi.sweeping.show.wording import setting, short_names

if TYPE_CHECKING:
    from xinzhi.sweeping.search.search import Standing

_SWEEP = "sweep:"
_MORE_SEEDS = 4


def named(references: Sequence[str]) -> str | None:
    """Gives the name of the sweep that references mean; None where they mean runs.

    Args:
        references: as typed.

    Raises:
        ConfigError: a sweep stands among others.
    """
    sweeps = [one for one in references if one.startswith(_SWEEP)]
    if not sweeps:
        return None
    if len(references) > 1:
        raise ConfigError(
            f"a sweep is compared by itself, {len(references)} references were given",
            mend=f"xinzhi compare {sweeps[0]}",
        )
    return sweeps[0].removeprefix(_SWEEP)


def entrants(name: str, *, ledger: str | None) -> Entrants:
    """Gives what a sweep has to rank, by its first objective.

    Args:
        name: of the sweep.
        ledger: address of a PostgreSQL database; a file in the store's folder where it is None.

    Raises:
        UnknownNameError: there is no such sweep.
    """
    opened = open_ledger(ledger, create=False)
    sweep = opened.sweep(name)
    jobs = searched(opened.jobs(name))
    names = short_names(sweep.axes)
    standings = [one for one in ranking(sweep, jobs) if one.values]
    return Entrants(
        sweep=sweep.name,
        objective=sweep.objectives[0],
        maximise=sweep.modes[0] != "min",
        entrants=[_entrant(sweep, one, names) for one in standings],
        notes=tuple(_notes(sweep, summary.counts(jobs), standings)),
    )


def _entrant(sweep: Sweep, one: "Standing", names: dict[str, str]) -> Entrant:
    done = [job for job in one.jobs if job.state == "finished" and job.values]
    return Entrant(
        trial=one.trial,
        setting=setting(one.params, names) or "as the experiment has it",
        values={job.run_id or job.name: job.values[0] for job in done},
        more_seeds=command_line(
            "train", ["-m", *sweep.fixed, *summary.overrides(sweep, one), f"seed={_further(sweep)}"]
        ),
    )


def _notes(sweep: Sweep, counts: dict[str, int], standings: Sequence["Standing"]) -> list[str]:
    left = ", ".join(f"{n:,} {state}" for state, n in counts.items() if state != "finished")
    part = sum(not one.complete for one in standings)
    notes = [f"jobs that are not ranked: {left}"] if left else []
    if part:
        notes.append(f"{part:,} of the configurations lack seeds; they stand last")
    if len(sweep.objectives) > 1:
        notes.append(f"ranked by {sweep.objectives[0]}, the first of {len(sweep.objectives)}")
    return notes


def _further(sweep: Sweep) -> str:
    """Seeds that the sweep has not had, nor the experiments, which have 1."""
    first = max(sweep.seeds, default=1) + 1
    return ",".join(str(first + n) for n in range(_MORE_SEEDS))
