"""Decisions as receipts: entered in a ledger that only grows, together with the moved aliases."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from xinzhi.config.identity import redact
from xinzhi.errors import ConfigError, StoreError, XinzhiError
from xinzhi.registry import aliases as pointing
from xinzhi.registry import chain, moves, receipt_notes
from xinzhi.registry.chain import Entry
from xinzhi.registry.receipt_forms import Draft, Receipt, Side
from xinzhi.registry.receipt_ledger import ReceiptLedger
from xinzhi.registry.receipt_tables import FORM, VARIABLE
from xinzhi.registry.registered import ClientRegistered, Registered
from xinzhi.registry.registered_tables import open_registered
from xinzhi.registry.turns import Turn
from xinzhi.tracking import database
from xinzhi.tracking.store import Store, address_of, open_store

__all__ = ["Draft", "Ledger", "Receipt", "Side", "open_ledger", "settle"]
_FILE = "receipts.db"
_TURN_S = 120.0  # a turn takes a moment; whoever holds it longer hangs


class Standing(NamedTuple):
    """A registered model at one moment.

    Attributes:
        settled: receipts that were missing, of what a process that died had begun.
        receipts: all of the model by number.
        aliases: where they point in MLflow.
    """

    settled: list[Receipt]
    receipts: list[Receipt]
    aliases: dict[str, int]


class Ledger:
    """The receipts of a store, and the one way by which decisions move its aliases.

    Args:
        store: whose aliases are moved.
        receipts: the rows.
        registered: the models of the store.
    """

    def __init__(self, store: Store, receipts: ReceiptLedger, registered: Registered) -> None:
        self.store = store
        self.registered = registered
        self._rows = receipts

    @property
    def place(self) -> str:
        """Where it is, for a person: a file, or an address without its password."""
        return self._rows.database.place

    def receipts(self, name: str | None = None) -> list[Receipt]:
        """The receipts by number.

        Args:
            name: of the registered model; of all by default.
        """
        return self._rows.receipts(name)

    def decided_on(self, data_digest: str, name: str | None = None) -> list[Receipt]:
        """The receipts of decisions for which certain rows were looked at, the oldest first.

        Args:
            data_digest: of the rows.
            name: of the registered model; all by default, since rows are used up by any.
        """
        return moves.decided_on(self._rows, data_digest, name)

    def decisions_on(self, data_digest: str, name: str | None = None) -> int:
        """How many decisions certain rows have made.

        Args:
            data_digest: of the rows.
            name: of the registered model; all by default.
        """
        return len(self.decided_on(data_digest, name))

    def head(self) -> str:
        """The hash of the last receipt, to be filed elsewhere."""
        last = self._rows.head()
        return last.hash if last else chain.START

    @property
    def identity(self) -> str:
        """What tells this ledger from all others."""
        return self._rows.identity

    def entries(self) -> list[Entry]:
        """All rows as they stand there, by number."""
        return self._rows.entries()

    def faults(self, heads: Sequence[str] = ()) -> list[str]:
        """What is wrong with the chain; nothing where it is intact.

        Args:
            heads: hashes that were filed elsewhere.
        """
        entries = self.entries()
        cut = [
            f"no receipt has the hash {head}: receipts were taken away, or the chain was written"
            " anew"
            for head in chain.absent(entries, heads)
        ]
        return chain.faults(entries, ledger=self.identity) + cut

    def aliases(self, name: str) -> dict[str, int]:
        """Where the aliases of a registered model point in MLflow.

        Args:
            name: of it.
        """
        return pointing.read(self.registered, name)

    def settle(self, name: str) -> list[Receipt]:
        """Brings to an end what a process that died had begun, and gives the missing receipts.

        Args:
            name: of the registered model.
        """
        with self._alone(name):
            return moves.settle(self._rows, self.registered, name)

    def standing(self, name: str) -> Standing:
        """Settles a model as `settle` does, and gives its receipts and aliases at that moment.

        Args:
            name: of the registered model.
        """
        with self._alone(name):
            settled = moves.settle(self._rows, self.registered, name)
            return Standing(settled, self.receipts(name), self.aliases(name))

    @contextmanager
    def turn(self, name: str) -> Iterator[Turn]:
        """Keeps all others from deciding on a model meanwhile, with nothing left half done.

        Args:
            name: of the registered model.

        Yields:
            What decides.
        """
        with self._alone(name):
            moves.settle(self._rows, self.registered, name)
            receipt_notes.claim(self.registered, name, self._rows.identity, self.place)
            yield Turn(self._rows, self.registered, name)

    def decide(
        self,
        draft: Draft,
        *,
        move: Mapping[str, int | None] | None = None,
        expected_champion: int | None = None,
        expected_decisions: int | None = None,
    ) -> Receipt:
        """Enters a decision; where it moves aliases, either all of that comes to pass or nothing.

        Args:
            draft: the decision.
            move: where aliases are to point, `{"champion": 4}`; `previous` and `challenger` follow.
            expected_champion: the champion that was judged against; None: there was none.
            expected_decisions: how many decisions the rows had made when they were judged; None
                does not ask.

        Raises:
            OvertakenError: another is champion by now, or the rows have decided meanwhile; a
                receipt says so.
            StoreError: the decisions on this model are kept in another ledger.
        """
        with self.turn(draft.name) as turn:
            return turn.decide(
                draft,
                move=move,
                expected_champion=expected_champion,
                expected_decisions=expected_decisions,
            )

    def close(self) -> None:
        """Closes its connections."""
        self._rows.close()

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        with self._rows.alone(name, timeout_s=_TURN_S):
            try:
                yield
            finally:
                self._show(name)

    def _show(self, name: str) -> None:
        try:
            receipt_notes.show(self.registered, self._rows.receipts(name))
        except XinzhiError as error:  # the decision stands, and the next command shows it
            print(f"MLflow's pages do not show the last receipt yet: {error}", file=sys.stderr)  # noqa: T201


def open_ledger(store: Store, where: str | None = None, *, create: bool = True) -> Ledger:
    """Opens the ledger of a store: beside its database, or where that is said.

    Args:
        store: opened.
        where: path of a file or `postgresql://…`; `XINZHI_RECEIPTS` by default.
        create: whether to make it where there is none.
    """
    return Ledger(
        store, ReceiptLedger(_place(store, where), create=create), ClientRegistered(store)
    )


def open_at(uri: str | None, where: str | None = None, *, create: bool = True) -> Ledger:
    """Opens the ledger of the store at an address with the least that has to be loaded.

    Args:
        uri: MLflow's address of a store, as `open_store` takes it.
        where: path of a file or `postgresql://…`; `XINZHI_RECEIPTS` by default.
        create: whether to make it where there is none.

    Raises:
        StoreError: there is no store, or it was moved.
    """
    store = address_of(uri)
    if store.database is not None and not store.database.exists():
        raise StoreError(
            f"there must be a store in {store.folder}, there is none",
            mend="go to the project's folder, or name the store: tracking.uri=…",
        )
    if store.database is not None:
        database.refuse_moved(store.database)
    registered = open_registered(store)
    if isinstance(registered, ClientRegistered):
        return open_ledger(open_store(uri), where, create=create)
    return Ledger(store, ReceiptLedger(_place(store, where), create=create), registered)


def settle(store: Store, ledger: Ledger, name: str) -> list[Receipt]:
    """Brings to an end what a process that died had begun; every command on a model begins so.

    Args:
        store: whose aliases are moved.
        ledger: of it.
        name: of the registered model.

    Returns:
        The receipts that were missing.

    Raises:
        ConfigError: the ledger is of another store.
    """
    if ledger.store.uri != store.uri:
        raise ConfigError(f"the ledger must be of the store {store.place}, is of another")
    return ledger.settle(name)


def _place(store: Store, where: str | None) -> str:
    """Where the receipts of a store are.

    Raises:
        StoreError: it is not said, and its clients share no database that could keep them.
    """
    said = where or os.environ.get(VARIABLE)
    if said:
        return said
    if store.database is not None:
        return str(store.database.with_name(_FILE))
    if store.uri.startswith("postgresql"):
        return store.uri
    raise StoreError(
        "a decision needs a ledger that all who decide share; the clients of the store at"
        f" {redact(store.uri)} share none",
        mend=f"say where it is: {FORM.kind.server}, or {VARIABLE} in the environment",
    )
