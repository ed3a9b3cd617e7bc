"""Rows of a few columns on an engine, for the tests of the data road."""

import pyarrow as pa

from xinzhi.data.roles import Roles, assign


def taken_in(engine, columns, *, extras=(), text=("text",), label="label", **roles):
    """Rows with their roles, by default those of `text` and `label`."""
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    named = Roles(text, label, **roles)
    return assign(
        engine.load(table), named, engine=engine, where="t.csv", extras=extras, draw_seed=0
    )
