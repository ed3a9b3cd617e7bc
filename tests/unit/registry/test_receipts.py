"""A decision: its receipt, the aliases, what MLflow's pages show; and what is refused."""

import json
import os
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import replace

import numpy as np
import pytest
from decisions import DIGEST, draft, promote
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from xinzhi.errors import ConfigError, DataError, StoreError
from xinzhi.registry import chain, moves
from xinzhi.registry.receipt_forms import Side, canonical, document, plain, receipt_of
from xinzhi.registry.receipts import open_ledger, settle
from xinzhi.tracking import locks
from xinzhi.tracking.store import address_of


def test_a_promotion_moves_the_aliases_and_is_a_receipt(ledger):
    first = promote(ledger, 1)
    ledger.store.client.set_registered_model_alias("reviews", "challenger", "3")
    second = promote(ledger, 3, 1, text="since Monday")
    assert ledger.aliases("reviews") == {"champion": 3, "previous": 1}  # no longer challenger
    assert [one.number for one in ledger.receipts("reviews")] == [1, 2]
    assert second.previous == first.hash == chain.hashed(canonical(document(first)))
    assert dict(second.moved) == {"champion": 3, "previous": 1, "challenger": None}
    assert second.who == f"{second.by}@{os.uname().nodename}"
    assert second.at.endswith("Z")
    assert ledger.head() == second.hash
    assert ledger.faults([first.hash, second.hash]) == []
    assert ledger.receipts("reviews")[1] == second
    ledger.close()
    again = open_ledger(ledger.store)
    assert again.receipts() == [first, second]


def test_a_refusal_is_a_receipt_and_moves_nothing(ledger):
    promote(ledger, 1)
    ledger.store.client.set_registered_model_alias("reviews", "challenger", "2")
    refused = ledger.decide(draft(2, 1, action="refuse"))
    assert (refused.action, dict(refused.moved)) == ("refuse", {})
    assert ledger.aliases("reviews") == {"champion": 1, "challenger": 2}


def test_a_challenger_that_was_registered_meanwhile_stays(local, monkeypatch):
    local.store.client.set_registered_model_alias("reviews", "challenger", "2")
    point = moves.pointing.move

    def and_train(registered, name, alias, wanted):
        point(registered, name, alias, wanted)
        if alias == "champion":
            local.store.client.set_registered_model_alias("reviews", "challenger", "3")

    monkeypatch.setattr(moves.pointing, "move", and_train)
    promote(local, 2)
    assert local.aliases("reviews") == {"champion": 2, "challenger": 3}


def test_who_was_overtaken_is_told_to_judge_again(ledger):
    promote(ledger, 1)
    promote(ledger, 2, 1)
    with pytest.raises(moves.OvertakenError, match="from version 1 to version 2") as caught:
        promote(ledger, 3, 1)
    assert "judge again" in caught.value.mend
    assert ledger.receipts()[-1] == caught.value.receipt
    assert caught.value.receipt.action == "refuse"
    assert ledger.aliases("reviews")["champion"] == 2
    with pytest.raises(moves.OvertakenError, match="from none to version 2"):
        promote(ledger, 3, None)


def test_rows_that_decided_meanwhile_are_noticed(local):
    assert local.decisions_on(DIGEST) == 0
    judged = {"move": {"champion": 1}, "expected_decisions": 0}
    local.decide(draft(1), expected_champion=None, **judged)
    assert local.decisions_on(DIGEST) == local.decisions_on(DIGEST, "reviews") == 1
    assert local.decisions_on(DIGEST, "another") == local.decisions_on("") == 0
    with pytest.raises(moves.OvertakenError, match="decided 1 more"):
        local.decide(draft(2, 1), move={"champion": 2}, expected_champion=1, expected_decisions=0)
    unjudged = replace(draft(2, 1, action="rollback"), gates=())
    local.decide(unjudged, move={"champion": 2}, expected_champion=1)
    assert local.decisions_on(DIGEST) == 2


def test_the_pages_of_mlflow_show_it(local):
    client = local.store.client
    client.update_model_version("reviews", "1", description="made by `xinzhi train`")
    client.update_registered_model("reviews", description="Receipt printers, judged by mood.")
    gates = [
        {"name": "main", "passed": True, "sentence": "f1 | 0.80 → 0.84", "figures": {"gain": 0.04}},
        {"name": "slice lang=de", "passed": False, "sentence": "−3 points", "figures": {}},
    ]
    one = promote(
        local, 1, gates=gates, override="agreed\nwith Ana", text="ask https://a:s3cretpw@b"
    )
    two = promote(local, 2, 1)
    version = client.get_model_version("reviews", "1")
    assert version.tags == {
        "receipt": "1", "receipt_hash": one.hash, "decision": "promoted", "gate": "default",
        "data_digest": DIGEST, "decided_by": one.who, "decided_at": one.at,
    }  # fmt: skip
    shown = version.description
    assert shown.startswith("Promoted on ")
    assert "| ✓ main | f1 \\| 0.80 → 0.84 |" in shown
    assert "| **✗ slice lang=de (closed)** | −3 points |" in shown
    assert "overridden:** agreed with Ana" in shown
    assert f"hash `{one.hash}`" in shown
    assert "no longer champion (promoted: version 2)" in shown
    assert shown.endswith("\n\n---\n\nmade by `xinzhi train`")
    assert "s3cretpw" not in shown
    model = client.get_registered_model("reviews")
    assert model.description.startswith("Champion: version 2 since ")
    assert model.description.endswith("\n\n---\n\nReceipt printers, judged by mood.")
    assert model.tags["head"] == f"2 {two.hash}"
    kept = client.download_artifacts(local.runs[1], "receipts/1.json")
    told = json.loads(open(kept).read())  # noqa: PTH123, SIM115
    assert chain.hashed(canonical(told["receipt"])) == told["hash"] == one.hash


def test_what_the_pages_show_fits_into_them(kept, versions):
    versions(kept, 1)
    kept.client.update_model_version("reviews", "1", description="long " * 900)
    ledger = open_ledger(kept)
    gates = [{"name": f"slice {n}", "passed": True, "sentence": "不" * 99} for n in range(99)]
    promote(ledger, 1, gates=gates)
    shown = kept.client.get_model_version("reviews", "1").description
    assert len(shown) == 5000
    assert shown.startswith("Promoted")
    ledger.close()


def test_pages_that_cannot_be_written_cost_no_decision(local, monkeypatch, capsys):
    def away(*_, **__):
        raise StoreError("the server does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(local.registered, "describe", away)
        receipt = promote(local, 1)
    assert "do not show the last receipt yet" in capsys.readouterr().err
    assert local.aliases("reviews") == {"champion": 1}
    assert "head" not in local.store.client.get_registered_model("reviews").tags
    assert settle(local.store, local, "reviews") == []  # any later command shows it
    assert receipt.hash in local.store.client.get_registered_model("reviews").tags["head"]


def test_what_is_no_number_or_text_and_what_is_secret():
    odd = {
        "a": np.float32(0.1),
        "b": float("nan"),
        "c": np.arange(2),
        "d": (True, None),
        7: "\ud800",
        "e": Side(version=3),
        "f": "postgresql://ana:s3cretpw@db/x",
    }
    found = plain(odd)
    assert found["c"] == [0, 1]
    assert (found["b"], found["d"], found["7"]) == (None, [True, None], "?")
    assert found["f"] == "postgresql://ana:***@db/x"
    assert json.loads(canonical(found)) == found
    with pytest.raises(DataError, match="was given a object"):
        plain({"x": object()})
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"x": float("inf")})


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e22, 5e-324, -0.0, 1 / 3, 2**53 + 1.0])
def test_numbers_come_back_as_they_were(value):
    back = json.loads(canonical({"x": value}))["x"]
    assert (back, str(back)) == (value, str(value))


def test_an_entry_of_a_later_version_or_none_is_said():
    with pytest.raises(DataError, match="must be of format 1"):
        receipt_of('{"format": 2}', "")
    for entry in ("{}", "[]", "noise", '{"format": 1, "name": 3}'):
        with pytest.raises(DataError, match="must be a receipt"):
            receipt_of(entry, "")


def test_the_database_refuses_to_change_what_is_entered(ledger):
    promote(ledger, 1)
    engine = ledger._rows.database.engine
    statements = [
        "UPDATE xinzhi_receipts SET name = 'x'",
        "DELETE FROM xinzhi_receipts",
        "DELETE FROM xinzhi_intents",
        "UPDATE xinzhi_receipts_about SET value = 'x'",
    ]
    if engine.dialect.name == "sqlite":
        statements += [
            "INSERT OR REPLACE INTO xinzhi_receipts VALUES (1, 'x', NULL, '{}', 'x')",
            "REPLACE INTO xinzhi_intents VALUES (1, 'x', '{}')",
        ]
    else:
        statements += ["TRUNCATE xinzhi_receipts"]
    for statement in statements:
        with (
            pytest.raises(SQLAlchemyError, match="added, never changed"),
            engine.connect() as connection,
            connection.begin(),
        ):
            connection.execute(text(statement))
    assert ledger.faults() == []


def test_decisions_kept_in_another_ledger_are_not_gone_on_with(local, tmp_path):
    promote(local, 1)
    other = open_ledger(local.store, str(tmp_path / "other.db"))
    with pytest.raises(StoreError, match="are kept in the ledger") as caught:
        promote(other, 2, 1)
    assert "XINZHI_RECEIPTS" in caught.value.mend
    assert local.aliases("reviews") == {"champion": 1}
    assert other.receipts() == []
    with pytest.raises(ConfigError, match="must be of the store"):
        settle(address_of(f"sqlite:///{tmp_path}/x.db"), local, "reviews")


def test_a_server_without_a_shared_ledger_is_refused_with_the_way_out(tmp_path, monkeypatch):
    store = address_of("http://ana:s3cretpw@127.0.0.1:1", tmp_path)
    with pytest.raises(StoreError, match="share none") as caught:
        open_ledger(store)
    assert "receipts=postgresql://" in caught.value.mend
    assert "XINZHI_RECEIPTS" in caught.value.mend
    assert "s3cretpw" not in str(caught.value)
    monkeypatch.setenv("XINZHI_RECEIPTS", str(tmp_path / "shared.db"))
    assert open_ledger(store).place == str(tmp_path / "shared.db")


def test_locks_that_do_not_hold_are_refused(local, monkeypatch):
    local.close()
    monkeypatch.setattr(locks, "mount_of", lambda *_: ("nfs", frozenset({"nolock"})))
    with pytest.raises(StoreError, match="ledger of receipts needs a file system") as caught:
        open_ledger(local.store)
    assert "receipts=postgresql://" in caught.value.mend


def test_there_is_no_model_of_that_name(local):
    with pytest.raises(StoreError, match="must be a registered model reviws"):
        local.decide(draft(1, name="reviws"), move={"champion": 1})
    with pytest.raises(ConfigError, match="must move `champion`"):
        local.decide(draft(1), move={"challenger": 1})
    assert local.receipts() == []


def test_a_loss_of_power_takes_no_intent_back(local):
    with closing(sqlite3.connect(local.place)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    mode = local._rows.database.read(lambda c: c.execute(text("PRAGMA synchronous")).scalar())
    assert mode == 2  # FULL


def test_an_answer_that_was_lost_leaves_one_receipt(ledger, monkeypatch):
    database = ledger._rows.database
    promote(ledger, 1)
    transact, lost = database._begun, []

    @contextmanager
    def losing(*, writes):
        with transact(writes=writes) as connection:
            yield connection
        if writes and len(lost) < 2:  # it is committed: the intent, then the receipt
            lost.append(1)
            raise OperationalError("COMMIT", {}, Exception("server closed the connection"))

    monkeypatch.setattr(database, "_begun", losing)
    ledger.decide(draft(3, 1, action="refuse"))
    promote(ledger, 2, 1)
    assert [one.action for one in ledger.receipts()] == ["promote", "refuse", "promote"]
    assert len(lost) == 2
    assert ledger._rows.pending("reviews") == []
    assert ledger.faults() == []
