"""The commands on receipts as a person types them."""

import json
import subprocess
import sys
import time

import pytest
from decisions import draft, promote

from xinzhi.config.entry import start
from xinzhi.registry import approval, receipt_ledger
from xinzhi.registry.receipts import open_ledger

IMPORTED = """
import sys
from xinzhi.config.entry import start
code = start("rollback", ["reviews", "text=why not", "report=json"])
heavy = {"mlflow", "torch", "lightning", "pandas", "numpy", "pyarrow"} & set(sys.modules)
sys.exit(code or (f"imported {heavy}" if heavy else 0))
"""


@pytest.fixture
def ledger(store):
    """Versions 1 and 2 were champion one after the other."""
    client, experiment = store.client, store.experiment("reviews")
    client.create_registered_model("reviews")
    for _ in range(3):
        run_id = client.create_run(experiment).info.run_id
        client.create_model_version("reviews", "s3://bucket/model", run_id=run_id)
    ledger = open_ledger(store)
    promote(ledger, 1)
    promote(ledger, 2, 1)
    yield ledger
    ledger.close()


def told(capsys, *words):
    """What a command says as JSON, and its exit code."""
    capsys.readouterr()
    code = start(words[0], [*words[1:], "report=json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_rollback_needs_nothing_heavy(ledger, tmp_path):
    begun = time.perf_counter()
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    wall_s = time.perf_counter() - begun
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["aliases"] == {"champion": 1}
    assert ledger.aliases("reviews") == {"champion": 1}
    assert wall_s < 10  # under a second on a free core; importing MLflow alone takes more


def test_rollback_says_what_it_did_and_what_may_follow(ledger, capsys):
    assert start("rollback", ["reviews", "to=1", "text=wrong on short reviews"]) == 0
    out = capsys.readouterr().out
    assert "Rolled back from version 2 to version 1." in out
    assert "champion → reviews/1" in out
    assert ledger.head() in out
    assert "audit reviews" in out
    assert start("rollback", ["reviews"]) == 2
    assert "no receipt names one" in capsys.readouterr().err
    assert start("rollback", ["reviws"]) == 1
    assert "candidates: reviews" in capsys.readouterr().err


def test_audit_answers_and_packs(ledger, capsys, tmp_path):
    words = ("audit", "reviews", "at=2100-01-01", f"head={ledger.head()}", "out=b.zip")
    code, found = told(capsys, *words)
    assert code == 0
    assert [one["version"] for one in found["answering"]] == [2]
    assert found["bundle"] == str(tmp_path / "b.zip")
    ledger.store.client.set_registered_model_alias("reviews", "champion", "3")
    code, found = told(capsys, "audit", f"head=[{'0' * 12},{'1' * 12}]")
    assert code == 1
    assert len(found["faults"]) == 1  # zeros stand before the first receipt
    assert len(found["unreceipted"]) == 1
    assert start("audit", ["reviews", "at=soon"]) == 2
    assert "at= must be a day" in capsys.readouterr().err


def test_approve_asks_for_another_person(ledger, capsys, monkeypatch):
    ledger.decide(draft(3, 2, action="propose", approvals=1))
    assert start("approve", ["reviews"]) == 2
    assert "another person" in capsys.readouterr().err
    monkeypatch.setenv("LOGNAME", "ben")
    assert start("approve", ["reviews"]) == 2  # whoever is ben by his own word is nobody else
    capsys.readouterr()
    for module in (approval, receipt_ledger):
        monkeypatch.setattr(module, "account", lambda: "ben")
    code, found = told(capsys, "approve", "reviews", "text=seen")
    assert (code, found["aliases"]) == (0, {"champion": 3, "previous": 2})
    assert found["by"].startswith("ben@")


def test_a_version_that_gates_refused_is_no_way_back(ledger, capsys):
    assert start("rollback", ["reviews", "to=3"]) == 2
    err = capsys.readouterr().err
    assert "reviews/3 never was, only 1, 2" in err
    assert "xinzhi promote reviews/3" in err
    assert start("rollback", ["reviews", "to=3", "override="]) == 2
    assert "override= must say why in words" in capsys.readouterr().err
    code, found = told(capsys, "rollback", "reviews", "to=3", "override=all others are broken")
    assert (code, found["aliases"]["champion"]) == (0, 3)
    assert ledger.receipts()[-1].override == "all others are broken"


@pytest.mark.parametrize("pipeline", ["rollback", "approve", "audit"])
def test_no_store_is_said_and_none_is_made(pipeline, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    assert start(pipeline, ["reviews"]) == 1
    assert "there must be a store" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
