"""SQL conditions over a row: one expression of columns, values and harmless functions."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from xinzhi.data.records import require_columns
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from sqlglot import exp

_LONGEST = 2_000  # signs; deeper nesting than these allow would exhaust the parser's stack
# What a condition may be made of. Everything else is refused, functions above all: DuckDB has
# hundreds, some of which read files, variables and secrets, and extensions bring more.
_NODES = frozenset(
    (  # noqa: SIM905
        "Column Identifier Literal Boolean Null Paren And Or Not EQ NEQ LT LTE GT GTE Is "
        "NullSafeEQ NullSafeNEQ In Between Like ILike Add Sub Mul Div Mod Neg DPipe Case If "
        "Coalesce Nullif Lower Upper Length Trim Abs Floor Ceil Greatest Least StartsWith EndsWith "
        "Contains Left Right Substring Year Month Day Hour"
    ).split()
)
_FUNCTIONS = (
    "coalesce, nullif, lower, upper, length, trim, abs, floor, ceil, greatest, least, starts_with, "
    "ends_with, contains, left, right, substring, year, month, day, hour"
)
_MEND = f"use columns, values, comparisons, and, or, not, in, between, like, case and {_FUNCTIONS}"


class Condition(NamedTuple):
    """A condition that was found harmless.

    Attributes:
        sql: as it was written.
        tree: as it was understood.
    """

    sql: str
    tree: "exp.Expr"

    def __str__(self) -> str:
        return self.sql


def parse(sql: object, where: str) -> Condition:
    """Read a condition in DuckDB's dialect.

    Args:
        sql: one boolean expression.
        where: the key, for the message.

    Raises:
        DataError: it is not an expression, or holds more than a row's columns and plain functions.
    """
    if not isinstance(sql, str) or not sql.strip() or len(sql) > _LONGEST:
        raise DataError(
            f"{where} must be an SQL condition of at most {_LONGEST:,} signs, such as "
            f"ends >= starts; was {str(sql)[:80]!r}"
        )
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        statements = sqlglot.parse(f"SELECT ({sql}\n) AS holds", dialect="duckdb")
    except (SqlglotError, RecursionError, ValueError) as error:
        reason = str(error).splitlines()[0].partition(" Line ")[0] if str(error) else "too deep"
        raise DataError(f"{where} must be an SQL condition, was {sql!r}: {reason}") from None
    return Condition(sql, _only_expression(statements, sql, where))


def _only_expression(statements: "Sequence[exp.Expr | None]", sql: str, where: str) -> "exp.Expr":
    """The expression, if the text held nothing else.

    The text was put between brackets, so `true) AS a, (false` or `1) FROM x --` must be told apart.

    Raises:
        DataError: it did.
    """
    from sqlglot import exp

    select = statements[0] if len(statements) == 1 else None
    if not isinstance(select, exp.Select) or _given(select) - {"expressions", "kind"}:
        raise DataError(f"{where} must be one expression over the row, was {sql!r}", mend=_MEND)
    held = select.expressions[0]
    if len(select.expressions) != 1 or not isinstance(held, exp.Alias):
        raise DataError(f"{where} must be one expression over the row, was {sql!r}", mend=_MEND)
    tree: exp.Expr = held.this
    for node in tree.walk():
        _require_harmless(node, sql, where)
    return tree


def _require_harmless(node: "exp.Expr", sql: str, where: str) -> None:
    from sqlglot import exp

    if isinstance(node, exp.DataType | exp.DataTypeParam) and isinstance(node.parent, exp.Cast):
        return
    if isinstance(node, exp.Cast) and type(node) is exp.Cast:
        plain = isinstance(node.this, exp.Literal) and node.this.is_string
        kinds = exp.DataType.Type
        if plain and node.to.this in (kinds.DATE, kinds.TIMESTAMP, kinds.TIMESTAMPNTZ):
            return  # DATE '2026-01-31', TIMESTAMP '2026-01-31 08:00:00'
        raise DataError(
            f"{where} must not cast, engines differ: {node.sql('duckdb')}",
            mend="declare the column's type in data.schema",
        )
    name = type(node).__name__
    qualified = isinstance(node, exp.Column) and (
        node.table or not isinstance(node.this, exp.Identifier)
    )
    if name not in _NODES or qualified:
        shown = node.sql("duckdb", comments=False)[:80]
        raise DataError(f"{where} must not use {shown} ({name}), in {sql!r}", mend=_MEND)
    if isinstance(node, exp.In) and _given(node) - {"this", "expressions"}:
        raise DataError(f"{where} must not use IN with a query, in {sql!r}", mend=_MEND)
    if isinstance(node, exp.Trim | exp.Ceil | exp.Floor) and len(_given(node)) > 1:
        raise DataError(f"{where} must use {name.lower()} with one argument, in {sql!r}")
    if isinstance(node, exp.Like | exp.ILike) and "\\" in node.expression.sql():
        raise DataError(f"{where} must not use a backslash in LIKE, engines differ: {sql!r}")


def _given(node: "exp.Expr") -> set[str]:
    return {key for key, value in node.args.items() if value}


def named_columns(conditions: Sequence[Condition]) -> list[str]:
    """The columns that conditions speak of, as they are written there.

    Args:
        conditions: any number.
    """
    from sqlglot import exp

    found = (node.name for each in conditions for node in each.tree.find_all(exp.Column))
    return list(dict.fromkeys(found))


def resolved(condition: Condition, columns: Sequence[str], where: str) -> str:
    """The condition in DuckDB's dialect with every column quoted as the table has it.

    A divisor of nought gives NULL, on every engine.

    Args:
        condition: a parsed one.
        columns: those of the table.
        where: source and key, for the message.

    Raises:
        DataError: there is no such column; names the near match.
    """
    from sqlglot import exp

    by_lower = {name.lower(): name for name in columns}
    tree = condition.tree.copy()
    for node in list(tree.find_all(exp.Column)):
        name = node.name if node.name in columns else by_lower.get(node.name.lower(), node.name)
        require_columns(columns, [name], where)
        node.set("this", exp.to_identifier(name, quoted=True))
    for quotient in list(tree.find_all(exp.Div, exp.Mod)):
        divisor = exp.Nullif(this=quotient.expression, expression=exp.Literal.number(0))
        quotient.set("expression", divisor)
    return tree.sql("duckdb", comments=False)
