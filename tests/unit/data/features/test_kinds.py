"""What a column is taken for, and what a person says instead."""

import datetime as dt
import decimal

import numpy as np
import pyarrow as pa
import pytest

from xinzhi.data import features
from xinzhi.data.features.kinds import infer
from xinzhi.errors import DataError

DRAW = np.random.default_rng(0)
PARTS = ("pump", "motor", "valve")
DAY = dt.date(2024, 1, 1)
KINDS = {
    "fractions": (DRAW.normal(size=100), "numeric"),
    "many whole numbers": (DRAW.integers(0, 50, 100), "numeric"),
    "few whole numbers": (DRAW.integers(0, 5, 100), "categorical"),
    "few whole numbers with gaps": (np.where(DRAW.random(100) < 0.5, np.nan, 3), "categorical"),
    "few rows": (pa.array([1, 2, 3, 1]), "numeric"),
    "ids": (DRAW.permutation(100), "ignore"),
    "huge ids": (10**18 + 1000 * DRAW.permutation(100), "ignore"),
    "decimals": (pa.array([decimal.Decimal(n) / 7 for n in range(50)]), "numeric"),
    "true and false": (pa.array([True, False, None] * 9), "categorical"),
    "days": (pa.array([DAY + dt.timedelta(days=n) for n in range(30)]), "date"),
    "days as strings": ([str(DAY + dt.timedelta(days=n)) for n in range(30)], "date"),
    "instants as strings": (["2024-01-31T10:00:00+02:00", "2024-01-31T10:00:00Z"] * 9, "date"),
    "times of day": (pa.array([dt.time(n % 24, n) for n in range(59)]), "numeric"),
    "durations": (pa.array([dt.timedelta(seconds=n * 1.5) for n in range(59)]), "numeric"),
    "numbers as strings": ([f"{n}.5" for n in range(50)] + ["NA", "", "inf"], "numeric"),
    "few numbers as strings": (["1", "2"] * 30, "categorical"),
    "postal codes": (["01067", "10115"] * 30, "categorical"),
    "names": (["Rome", "Oslo"] * 30, "categorical"),
    "dictionary": (pa.array(["Rome", "Oslo"] * 30).dictionary_encode(), "categorical"),
    "keys": ([f"K-{n}" for n in range(50)], "ignore"),
    "texts": ([f"the {PARTS[n % 3]} {n} leaks" for n in range(50)], "text"),
    "Chinese texts": (
        [f"电机{'异漏断'[n % 3]}响需要检修{chr(0x4E00 + n)}" for n in range(50)],
        "text",
    ),
    "few long strings": (["the pump leaks oil", "the motor is hot"] * 30, "categorical"),
    "vectors": (pa.array([[1.0, 2.0], [1.0, 3.0]] * 15), "vector"),
    "one vector": (pa.array([[1.0, 2.0]] * 30), "ignore"),
    "one number": (np.full(30, 7), "ignore"),
    "one string": (["x"] * 30, "ignore"),
    "one string or none": (["x", None] * 30, "categorical"),
    "one date": (pa.array([DAY] * 30), "ignore"),
    "no value": (pa.nulls(30, pa.string()), "ignore"),
    "blanks": (["", "  "] * 30, "ignore"),
    "not finite": (np.array([np.inf, -np.inf, np.nan]), "ignore"),
    "structs": (pa.array([{"a": 1}] * 30), "ignore"),
    "bytes": (pa.array([b"a"] * 30), "ignore"),
    "lists of strings": (pa.array([["a"]] * 30), "ignore"),
}
WARNED = {"ids", "huge ids", "keys", "structs", "bytes", "lists of strings"}


@pytest.mark.parametrize("name", KINDS)
def test_inferred(name):
    cells, word = KINDS[name]
    kind = infer(pa.chunked_array([pa.array(cells)]))
    assert kind.word == word, kind.why
    assert kind.warning == (name in WARNED)


@pytest.mark.parametrize("name", KINDS)
def test_whatever_is_inferred_can_be_fitted_and_told(name):
    cells, word = KINDS[name]
    cells = pa.array(cells)
    table = pa.table({"it": cells, "beside": DRAW.normal(size=len(cells))})
    prepared = features.fit(table, recipe=features.Recipe(min_count=1))
    found = prepared.transform(table)
    assert np.isfinite(found.numeric).all()
    used = "it" in [column.name for column in prepared.columns]
    assert used == (word != "ignore")
    assert "it" in prepared.describe()


def test_what_is_said_goes_before_what_is_seen():
    table = pa.table(
        {"zip": [10000 + n % 40 for n in range(80)], "id": [f"K{n % 79}" for n in range(80)]}
    )
    prepared = features.fit(
        table, {"zip": "categorical", "id": {"as": "categorical", "min_count": 1}},
        recipe=features.Recipe(min_count=2),
    )  # fmt: skip
    assert prepared.transform(table).cardinalities == (41, 80)


def test_an_id_may_be_declared_a_number():
    table = pa.table({"salary": DRAW.permutation(1000)[:50]})
    assert features.fit(table, {"salary": "standard"}).names == ("salary",)
    with pytest.raises(DataError, match="salary: whole numbers, no two alike: an id"):
        features.fit(table)


def test_a_constant_is_left_out_even_if_it_is_declared(mixed):
    prepared = features.fit(mixed, {"same": "categorical", "nothing": "numeric"})
    left = {column.name: column for column in prepared.left_out}
    assert left["same"].why == "the same in every row: x"
    assert left["nothing"].why == "no value"
    assert left["id"].warning
    assert not left["same"].warning


def test_a_list_takes_these_columns_only(mixed):
    prepared = features.fit(mixed, ["city", "amount"], label="queue")
    assert [column.name for column in prepared.columns] == ["amount", "city"]


def test_dates_in_a_form_of_their_own():
    days = [DAY + dt.timedelta(days=int(n)) for n in DRAW.integers(0, 300, 50)]
    german = pa.table({"d": [day.strftime("%d.%m.%Y") for day in days]})
    prepared = features.fit(german, {"d": {"as": "date", "format": "%d.%m.%Y"}})
    truth = features.fit(pa.table({"d": days}))
    np.testing.assert_array_equal(
        prepared.transform(german).numeric, truth.transform(pa.table({"d": days})).numeric
    )


def test_instants_are_those_of_utc():
    zoned = ["2024-01-31T10:00:00+02:00", "2024-02-29T23:30:00-05:00", "2024-03-01 00:00"] * 5
    utc = [dt.datetime(2024, 1, 31, 8), dt.datetime(2024, 3, 1, 4, 30), dt.datetime(2024, 3, 1)] * 5
    aware = pa.array(utc, pa.timestamp("ns")).cast(pa.timestamp("ns", "Asia/Shanghai"))
    fitted = features.fit(pa.table({"at": utc}))
    for cells in (zoned, aware):
        np.testing.assert_array_equal(
            fitted.transform(pa.table({"at": cells})).numeric,
            fitted.transform(pa.table({"at": utc})).numeric,
        )


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"amuont": "quantile"}, "candidates: amount"),
        ({"amount": "quantil"}, "candidates: quantile"),
        ({"amount": {"as": "quantile", "indicators": True}}, "candidates: indicator"),
        ({"city": {"min_count": 0}}, "a whole number from 1, was 0"),
        ({"city": {"min_count": True}}, "a whole number from 1, was True"),
        ({"amount": {"indicator": "yes"}}, "true or false, was 'yes'"),
        ({"amount": None, "city": 3}, "was 3"),
        (["citty"], "candidates: city"),
        ("amount", "a list of columns"),
        ({"queue": "categorical"}, "must be one of"),
        ({"city": "numeric"}, "column 'city': a numeric column must hold finite numbers"),
        ({"city": "date"}, "column 'city': a date must be written YYYY-MM-DD"),
        ({"city": "vector"}, "column 'city': a vector must be given as a list"),
        ({"image": "text"}, "column 'image': a category or a text must be a string"),
        ({"image": "standard"}, "column 'image': a number must be given"),
        ({"amount": "date"}, "column 'amount': a date must be given as"),
    ],
)
def test_a_wrong_declaration_is_answered(declared, said, mixed):
    with pytest.raises(DataError) as caught:
        features.fit(mixed, declared, label="queue")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scaling": "robust"}, "standard, minmax, quantile"),
        ({"select_by": "luck"}, "information, forest"),
        ({"reduce": "tsne"}, "pca, lda"),
        ({"min_count": 0}, "at least 1, was 0"),
    ],
)
def test_a_wrong_recipe_is_answered(options, said):
    with pytest.raises(DataError, match=said):
        features.Recipe(**options)
