"""Show who decided what on a model, verify it, and pack it for an auditor.

Examples:
    xinzhi audit review_sentiment at=2026-11-22
    xinzhi audit review_sentiment out=review_sentiment.zip
"""

from typing import TYPE_CHECKING

from xinzhi.config.entry import start

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.registry.audit_result import Audit


def run(config: "DictConfig") -> "Audit":
    """Reads the receipts, verifies them and compares the aliases with them.

    Args:
        config: checked, of conf/audit.yaml.

    Returns:
        The history and what is wrong.
    """
    from xinzhi.config.identity import resolved
    from xinzhi.registry.audit import audit
    from xinzhi.registry.receipts import open_at

    asked = resolved(config)
    name = None if asked["reference"] is None else str(asked["reference"])
    at = None if asked["at"] is None else str(asked["at"])
    heads = asked["head"] if isinstance(asked["head"], list) else [asked["head"]]
    ledger = open_at(config.tracking.uri, config.receipts)
    found = audit(ledger, name, at=at, heads=[str(one) for one in heads if one is not None])
    if config.out is None:
        return found
    from xinzhi.registry.audit_bundle import pack

    return pack(ledger, found, str(config.out))


if __name__ == "__main__":
    start("audit")
