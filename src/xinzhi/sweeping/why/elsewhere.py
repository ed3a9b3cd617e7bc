"""A probe by another state of the code, in a process of its own."""

import json
import os
import sys
import tempfile
from typing import TYPE_CHECKING

from xinzhi.config.grammar import key_of
from xinzhi.sweeping.why.states import State, laid_out
from xinzhi.sweeping.work import child
from xinzhi.sweeping.work.outcome import JobError, Outcome
from xinzhi.sweeping.work.output import log_folder

if TYPE_CHECKING:
    from xinzhi.sweeping.records import Job, Sweep
    from xinzhi.sweeping.work.heartbeat import Heartbeat

# an older state may know none of what a sweep adds to a training
_ALONE = ("test=false", "register=false", "report=json")
_NOT_HERS = ("XINZHI_JOB", "XINZHI_CONTROLLER")


def run(sweep: "Sweep", job: "Job", state: State, *, heart: "Heartbeat") -> Outcome:
    """Runs a probe by another state of the code.

    Args:
        sweep: whose job it is.
        job: it.
        state: of the code.
        heart: says when it is to end.

    Raises:
        JobError: that state of the code does not train it.
    """
    folder = log_folder(sweep.name) / "code" / state.name
    environment = {k: v for k, v in os.environ.items() if k not in _NOT_HERS}
    words = {key_of(word): word for word in (*sweep.fixed, *job.overrides, *_ALONE)}.values()
    with tempfile.TemporaryFile() as answer:
        code = child.run(
            [sys.executable, "-m", "xinzhi", "train", *words],
            environment={**environment, **laid_out(state, folder)},
            stdout=answer,
            is_unwanted=lambda: heart.asked,
        )
        answer.seek(0)
        told = json.loads(answer.read() or b"{}")
    heart.obey()
    if code or "run_id" not in told:
        said = told.get("error") or f"it ended with code {code}, its log says more"
        raise JobError(f"with the code of {state.shown}: {said}")
    return Outcome(str(told["run_id"]), told["metrics"])
