"""Who is champion: judged by gates, decided, and entered as a receipt."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from xinzhi.config.identity import program
from xinzhi.config.ranks import say
from xinzhi.registry import promotion_page, promotion_words
from xinzhi.registry.files import artifact
from xinzhi.registry.gates import Gate
from xinzhi.registry.promotion_gates import Judged, judge
from xinzhi.registry.promotion_result import Decision, Promotion
from xinzhi.registry.promotion_rows import ROWS, TEST, Answered, answered, decided, earlier
from xinzhi.registry.promotion_sides import Sides, as_version, model_of, sides
from xinzhi.registry.promotion_standing import standing
from xinzhi.registry.receipt_reasons import reason
from xinzhi.registry.receipts import Draft, Ledger, Side
from xinzhi.registry.verify_bundle import DIFF
from xinzhi.registry.versions import CHAMPION, Resolved
from xinzhi.tracking.store import Store


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a person asks for.

    Attributes:
        reference: the challenger, or a registered model whose challenger it is.
        gate: what is asked of it.
        gate_name: the gate's.
        data: a file with other test rows than the champion's.
        text: what the person adds.
        override: why closed gates do not count.
        dry: judge and show, decide nothing.
        offline: open no outward socket.
    """

    reference: str
    gate: Gate
    gate_name: str
    data: str | None = None
    text: str = ""
    override: str | None = None
    dry: bool = False
    offline: bool = False


def promote(store: Store, ledger: Ledger, asked: Asked, *, build: Callable[..., Any]) -> Promotion:
    """Judges a challenger against the champion on the same test rows, and decides.

    Args:
        store: where both are.
        ledger: of the store's decisions.
        asked: what a person wants.
        build: makes an object of a node of a run's config.

    Raises:
        UnknownReference: the reference names nothing, or what kept no model.
        ConfigError: the challenger cannot be promoted, or not by this gate; the alias does not
            stand where the receipts let it.
        DataError: the two cannot be judged on the same rows.
    """
    begun = time.monotonic()
    asked = replace(asked, override=reason(asked.override))
    stands = standing(ledger, model_of(store, asked.reference))
    for line in stands.settled:
        say(line)
    both = sides(store, asked.reference)
    both = both if asked.dry else as_version(store, both)
    rows = answered(
        store,
        both,
        slices=asked.gate.slices,
        sensitive=asked.gate.sensitive,
        build=build,
        data=asked.data,
        offline=asked.offline,
    )
    digest = (rows.champion or rows.challenger).snapshot.digest
    receipts = ledger.receipts()
    k, decisions = earlier(receipts, rows), ledger.decisions_on(digest)
    judged = judge(store, rows, asked.gate, k_earlier=k)
    found = _told(asked, both, rows, judged, k=k, before=decided(receipts, rows))
    found = replace(found, told=[*stands.told, *found.told])
    page = promotion_page.write(store, both.challenger.run_id, found, asked)
    draft = _draft(store, asked, both, rows, found, files={page.inside: page.digest})
    draft = replace(draft, data={**draft.data, **stands.noted})
    if not asked.dry:
        move = {CHAMPION: both.challenger.version} if found.decision == "promoted" else None
        receipt = ledger.decide(
            draft,
            move=move,
            expected_champion=both.champion.version if both.champion else None,
            expected_decisions=decisions,
        )
        found = replace(found, receipt=receipt.number, head=ledger.head())
    return replace(found, page=page.place, wall_s=time.monotonic() - begun)


def _told(
    asked: Asked, both: Sides, rows: Answered, judged: Judged, *, k: int, before: int
) -> Promotion:
    """What the gates come to, before anything is decided."""
    override = None if judged.passed else asked.override
    challenger = _called(both.challenger, both.name)
    champion = None if both.champion is None else _called(both.champion, both.name)
    decision = _decision(asked, yes=judged.passed or bool(override))
    verdict = judged.verdict
    sentence = promotion_words.sentence(
        challenger, champion, judged.gates, verdict, override=override
    )
    return Promotion(
        decision=decision,
        sentence=promotion_words.as_decided(sentence, decision, approvals=asked.gate.approvals),
        name=both.name,
        champion=champion,
        challenger=challenger,
        gate=asked.gate_name,
        gates=judged.gates,
        verdict=None if verdict is None else replace(verdict, gates=()),  # they stand beside it
        k_earlier=k,
        data_digest=(rows.champion or rows.challenger).snapshot.digest,
        rows_digest=rows.digest,
        told=[]
        if verdict is None
        else [promotion_words.decides(verdict), promotion_words.budget(verdict, before)],
        override=override,
        next=_next(decision, both.name),
    )


def _decision(asked: Asked, *, yes: bool) -> Decision:
    if not yes:
        return "would refuse" if asked.dry else "refused"
    if asked.gate.approvals:
        return "would wait for approval" if asked.dry else "waits for approval"
    return "would promote" if asked.dry else "promoted"


def _draft(
    store: Store,
    asked: Asked,
    both: Sides,
    rows: Answered,
    found: Promotion,
    *,
    files: Mapping[str, str],
) -> Draft:
    run = rows.runs[-1]
    snapshot = (rows.champion or rows.challenger).snapshot
    diff = artifact(store, both.challenger.run_id, DIFF)
    hashed = None if diff is None else hashlib.sha256(diff.read_bytes()).hexdigest()
    actions = {"promoted": "promote", "waits for approval": "propose"}
    gate = {**asdict(asked.gate), "name": asked.gate_name}
    return Draft(
        name=both.name,
        action=actions.get(found.decision, "refuse"),  # type: ignore[arg-type]
        sentence=found.sentence,
        challenger=_side(both.challenger),
        champion=None if both.champion is None else _side(both.champion),
        data={
            "digest": snapshot.digest,
            "name": snapshot.name,
            "split": TEST,
            ROWS: rows.digest,
            "count": len(rows.outcomes[0]),
            "k_earlier": found.k_earlier,
        },
        gate=gate,
        gates=promotion_words.as_receipt(found.gates),
        code={"commit": run.commit, "dirty": run.dirty, "diff": hashed},
        text=asked.text,
        override=found.override,
        approvals=asked.gate.approvals,
        files=files,
    )


def _side(one: Resolved) -> Side:
    return Side(version=one.version or 0, run_id=one.run_id, model_id=one.model_id)


def _called(one: Resolved, name: str) -> str:
    return one.label if one.version is None else f"{name}/{one.version}"


def _next(decision: Decision, name: str) -> str:
    if decision == "promoted":
        return f"{program()} rollback {name}   (goes back to the champion before)"
    if decision == "waits for approval":
        return f"{program()} approve {name}   (by another person)"
    return f"{program()} audit {name}"
