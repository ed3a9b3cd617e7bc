"""Every way of tampering with a chain is told; only one that is written anew needs a filed head."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinzhi.registry.chain import START, Entry, absent, faults, hashed


def linked(number, *, ledger="one", begin=1, before=START, **more):
    """A chain of `number` documents."""
    found = []
    for n in range(begin, begin + number):
        document = {
            "number": n,
            "previous": before,
            "ledger": ledger,
            "text": f"decision {n}",
            **more,
        }
        text = json.dumps(document, sort_keys=True)
        before = hashed(text)
        found.append(Entry(n, text, before))
    return found


def test_an_intact_chain():
    found = linked(5)
    assert faults(found, ledger="one") == faults([], ledger="one") == []
    assert absent(found, [START, *(entry.hash for entry in found), found[2].hash[:12]]) == []


def test_an_altered_receipt():
    found = linked(4)
    text = found[1].text.replace("decision 2", "decision 9")
    naive = [*found[:1], found[1]._replace(text=text), *found[2:]]
    assert any("receipt 2 was altered" in one for one in faults(naive, ledger="one"))
    rehashed = [*found[:1], Entry(2, text, hashed(text)), *found[2:]]
    assert faults(rehashed, ledger="one") == [
        "receipt 3 does not follow from the one before: that was altered or taken away"
    ]


@given(st.integers(0, 5), st.integers(2, 6))
def test_a_receipt_that_was_taken_away_or_swapped(place, number):
    found = linked(number)
    place %= number - 1
    assert faults(found[:place] + found[place + 1 :], ledger="one")
    swapped = list(found)
    swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]
    assert faults(swapped, ledger="one")
    renumbered = [entry._replace(number=n) for n, entry in enumerate(swapped, start=1)]
    assert faults(renumbered, ledger="one")


def test_an_end_that_was_cut_off_needs_a_head():
    found = linked(4)
    assert faults(found[:3], ledger="one") == []
    assert absent(found[:3], [found[2].hash, found[3].hash]) == [found[3].hash]


def test_a_chain_that_was_written_anew_needs_a_head():
    found, anew = linked(3), linked(3, by="mallory")
    assert faults(anew, ledger="one") == []
    assert absent(anew, [found[0].hash]) == [found[0].hash]


@pytest.mark.parametrize("text", ["noise", "[]", "{}"])
def test_what_is_no_receipt(text):
    found = linked(3)
    assert faults([*found[:2], Entry(3, text, hashed(text))], ledger="one")


def test_a_receipt_of_another_ledger():
    assert any(
        "another ledger (two)" in one for one in faults(linked(1, ledger="two"), ledger="one")
    )
