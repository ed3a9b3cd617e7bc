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
    assert caught.value.candidates == ("to=1", "to=2")
    assert three.head() == before


def test_a_version_that_never_was_champion_is_not_gone_back_to(three):
    before = three.head()
    with pytest.raises(ConfigError, match=r"reviews/4 never was, only 1, 2, 3") as caught:
        rollback(three, "reviews", to="4")
    assert caught.value.candidates == ("to=1", "to=2")
    assert "xinzhi promote reviews/4" in caught.value.mend
    with pytest.raises(ConfigError, match="override= must say why"):
        rollback(three, "reviews", to="4", override=" ")
    assert (three.aliases("reviews")["champion"], three.head()) == (3, before)
    told = rollback(three, "reviews", to="4", override="all others answer nothing")
    assert told.aliases == {"champion": 4, "previous": 3}
    assert three.receipts()[-1].override == "all others answer nothing"
    shown = three.store.client.get_model_version("reviews", "4").description
    assert "**No gate was asked:** all others answer nothing" in shown
    assert rollback(three, "reviews", override="why not").aliases["champion"] == 3
    assert three.receipts()[-1].override is None  # nothing was overridden


def test_a_champion_set_by_hand_gives_way_to_none_that_no_receipt_names(local):
    local.store.client.set_registered_model_alias("reviews", "champion", "2")
    with pytest.raises(ConfigError, match="reviews/1 never was, and no other version was"):
        rollback(local, "reviews", to="1")
    with pytest.raises(ConfigError, match="reviews/2 is champion already"):
        rollback(local, "reviews", to="2")
    promote(local, 3, 2)
    assert rollback(local, "reviews", to="2").aliases == {"champion": 2}  # it was judged against


def test_an_alias_that_was_taken_away_is_set_back(three):
    three.store.client.delete_registered_model_alias("reviews", "champion")
    told = rollback(three, "reviews")
    assert told.aliases == {"champion": 3, "previous": 2}
    assert told.sentence.startswith("Set back to version 3: the alias had been taken away")
    assert three.receipts()[-1].champion is None
    assert line(three.receipts()) == [1, 2, 3]


def test_a_former_champion_that_the_alias_was_moved_to_may_stay(three):
    three.store.client.set_registered_model_alias("reviews", "champion", "2")
    told = rollback(three, "reviews", to="2")
    assert told.aliases == {"champion": 2, "previous": 1}
    assert told.sentence.startswith("Version 2 stays champion")
    assert line(three.receipts()) == [1, 2]


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
    told = rollback(local, "reviews", to="4", override="version 1 is gone")
    assert told.aliases == {"champion": 4, "previous": 2}
