import json

import pytest

from xinzhi.config.entry import start
from xinzhi.tracking import examination


@pytest.fixture
def examine(store_folder, capsys):  # noqa: ARG001 - the current folder becomes a project
    def examine(*words):
        assert start("doctor", ["report=json", *words]) == 0
        told = json.loads(capsys.readouterr().out)
        return told["ok"], {finding["name"]: finding for finding in told["findings"]}

    return examine


def test_doctor_looks_at_everything_without_a_network(examine, store_folder):
    ok, findings = examine("offline=true")
    assert ok
    assert {"python", "packages", "device", "store", "package index", "fonts"} <= set(findings)
    assert str(store_folder) in findings["store"]["said"]
    assert "offline" in findings["package index"]["said"]


def test_an_index_that_is_away_is_said_with_its_password_hidden(examine, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:geheim99@127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    ok, findings = examine()
    assert ok  # one can work without
    assert findings["package index"]["state"] == "warn"
    assert "127.0.0.1:9" in findings["package index"]["said"]
    assert "geheim99" not in str(findings)


def test_a_broken_store_is_bad_and_says_how_to_mend_it(examine, store_folder):
    (store_folder / "mlflow.db").write_bytes(b"not a database" * 100)
    ok, findings = examine("offline=true")
    assert not ok
    assert findings["store"]["state"] == "bad"
    assert "mv " in findings["store"]["mend"]


def test_wrong_and_missing_packages_are_named():
    finding = examination.versions(["numpy==0.1", "no-such-package==1.0", "mlflow==3.17.2"])
    assert finding.state == "bad"
    assert "numpy must be 0.1" in finding.said
    assert "no-such-package must be 1.0, is not installed" in finding.said
    assert "mlflow" not in finding.said
