"""A process that is killed in the midst of a decision leaves the old state or the new one."""

import random

import pytest
from decisions import DIGEST, draft, promote

from xinzhi.registry.aliases import CHAMPION
from xinzhi.registry.receipts import settle

KILLED = -9
# where `kill -9` comes, and the champion that it leaves
STEPS = {
    "before the intent": ("dying(ReceiptLedger, 'intend')", 1),
    "after the intent": ("dying(ReceiptLedger, 'intend', after=True)", 1),
    "before champion": ("dying(ClientRegistered, 'point')", 1),
    "after champion": ("dying(ClientRegistered, 'point', after=True)", 2),
    "before previous": ("dying(ClientRegistered, 'point', 2)", 2),
    "after previous": ("dying(ClientRegistered, 'point', 2, after=True)", 2),
    "before the challenger goes": ("dying(ClientRegistered, 'remove')", 2),
    "after the challenger went": ("dying(ClientRegistered, 'remove', after=True)", 2),
    "before the receipt": ("dying(ReceiptLedger, 'append')", 2),
    "after the receipt": ("dying(ReceiptLedger, 'append', after=True)", 2),
    "before the pages": ("dying(receipt_notes, 'show')", 2),
    "in the midst of the pages": ("dying(ClientRegistered, 'describe')", 2),
    "before the head": ("dying(ClientRegistered, 'tag', 2)", 2),
}
PROMOTE = "promote(ledger, 2, 1)"


def begun(ledger):
    """A champion and a challenger."""
    promote(ledger, 1)
    ledger.store.client.set_registered_model_alias("reviews", "challenger", "2")


def whole(ledger, champion):
    """Aliases, receipts and pages tell the same, and the chain is intact."""
    receipts = ledger.receipts("reviews")
    moved = [one for one in receipts if CHAMPION in one.moved]
    aliases = ledger.aliases("reviews")
    assert aliases[CHAMPION] == moved[-1].moved[CHAMPION] == champion
    if champion == 2:
        assert aliases == {"champion": 2, "previous": 1}
    model = ledger.store.client.get_registered_model("reviews")
    assert model.tags["head"] == f"{receipts[-1].number} {receipts[-1].hash}"
    assert f"Champion: version {champion}" in model.description
    assert ledger._rows.pending("reviews") == []
    return ledger.faults([one.hash for one in receipts]) == []


@pytest.mark.parametrize("step", STEPS)
def test_old_or_new_but_never_between(ledger, crew, step):
    patch, champion = STEPS[step]
    begun(ledger)
    assert crew(ledger.store, f"{patch}; {PROMOTE}") == [KILLED]
    assert ledger.aliases("reviews")[CHAMPION] == champion
    settled = settle(ledger.store, ledger, "reviews")
    assert whole(ledger, champion)
    assert settle(ledger.store, ledger, "reviews") == []
    receipts = ledger.receipts("reviews")
    if step == "before the intent":
        assert len(receipts) == 1
    elif champion == 1:
        (aborted,) = settled
        assert (aborted.action, aborted.intent) == ("abort", 2)
        assert "broke off before the alias was moved" in aborted.sentence
        assert ledger.decisions_on(DIGEST) == 2  # the rows were looked at
    else:
        assert [one.action for one in receipts] == ["promote", "promote"]
        assert receipts[1].by  # who decided, not who settled
    following = 3 - champion
    ledger.decide(
        draft(following, champion), move={CHAMPION: following}, expected_champion=champion
    )
    assert ledger.aliases("reviews") == {"champion": following, "previous": champion}


def test_who_settles_and_is_killed_keeps_nothing_from_being_settled(ledger, crew):
    begun(ledger)
    kills = [
        f"dying(ReceiptLedger, 'append'); {PROMOTE}",
        "dying(ClientRegistered, 'point'); ledger.settle('reviews')",
        "dying(ReceiptLedger, 'append'); ledger.settle('reviews')",
        "dying(ReceiptLedger, 'append', after=True); ledger.settle('reviews')",
    ]
    assert [crew(ledger.store, kill) for kill in kills] == [[KILLED]] * 4
    ledger.settle("reviews")
    assert whole(ledger, 2)
    assert len(ledger.receipts()) == 2


def test_killed_at_any_moment(ledger, crew):
    begun(ledger)
    draw, champion = random.Random(0), 1  # noqa: S311 - moments
    for _ in range(6):
        moment_s, following = draw.uniform(0, 0.3), 3 - champion
        timer = f"signal.setitimer(signal.ITIMER_REAL, {moment_s}); "
        handler = "signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGKILL)); "
        made = f"promote(ledger, {following}, {champion})"
        (end,) = crew(ledger.store, f"{handler}{timer}{made}; signal.setitimer(0, 0)")
        assert end in {0, KILLED}
        ledger.settle("reviews")
        champion = ledger.aliases("reviews")[CHAMPION]
        assert champion in {1, 2}
        assert ledger.faults() == []
        assert ledger._rows.pending("reviews") == []
        moved = [one for one in ledger.receipts() if CHAMPION in one.moved]
        assert moved[-1].moved[CHAMPION] == champion


def test_a_lock_ends_with_its_process(ledger, crew):
    begun(ledger)
    script = "turn = ledger.turn('reviews'); turn.__enter__(); os.kill(os.getpid(), signal.SIGKILL)"
    assert crew(ledger.store, script) == [KILLED]
    assert promote(ledger, 2, 1).number == 2


def test_a_decision_that_was_taken_for_dead_is_given_up(ledger, crew):
    begun(ledger)
    # another one found the lock free and settled, while this one was only slow
    slow = (
        "real = ReceiptLedger.intend\n"
        "def intend(self, *words):\n"
        "    intent = real(self, *words)\n"
        "    moves.settle(self, ClientRegistered(store), 'reviews')\n"
        "    return intent\n"
        "ReceiptLedger.intend = intend\n"
        "try:\n"
        "    promote(ledger, 2, 1)\n"
        "except OSError as error:\n"
        "    assert 'given up by another process' in str(error), error\n"
        "    os._exit(7)\n"
    )
    assert crew(ledger.store, slow) == [7]
    assert ledger.aliases("reviews")[CHAMPION] == 1
    assert [one.action for one in ledger.receipts()] == ["promote", "abort"]
