"""Decisions on a registered model that tests make."""

from xinzhi.registry.receipts import Draft, Side

DIGEST = "0123456789abcdef"


def draft(version, champion=None, *, runs=None, **more):
    """A judged draft that promotes a version."""
    run_id = (runs or {}).get(version, "")
    fields = {
        "name": "reviews",
        "action": "promote",
        "sentence": f"Version {version} is better.",
        "challenger": Side(version=version, run_id=run_id),
        "champion": Side(version=champion) if champion else None,
        "data": {"digest": DIGEST},
        "gate": {"name": "default"},
        "gates": [{"name": "main", "passed": True, "sentence": "+2 points", "figures": {}}],
    }
    return Draft(**{**fields, **more})


def promote(ledger, version, champion=None, **more):
    """Promotes a version against a champion."""
    made = draft(version, champion, runs=getattr(ledger, "runs", None), **more)
    return ledger.decide(made, move={"champion": version}, expected_champion=champion)
