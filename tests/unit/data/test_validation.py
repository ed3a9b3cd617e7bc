"""A declared schema on both engines, against Python, pandera on pandas and SQLite."""

import os
import random
import re
import sqlite3
import subprocess
import sys
from datetime import date, datetime

import pandas as pd
import pandera.pandas
import pyarrow as pa
import pytest

from xinzhi.data import conditions, validation, violations
from xinzhi.data.validation import parse
from xinzhi.errors import DataError

NAN = float("nan")
os.environ.pop("PYARROW_IGNORE_TIMEZONE", None)  # pandera sets it for the whole process


def held(engine, schema, checks=None, on="quarantine", **columns):
    return validation.apply(
        engine.load(pa.table(columns)), parse(schema, checks, on), engine=engine, where="a.csv"
    )


def rows(engine, table):
    """In one order; NaN, which equals nothing, as text."""
    return sorted(map(without_nan, engine.rows(table)), key=repr)


def without_nan(row):
    return {name: "NaN" if value != value else value for name, value in row.items()}  # noqa: PLR0124


def counts(result):
    return {(each["column"], each["rule"]): each["rows"] for each in result.violations}


SPELLINGS = {
    "integer": {"1": 1, " 7 ": 7, "+5": 5, "3.0": 3, "-0": 0, "007": 7, "9223372036854775807": 2**63
    - 1,
                "9223372036854775808": None, "1_000": None, "1e3": None, "3.5": None, "0x10": None,
                "１": None},
    "number": {".5": 0.5, "5.": 5.0, "1e3": 1000.0, "1e999": None, "3d": None, "nan": None, "inf":
    None, "1,5": None},
    "boolean": {"TRUE": True, "no": False, "1": True, "t": None, "2": None},
    "date": {"2021-02-03": date(2021, 2, 3), "2020-02-29 00:00:00": date(2020, 2, 29), "2021-02-30":
    None,
             "2021-2-3": None, "03/02/2021": None, "0000-01-01": None, "2021-02-03 10:00": None},
    "time": {"2021-02-03T10:00Z": datetime(2021, 2, 3, 10), "2021-02-03": datetime(2021, 2, 3),
             "2021-02-03 10:00:00.1234567": datetime(2021, 2, 3, 10, 0, 0, 123456),
             "2021-02-03T10:00:00+02:30": datetime(2021, 2, 3, 7, 30),
             "2021-02-03 10:00 -0500": datetime(2021, 2, 3, 15), "1582-10-10": datetime(1582, 10,
             10),
             "9999-12-31T23:59-10:00": None, "2021-02-03T25:00": None, "10:00": None},
}  # fmt: skip


@pytest.mark.parametrize("type_", SPELLINGS)
def test_strings_are_of_a_type_alike_on_every_engine(engine, type_):
    said = SPELLINGS[type_]
    texts = [*said, "", "  ", None]
    result = held(engine, {"a": type_}, a=texts, row=list(range(len(texts))))
    typed = {row["row"]: row["a"] for row in engine.rows(result.table)}
    naive = {
        row: value.replace(tzinfo=None) if isinstance(value, datetime) else value
        for row, value in typed.items()
    }
    expected = {row: said.get(text) for row, text in enumerate(texts)}
    wrong = [text for text in said if said[text] is None]
    assert naive == {row: value for row, value in expected.items() if texts[row] not in wrong}
    assert sorted(row["a"] for row in engine.rows(result.quarantined)) == sorted(wrong)


def test_other_types(engine):
    result = held(
        engine,
        {"whole": "integer", "flag": "boolean", "key": "string", "share": {"min": 0}},
        whole=[1.0, 2.5, NAN, None],
        flag=[0, 1, 1, 2],
        key=[2**60 + 1, None, 3, 4],
        share=[1, 2, 3, 4],
    )
    assert engine.rows(result.table.order_by("share")) == [
        {"whole": 1, "flag": False, "key": str(2**60 + 1), "share": 1},
        {"whole": None, "flag": True, "key": "3", "share": 3},
    ]
    assert counts(result) == {("whole", "type"): 1, ("flag", "type"): 1}


def test_what_never_has_the_type_is_refused_before_any_row(engine):
    with pytest.raises(DataError, match="column 'a' must be of type integer"):
        held(engine, {"a": "integer"}, a=[True])
    with pytest.raises(DataError, match="column 'a' must be of type a single value"):
        held(engine, {"a": {"unique": True}}, a=[["x"]])
    with pytest.raises(DataError, match="'amout'") as told:
        held(engine, {"amout": "integer"}, amount=[1])
    assert told.value.candidates == ("amount",)


def sample(seed=0, n=300):
    dice = random.Random(seed)  # noqa: S311
    return {
        "id": [dice.choice([None, dice.randrange(n)]) for _ in range(n)],
        "amount": [dice.choice([None, NAN, dice.uniform(-5, 15)]) for _ in range(n)],
        "state": [dice.choice(["open", "closed", "opne", "开", None]) for _ in range(n)],
        "code": [dice.choice(["AB-1", "ab-1", "AB-12\n", "AB-", None, "AB-1\nA"]) for _ in
        range(n)],
    }  # fmt: skip


SCHEMA = {
    "id": {"type": "integer", "unique": True},
    "amount": {"min": 0, "max": 10, "null_share": 0.1},
    "state": {"allowed": ["open", "closed", "开"], "min": 2},
    "code": {"pattern": "[A-Z]+-[0-9]+.?", "max": 5},
}


def test_counts_are_those_of_pandera_on_pandas(engine):
    columns = sample()
    ours = counts(held(engine, SCHEMA, **columns))
    column, check = pandera.pandas.Column, pandera.pandas.Check
    stripped = {
        name: [value.strip() if isinstance(value, str) else value for value in values]
        for name, values in columns.items()
    }
    code = re.compile("[A-Z]+-[0-9]+.?")
    schema = pandera.pandas.DataFrameSchema(
        {
            "id": column("Int64", nullable=True),
            "amount": column(float, [check.ge(0, error="min"), check.le(10, error="max")]),
            "state": column(None, [check.isin(["open", "closed", "开"], error="allowed"),
                                   check.str_length(min_value=2, error="min")], nullable=True),
            "code": column(None, [check(lambda x: bool(code.fullmatch(x)), error="pattern",
            element_wise=True),
                                  check.str_length(max_value=5, error="max")], nullable=True),
        }
    )  # fmt: skip
    frame = pd.DataFrame(stripped).astype({"id": "Int64", "state": object, "code": object})
    with pytest.raises(pandera.errors.SchemaErrors) as told:
        schema.validate(frame, lazy=True)
    cases = told.value.failure_cases
    theirs = {
        (str(name), {"not_nullable": "null_share"}.get(rule, rule)): int(n)
        for (name, rule), n in cases.groupby(["column", "check"]).size().items()
    }
    theirs["id", "unique"] = int(frame["id"].dropna().duplicated().sum())
    assert ours == theirs


def test_the_first_rows_do_not_depend_on_the_order_of_the_rows(engine):
    columns = sample(seed=1)
    first = held(engine, SCHEMA, **columns)
    order = random.Random(2).sample(range(300), 300)  # noqa: S311
    shuffled = {name: [values[at] for at in order] for name, values in columns.items()}
    again = held(engine, SCHEMA, **shuffled)
    assert again.violations == first.violations
    assert rows(engine, again.table) == rows(engine, first.table)
    assert rows(engine, again.quarantined) == rows(engine, first.quarantined)
    low = next(each for each in first.violations if each["rule"] == "min")
    assert len(low["first"]) == 3
    assert all(row["amount"] < 0 for row in low["first"])


def test_rows_are_dropped_kept_apart_or_stop_everything(engine):
    data = {
        "a": ["1", "-1", "x", "2", "-7"],
        "b": ["u", "u", "v", "w", "w"],
        "reason": list("pqrst"),
    }
    schema = {"a": {"type": "integer", "min": 0, "on": {"type": "quarantine", "min": "drop"}}}
    result = held(engine, schema, {"known": {"sql": "b <> 'w'", "on": "quarantine"}}, **data)
    assert rows(engine, result.table) == [{"a": 1, "b": "u", "reason": "p"}]
    assert rows(engine, result.quarantined) == [
        {"a": "-7", "b": "w", "reason_": "t", "reason": "a: min 0; known: check"},
        {"a": "2", "b": "w", "reason_": "s", "reason": "known: check"},
        {"a": "x", "b": "v", "reason_": "r", "reason": "a: type integer"},
    ]
    assert [step[:3] for step in result.steps] == [
        ("validation: drop", 5, 4),
        ("validation: quarantine", 4, 1),
    ]
    with pytest.raises(DataError) as told:
        held(engine, schema, {"known": "b <> 'w'"}, on="fail", **data)
    message = str(told.value)
    assert "3 declared rules violated in 5 rows" in message
    assert "known must hold: b <> 'w': 2 rows" in message
    assert "a must be at least 0: 2 rows (drop)" in message
    assert 'a="-7", b="w"' in message


def test_a_rule_that_every_row_violates_is_said_to_be_at_fault(engine):
    columns = {"a": ["u@x.de", "v@y.de"], "b": ["1", None]}
    result = held(engine, {"a": {"pattern": "@"}}, {}, on="quarantine", **columns)
    with pytest.raises(DataError) as told:
        violations.require_left(result.violations, result.steps, "a.csv")
    assert "none of 2 rows holds to the declared rules" in str(told.value)
    assert "a must match @ from end to end: 2 rows" in str(told.value)


def test_rows_that_hold_go_on_typed(engine):
    schema = {"a": "integer", "b": {"type": "date", "min": "2020-01-01"}}
    columns = {"a": ["1", " 2"], "b": ["2020-01-01", None]}
    result = held(engine, schema, {"c": "a < 3"}, on="fail", **columns)
    assert rows(engine, result.table) == [{"a": 1, "b": date(2020, 1, 1)}, {"a": 2, "b": None}]
    assert result.quarantined is None
    assert result.steps == [
        ("validation", 2, 2, "4 declared rules: every row holds"),
    ]


def test_of_rows_that_share_a_value_a_valid_one_stays(engine):
    result = held(
        engine,
        {"id": {"unique": True}, "amount": {"min": 0}},
        on="drop",
        id=["a", " a", "a", "b", "", "", None],
        amount=[-1, 4, 5, -1, 1, 2, 3],
    )
    stay = rows(engine, result.table.select("amount"))
    assert [row["amount"] for row in stay] == [1, 2, 3, 4]
    assert counts(result) == {("id", "unique"): 2, ("amount", "min"): 2}


def test_nan_in_a_parquet_file_is_missing(engine):
    values = [float(i) for i in range(9)] + [NAN, -NAN]
    result = held(engine, {"a": {"min": 0, "max": 100, "null_share": 0}}, a=values)
    assert counts(result) == {("a", "null_share"): 2}
    assert len(rows(engine, result.table)) == 9


def test_no_rows_violate_nothing(engine):
    none = {name: pa.array([], "string") for name in SCHEMA}
    result = held(engine, SCHEMA, {"c": "amount > 1"}, on="fail", **none)
    assert result.violations == []
    assert rows(engine, result.table) == []


@pytest.mark.parametrize(
    ("schema", "checks", "on", "said", "near"),
    [
        ({"a": {"mni": 1}}, None, "fail", "unknown key", "min"),
        ({"a": {"type": "intger"}}, None, "fail", "type is unknown", "integer"),
        ({"a": {"min": 3, "max": 1}}, None, "fail", "must not exceed max", None),
        ({"a": {"type": "date", "min": "2021-02-30"}}, None, "fail", "of type date", None),
        ({"a": {"type": "integer", "allowed": [1, "x"]}}, None, "fail", "of type integer", None),
        ({"a": {"allowed": "x"}}, None, "fail", "a list of values", None),
        ({"a": {"pattern": "(?<=x)y"}}, None, "fail", "RE2", None),
        ({"a": {"pattern": "["}}, None, "fail", "regular expression", None),
        ({"a": {"type": "integer", "pattern": "x"}}, None, "fail", "type string", None),
        ({"a": {"null_share": 2}}, None, "fail", "between 0 and 1", None),
        ({"a": {"unique": 1}}, None, "fail", "true or false", None),
        ({"a": {"type": "boolean", "min": 0}}, None, "fail", "ordered type", None),
        ({"a": {"min": float("nan")}}, None, "fail", "of type number", None),
        ({"a": {"min": 0, "on": "dorp"}}, None, "fail", "fail, drop or quarantine", "drop"),
        ({"a": {"min": 0, "on": {"max": "drop"}}}, None, "fail", "not declared", None),
        ({}, {"x": {"sqll": "a"}}, "fail", "unknown key", "sql"),
        ({"a": 3}, None, "fail", "mapping", None),
        ({}, None, "quarantene", "on_violation", "quarantine"),
    ],
)
def test_a_malformed_schema_is_refused_before_any_row(schema, checks, on, said, near):
    with pytest.raises(DataError, match=said) as told:
        parse(schema, checks, on)
    assert near is None or near in told.value.candidates


def test_nothing_declared_is_no_schema():
    assert parse({}, {}) is parse(None) is None


@pytest.mark.parametrize(
    "sql",
    [
        "read_text('/etc/passwd') = ''", "getenv('HOME') = ''", "a.read_text() = ''",
        "query('select 1')",
        "a in (select 1)", "exists (select 1)", "(select true)", "a = any(select 1)", "a in b",
        "true; drop table x", "true) as a, (false", "true) from read_csv('x') --",
        "true) into x from (select 1",
        "true)::int, (1", "1) union select (true", "a > 1 limit 1", "columns(*) > 1", "*",
        "t.a > 1", "$1", "?",
        "a::int > 1", "cast(a as double) > 1", "now() > a", "current_user = 'x'", "random() > 0.5",
        "sum(a) > 1",
        "row_number() over () > 1", "a ~ 'x'", "[x for x in a] is null", "{'a': 1} is null",
        "a -> 1",
        "current_setting('home_directory') = ''", "nextval('x') > 1", "a like 'x\\_%'",
        "struct_pack(a) is null",
        "ceil(a, 2) > 1", "trim(both 'x' from a) = ''", "not " * 400 + "true", "(" * 900 + "true" +
        ")" * 900,
        "x" * 3000, "", "   ", None, 3, "((", "select true", "copy x to '/tmp/x'",
        "pragma_version() = ''",
    ],
)  # fmt: skip
def test_a_check_is_one_harmless_expression(sql):
    with pytest.raises(DataError):
        parse({}, {"x": sql})


def test_no_file_is_read_and_none_written_by_a_check(tmp_path, duckdb_engine):
    """The functions of DuckDB itself, all of them, but those that are known to be harmless."""
    names = duckdb_engine.con.raw_sql("SELECT DISTINCT function_name FROM duckdb_functions()")
    passed = set()
    for (name,) in names.fetchall():
        if not name.isidentifier():
            continue
        for call in (f"{name}()", f"{name}('{tmp_path}/x')", f"{name}(a, 1)", f"{name}(a, b, 1)"):
            try:
                conditions.parse(f"{call} is null", "x")
            except DataError:
                continue
            passed.add(name)
    harmless = (
        "abs add array_length ceil ceiling char_length character_length coalesce contains day "
        "dayofmonth divide ends_with floor greatest hour if ifnull lcase least left len length "
        "lower ltrim mod month multiply nullif position prefix right rtrim starts_with strlen "
        "subtract substr substring suffix trim ucase upper year"
    )
    assert passed <= set(harmless.split())


CONDITIONS = [
    "a >= b", "a > 1 and not (b < 0) or c = 'x'", "a between 1 and 3", "a in (1, 2)",
    "c not in ('x', 'y')",
    "c is null", "a is not distinct from b", "case when a > b then c = 'x' else b > 0 end",
    "a + b * 2 - 1 > 0",
    "a / 2 > 1.2", "a / b > 1", "a % 2 = 0", "-a < b", "abs(b) >= 1", "coalesce(a, 0) > 0",
    "nullif(a, 1) is null",
    "lower(c) = 'x'", "upper(c) = 'XY'", "length(c) = 2", "trim(c) = 'x'", "c || 'z' = 'xz'",
    "substring(c, 1, 1) = 'x'",
    "c like 'x%'", "c like '_'", "A > B and C <> ''", "c = 'it''s \\n'",
    "greatest(coalesce(a, b), coalesce(b, a)) > 2", "floor(b / 2.0) = 1",
]  # fmt: skip


def test_checks_are_what_sqlite_makes_of_them(engine):
    data = {
        "a": [1, 2, 3, None, -4, 0, 7, 2],
        "b": [2, 2, 0, 1, -1, None, 3, 5],
        "c": ["x", "X", "xy", "", None, " x ", "it's \\n", "y"],
    }
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE t (a INT, b INT, c TEXT)")
    db.execute("PRAGMA case_sensitive_like = true")
    db.executemany("INSERT INTO t VALUES (?, ?, ?)", list(zip(*data.values(), strict=True)))
    theirs = {}
    for at, said in enumerate(CONDITIONS):
        plain = said.replace("a / ", "1.0 * a / ").replace("greatest(", "max(")
        (n,) = db.execute(f"SELECT count(*) FROM t WHERE NOT ({plain})").fetchone()  # noqa: S608
        theirs[f"c{at}"] = n
    result = held(engine, {}, {f"c{at}": said for at, said in enumerate(CONDITIONS)}, **data)
    assert {each["column"]: each["rows"] for each in result.violations} == {
        name: n for name, n in theirs.items() if n
    }


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("amuont > 1", "'amuont'"),
        ("amount > 1", "cannot be computed"),
        ("length(amount)", "must be a condition"),
        ("rowid > 1", "'rowid'"),
    ],
)
def test_a_check_that_does_not_fit_is_refused_alike(engine, sql, said):
    with pytest.raises(DataError, match=said):
        held(engine, {}, {"x": sql}, amount=["1"])


def test_dates_meet_dates_in_a_check(engine):
    result = held(
        engine,
        {"starts": "date", "ends": "date"},
        {"order": "ends >= starts", "late": "starts >= date '2020-01-01' and year(ends) < 2030"},
        starts=["2021-01-02", "2019-01-01", "x"],
        ends=["2021-01-01", "2020-01-01", "2020-01-01"],
    )
    assert counts(result) == {
        ("starts", "type"): 1,
        ("order", "check"): 1,
        ("late", "check"): 1,
    }


def test_what_overflows_is_an_error_of_data(engine):
    with pytest.raises(DataError, match="cannot be computed"):
        held(engine, {}, {"x": "a * a > 0"}, a=[2**62])


def test_judging_rows_leaves_time_zones_to_arrow():
    # pandera, where PySpark is installed, tells Arrow to ignore them for the rest of the process
    code = """
import datetime as dt, os, pyarrow as pa
from xinzhi.data.rules import _pandera
_pandera()
assert "PYARROW_IGNORE_TIMEZONE" not in os.environ
noon = dt.datetime(2024, 5, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=9)))
assert pa.array([noon]).cast(pa.int64())[0].as_py() == noon.timestamp() * 1e6
"""
    clean = {key: value for key, value in os.environ.items() if key != "PYARROW_IGNORE_TIMEZONE"}
    subprocess.run([sys.executable, "-c", code], check=True, env=clean)  # noqa: S603
