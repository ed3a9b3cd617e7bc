"""Judge a challenger against the champion by gates, and let it answer if they open; with a receipt.

Examples:
    xinzhi promote review_sentiment
    xinzhi promote review_sentiment/3 gate.gain=0.05 text='reads short reviews better'
"""

from typing import TYPE_CHECKING

from xinzhi.config.entry import start

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.registry.promotion_result import Promotion


def run(config: "DictConfig") -> "Promotion":
    """Judges, decides, and enters the receipt.

    Args:
        config: checked, of conf/promote.yaml.

    Returns:
        The decision with its reason, every gate's figures, the receipt and the page.
    """
    from xinzhi.config.loading import loading
    from xinzhi.config.targets import build

    with loading():
        from xinzhi.registry.promotion import Asked, promote
        from xinzhi.registry.receipts import open_ledger
        from xinzhi.tracking.store import open_store

        gate = build(config.gate)
        store = open_store(config.tracking.uri)
        ledger = open_ledger(store, config.receipts)
    asked = Asked(
        reference=config.reference,
        gate=gate,
        gate_name=config.asked.choices["gate"],
        data=config.data.test,
        text=str(config.text or ""),
        override=None if config.override is None else str(config.override),
        dry=config.dry,
        offline=config.offline,
    )
    return promote(store, ledger, asked, build=build)


if __name__ == "__main__":
    start("promote")
