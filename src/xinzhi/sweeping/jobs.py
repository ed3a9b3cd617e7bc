"""One job, told to the training that runs it: in the worker's process, or in one of its own."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from xinzhi.training.beside import Beside

if TYPE_CHECKING:
    from xinzhi.sweeping.ledger import Ledger
    from xinzhi.sweeping.records import Job, Sweep

PROBE = "XINZHI_PROBE"  # tells a process that its training is cut short and timed
_VARIABLE = "XINZHI_JOB"  # names the job to a process that the worker starts for it


def of_this_process() -> Beside:
    """Gives what a sweep or a plan adds to this process's training; nothing where it is neither."""
    if (probed := os.environ.pop(PROBE, None)) is not None:
        from xinzhi.training.probe import Probe

        told = json.loads(probed)
        probe = Probe(steps=told["steps"], file=Path(told["file"]), started=told["started"])
        return Beside(callbacks=[probe])
    named = os.environ.pop(_VARIABLE, None)
    if named is None:
        return Beside()
    from xinzhi.sweeping.ledger import Ledger
    from xinzhi.sweeping.watching import watched

    told = json.loads(named)
    ledger = Ledger.open(os.environ.get("XINZHI_LEDGER") or told["ledger"])
    sweep = ledger.sweep(told["sweep"])
    job = next(one for one in ledger.jobs(sweep.name) if one.number == told["job"])
    return watched(ledger, sweep, job)


def named(ledger: "Ledger", sweep: "Sweep", job: "Job") -> dict[str, str]:
    """Gives the environment that tells a process of its own which job it is.

    Args:
        ledger: holds the job.
        sweep: whose job it is.
        job: it.
    """
    told = {"ledger": ledger.place, "sweep": sweep.name, "job": job.number}
    return {_VARIABLE: json.dumps(told)}
