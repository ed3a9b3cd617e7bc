"""Verify a bundle of receipts. This file needs Python 3.8 or later and nothing else.

    python3 verify.py                    in the unpacked folder
    python3 verify.py bundle.zip
    python3 verify.py --head HASH        HASH was filed elsewhere and must be among the receipts

Of the files it says whether each has the SHA-256 that MANIFEST gives (`sha256sum -c MANIFEST` says
so too) and whether one is missing or too many. Of receipts.jsonl: the hash of a receipt is the
SHA-256 of its line without the line's end; each receipt names the hash of the one before; files
that a receipt names are those that lie here. Whoever writes a bundle can write all of it anew: that
these are the receipts that were given out, only a hash tells that was filed elsewhere.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # read by older Pythons too, which do not know all of it
    from typing import Any

    Files = dict[str, bytes]

START = "0" * 64
MANIFEST, RECEIPTS, ABOUT = "MANIFEST", "receipts.jsonl", "about.json"
AUDIT = "audit.json"
DIFF = "environment/changes.diff"  # of a run: how its code differed from the commit


def main() -> int:
    """Verifies and says what was found; 0 where all is as it should be, aliases too."""
    parser = argparse.ArgumentParser(description="Verify a bundle of receipts.")
    here = Path(__file__).resolve().parent
    parser.add_argument("bundle", nargs="?", type=Path, default=here, help="a zip or a folder")
    parser.add_argument(
        "--head", action="append", default=[], help="a hash that was filed elsewhere"
    )
    asked = parser.parse_args()
    files = read(asked.bundle)
    lines = files.get(RECEIPTS, b"").decode("utf-8").splitlines()
    receipts = [_parsed(line) for line in lines]
    hashes = [_hash(line.encode("utf-8")) for line in lines]
    about = _parsed(files.get(ABOUT, b"{}").decode("utf-8"))
    faults = faults_of_files(files)
    faults += faults_of_chain(receipts, hashes, ledger=str(about.get("ledger")))
    faults += faults_of_named(receipts, hashes, files)
    for head in [str(about.get("head")), *asked.head]:
        if not any(one.startswith(head) for one in [START, *hashes]):
            faults.append(f"no receipt has the hash {head}")
    said = [_line(receipt) for receipt in receipts]
    said += [f"FAULT  {fault}" for fault in faults]
    moved = _parsed(files.get(AUDIT, b"{}").decode("utf-8")).get("unreceipted") or []
    said += [f"MOVED  without a receipt, says {AUDIT}: {one}" for one in moved]
    said += [f"head   {hashes[-1] if hashes else START}   (compare it with what was filed)"]
    intact = f"intact: {len(receipts)} receipts, {len(files)} files"
    intact += "; but aliases were moved without a receipt" if moved else ""
    said += ["NOT INTACT" if faults else intact]
    sys.stdout.write("\n".join(said) + "\n")
    return 1 if faults or moved else 0


def read(place: Path) -> Files:
    """The files of a bundle, by path.

    Args:
        place: a zip, or a folder.
    """
    if place.is_file():
        with zipfile.ZipFile(place) as bundle:
            return {name: bundle.read(name) for name in bundle.namelist()}
    found = [path for path in sorted(place.rglob("*")) if path.is_file()]
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in found}


def faults_of_files(files: Files) -> list[str]:
    """What is wrong with the files beside the manifest.

    Args:
        files: of the bundle.
    """
    if MANIFEST not in files:
        return [f"{MANIFEST} is missing"]
    lines = files[MANIFEST].decode("utf-8").splitlines()
    named = {line[66:]: line[:64] for line in lines}
    many = [f"{path} is too many" for path in files if path not in named and path != MANIFEST]
    missing = [f"{path} is missing" for path in named if path not in files]
    altered = [
        f"{path} was altered"
        for path, digest in named.items()
        if path in files and _hash(files[path]) != digest
    ]
    return missing + many + altered


def faults_of_chain(receipts: list[dict[str, Any]], hashes: list[str], *, ledger: str) -> list[str]:
    """What is wrong with the chain of receipts.

    Args:
        receipts: as they stand there.
        hashes: of their lines.
        ledger: that they must be of.
    """
    found: list[str] = []
    for number, receipt in enumerate(receipts, start=1):
        before = hashes[number - 2] if number > 1 else START
        if receipt.get("number") != number:
            found.append(f"receipt {number} is missing: {receipt.get('number')} stands there")
        if receipt.get("previous") != before:
            found.append(f"receipt {number} does not follow from the one before: one was altered")
        if receipt.get("ledger") != ledger:
            found.append(f"receipt {number} is of another ledger")
    return found


def faults_of_named(receipts: list[dict[str, Any]], hashes: list[str], files: Files) -> list[str]:
    """What is wrong with the files that receipts name, as far as they lie here.

    Args:
        receipts: as they stand there.
        hashes: of their lines.
        files: of the bundle.
    """
    found = []
    for receipt, digest in zip(receipts, hashes):  # noqa: B905 - read by older Pythons too
        run = (receipt.get("challenger") or {}).get("run_id")
        number = receipt.get("number")
        diff = (receipt.get("code") or {}).get("diff")
        named = {**(receipt.get("files") or {}), **({DIFF: diff} if diff else {})}
        for path, wanted in named.items():
            kept = files.get(f"runs/{run}/{path}")
            if kept is not None and _hash(kept) != wanted:
                found.append(f"runs/{run}/{path} is not the file that receipt {number} names")
        copy = files.get(f"runs/{run}/receipts/{number}.json")
        if copy is not None and _parsed(copy.decode("utf-8")).get("hash") != digest:
            found.append(f"runs/{run}/receipts/{number}.json is not receipt {number}")
    return found


def _line(receipt: dict[str, Any]) -> str:
    who = f"{receipt.get('by')}@{receipt.get('host')}"
    said = f"{receipt.get('action')} {receipt.get('name')}: {receipt.get('sentence')}"
    override = receipt.get("override")
    end = f"  OVERRIDDEN: {override}" if override else ""
    return f"{receipt.get('number')!s:>4}  {receipt.get('at')}  {who}  {said}{end}"


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


if __name__ == "__main__":
    sys.exit(main())
