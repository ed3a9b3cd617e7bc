"""A bundle for an auditor: receipts, gates, evaluation, model cards, and what verifies them."""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from xinzhi.config.written import read_back
from xinzhi.errors import ConfigError
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.registry import verify_bundle
from xinzhi.registry.audit_card import Subject, card
from xinzhi.registry.audit_moments import span
from xinzhi.registry.audit_result import Audit
from xinzhi.registry.files import artifact
from xinzhi.registry.receipt_forms import Receipt, Side, plain
from xinzhi.registry.receipts import Ledger
from xinzhi.registry.reigns import reigns, told
from xinzhi.tracking.store import Store

# what of a run's artifacts an auditor reads: no weights
_FOLDERS = ("evaluation", "outcomes", "promotion", "receipts")
_FILES = ("config.yaml", "report.txt", "data.txt")
_PAGES = "promotion/"  # those of looks that decided nothing lie there too
_DATE = (1980, 1, 1, 0, 0, 0)  # the same content gives the same bundle
_READ_ME = """Receipts of the decisions on {name}, with what they rest on.

python3 verify.py            verifies all of it (its first lines say how)
receipts.jsonl               every receipt of the ledger, one a line
gates/NUMBER.json            what a decision asked, and each gate's figures
model_card.md                what the champion is, on which data, how good, and its limits
runs/RUN/…                   configuration, evaluation, answers and pages of each judged version,
                             and how its code differed from the commit, where the receipt says so
audit.json                   what the audit found when the bundle was packed
"""


def pack(ledger: Ledger, found: Audit, out: str) -> Audit:
    """Writes the bundle, whole or not at all.

    Args:
        ledger: of the store.
        found: by the audit.
        out: path of the zip file.

    Raises:
        ConfigError: it is no such path.
    """
    path = Path(out).expanduser().absolute()
    if path.suffix != ".zip" or path.is_dir():
        raise ConfigError(f"out= must be a zip file, was {out!r}", mend=f"out={path.stem}.zip")
    if not path.parent.is_dir():
        raise ConfigError(
            f"out= must be a file in a folder that is there, {path.parent} is not",
            mend=f"make the folder, or write it here: out={path.name}",
        )
    files = dict(_files(ledger, found))
    manifest = "".join(f"{_sha256(content)}  {name}\n" for name, content in sorted(files.items()))
    files[verify_bundle.MANIFEST] = manifest.encode()
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, content in sorted(files.items()):
                bundle.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return replace(found, bundle=str(path))


def _files(ledger: Ledger, found: Audit) -> Iterator[tuple[str, bytes]]:
    entries = ledger.entries()
    yield verify_bundle.RECEIPTS, b"".join(entry.text.encode() + b"\n" for entry in entries)
    about = {"ledger": found.ledger, "head": found.head, "name": found.name, "at": found.at}
    yield verify_bundle.ABOUT, _json(about)
    yield "audit.json", _json(plain(_plain(found)))
    yield "verify.py", Path(verify_bundle.__file__).read_bytes()
    yield "README.txt", _READ_ME.format(name=found.name or "all models").encode()
    for receipt in found.receipts:
        if receipt.gates:
            gates = {"gate": receipt.gate, "gates": receipt.gates, "sentence": receipt.sentence}
            yield f"gates/{receipt.number}.json", _json(plain(gates))
    yield from _of_runs(ledger.store, found.receipts)
    yield from _cards(ledger.store, found)


def _plain(found: Audit) -> dict[str, object]:
    kept = asdict(found)
    return {key: value for key, value in kept.items() if key not in {"receipts", "bundle"}}


def _of_runs(store: Store, receipts: Sequence[Receipt]) -> Iterator[tuple[str, bytes]]:
    sides = (side for one in receipts for side in (one.challenger, one.champion) if side)
    for run_id in dict.fromkeys(side.run_id for side in sides if side.run_id):
        judged = [one for one in receipts if one.challenger and one.challenger.run_id == run_id]
        pages = {path for one in judged for path in one.files}
        listed = [i for i in _listed(store, run_id) if not i.startswith(_PAGES) or i in pages]
        diff = [verify_bundle.DIFF] if any(one.code.get("diff") for one in judged) else []
        for inside in [*listed, *diff]:
            place = artifact(store, run_id, inside)
            if place is not None:
                yield f"runs/{run_id}/{inside}", place.read_bytes()


def _listed(store: Store, run_id: str) -> list[str]:
    """Paths of what is packed of a run; none of a run that is gone."""
    from mlflow.exceptions import MlflowException

    def below(folder: str | None) -> Iterator[str]:
        for one in store.client.list_artifacts(run_id, folder):
            if one.is_dir and (folder or one.path in _FOLDERS):
                yield from below(one.path)
            elif not one.is_dir and (folder or one.path in _FILES):
                yield one.path

    try:
        return sorted(below(None))
    except MlflowException:
        return []


def _cards(store: Store, found: Audit) -> Iterator[tuple[str, bytes]]:
    names = [found.name] if found.name else sorted({one.name for one in found.receipts})
    for name in names:
        own = [one for one in found.receipts if one.name == name]
        subject = _subject(store, own, found)
        if subject is not None:
            path = "model_card.md" if found.name else f"model_cards/{name}.md"
            yield path, card(subject).encode()


def _subject(store: Store, receipts: Sequence[Receipt], found: Audit) -> Subject | None:
    """The champion, or who was it at the moment that was asked for; None where its run is gone."""
    from mlflow.exceptions import MlflowException

    asked = None if found.at is None else span(found.at)
    moved = [one for one in reigns(receipts) if asked is None or one.begun <= asked.end]
    if not moved:
        return None
    receipt = moved[-1].receipt
    judged = told(receipt, receipts)
    run_id = (receipt.challenger or Side(version=0)).run_id
    try:
        run = store.client.get_run(run_id)
    except MlflowException:
        return None
    config = artifact(store, run_id, "config.yaml")
    return Subject(
        receipt=receipt,
        judged=judged,
        run=run,
        config={} if config is None else read_back(config.read_text(encoding="utf-8")),
        outcomes=_outcomes(store, run_id),
        notes=[*found.unreceipted, *found.faults],
    )


def _outcomes(store: Store, run_id: str) -> Outcomes | None:
    kept = artifact(store, run_id, "outcomes/test.parquet")
    return None if kept is None else Outcomes.load(kept)


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
