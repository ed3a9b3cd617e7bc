"""Which jobs run in a process of their own, and what is made of how that one ended."""

import pytest

from xinzhi.sweeping.records import Job, Sweep
from xinzhi.sweeping.work import execution, memory, outcome
from xinzhi.sweeping.work.ending import Pruned, Stopped

SWEEP = Sweep(name="wide", experiment="reviews", fixed=("trainer=ddp",), axes=())
JOB = Job(sweep="wide", number=0, trial=0, identity="id", overrides=("seed=1", "seed=2"))


class Heart:
    asked = None

    def obey(self):
        if self.asked:
            raise Stopped(self.asked)


@pytest.fixture
def ended(monkeypatch):
    """How a job ends whose process ended with a code and an answer."""
    seen = []
    monkeypatch.setattr(execution.jobs, "named", lambda *_: {})

    def ended(code, answer, *, asked=None):
        def run(command, *, stdout, **_):
            seen.append(command)
            stdout.write(answer)
            return code

        monkeypatch.setattr(execution.child, "run", run)
        heart = Heart()
        heart.asked = asked
        return execution._apart(None, SWEEP, JOB, [*SWEEP.fixed, *JOB.overrides], heart=heart)

    ended.seen = seen
    return ended


def test_what_it_reached_is_the_outcome_of_the_job(ended):
    outcome = ended(0, b'{"run_id": "r", "metrics": {"val/loss": 0.5}, "wall_s": 3}')
    assert (outcome.run_id, outcome.metrics) == ("r", {"val/loss": 0.5, "wall_s": 3.0})
    assert ended.seen[0][-3:] == ["train", "trainer=ddp", "seed=2"]  # of each key the last one


def test_its_end_before_its_time_is_the_job_s(ended):
    with pytest.raises(Pruned, match="epoch 3"):
        ended(Pruned.code, b'{"error": "pruned after epoch 3"}')
    with pytest.raises(Stopped, match="the sweep was stopped"):
        ended(143, b'{"error": "terminated"}', asked="the sweep was stopped")


def test_its_failure_is_told_in_its_own_words(ended):
    with pytest.raises(outcome.JobError, match=r"\Ano such luck\Z"):
        ended(1, b'{"error": "error: no such luck"}')
    with pytest.raises(outcome.JobError, match="ended with code -9, its log says more"):
        ended(-9, b"")


def test_its_lack_of_memory_is_known_as_such(ended):
    with pytest.raises(outcome.JobError) as told:
        ended(70, b'{"error": "unexpected OutOfMemoryError at x.py:1: CUDA out of memory."}')
    assert memory.ran_out(told.value)
