"""Read, check, clean, split and freeze data: a snapshot, a report of it, and what to run next.

Examples:
    xinzhi prepare experiment=work_order_triage
    xinzhi prepare data.train=tickets.csv data.text=description data.label=queue
"""

from typing import TYPE_CHECKING

from xinzhi.config.entry import start

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.data.prepared import Prepared


def run(config: "DictConfig") -> "Prepared":
    """Prepares the rows that `xinzhi train` with the same words would learn from.

    Args:
        config: checked, of conf/prepare.yaml.

    Returns:
        Where the snapshot and its page are, what became of the rows, and the next commands.
    """
    from xinzhi.config.compose import leaves_name_open
    from xinzhi.config.targets import build
    from xinzhi.data.prepared import prepared

    experiment = config.asked.choices.experiment
    return prepared(
        build(config.data) if config.data else None,
        offline=config.offline,
        refresh=config.refresh,
        overrides=config.asked.overrides,
        experiment=experiment,
        needs_name=leaves_name_open("prepare", experiment) and config.name == "unnamed",
    )


if __name__ == "__main__":
    start("prepare")
