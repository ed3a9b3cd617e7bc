"""What an audit found, as it is printed and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from xinzhi.registry.receipt_forms import Receipt
from xinzhi.registry.receipt_page import day


@dataclass(frozen=True)
class Answering:
    """A version that was champion at a moment in question.

    Attributes:
        name: of the registered model.
        version: of it.
        since: when it became champion, in UTC.
        until: when it was replaced; None while it lasts.
        by: who decided.
        receipt: number of the receipt that let it.
        run_id: the run that made it.
        data_digest: of the rows that decided; empty where none did.
        sentence: of the decision.
    """

    name: str
    version: int
    since: str
    until: str | None
    by: str
    receipt: int
    run_id: str
    data_digest: str
    sentence: str

    def line(self) -> str:
        """It in one line."""
        until = f" until {day(self.until)}" if self.until else ", still"
        on = f" on data {self.data_digest}" if self.data_digest else ""
        answered = f"{self.name}/{self.version} answered since {day(self.since)}{until}"
        return f"{answered}: decided by {self.by}{on} (receipt {self.receipt})"


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    Attributes:
        name: of the registered model; None for all.
        ledger: identity of the ledger.
        place: of the ledger.
        head: hash of its last receipt.
        number: of receipts in the ledger.
        receipts: those asked for, the oldest first.
        faults: what is wrong with the chain.
        unreceipted: moves without a receipt.
        notes: what else a person should know.
        aliases: where they point in MLflow; of all models, by name of the model.
        at: the moment that was asked for.
        answering: who was champion then.
        bundle: the file that was written.
    """

    name: str | None
    ledger: str
    place: str
    head: str
    number: int
    receipts: Sequence[Receipt]
    faults: Sequence[str]
    unreceipted: Sequence[str]
    notes: Sequence[str]
    aliases: Mapping[str, int] | Mapping[str, Mapping[str, int]]
    at: str | None = None
    answering: Sequence[Answering] = ()
    bundle: str | None = None

    @property
    def exit_code(self) -> int:
        """1 where something is wrong."""
        return 1 if self.faults or self.unreceipted else 0

    def table(self) -> str:
        """Write the history, the answer to `at=`, and what is wrong."""
        lines = [f"receipts of {self.name or 'all models'} in {self.place}", *self._history()]
        if self.at is not None:
            lines += ["", f"at {self.at}:"]
            lines += [f"  {one.line()}" for one in self.answering] or ["  no champion"]
        lines += ["", f"aliases now: {_pointed(self.aliases)}"]
        lines += [f"NOTE   {one}" for one in self.notes]
        lines += [f"MOVED  without a receipt: {one}" for one in self.unreceipted]
        lines += [f"FAULT  {one}" for one in self.faults]
        intact = "altered" if self.faults else "intact"
        lines.append(f"chain {intact}: {self.number} receipts, head {self.head}")
        if self.bundle:
            lines += [f"bundle {self.bundle}", "next: unpack it, then  python3 verify.py"]
        return "\n".join(lines)

    def _history(self) -> Iterator[str]:
        if not self.receipts:
            yield "  nothing was decided yet"
        width = max((len(one.who) for one in self.receipts), default=0)
        for one in self.receipts:
            of = "" if self.name else f"{one.name}: "
            override = f"  OVERRIDDEN: {one.override}" if one.override else ""
            text = f"  “{one.text}”" if one.text else ""
            said = f"{of}{one.sentence}{override}{text}"
            yield f"  {one.number:>4}  {day(one.at)}  {one.who:<{width}}  {one.action:<8}  {said}"


def _pointed(aliases: Mapping[str, int] | Mapping[str, Mapping[str, int]]) -> str:
    """Where aliases point, in a line."""
    told = [
        f"{name}: {_pointed(at)}" if isinstance(at, Mapping) else f"{name} → {at}"
        for name, at in aliases.items()
        if at
    ]
    return "  ".join(told) or "none"
