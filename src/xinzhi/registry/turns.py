"""The time in which one process alone decides on a model."""

from collections.abc import Mapping

from xinzhi.registry import aliases as pointing
from xinzhi.registry import moves
from xinzhi.registry.receipt_forms import Draft, Receipt
from xinzhi.registry.receipt_ledger import ReceiptLedger
from xinzhi.registry.registered import Registered, Version


class Turn:
    """The time in which nobody else decides on a model.

    Args:
        receipts: the rows.
        registered: the models of the store.
        name: of the registered model.
    """

    def __init__(self, receipts: ReceiptLedger, registered: Registered, name: str) -> None:
        self._rows = receipts
        self._registered = registered
        self.name = name

    def receipts(self) -> list[Receipt]:
        """The receipts of the model by number."""
        return self._rows.receipts(self.name)

    def aliases(self) -> dict[str, int]:
        """Where its aliases point."""
        return pointing.read(self._registered, self.name)

    def versions(self) -> list[Version]:
        """Its versions by number."""
        return self._registered.versions(self.name)

    def decide(
        self,
        draft: Draft,
        *,
        move: Mapping[str, int | None] | None = None,
        expected_champion: int | None = None,
        expected_decisions: int | None = None,
    ) -> Receipt:
        """Enters a decision, as `Ledger.decide` does.

        Args:
            draft: the decision.
            move: where aliases are to point.
            expected_champion: the champion that was judged against.
            expected_decisions: how many decisions the rows had made when they were judged.
        """
        moves.check_moves(draft, move)
        return moves.decide(
            self._rows,
            self._registered,
            draft,
            wanted=move,
            expected_champion=expected_champion,
            expected_decisions=expected_decisions,
        )
