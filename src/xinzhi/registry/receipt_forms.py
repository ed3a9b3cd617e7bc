"""What a receipt says of a decision, and how it is written down so that it can be hashed."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_args

from xinzhi.config.identity import redact
from xinzhi.errors import DataError

FORMAT = 1
Action = Literal[
    "promote", "refuse", "propose", "approve", "decline", "rollback", "adopt", "abort"
]  # fmt: skip
ACTIONS: tuple[str, ...] = get_args(Action)


@dataclass(frozen=True, kw_only=True)
class Side:
    """A version on one side of a decision.

    Attributes:
        version: of the registered model.
        run_id: the run that made it; empty where it has none.
        model_id: its LoggedModel, if there is one.
    """

    version: int
    run_id: str = ""
    model_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A decision, before it is entered.

    Attributes:
        name: of the registered model.
        action: what was decided. A `propose` waits for the approval of another person, an `abort`
            says that what was begun has not come to pass, an `adopt` takes note of an alias that
            was moved without a receipt.
        sentence: the decision and its reason.
        challenger: what was judged, or is rolled back to.
        champion: what it was judged against; None where there was none.
        data: the rows that decided: `digest`, and what else tells them (`name`, `split` …).
        gate: what was asked: `name` and the whole configuration.
        gates: what each gate said: `name`, `passed`, `sentence`, `figures`.
        code: of the challenger's run: `commit`, `dirty`, digest of the `diff`.
        text: what the person added.
        override: why a closed gate does not count, or none was asked; None where all count.
        approvals: how many further persons must approve.
        of: number of the receipt that this one approves, declines or gives up.
        files: sha256 of the files that belong to the decision, by their path among the artifacts
            of the challenger's run.
    """

    name: str
    action: Action
    sentence: str
    challenger: Side | None = None
    champion: Side | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    gate: Mapping[str, Any] = field(default_factory=dict)
    gates: Sequence[Mapping[str, Any]] = ()
    code: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    override: str | None = None
    approvals: int = 0
    of: int | None = None
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Of the rows that decided; empty where none did."""
        return str(self.data.get("digest") or "")


@dataclass(frozen=True, kw_only=True)
class Receipt(Draft):
    """A decision as it is entered in the ledger.

    Attributes:
        number: its place in the ledger, from 1.
        ledger: identity of the ledger.
        by: who decided: the account, as the system of that machine names it.
        host: that machine.
        at: when, in UTC.
        moved: the aliases that were moved, and the versions they point at since; null: taken away.
        intent: number of the intent that announced the moves; None where nothing was to be moved.
        previous: hash of the receipt before it, whatever model that was about.
        hash: sha256 of the document.
    """

    number: int
    ledger: str
    by: str
    host: str
    at: str
    moved: Mapping[str, int | None] = field(default_factory=dict)
    intent: int | None = None
    previous: str
    hash: str

    @property
    def judged(self) -> bool:
        """Whether rows were looked at for it: that uses them up."""
        return bool(self.digest and self.gates)

    @property
    def who(self) -> str:
        """The person and the machine."""
        return f"{self.by}@{self.host}"


def canonical(document: Mapping[str, Any]) -> str:
    """A document as the text that is hashed: sorted keys, no spaces, every number comes back.

    Args:
        document: plain, as `plain` makes it.

    Raises:
        DataError: what is read back is not what was written.

    >>> canonical({"b": 0.1, "a": [1, None, "新质"]})
    '{"a":[1,null,"新质"],"b":0.1}'
    """
    text = json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    if json.loads(text) != document:
        raise DataError("a receipt must be read back as it was written, this one is not")
    return text


def plain(value: object) -> Any:  # noqa: ANN401 - JSON
    """A value as JSON knows it: passwords are hidden, a number that is none is null.

    Args:
        value: mappings, sequences, numbers of any library, texts.

    Raises:
        DataError: it is something else.
    """
    match value:
        case None | bool():
            found: object = value
        case str():
            # a lone half of a sign, as broken input has it, is in no encoding
            found = redact(value).encode("utf-8", "replace").decode("utf-8")
        case int():
            found = int(value)
        case float():
            found = float(value) if math.isfinite(value) else None
        case Mapping():
            found = {str(plain(str(key))): plain(inner) for key, inner in value.items()}
        case Sequence() | set() | frozenset():
            found = [plain(one) for one in value]
        case Side():
            found = asdict(value)
        case _ if callable(item := getattr(value, "tolist", None)):
            found = plain(item())  # numbers and arrays of NumPy and torch
        case _:
            raise DataError(
                f"a receipt must hold texts, numbers, lists and mappings, was given a"
                f" {type(value).__name__}: {str(value)[:80]}"
            )
    return found


def document(draft: Draft) -> dict[str, Any]:
    """What a draft, or a receipt but for its hash, says, as plain JSON.

    Args:
        draft: any.
    """
    names = [one.name for one in fields(draft) if one.name != "hash"]
    return {"format": FORMAT, **{name: plain(getattr(draft, name)) for name in names}}


def draft_of(found: Mapping[str, Any]) -> Draft:
    """The draft that a document holds.

    Args:
        found: as `document` makes it; what is not a draft's is left aside.
    """
    names = [one.name for one in fields(Draft)]
    return Draft(**_sides({name: found[name] for name in names if name in found}))


def receipt_of(text: str, found_hash: str) -> Receipt:
    """The receipt that an entry of the ledger holds.

    Args:
        text: of the document.
        found_hash: beside it.

    Raises:
        DataError: it is none, or one of a later version of xinzhi.
    """
    try:
        found = json.loads(text)
        version = found.pop("format")
        if version != FORMAT:
            raise DataError(
                f"a receipt must be of format {FORMAT} for this version of xinzhi, was {version}",
                mend="use the version of xinzhi that wrote it",
            )
        return Receipt(**_sides(found), hash=found_hash)
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"an entry of the ledger must be a receipt, was {text[:80]!r}",
            mend="xinzhi audit   (which says what is altered)",
        ) from error


def _sides(found: dict[str, Any]) -> dict[str, Any]:
    sides = {
        name: Side(**found[name])
        for name in ("challenger", "champion")
        if found.get(name) is not None
    }
    return {**found, **sides}
