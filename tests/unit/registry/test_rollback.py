"""Back to an earlier champion: which one, what is refused, and that a second time goes further."""

import pytest
from decisions import promote

from xinzhi.errors import ConfigError, UnknownReference
from xinzhi.registry.reigns import line, reigns
from xinzhi.registry.rollback import rollback


@pytest.fixture
def three(ledger):
    """Versions 1, 2 and 3 were champion one after the other."""
    promote(ledger, 1)
    promote(ledger, 2, 1)
    promote(ledger, 3, 2)
    return ledger


def test_the_champion_before_answers_again_and_the_faulty_one_never(three):
    first = rollback(three, "reviews", text="wrong on short reviews")
    assert first.aliases == {"champion": 2, "previous": 1}
    receipt = three.receipts()[-1]
    assert (receipt.action, receipt.text) == ("rollback", "wrong on short reviews")
    assert (receipt.champion.version, receipt.challenger.version) == (3, 2)
    assert first.head == receipt.hash == three.head()
    assert rollback(three, "reviews").aliases == {"champion": 1}
    with pytest.raises(ConfigError, match="had a champion before version 1") as caught:
        rollback(three, "reviews")
    assert "to=3" in caught.value.candidates
    assert rollback(three, "reviews", to="3").aliases == {"champion": 3, "previous": 1}
    assert line(three.receipts()) == [1, 3]
    assert [one.version for one in reigns(three.receipts())] == [1, 2, 3, 2, 1, 3]
    assert three.faults() == []


def test_a_named_version(three):
    told = rollback(three, "reviews", to="reviews/1")
    assert told.aliases == {"champion": 1}
    assert "Rolled back from version 3 to version 1." in told.table()
    assert told.head in told.table()


def test_a_champion_that_was_moved_outside_gives_way_to_the_last_with_a_receipt(three):
    three.store.client.set_registered_model_alias("reviews", "champion", "4")
    assert rollback(three, "reviews").aliases == {"champion": 3, "previous": 2}
    assert three.receipts()[-1].champion.version == 4


@pytest.mark.parametrize(
    ("to", "error", "said"),
    [
        ("9", UnknownReference, "must be a version of reviews, was 9"),
        ("last", UnknownReference, "must be a version of reviews, was last"),
        ("²", UnknownReference, "must be a version"),
        ("3", ConfigError, "reviews/3 is champion already"),
    ],
)
def test_what_is_no_earlier_version(three, to, error, said):
    before = three.head()
    with pytest.raises(error, match=said) as caught:
        rollback(three, "reviews", to=to)
    assert caught.value.candidates == ("to=1", "to=2", "to=4")
    assert three.head() == before


def test_there_is_nothing_to_roll_back(local):
    with pytest.raises(ConfigError, match="must have a champion to be rolled back"):
        rollback(local, "reviews")
    with pytest.raises(UnknownReference) as caught:
        rollback(local, "reviws")
    assert caught.value.candidates == ("reviews",)


def test_a_version_that_was_deleted_is_not_gone_back_to(local):
    promote(local, 1)
    promote(local, 2, 1)
    local.store.client.delete_model_version("reviews", "1")
    with pytest.raises(UnknownReference, match="must be a version of reviews, was 1"):
        rollback(local, "reviews")
    assert rollback(local, "reviews", to="4").aliases == {"champion": 4, "previous": 2}
