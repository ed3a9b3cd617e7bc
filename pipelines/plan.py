"""Show what a training would be, before it runs: each value's home, each job, what it will take.

Examples:
    xinzhi plan experiment=credit_risk optimizer.lr=1e-3
    xinzhi plan -m experiment=credit_risk seed=0,1,2 probe=3
"""

from typing import TYPE_CHECKING

from xinzhi.config.entry import start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omegaconf import DictConfig

    from xinzhi.sweeping.planned import Plan


def run(config: "DictConfig") -> "Plan":
    """Plans the training that `xinzhi train` with the same words would run.

    Args:
        config: checked, of conf/plan.yaml.

    Returns:
        Where its values come from, whether it was done before, and what it would take.
    """
    from xinzhi.sweeping.plan import of_one

    return of_one(config.asked.overrides, every_value=config.all, probe=config.probe)


def multirun(arguments: "Sequence[str]") -> "Plan":
    """Plans the jobs that `xinzhi train -m` with the same words would run.

    Args:
        arguments: as typed after `plan -m`.
    """
    from xinzhi.sweeping.plan import of_several

    return of_several(arguments)


if __name__ == "__main__":
    start("plan")
