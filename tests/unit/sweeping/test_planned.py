import pytest

from xinzhi.sweeping.planned import Plan, PlannedJob

LATER = "4 jobs, chosen by tpe from what earlier ones reach"
JOB = PlannedJob(number=0, overrides=("seed=0",), done=False, why="new")


@pytest.mark.parametrize(
    ("jobs", "later", "told"),
    [
        ((), LATER, LATER),
        ((JOB,), None, "1 job, 0 of them done, 1 to run\n  0  seed=0  new"),
        ((JOB,), LATER, f"1 job, 0 of them done, 1 to run\n  0  seed=0  new\n  then {LATER}"),
    ],
)
def test_jobs_that_nobody_knows_yet_are_not_counted_as_none(jobs, later, told):
    plan = Plan(
        experiment="e", choices={"model": "mlp"}, values=(), jobs=jobs, rows="prepared",
        cosmetic={"name": "a name"}, sweep="s", later=later,
    )  # fmt: skip
    assert told in plan.table().split("\n\n")
