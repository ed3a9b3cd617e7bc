"""Declared slices are the rows that the words say, and what cannot be read is answered."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
import yaml

from xinzhi.errors import DataError
from xinzhi.evaluation.slicing import declared


def _day(year, month=1, day=1, hour=0):
    return datetime(year, month, day, hour, tzinfo=UTC)


@pytest.fixture
def table():
    return pa.table(
        {
            "age": pa.array([20, 40, None, 30]),
            "channel": pa.array(["web", "app", "web", None]),
            "amount": pa.array([0.0, 999.0, 1000.0, -3.0]),
            "date": pa.array([_day(2011), _day(2010, 12, 31, 23), None, _day(2012)]),
            "text": pa.array(["a b c", "  ", "很长 的", None]),
            "tokens": pa.array([["a"], [], None, ["a", "b"]]),
            "gross rate": pa.array([0.1, 0.2, float("nan"), 0.4]),
        }
    )


def _of(spec, table):
    slices = declared(yaml.safe_load(spec), table)
    return {name: np.flatnonzero(inside).tolist() for name, inside in slices.items()}


CASES = {
    "{channel: {column: channel}}": {
        "channel=web": [0, 2],
        "channel=app": [1],
        "channel=(missing)": [3],
    },
    "{web: {column: channel, values: [web, app]}}": {"web": [0, 1, 2]},
    "{twenty: {column: age, values: 20}}": {"twenty": [0]},
    '{young: {where: "age < 30"}}': {"young": [0]},
    '{young: "age < 30 or channel is null"}': {"young": [0, 3]},
    '{high: \'"gross rate" > 0.15 and "gross rate" < 1\'}': {"high": [1, 3]},
    "{high: '\"gross rate\" > 0.15'}": {"high": [1, 3]},  # and not where it is no number
    "{none: '\"gross rate\" is null'}": {"none": [2]},
    "{amount: {column: amount, edges: [0, 1000, 5000]}}": {
        "amount below 0": [3],
        "amount 0 to 1000": [0, 1],
        "amount 1000 to 5000": [2],  # nothing from 5000 on, and no slice of it
    },
    "{era: {column: date, edges: [2011-01-01, 2012-01-01]}}": {
        "era below 2011-01-01": [1],
        "era 2011-01-01 to 2012-01-01": [0],
        "era from 2012-01-01": [3],
    },
    "{recent: {column: date, from: 2011-01-01}}": {"recent": [0, 3]},
    "{then: {column: date, from: 2010-12-31, to: 2011-01-01}}": {"then": [1]},
    "{young: {column: age, to: 30}}": {"young": [0]},
    "{short: {words: [0, 2]}}": {"short": [1, 2]},
    "{long: {characters: [3, null]}}": {"long": [0, 2]},
    "{one: {words: [1, 1], column: tokens}}": {"one": [0]},
}


@pytest.mark.parametrize("spec", CASES)
def test_slices_are_the_rows_that_are_said(spec, table):
    assert _of(spec, table) == CASES[spec]


FAULTS = {
    "{a: {column: chanel}}": "candidates: channel",
    "{a: {colum: channel}}": "candidates: column",
    '{a: {where: "agee < 3"}}': "candidates: age",
    '{a: {where: "channel < 3"}}': "cannot be asked",
    "{a: {where: age}}": "must be true or false",
    "{a: {where: \"read_text('/etc/passwd') = 'a'\"}}": "must not use",
    '{a: {where: "age > 3) as b, (true"}}': "slices.a must be",
    "{a: 3}": "must be keys and values",
    "{a: {from: 3}}": "must say which rows",
    "{a: {column: channel, edges: [1]}}": "must hold numbers or dates",
    "{a: {column: amount, edges: [3, 1]}}": "must ascend",
    "{a: {column: channel, values: [wep]}}": "candidates: web",
    "{a: {words: 3}}": "[least, most]",
    "{a: {words: [8, 0]}}": "[least, most]",
    "{a: {column: date, from: soon}}": "2026-01-31",
    "{a: {column: age, where: age > 3}}": "must not stand beside",
    "{a: {words: [0, 1], column: txt}}": "candidates: text",
}


@pytest.mark.parametrize("spec", FAULTS)
def test_what_cannot_be_read_is_answered(spec, table):
    with pytest.raises(DataError) as raised:
        declared(yaml.safe_load(spec), table)
    assert FAULTS[spec] in str(raised.value)
    assert "slices.a" in str(raised.value)


def test_a_column_of_many_values_wants_edges():
    with pytest.raises(DataError, match="at most 50, had 60"):
        declared({"id": {"column": "id"}}, pa.table({"id": list(range(60))}))


def test_two_slices_of_one_name_are_refused(table):
    with pytest.raises(DataError, match="were two"):
        declared({"a": {"column": "channel"}, "a=web": "age > 3"}, table)
