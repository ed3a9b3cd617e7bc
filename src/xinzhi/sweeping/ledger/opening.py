"""Where the ledger of a project is."""

import os

from xinzhi.config import project
from xinzhi.sweeping.ledger.ledger import Ledger

_FILE = "sweeps.db"
VARIABLE = "XINZHI_LEDGER"  # an address may hold a password: it goes by the environment


def open_ledger(where: str | None = None, *, create: bool = True) -> Ledger:
    """Opens the ledger of this project.

    Args:
        where: address of a PostgreSQL database; a file in the store's folder where it is None.
        create: whether to make it where there is none.
    """
    found = where or os.environ.get(VARIABLE)
    return Ledger.open(found or project.store_folder() / _FILE, create=create)
