"""What a command that decided prints: the sentence, the aliases, the head to be filed elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass

from xinzhi.registry.receipt_forms import Receipt


@dataclass(frozen=True)
class Decided:
    """A decision that was entered.

    Attributes:
        name: of the registered model.
        action: what was decided.
        sentence: the decision and its reason.
        aliases: where they point now.
        receipt: its number.
        by: who decided.
        at: when, in UTC.
        head: hash of the chain's last receipt.
        next: the command that may follow.
    """

    name: str
    action: str
    sentence: str
    aliases: Mapping[str, int]
    receipt: int
    by: str
    at: str
    head: str
    next: str

    def table(self) -> str:
        """Write it in a few lines."""
        pointed = "  ".join(f"{alias} → {self.name}/{n}" for alias, n in self.aliases.items())
        return "\n".join(
            [
                self.sentence,
                pointed or "no aliases",
                f"receipt {self.receipt} by {self.by} at {self.at}",
                f"head {self.head}  (file it elsewhere; audit {self.name} head=… asks for it)",
                f"next: {self.next}",
            ]
        )


def decided(receipt: Receipt, aliases: Mapping[str, int], *, next_command: str) -> Decided:
    """What is printed of a receipt.

    Args:
        receipt: just entered.
        aliases: where they point now.
        next_command: that may follow.
    """
    return Decided(
        name=receipt.name,
        action=receipt.action,
        sentence=receipt.sentence,
        aliases=dict(aliases),
        receipt=receipt.number,
        by=receipt.who,
        at=receipt.at,
        head=receipt.hash,
        next=next_command,
    )
