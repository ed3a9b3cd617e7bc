"""Several processes that decide on one model at the same moment."""

from collections import Counter
from itertools import pairwise

import pytest
from decisions import DIGEST, promote

from xinzhi.registry.aliases import CHAMPION

JUDGE_ONCE = """
from xinzhi.registry.moves import OvertakenError
try:
    promote(ledger, {version}, 1)
except OvertakenError:
    os._exit(3)
"""
JUDGE_AGAIN = """
from xinzhi.registry.moves import OvertakenError
while True:
    champion = ledger.aliases("reviews")["champion"]
    try:
        promote(ledger, {version}, champion)
        break
    except OvertakenError:
        pass
"""
OTHER_MODEL = """
runs = {{}}
promote(ledger, 1, name="model{version}")
"""


@pytest.fixture
def eight(ledger, versions):
    """A champion and eight more versions."""
    versions(ledger.store, 5)
    promote(ledger, 1)
    return list(range(2, 10))


def test_eight_that_judged_against_one_champion_make_one_champion(ledger, crew, eight):
    ends = crew(ledger.store, *(JUDGE_ONCE.format(version=version) for version in eight))
    assert Counter(ends) == {0: 1, 3: 7}
    receipts = ledger.receipts("reviews")
    assert Counter(one.action for one in receipts[1:]) == {"promote": 1, "refuse": 7}
    assert sorted(one.challenger.version for one in receipts[1:]) == eight  # no lost receipt
    (won,) = (one for one in receipts[1:] if one.action == "promote")
    champion = won.challenger.version
    assert ledger.aliases("reviews") == {CHAMPION: champion, "previous": 1}
    assert eight[ends.index(0)] == champion
    assert [one.number for one in receipts] == list(range(1, 10))
    assert ledger.faults([one.hash for one in receipts]) == []
    assert ledger.decisions_on(DIGEST) == 9


def test_eight_that_judge_again_follow_each_other(ledger, crew, eight):
    assert crew(ledger.store, *(JUDGE_AGAIN.format(version=v) for v in eight)) == [0] * 8
    receipts = ledger.receipts("reviews")
    moved = [one for one in receipts if CHAMPION in one.moved]
    assert sorted(one.moved[CHAMPION] for one in moved) == [1, *eight]
    for before, after in pairwise(moved):
        assert after.champion.version == before.moved[CHAMPION] == after.moved["previous"]
    last = moved[-1]
    assert ledger.aliases("reviews") == {k: v for k, v in last.moved.items() if v is not None}
    assert ledger.faults([one.hash for one in receipts]) == []


def test_models_that_are_decided_on_at_once_share_one_chain(ledger, crew, versions):
    for number in range(8):
        versions(ledger.store, 1, name=f"model{number}")
    ends = crew(ledger.store, *(OTHER_MODEL.format(version=number) for number in range(8)))
    assert ends == [0] * 8
    receipts = ledger.receipts()
    assert {one.name for one in receipts} == {f"model{number}" for number in range(8)}
    assert [one.number for one in receipts] == list(range(1, 9))
    assert ledger.faults([one.hash for one in receipts]) == []
