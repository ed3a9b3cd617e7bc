"""Approve a promotion that waits for a second person, or turn it down.

Examples:
    xinzhi approve review_sentiment
    xinzhi approve review_sentiment decline=true text='wait for the new labels'
"""

from typing import TYPE_CHECKING

from xinzhi.config.entry import start

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.registry.decided import Decided


def run(config: "DictConfig") -> "Decided":
    """Enters the approval; the last one that is needed moves the alias.

    Args:
        config: checked, of conf/approve.yaml.

    Returns:
        The receipt, and where the aliases point.
    """
    from xinzhi.registry.approval import approve
    from xinzhi.registry.receipts import open_at

    return approve(
        open_at(config.tracking.uri, config.receipts),
        str(config.reference),
        receipt=config.receipt,
        decline=bool(config.decline),
        text=str(config.text or ""),
    )


if __name__ == "__main__":
    start("approve")
