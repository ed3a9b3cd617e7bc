"""Let the champion before this one answer again, in a moment and with a receipt.

Examples:
    xinzhi rollback review_sentiment
    xinzhi rollback review_sentiment to=3 text='wrong on short reviews'
"""

from typing import TYPE_CHECKING

from xinzhi.config.entry import start

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.registry.decided import Decided


def run(config: "DictConfig") -> "Decided":
    """Moves the alias back and enters the receipt.

    Args:
        config: checked, of conf/rollback.yaml.

    Returns:
        The receipt, and where the aliases point.
    """
    from xinzhi.registry.receipts import open_at
    from xinzhi.registry.rollback import rollback

    ledger = open_at(config.tracking.uri, config.receipts)
    to = None if config.to is None else str(config.to)
    return rollback(
        ledger,
        str(config.reference),
        to=to,
        text=str(config.text or ""),
        override=None if config.override is None else str(config.override),
    )


if __name__ == "__main__":
    start("rollback")
