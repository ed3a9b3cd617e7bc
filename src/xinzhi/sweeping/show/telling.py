"""What is said of single jobs while a sweep runs: an end in a line, a failure with its mend."""

from collections.abc import Mapping

from xinzhi.config.grammar import key_of
from xinzhi.config.identity import command_line, redact
from xinzhi.sweeping.records import Job, Sweep
from xinzhi.sweeping.search.final import FINAL
from xinzhi.sweeping.show.wording import duration, mean_spread, number, setting

SILENT = "it said nothing"
_LONGEST_ERROR = 12  # lines


def of_job(job: Job, names: Mapping[str, str]) -> str:
    """What sets a job apart: its searched values and its seed.

    Args:
        job: of the sweep.
        names: what each key is called.
    """
    if job.number == FINAL:
        return "it was to be tested and registered"
    seed = [] if job.seed is None else [f"seed={job.seed}"]
    return " ".join(filter(None, [setting(job.params, names), *seed]))


def command_alone(sweep: Sweep, job: Job) -> str:
    """The command that trains this job alone, as it was trained last.

    Args:
        sweep: of the job.
        job: with what its last attempt needed on top.
    """
    return command_line("train", words_alone(sweep, job))


def words_alone(sweep: Sweep, job: Job) -> tuple[str, ...]:
    """The overrides of a job, its seed included; of a key that was set anew the last one.

    Args:
        sweep: of the job.
        job: with what its last attempt needed on top.
    """
    words = [*sweep.fixed, *job.overrides, *job.retry]
    last = {key_of(word): word for word in words}
    return tuple(last.values())


def called(job: Job) -> str:
    """What a job is called in a sentence.

    Args:
        job: of a sweep.
    """
    return "the best configuration" if job.number == FINAL else f"job {job.number}"


def failure(sweep: Sweep, job: Job, names: Mapping[str, str]) -> str:
    """What went wrong, where its output is, and the command to repeat it alone.

    Args:
        sweep: of the job.
        job: that failed.
        names: what each key is called.
    """
    lines = redact(job.error or SILENT).strip().splitlines() or [""]
    shown = lines if len(lines) <= _LONGEST_ERROR else [*lines[: _LONGEST_ERROR - 1], "…"]
    times = f", attempt {job.attempts}" if job.attempts > 1 else ""
    told = [
        f"{called(job)} failed{_took(job, 'after')}{times}: {of_job(job, names)}",
        *(f"  {line}" for line in shown),
    ]
    if job.log:
        told.append(f"  log: {job.log}")
    return "\n".join([*told, f"  alone: {command_alone(sweep, job)}"])


def first_line(job: Job) -> str:
    """What a failed job said, in its first line, without secrets.

    Args:
        job: that failed.
    """
    return redact(job.error or SILENT).strip().partition("\n")[0]


def ending(sweep: Sweep, job: Job, names: Mapping[str, str]) -> str:
    """How a job ended, in a line.

    Args:
        sweep: of the job.
        job: finished or pruned.
        names: what each key is called.
    """
    if job.number == FINAL:
        return f"the best configuration was tested and registered{_took(job, 'in')}"
    about = of_job(job, names)
    if job.cached_from:
        return (
            f"job {job.number} is done already in {job.cached_from}: {scores(sweep, job)}  {about}"
        )
    if job.state == "pruned":
        last = latest(job)
        if last is None:
            return f"job {job.number} left out: {about}"
        at = f"{sweep.objectives[0]} {number(last[1])} at epoch {last[0]:,}"
        return f"job {job.number} pruned{_took(job, 'after')}: {at}  {about}"
    return f"job {job.number} finished{_took(job, 'in')}: {scores(sweep, job)}  {about}"


def scores(sweep: Sweep, job: Job) -> str:
    """The objectives of a finished job.

    Args:
        sweep: of the job.
        job: that finished.
    """
    pairs = zip(sweep.objectives, job.values, strict=False)
    return ", ".join(f"{name} {number(value)}" for name, value in pairs)


def latest(job: Job) -> tuple[int, float] | None:
    """The last epoch and value that a job reported.

    Args:
        job: in any state.
    """
    return max(job.reports.items()) if job.reports else None


def averages(sweep: Sweep, values: tuple[float, ...], spreads: tuple[float, ...], n: int) -> str:
    """The objectives of a configuration, as means over its seeds.

    Args:
        sweep: of the configuration.
        values: mean by objective.
        spreads: deviation by objective.
        n: seeds.
    """
    triples = zip(sweep.objectives, values, spreads, strict=False)
    return ", ".join(f"{name} {mean_spread(mean, sd, n)}" for name, mean, sd in triples)


def _took(job: Job, word: str) -> str:
    if job.started is None or job.ended is None:
        return ""
    return f" {word} {duration(job.ended - job.started)}"
