"""The chain of receipts: each holds the hash of the one before, so that none can be changed alone.

One chain runs through the receipts of all models, so that a model whose receipts were taken out
shows too. Whoever may write the ledger can write the whole chain anew; only a head that was filed
elsewhere tells.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

START = "0" * 64  # what the first receipt names as the one before


class Entry(NamedTuple):
    """A row of the ledger.

    Attributes:
        number: of the row.
        text: the document.
        hash: that stands beside it.
    """

    number: int
    text: str
    hash: str


def hashed(text: str) -> str:
    """The hash of a document.

    Args:
        text: canonical JSON; what is hashed are its UTF-8 bytes.

    >>> hashed("{}")[:12]
    '44136fa355b3'
    """
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def faults(entries: Iterable[Entry], *, ledger: str) -> list[str]:
    """What is wrong with a chain; nothing where it is intact.

    Args:
        entries: all, by number.
        ledger: identity that every receipt must name.
    """
    found: list[str] = []
    before, expected = START, 1
    for entry in entries:
        found += _faults_of(entry, before=before, expected=expected, ledger=ledger)
        before, expected = hashed(entry.text), entry.number + 1
    return found


def absent(entries: Iterable[Entry], heads: Iterable[str]) -> list[str]:
    """The heads that a chain does not hold: it was cut off behind them, or written anew.

    Args:
        entries: all.
        heads: hashes as they were filed elsewhere, or their first digits.
    """
    there = [START, *(hashed(entry.text) for entry in entries)]
    return [head for head in heads if not any(one.startswith(head) for one in there)]


def _faults_of(entry: Entry, *, before: str, expected: int, ledger: str) -> list[str]:
    found = []
    what = f"receipt {entry.number}"
    if entry.number != expected:
        many = "" if entry.number == expected + 1 else f" to {entry.number - 1}"
        found.append(f"receipt {expected}{many} is missing")
    if hashed(entry.text) != entry.hash:
        found.append(f"{what} was altered: its content does not have its hash")
    said = _read(entry.text)
    if said.get("number") != entry.number:
        found.append(f"{what} stands in the place of receipt {said.get('number')}")
    if said.get("previous") != before:
        found.append(f"{what} does not follow from the one before: that was altered or taken away")
    if said.get("ledger") != ledger:
        found.append(f"{what} belongs to another ledger ({said.get('ledger')})")
    return found


def _read(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
