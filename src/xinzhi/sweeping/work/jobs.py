"""One job, told to the training that runs it: in the worker's process, or in one of its own."""

import atexit
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from xinzhi.config.loading import loading
from xinzhi.config.ranks import first_rank
from xinzhi.training.beside import Beside

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.sweeping.ledger.ledger import Ledger
    from xinzhi.sweeping.records import Job, Sweep

PROBE = "XINZHI_PROBE"  # tells a process that its training is cut short and timed
_VARIABLE = "XINZHI_JOB"  # names the job to a process that the worker starts for it


def of_this_process(config: "DictConfig") -> Beside:
    """Gives what a sweep or a plan adds to this process's training; nothing where it is neither.

    Args:
        config: of the training.
    """
    if (probed := os.environ.pop(PROBE, None)) is not None:
        with loading():
            from xinzhi.training.probe import Probe

        told = json.loads(probed)
        probe = Probe(steps=told["steps"], file=Path(told["file"]), started=told["started"])
        return Beside(callbacks=[probe])
    named = os.environ.get(_VARIABLE)  # which the processes of further ranks inherit
    if named is None:
        return Beside()
    with loading():
        from xinzhi.sweeping.frozen import rows_of
        from xinzhi.sweeping.ledger.opening import open_ledger
        from xinzhi.sweeping.ledger.patience import patiently
        from xinzhi.sweeping.work.heartbeat import HeartbeatOfRanks
        from xinzhi.sweeping.work.watching import Watch, watched

    told = json.loads(named)
    ledger = patiently(open_ledger)
    sweep = patiently(lambda: ledger.sweep(told["sweep"]))
    job = patiently(lambda: ledger.job(sweep.name, told["job"]))
    rows = rows_of(sweep, config)
    if not first_rank():
        return Beside(callbacks=[Watch(ledger, sweep, job)], snapshot=rows)
    lease_s = float(sweep.settings.get("lease_s", 60.0))
    heart = HeartbeatOfRanks(ledger, job, job.worker or "", lease_s=lease_s)
    heart.__enter__()  # until this process ends
    atexit.register(heart.close)
    return replace(watched(ledger, sweep, job, heart=heart), snapshot=rows)


def named(ledger: "Ledger", sweep: "Sweep", job: "Job") -> dict[str, str]:
    """Gives the environment that tells a process of its own which job it is.

    Args:
        ledger: holds the job.
        sweep: whose job it is.
        job: it.
    """
    from xinzhi.sweeping.ledger.opening import VARIABLE

    told = {"sweep": sweep.name, "job": job.number}
    return {_VARIABLE: json.dumps(told), VARIABLE: ledger.database.address}
