"""An audit: history, chain, who was champion when, what moved without a receipt; and its bundle."""

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from decisions import draft, promote

from xinzhi.errors import ConfigError, UnknownReference
from xinzhi.registry import receipt_ledger
from xinzhi.registry.audit import audit
from xinzhi.registry.audit_bundle import pack
from xinzhi.registry.audit_moments import span
from xinzhi.registry.receipts import open_at
from xinzhi.registry.rollback import rollback


@pytest.fixture
def dated(monkeypatch):
    """Lets the next decisions be made at a moment."""

    def dated(at):
        now = "2026-01-01T00:00:00.000Z" if at is None else at
        monkeypatch.setattr(receipt_ledger.ReceiptLedger, "_now", lambda *_: now)

    return dated


@pytest.fixture
def history(local, dated):
    """Version 1 from the 1st on, 2 on the 5th from 10:00 to 12:00, then 1 again."""
    dated("2026-03-01T08:00:00.000Z")
    promote(local, 1)
    dated("2026-03-05T10:00:00.000Z")
    promote(local, 2, 1)
    dated("2026-03-05T12:00:00.000Z")
    rollback(local, "reviews", text="wrong on short reviews")
    dated("2026-03-06T12:00:00.000Z")
    local.decide(draft(3, 1, action="refuse"))
    return local


@pytest.mark.parametrize(
    ("at", "answered"),
    [
        ("2026-02-28", []),
        ("2026-03-01T07:59", []),
        ("2026-03-01", [1]),
        ("2026-03-04", [1]),
        ("2026-03-05", [1, 2, 1]),
        ("2026-03-05T10:00", [2]),
        ("2026-03-05 12:30+01:00", [2]),
        ("2026-03-05T12:00:00Z", [1]),
        ("2030-01-01", [1]),
    ],
)
def test_who_was_champion(history, at, answered):
    found = audit(history, "reviews", at=at)
    assert [one.version for one in found.answering] == answered
    assert found.exit_code == 0
    for one in found.answering:
        assert one.data_digest == draft(1).digest  # of a rollback: what once promoted it
        assert one.run_id == history.runs[one.version]
        assert one.by in found.table()


def test_the_history_is_shown_and_intact(history):
    found = audit(history, "reviews", heads=[history.head()[:12]])
    shown = found.table()
    assert "chain intact: 4 receipts" in shown
    assert history.head() in shown
    assert "“wrong on short reviews”" in shown
    assert "aliases now: champion → 1" in shown
    assert (found.faults, found.unreceipted, found.notes) == ([], [], [])
    everything = audit(history)
    assert everything.receipts == found.receipts
    assert "reviews: Version 1 is better." in everything.table()


def test_an_alias_that_was_moved_outside_is_a_move_without_a_receipt(history):
    client = history.store.client
    client.set_registered_model_alias("reviews", "champion", "4")
    client.set_registered_model_alias("reviews", "challenger", "3")  # trainings do so
    found = audit(history, "reviews")
    (said,) = found.unreceipted
    assert said.startswith("`champion` points at version 4; receipt 3 of 2026-03-05 12:00 UTC")
    assert "MOVED  without a receipt" in found.table()
    assert found.exit_code == 1
    promote(history, 3, 4)  # noticed by whoever decides next, and told for ever
    (said,) = audit(history, "reviews").unreceipted
    assert "between receipts 3 and 5" in said
    assert "came to point at version 4" in said
    client.delete_registered_model_alias("reviews", "champion")
    assert "`champion` points nowhere" in audit(history, "reviews").unreceipted[1]


def test_versions_that_were_promoted_before_there_was_a_ledger(local):
    local.store.client.set_registered_model_alias("reviews", "champion", "2")
    (said,) = audit(local).unreceipted
    assert said == "reviews: `champion` points at version 2, and no receipt lets it"
    promote(local, 3, 2)
    (said,) = audit(local, "reviews").unreceipted
    assert said.startswith("before receipt 1 of")
    assert rollback(local, "reviews").aliases == {"champion": 2}


def test_promotions_that_were_never_approved_leave_a_trace(local):
    waits = local.decide(draft(2, action="propose", approvals=1))
    last = promote(local, 1)
    said = f"receipt {waits.number} was never approved: superseded by receipt {last.number}"
    found = audit(local, "reviews")
    assert (list(found.notes), found.exit_code) == ([said], 0)
    assert f"NOTE   {said}" in found.table()
    assert audit(local).notes == [f"reviews: {said}"]


def test_aliases_of_all_models_stand_by_name(history, versions):
    versions(history.store, 1, name="another")
    found = audit(history)
    assert found.aliases == {"another": {}, "reviews": {"champion": 1}}
    assert "aliases now: reviews: champion → 1" in found.table()


def tamper(ledger, *statements):
    """Writes into the file as somebody does who takes the triggers away first."""
    ledger.close()
    with closing(sqlite3.connect(ledger.place)) as connection, connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE xinzhi_receipts SET document = replace(document, 'better', 'worse')"
         " WHERE number = 2", "receipt 2 was altered"),
        ("DELETE FROM xinzhi_receipts WHERE number = 2", "receipt 2 is missing"),
        ("UPDATE xinzhi_receipts SET number = 9 - number WHERE number > 1", "stands in the place"),
        ("DELETE FROM xinzhi_receipts WHERE number = 4", "MLflow names a receipt of reviews"),
        ("UPDATE xinzhi_receipts SET document = 'noise' WHERE number = 3", "cannot be read"),
        ("DELETE FROM xinzhi_receipts", "MLflow names a receipt of reviews"),
    ],
)  # fmt: skip
def test_tampering_is_found(history, statement, said):
    head = history.head()
    tamper(history, statement)
    found = audit(open_at(history.store.uri), "reviews", heads=[head])
    assert any(said in fault for fault in found.faults), found.faults
    assert found.exit_code == 1
    assert "chain altered" in found.table()


def test_an_end_that_was_cut_off_is_found_by_what_was_filed(history):
    head = history.head()
    tamper(history, "DELETE FROM xinzhi_receipts WHERE number = 4")
    for version in ("1", "2", "3"):
        history.store.client.delete_model_version_tag("reviews", version, "receipt_hash")
    history.store.client.delete_registered_model_tag("reviews", "head")
    ledger = open_at(history.store.uri)
    assert audit(ledger, "reviews").faults == []
    (said,) = audit(ledger, "reviews", heads=[head]).faults
    assert head in said


def test_a_ledger_that_was_removed_is_told(history):
    history.close()
    for path in Path(history.place).parent.glob("receipts.db*"):
        path.unlink()
    found = audit(open_at(history.store.uri), "reviews")
    assert any("are kept in the ledger" in fault for fault in found.faults)
    assert found.unreceipted == ["`champion` points at version 1, and no receipt lets it"]


def test_a_model_that_was_deleted_keeps_its_receipts(history, versions):
    versions(history.store, 1, name="another")
    promote(history, 1, name="another")
    history.store.client.delete_model_version("reviews", "2")
    assert "versions 2" in audit(history, "reviews").notes[0]
    history.store.client.delete_registered_model("reviews")
    found = audit(history, "reviews")
    assert "is not in MLflow any more" in found.notes[0]
    assert len(found.receipts) == 4
    assert found.number == 5
    assert {one.name for one in audit(history).receipts} == {"reviews", "another"}


def test_what_waits_is_noted_and_what_a_killed_process_began_is_settled(local, crew):
    promote(local, 1)
    local.decide(draft(2, 1, action="propose", approvals=1))
    assert "waits for 1 approval" in audit(local, "reviews").notes[0]
    crew(local.store, "dying(ReceiptLedger, 'append'); promote(ledger, 3, 1)")
    found = audit(local, "reviews")
    assert [one.action for one in found.receipts] == ["promote", "propose", "promote"]
    assert (found.unreceipted, found.faults) == ([], [])


def test_what_is_no_name_moment_or_head(local):
    with pytest.raises(UnknownReference) as caught:
        audit(local, "reviws")
    assert caught.value.candidates == ("reviews",)
    for at in ("yesterday", "2026-13-01", "22.11.2026"):
        with pytest.raises(ConfigError, match="at= must be a day"):
            audit(local, "reviews", at=at)
    for head in ("abc", "z" * 64):
        with pytest.raises(ConfigError, match="head= must be the hash"):
            audit(local, "reviews", heads=[head])
    assert span("2026-03-05").end == "2026-03-05T23:59:59.999Z"
    with pytest.raises(ConfigError, match=r"must be a zip file") as wrong:
        pack(local, audit(local, "reviews"), "bundle.tar")
    assert wrong.value.mend == "out=bundle.zip"


def test_a_folder_that_is_not_there_is_not_made(local, tmp_path):
    with pytest.raises(ConfigError, match=r"folder that is there.* is not"):
        pack(local, audit(local, "reviews"), str(tmp_path / "nowhere" / "a.zip"))
    assert not (tmp_path / "nowhere").exists()


DIFF = "--- a/model.py\n+++ b/model.py\n"


@pytest.fixture
def unpacked(history, tmp_path):
    """The folder of a bundle with pages and answers of a run, and the head that was filed."""
    run_id = history.runs[3]
    page = "<html>the page</html>"
    history.store.client.log_text(run_id, page, "promotion/page.html")
    history.store.client.log_text(run_id, page, "promotion/page-dry.html")
    history.store.client.log_text(run_id, DIFF, "environment/changes.diff")
    history.store.client.log_text(run_id, "seed: 1\nname: reviews\n", "config.yaml")
    files = {"promotion/page.html": hashlib.sha256(page.encode()).hexdigest()}
    code = {"commit": "1234", "dirty": True, "diff": hashlib.sha256(DIFF.encode()).hexdigest()}
    judged = replace(draft(3, 1, runs=history.runs), files=files, code=code)
    (tmp_path / "out").mkdir()
    history.decide(judged, move={"champion": 3}, expected_champion=1)
    found = pack(history, audit(history, "reviews"), str(tmp_path / "out" / "b.zip"))
    again = pack(history, audit(history, "reviews"), str(tmp_path / "out" / "again.zip"))
    assert Path(found.bundle).read_bytes() == Path(again.bundle).read_bytes()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["again.zip", "b.zip"]
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(found.bundle) as bundle:
        bundle.extractall(folder)
    return folder, history.head(), Path(found.bundle), run_id


def verified(script, *words):
    """What the script says, by Python alone, and its exit code."""
    command = [sys.executable, "-I", "-S", str(script), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603
    assert not done.stderr
    return done.returncode, done.stdout


def test_a_bundle_is_verified_without_xinzhi(unpacked):
    folder, head, bundle, run_id = unpacked
    code, said = verified(folder / "verify.py", "--head", head)
    assert code == 0, said
    assert "intact: 5 receipts" in said
    assert f"head   {head}" in said
    assert "rollback reviews: Rolled back from version 2 to version 1." in said
    assert verified(folder / "verify.py", bundle)[0] == 0
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"MANIFEST", "receipts.jsonl", "model_card.md", "verify.py", "gates/5.json",
            f"runs/{run_id}/promotion/page.html", f"runs/{run_id}/receipts/5.json",
            f"runs/{run_id}/config.yaml",
            f"runs/{run_id}/environment/changes.diff"} <= names  # fmt: skip
    assert f"runs/{run_id}/promotion/page-dry.html" not in names  # it decided nothing
    card = (folder / "model_card.md").read_text()
    assert card.startswith("# reviews, version 3\n")
    assert "licence: not declared" in card
    last = (folder / "receipts.jsonl").read_bytes().splitlines()[-1]
    assert hashlib.sha256(last).hexdigest() == head


def test_a_bundle_says_that_aliases_were_moved_without_a_receipt(history, tmp_path):
    history.store.client.set_registered_model_alias("reviews", "champion", "4")
    bundle = pack(history, audit(history, "reviews"), str(tmp_path / "b.zip")).bundle
    with zipfile.ZipFile(bundle) as packed:
        packed.extract("verify.py", tmp_path)
    code, said = verified(tmp_path / "verify.py", bundle)
    assert code == 1
    assert "MOVED  without a receipt, says audit.json: `champion` points at version 4" in said
    assert said.splitlines()[-1].startswith("intact: 4 receipts")
    assert said.endswith("; but aliases were moved without a receipt\n")


def rewrite(folder, change):
    """Changes the lines of the receipts."""
    path = folder / "receipts.jsonl"
    path.write_text("".join(f"{line}\n" for line in change(path.read_text().splitlines())))


def forge(folder):
    """Writes the chain anew from the second receipt on, and the manifest with it."""
    path, before, lines = folder / "receipts.jsonl", "0" * 64, []
    for line in path.read_text().splitlines():
        receipt = json.loads(line.replace("Version 2 is better", "Version 2 was forced"))
        receipt["previous"] = before
        text = json.dumps(receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        before = hashlib.sha256(text.encode()).hexdigest()
        lines.append(text)
    path.write_text("\n".join(lines) + "\n")
    about = json.loads((folder / "about.json").read_text())
    (folder / "about.json").write_text(json.dumps({**about, "head": before}))
    for kept in folder.glob("runs/*/receipts"):
        shutil.rmtree(kept)
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "MANIFEST"]
    named = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    manifest = (
        f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in named.items()
    )
    (folder / "MANIFEST").write_text("".join(manifest))


@pytest.mark.parametrize(
    ("tampering", "said"),
    [
        (lambda f, _: (f / "model_card.md").write_text("perfect"), "model_card.md was altered"),
        (lambda f, _: (f / "gates" / "2.json").unlink(), "gates/2.json is missing"),
        (lambda f, _: (f / "more.txt").write_text("x"), "more.txt is too many"),
        (lambda f, _: (f / "MANIFEST").unlink(), "MANIFEST is missing"),
        (lambda f, run: (f / "runs" / run / "promotion" / "page.html").write_text("better"),
         "page.html is not the file that receipt 5 names"),
        (lambda f, run: (f / "runs" / run / "environment" / "changes.diff").write_text("none"),
         "changes.diff is not the file that receipt 5 names"),
        (lambda f, _: rewrite(f, lambda lines: lines[:-1]), "no receipt has the hash"),
        (lambda f, _: rewrite(f, lambda lines: lines[::-1]), "does not follow"),
        (lambda f, _: rewrite(f, lambda lines: [lines[0].replace("better", "worse"), *lines[1:]]),
         "does not follow"),
        (lambda f, _: rewrite(f, lambda lines: ["noise", *lines[1:]]), "receipt 1 is missing"),
    ],
)  # fmt: skip
def test_a_tampered_bundle_is_found_out(unpacked, tampering, said):
    folder, _, _, run_id = unpacked
    tampering(folder, run_id)
    code, told = verified(folder / "verify.py")
    assert code == 1
    assert said in told
    assert "NOT INTACT" in told


def test_a_bundle_that_was_written_anew_needs_the_head_that_was_filed(unpacked):
    folder, head, _, _ = unpacked
    forge(folder)
    assert verified(folder / "verify.py")[0] == 0
    code, told = verified(folder / "verify.py", "--head", head)
    assert code == 1
    assert f"no receipt has the hash {head}" in told
