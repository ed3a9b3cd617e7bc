"""What MLflow's pages show of receipts: descriptions of a version and of a model, in Markdown."""

import json
import re
from collections.abc import Mapping, Sequence

from xinzhi.registry.receipt_forms import Draft, Receipt, document
from xinzhi.registry.versions import CHAMPION

LONGEST = 5000  # of a description, as MLflow's database has it
SAID: Mapping[str, str] = {
    "promote": "Promoted",
    "refuse": "Not promoted",
    "propose": "Waits for approval",
    "approve": "Approved",
    "decline": "Declined",
    "rollback": "Champion again",
    "adopt": "Taken over as champion",
    "abort": "Broken off",
}
_BEFORE = "\n\n---\n\n"  # stands before what the description was
_MARK = re.compile(r"hash `[0-9a-f]{12}")


def version_description(receipts: Sequence[Receipt], version: int, before: str) -> str:
    """The description of a version: the last decision about it, its gates, its hash, the others.

    Args:
        receipts: of the model, the oldest first.
        version: any that a receipt names.
        before: the description as it is.
    """
    about = [one for one in receipts if one.challenger and one.challenger.version == version]
    judged = [one for one in about if one.judged]
    parts = [_decision(one) for one in about[-1:]]
    parts += [_decision(one) for one in judged[-1:] if one is not about[-1]]
    told = [one for one in receipts if version in _versions(one)]
    lines = [f"- {_line(one, version)}" for one in reversed(told)]
    parts.append("\n".join([f"**Receipts of version {version}**", "", *lines]))
    return _fitted("\n\n".join(parts), _own(before))


def model_description(receipts: Sequence[Receipt], before: str) -> str:
    """The description of a registered model: who is champion, since when, by whom, on which rows.

    Args:
        receipts: of the model, the oldest first.
        before: the description as it is.
    """
    moved = [one for one in receipts if CHAMPION in one.moved]
    if not moved:
        return before
    last = moved[-1]
    digest = next((one.digest for one in reversed(moved) if one.digest), "")
    on = f", on data `{digest}`" if last.digest and digest else ""
    line = (
        f"Champion: version {last.moved[CHAMPION]} since {day(last.at)},"
        f" decided by {last.who}{on}. {_cell(last.sentence)}\n\n"
        f"Receipt {last.number}, hash `{last.hash}`"
    )
    return _fitted(line, _own(before))


def tags(receipt: Receipt) -> dict[str, str]:
    """The tags of the version that a receipt is about.

    Args:
        receipt: the last one about it.
    """
    found = {
        "receipt": str(receipt.number),
        "receipt_hash": receipt.hash,
        "decision": SAID[receipt.action].lower(),
        "gate": str(receipt.gate.get("name") or ""),
        "data_digest": receipt.digest,
        "decided_by": receipt.who,
        "decided_at": receipt.at,
    }
    return {key: value for key, value in found.items() if value}


def artifact(receipt: Receipt) -> str:
    """The receipt as a file: what was hashed, and the hash.

    Args:
        receipt: any.
    """
    whole = {"receipt": document(receipt), "hash": receipt.hash}
    return json.dumps(whole, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def day(at: str) -> str:
    """A moment for people, to the minute.

    Args:
        at: as receipts have it.

    >>> day("2026-11-22T08:07:00.123Z")
    '2026-11-22 08:07 UTC'
    """
    return f"{at[:10]} {at[11:16]} UTC"


def _decision(receipt: Receipt) -> str:
    by = f"on {day(receipt.at)} by {receipt.who}"
    lines = [f"{SAID[receipt.action]} {by}. {_cell(receipt.sentence)}"]
    if receipt.override:
        what = "Closed gates were overridden" if receipt.gates else "No gate was asked"
        lines += ["", f"**{what}:** {_cell(receipt.override)}"]
    if receipt.text:
        lines += ["", f"> {_cell(receipt.text)}"]
    lines += ["", *gates_table(receipt)]
    lines += ["", f"Receipt {receipt.number}, hash `{receipt.hash}`"]
    if receipt.digest:
        lines.append(f"on data `{receipt.digest}`")
    lines += [f"\n`{path}` is among the artifacts of the run" for path in receipt.files]
    return "\n".join(lines)


def gates_table(draft: Draft) -> list[str]:
    """The gates of a decision as lines of a Markdown table; none where none was asked.

    Args:
        draft: or a receipt.
    """
    if not draft.gates:
        return []
    rows = [f"| {_gate(gate)} | {_cell(gate.get('sentence'))} |" for gate in draft.gates]
    return ["| gate | figures |", "|:---|:---|", *rows]


def _gate(gate: Mapping[str, object]) -> str:
    name = _cell(gate.get("name"))
    return f"✓ {name}" if gate.get("passed") else f"**✗ {name} (closed)**"


def _line(receipt: Receipt, version: int) -> str:
    return (
        f"{receipt.number}: {day(receipt.at)}, {receipt.who}: {_what(receipt, version)},"
        f" hash `{receipt.hash[:12]}`"
    )


def _what(receipt: Receipt, version: int) -> str:
    said = SAID[receipt.action].lower()
    if receipt.challenger is None or receipt.challenger.version == version:
        return said
    if receipt.moved.get(CHAMPION) == receipt.challenger.version:
        return f"no longer champion ({said}: version {receipt.challenger.version})"
    return f"stays champion ({said}: version {receipt.challenger.version})"


def _versions(receipt: Receipt) -> set[int]:
    return {side.version for side in (receipt.challenger, receipt.champion) if side is not None}


def _own(before: str) -> str:
    """What a description was before a receipt stood in it."""
    if not _MARK.search(before):
        return before
    return before.partition(_BEFORE)[2]


def _fitted(text: str, own: str) -> str:
    end = f"{_BEFORE}{own}" if own else ""
    room = LONGEST - len(end)
    if room < LONGEST // 2:  # an own text so long that it would push the decision out
        end, room = "", LONGEST
    return (text if len(text) <= room else text[: room - 1] + "…") + end


def _cell(value: object) -> str:
    return " ".join(str(value if value is not None else "").replace("|", "\\|").split())
