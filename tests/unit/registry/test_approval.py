"""A promotion that waits for a second person."""

import pytest
from decisions import draft, promote

from xinzhi.errors import ConfigError
from xinzhi.registry import approval, receipt_ledger
from xinzhi.registry.approval import approve, superseded, waiting
from xinzhi.registry.receipt_account import account


@pytest.fixture
def be(monkeypatch):
    """Lets another person decide."""

    def be(name):
        monkeypatch.setattr(receipt_ledger, "account", lambda: name)
        monkeypatch.setattr(approval, "account", lambda: name)

    return be


def propose(ledger, version, champion=None, approvals=1):
    """A promotion that waits."""
    return ledger.decide(draft(version, champion, action="propose", approvals=approvals))


def test_another_person_must_approve(ledger, be):
    be("ana")
    promote(ledger, 1)
    proposed = propose(ledger, 2, 1)
    assert ledger.aliases("reviews") == {"champion": 1}
    with pytest.raises(ConfigError, match="by another person than ana"):
        approve(ledger, "reviews")
    be("ben")
    told = approve(ledger, "reviews", text="looked at the slices")
    assert told.aliases == {"champion": 2, "previous": 1}
    receipt = ledger.receipts()[-1]
    assert (receipt.action, receipt.by, receipt.of) == ("approve", "ben", proposed.number)
    assert receipt.text == "looked at the slices"
    assert receipt.digest == proposed.digest
    assert ledger.decisions_on(proposed.digest) == 2  # approving looks at no rows
    with pytest.raises(ConfigError, match=f"none does; receipt {proposed.number} does no longer"):
        approve(ledger, "reviews")


@pytest.mark.parametrize("variable", ["USER", "LOGNAME", "LNAME", "USERNAME"])
def test_who_decides_is_the_account_whatever_the_environment_says(local, monkeypatch, variable):
    propose(local, 1)
    before = account()
    monkeypatch.setenv(variable, "alice")
    assert account() == before != "alice"
    with pytest.raises(ConfigError, match=f"another person than {before}"):
        approve(local, "reviews")
    assert local.receipts()[-1].by == before


def test_an_account_without_a_name_is_its_number(monkeypatch):
    import os

    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_001)
    assert account() == "4000000001"


def test_what_was_never_approved_says_what_it_gave_way_to(local, be):
    be("ana")
    one, two, three = propose(local, 1), propose(local, 2), propose(local, 3)
    approve(local, "reviews", receipt=three.number, decline=True)
    be("ben")
    approve(local, "reviews", receipt=two.number)
    by = local.receipts()[-1]
    assert superseded(local.receipts()) == [(one, by)]
    again = local.decide(draft(3, 2, action="propose", approvals=1))
    assert superseded(local.receipts()) == [(one, by)]  # it still waits
    last = promote(local, 4, 2)
    assert superseded(local.receipts()) == [(one, by), (again, last)]


def test_two_more_persons(local, be):
    be("ana")
    propose(local, 1, approvals=2)
    be("ben")
    assert approve(local, "reviews").aliases == {}
    with pytest.raises(ConfigError, match="another person than ana, ben"):
        approve(local, "reviews")
    be("eve")
    assert approve(local, "reviews").aliases == {"champion": 1}


def test_declined(local, be):
    be("ana")
    propose(local, 1)
    told = approve(local, "reviews", decline=True, text="wait for the new labels")
    assert told.action == "decline"
    assert local.aliases("reviews") == {}
    be("ben")
    with pytest.raises(ConfigError, match="none does"):
        approve(local, "reviews")


def test_what_was_judged_against_another_champion_waits_no_longer(local, be):
    be("ana")
    promote(local, 1)
    propose(local, 2, 1)
    promote(local, 3, 1)
    be("ben")
    assert waiting(local.receipts()) == []
    with pytest.raises(ConfigError, match="must wait for approval, none does"):
        approve(local, "reviews")
    assert local.aliases("reviews")["champion"] == 3


def test_an_alias_that_was_moved_outside_is_noticed_by_who_approves(local, be):
    from xinzhi.registry.moves import OvertakenError

    be("ana")
    promote(local, 1)
    propose(local, 2, 1)
    local.store.client.set_registered_model_alias("reviews", "champion", "4")
    be("ben")
    with pytest.raises(OvertakenError, match="from version 1 to version 4"):
        approve(local, "reviews")


def test_one_of_several(local, be):
    be("ana")
    one, two = propose(local, 1), propose(local, 2)
    be("ben")
    with pytest.raises(ConfigError, match="must be one that waits") as caught:
        approve(local, "reviews")
    assert len(caught.value.candidates) == 2
    with pytest.raises(ConfigError, match="was 77"):
        approve(local, "reviews", receipt=77)
    assert approve(local, "reviews", receipt=two.number).aliases == {"champion": 2}
    assert one not in waiting(local.receipts())
