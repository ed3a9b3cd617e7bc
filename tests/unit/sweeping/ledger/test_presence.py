"""Who is at a sweep, whether or not a job is held at the moment."""

import time

import pytest

from xinzhi.sweeping.ledger import presence
from xinzhi.sweeping.ledger.holders import holder
from xinzhi.sweeping.ledger.presence import Presence, Present
from xinzhi.sweeping.ledger.tables import present

FAR, FARTHER = "node7:boot7:77:1.0", "node8:boot8:88:1.0"  # of which nothing can be looked up
DEAD = holder().rpartition(":")[0] + ":1.0"  # this pid, of another process


@pytest.fixture
def begun(ledger, sweep, jobs):
    ledger.create(sweep(), jobs(number=4))
    return ledger


def there(ledger):
    return presence.there(ledger, "first")


def test_a_worker_between_two_jobs_is_there_until_it_leaves(begun):
    assert there(begun) == []
    with Presence(begun, "first", FAR, controller=None):
        assert there(begun) == [Present(FAR, None, 0)]
        assert begun.claim("first", FAR, lease_s=60)
        assert there(begun) == [Present(FAR, None, 1)]
        assert begun.release(begun.jobs("first")[0], FAR)
    assert there(begun) == []


def test_whoever_holds_a_job_is_there_without_a_word(begun):
    begun.claim("first", FAR, lease_s=60)
    begun.claim("first", FAR, lease_s=60)
    begun.claim("first", FARTHER, lease_s=0)
    time.sleep(0.01)
    assert there(begun) == [Present(FAR, None, 2)]


def test_a_process_that_is_known_to_be_dead_is_not_there(begun):
    with Presence(begun, "first", DEAD, controller=None):
        begun.claim("first", DEAD, lease_s=60)
        assert there(begun) == []


def test_it_runs_out_where_nobody_says_a_word_and_goes_on_where_somebody_does(begun):
    with Presence(begun, "first", FAR, controller=None, lease_s=0.4) as silent:
        time.sleep(1)
        assert there(begun)
        silent._over.set()
        time.sleep(0.5)
        assert not there(begun)


def test_those_that_a_controller_started_are_not_elsewhere(begun):
    with (
        Presence(begun, "first", "me", controller="me"),
        Presence(begun, "first", FAR, controller="me"),
        Presence(begun, "first", FARTHER, controller=None),
    ):
        (other,) = presence.elsewhere(begun, "first", "me")
        assert other.who == FARTHER
        assert presence.told([other], "first") == ""  # it holds nothing
        begun.claim("first", FARTHER, lease_s=60)
        said = presence.told(presence.elsewhere(begun, "first", "me"), "first")
        assert "1 worker" in said
        assert "1 on node8" in said
        assert "sweep stop first" in said


def test_a_ledger_of_an_earlier_version_is_made_to_hold_it(begun):
    begun.database.write(present.drop)
    assert there(begun) == []
    with Presence(begun, "first", FAR, controller=None):
        assert there(begun) == [Present(FAR, None, 0)]
