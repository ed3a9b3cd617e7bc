"""Decisions on a registered model, and the beginning of scripts that decide."""

from xinzhi.registry.receipts import Draft, Side

DIGEST = "0123456789abcdef"
HEAD = """
import os, signal, sys
from pathlib import Path
from xinzhi.registry import aliases, moves, receipt_ledger, receipt_notes, registered
from xinzhi.registry.receipts import Draft, Side, open_ledger
from xinzhi.tracking.store import address_of
ledger = open_ledger(address_of(sys.argv[1], Path(sys.argv[2])))
def draft(version, champion=None, **more):
    sides = {"challenger": Side(version=version)}
    sides |= {"champion": Side(version=champion)} if champion else {}
    return Draft(name="reviews", action="promote", sentence=f"Version {version} is better.",
                 data={"digest": "0123456789abcdef"}, gate={"name": "default"},
                 gates=[{"name": "main", "passed": True, "sentence": "+2 points", "figures": {}}],
                 **sides, **more)
"""


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
