"""The tables of the ledger of receipts: rows are added to them, never changed or taken away."""

from collections.abc import Sequence

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text

from xinzhi.errors import StoreError
from xinzhi.tracking.failures import Kind
from xinzhi.tracking.ledger_database import Form

SCHEMA = 1
METADATA = MetaData()
VARIABLE = "XINZHI_RECEIPTS"  # an address may hold a password: it goes by the environment
SERVER = "postgresql://USER:PASSWORD@HOST/DATABASE"

# the database may be MLflow's or that of sweeps too: so every name says whose it is
about = Table(
    "xinzhi_receipts_about",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
intents = Table(
    "xinzhi_intents",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("document", Text, nullable=False),
)
receipts = Table(
    "xinzhi_receipts",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    # at most one receipt says what came of an intent
    Column("intent", Integer, nullable=True, unique=True),
    Column("document", Text, nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Index("xinzhi_receipts_by_name", "name", "number"),
)
_REFUSED = "receipts are added, never changed or removed"


class NoReceiptsError(StoreError):
    """There is no ledger of receipts, so that nothing was decided.

    Args:
        place: where it would be.
    """

    def __init__(self, place: object) -> None:
        super().__init__(
            f"nothing was decided here: there is no ledger of receipts at {place}",
            mend="xinzhi promote NAME",
        )


def _triggers(dialect: str) -> Sequence[str]:
    """Statements after which the database itself refuses to change what is entered."""
    tables = (receipts.name, intents.name, about.name)
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
            for table in tables
            for event in ("UPDATE", "DELETE")
        ] + [
            # INSERT OR REPLACE removes a row without the trigger above
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS"  # noqa: S608
            f" (SELECT 1 FROM {table} WHERE {table}.{key} = NEW.{key})"
            f" BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
            for table, key in zip(tables, ("number", "number", "key"), strict=True)
        ]
    function = (
        "CREATE OR REPLACE FUNCTION xinzhi_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$"
    )
    return [function] + [
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION xinzhi_refuse()"
        for table in tables
    ]


FORM = Form(
    metadata=METADATA,
    about=about,
    schema=SCHEMA,
    kind=Kind(
        name="ledger of receipts",
        setting=f"receipts=… or {VARIABLE}",
        elsewhere="receipts=/another/folder/receipts.db",
        server=f"receipts={SERVER}",
        without=f"`receipts=null` and {VARIABLE} unset",
    ),
    absent=NoReceiptsError,
    made=_triggers,
    synchronous="FULL",  # an intent that a loss of power takes back would leave an alias between
)
