"""When a sweep needs its workers no longer, those that a cluster keeps in its queue included."""

from dataclasses import replace
from types import SimpleNamespace

import made_up_sweeps

from xinzhi.sweeping import controller
from xinzhi.sweeping.search.final import final_job
from xinzhi.sweeping.work import crew as crew_module
from xinzhi.sweeping.work.crew import Crew
from xinzhi.sweeping.work.nursery import Task
from xinzhi.sweeping.work.workers import Slurm


def made(**fields):
    of = made_up_sweeps.sweep(method="tpe", trials=3, seeds=(0, 1), **fields)
    return of, made_up_sweeps.jobs(of, pruned=0, failed=0)


def is_done(of, jobs):
    return controller._is_done(of, jobs)


def test_it_is_done_once_the_best_of_all_is_judged():
    of, jobs = made()
    final = replace(final_job(of, jobs), state="finished")
    assert not is_done(of, jobs[:-2])  # a configuration is still to be asked for
    assert not is_done(of, jobs)
    assert is_done(of, [*jobs, final])
    assert not is_done(of, [*jobs, replace(final, state="running")])
    assert not is_done(of, [*jobs, replace(final, identity="of the best before it was extended")])


def test_a_draining_sweep_is_done_once_nothing_runs():
    of, jobs = made(phase="draining")
    waiting, running = replace(jobs[-1], state="waiting"), replace(jobs[-1], state="running")
    assert is_done(of, [*jobs[:-1], waiting])
    assert not is_done(of, [*jobs[:-1], running])


def test_workers_are_given_the_time_to_leave(monkeypatch, tmp_path):
    class Queued:
        def is_over(self):
            return False

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Slurm, "start", lambda *_, **__: Queued())
    now = [0.0]
    monkeypatch.setattr(crew_module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    of, _ = made()
    crew = Crew(Slurm(), of, Task(of.name, [], None, None), size=2)
    told = []
    for now[0], done in ((1, True), (9, True), (12, False), (13, True), (22, True), (24, True)):
        told.append(crew.is_needless(done))
    assert told == [False, False, False, False, False, True]
