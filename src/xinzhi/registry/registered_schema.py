"""The tables of MLflow's registry, as one revision of its database has them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    insert,
    select,
    update,
)

REVISION = "dc11669786a5"  # of MLflow 3.17's database
WORKSPACE = "default"  # what MLflow writes where it keeps no workspaces
_METADATA = MetaData()
GONE = "Deleted_Internal"  # stage of a deleted version


def _table(name: str, *columns: Column[str] | Column[int]) -> Table:
    return Table(name, _METADATA, *columns, Column("workspace", String), Column("name", String))


revision = Table("alembic_version", _METADATA, Column("version_num", String))
registered = _table(
    "registered_models", Column("description", String), Column("last_updated_time", BigInteger)
)
versions = _table(
    "model_versions",
    Column("version", Integer),
    Column("run_id", String),
    Column("source", String),
    Column("status", String),
    Column("current_stage", String),
    Column("description", String),
    Column("last_updated_time", BigInteger),
)
aliases = _table("registered_model_aliases", Column("alias", String), Column("version", Integer))
model_tags = _table("registered_model_tags", Column("key", String), Column("value", String))
version_tags = _table(
    "model_version_tags", Column("version", Integer), Column("key", String), Column("value", String)
)
runs = Table("runs", _METADATA, Column("run_uuid", String), Column("artifact_uri", String))


def where(table: Table, of: Mapping[str, object]) -> list[ColumnElement[bool]]:
    """Conditions for the rows of a model.

    Args:
        table: any of these.
        of: values of its columns.
    """
    return [table.c.workspace == WORKSPACE, *(table.c[key] == of[key] for key in of)]


def rows(table: Table, name: str, *columns: str) -> Select[*tuple[Any, ...]]:
    """A query for columns of a model's rows.

    Args:
        table: any of these.
        name: of the model.
        columns: of the table.
    """
    return select(*(table.c[column] for column in columns)).where(*where(table, {"name": name}))


def put(connection: Connection, table: Table, of: Mapping[str, object], **values: object) -> None:
    """Changes the row of a key, or adds it.

    Args:
        connection: in a transaction.
        table: any of these.
        of: the key.
        values: of the other columns.
    """
    changed = connection.execute(update(table).where(*where(table, of)).values(**values))
    if changed.rowcount == 0:
        connection.execute(insert(table).values(workspace=WORKSPACE, **of, **values))
