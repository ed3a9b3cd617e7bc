"""Look at sweeps and go on with them: status, resume, retry-failed, extend, stop, best, work.

Examples:
    xinzhi sweep list
    xinzhi sweep status
"""

from typing import TYPE_CHECKING

from xinzhi.config.entry import start

if TYPE_CHECKING:
    from omegaconf import DictConfig


def run(config: "DictConfig") -> object:
    """Does what is asked for with a sweep.

    Args:
        config: checked, of conf/sweep.yaml.
    """
    from xinzhi.pipelines import train  # whose work is heavy, not its import
    from xinzhi.sweeping import actions

    return actions.act(
        config.action,
        list(config.references),
        ledger=config.ledger,
        train=train.run,
        parent=config.parent,
    )


if __name__ == "__main__":
    start("sweep")
