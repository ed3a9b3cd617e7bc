"""The best of a sweep becomes one version, whenever the process that makes it is killed."""

import pytest

from xinzhi.pipelines.train import multirun
from xinzhi.registry import versions
from xinzhi.sweeping.ledger.ledger import Ledger
from xinzhi.sweeping.ledger.opening import open_ledger
from xinzhi.sweeping.search.final import FINAL
from xinzhi.tracking.store import open_store


class Killed(BaseException):
    """Nothing more is done, as after kill -9."""


@pytest.fixture
def sweep(train, tiny):  # noqa: ARG001 - a store and a cache
    """Runs a sweep of two seeds in this process, so that it can be ended at any line."""
    words = [*tiny, "seed=1,2", "sweep.name=once", "sweep.workers.count=0"]

    def sweep():
        return multirun(words).exit_code

    return sweep


def killed_at(monkeypatch, owner, name, *, before, when=lambda *_, **__: True):
    """Lets the process die in a call, before it has done anything or after it has done all."""
    real = getattr(owner, name)

    def dying(*given, **named):
        if not when(*given, **named):
            return real(*given, **named)
        if not before:
            real(*given, **named)
        raise Killed

    monkeypatch.setattr(owner, name, dying)


def is_final(_ledger, job, *_, **__):
    return job.number == FINAL


@pytest.mark.parametrize("place", ["at its registration", "once it is registered"])
def test_the_best_is_one_version(sweep, monkeypatch, place):
    with monkeypatch.context() as patched:
        for name in ("release", "fail"):  # which who is killed does not come to
            killed_at(patched, Ledger, name, before=True)
        if place == "at its registration":
            killed_at(patched, versions, "register", before=True)
        else:
            killed_at(patched, Ledger, "finish", before=True, when=is_final)
        with pytest.raises(Killed):
            sweep()
    (final,) = [job for job in open_ledger().jobs("once") if job.number == FINAL]
    assert final.state == "running"

    monkeypatch.setattr("xinzhi.sweeping.work.worker.is_dead", lambda _: True)
    assert sweep() == 0
    store = open_store()
    (version,) = store.client.search_model_versions("name='tiny'")
    told = open_ledger().sweep("once")
    assert (told.phase, told.final_run) == ("ended", version.run_id)
    runs = store.client.search_runs(["1"], "attributes.status = 'FINISHED'")
    tested = [run.info.run_id for run in runs if "test/f1_macro" in run.data.metrics]
    assert version.run_id in tested
    assert len(tested) == 2  # the run over all tells of it too
    assert store.client.get_model_version_by_alias("tiny", "challenger").version == version.version
