"""The end of a sweep: its best configuration alone is judged on the test rows and registered."""

from typing import TYPE_CHECKING

from xinzhi.sweeping.records import ENDED, Job, Sweep
from xinzhi.sweeping.search import search

if TYPE_CHECKING:
    from collections.abc import Sequence

FINAL = -1  # the number of the job that does it, and of its trial


def searched(jobs: "Sequence[Job]") -> list[Job]:
    """Gives the jobs of the search itself.

    Args:
        jobs: of a sweep.
    """
    return [job for job in jobs if job.trial != FINAL]


def final_job(sweep: Sweep, jobs: "Sequence[Job]") -> Job | None:
    """Gives the job that tests and registers the best configuration, once all others have ended.

    Of several seeds the one that validation liked best is taken.

    Args:
        sweep: whose jobs they are.
        jobs: of it.
    """
    own = searched(jobs)
    if not own or any(job.state not in ENDED for job in own):
        return None
    standings = [one for one in search.ranking(sweep, own) if one.complete]
    if not standings:
        return None
    sign = 1 if sweep.modes[0] == "max" else -1
    done = [job for job in standings[0].jobs if job.state == "finished"]
    best = max(done, key=lambda job: sign * job.values[0])
    return Job(
        sweep=sweep.name,
        number=FINAL,
        trial=FINAL,
        identity=f"final {sweep.name} {best.identity}",
        seed=best.seed,
        params={"of": best.number},
        overrides=(*best.overrides, *best.retry),
        run_id=best.run_id,
    )


def is_complete(sweep: Sweep, jobs: "Sequence[Job]") -> bool:
    """Whether nothing is left to do: all is tried that is to be tried, and the best was judged.

    Args:
        sweep: whose jobs they are.
        jobs: of it.
    """
    if any(job.state not in ENDED for job in jobs) or search.ask(sweep, searched(jobs)) is not None:
        return False
    final = final_job(sweep, jobs)
    return final is None or any(job.identity == final.identity for job in jobs)
