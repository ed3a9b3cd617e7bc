"""Whether `champion` stands where the receipts let it: else no gate is asked."""

from typing import NamedTuple

from xinzhi.config.identity import program
from xinzhi.errors import ConfigError
from xinzhi.registry.aliases import has
from xinzhi.registry.receipts import Ledger
from xinzhi.registry.reigns import moving
from xinzhi.registry.rollback_champions import former
from xinzhi.registry.versions import CHAMPION


class Standing(NamedTuple):
    """Where a model stands before it is judged.

    Attributes:
        settled: sentences of what a process that died had begun, and is done now.
        adopted: a champion that no receipt made, since there was none yet; None else.
    """

    settled: list[str]
    adopted: int | None

    @property
    def told(self) -> list[str]:
        """What a person should know of it."""
        if self.adopted is None:
            return []
        return [
            f"`{CHAMPION}` pointed at version {self.adopted} before there was a receipt: it is"
            " taken for the champion, no gate judged it."
        ]

    @property
    def noted(self) -> dict[str, int]:
        """What the receipt keeps of it, beside the rows that decided."""
        return {} if self.adopted is None else {"adopted": self.adopted}


def standing(ledger: Ledger, name: str) -> Standing:
    """Compares the alias with the receipts.

    Args:
        ledger: of the store.
        name: of the registered model, which may not be there yet.

    Raises:
        ConfigError: the alias was moved, or taken away, without a receipt.
    """
    found = ledger.standing(name)
    now, moved = found.aliases.get(CHAMPION), moving(found.receipts)
    told = [one.sentence for one in found.settled]
    if not moved:
        return Standing(told, adopted=now)
    last = moved[-1]
    if now == last.moved[CHAMPION]:
        return Standing(told, adopted=None)
    here = "nowhere" if now is None else f"at version {now}"
    raise ConfigError(
        f"`{CHAMPION}` of {name} must point where the last decision let it, at version"
        f" {last.moved[CHAMPION]} (receipt {last.number}); in MLflow it points {here}, moved"
        " without a receipt: nobody can be judged against it",
        mend=_way_out(ledger, name, former(found.receipts)),
    )


def _way_out(ledger: Ledger, name: str, champions: list[int]) -> str:
    back = f"{program()} rollback {name}"
    there = [one for one in reversed(champions) if has(ledger.registered, name, one)]
    if there:
        return f"{back} to={there[0]}   (sets `{CHAMPION}` there, with a receipt; then promote)"
    return f"{back} to=VERSION override='why'   (all former champions were deleted)"
