"""The store behind a real MLflow server, which keeps the artifacts itself."""

import json
import os
import subprocess
import sys

import pytest

from xinzhi.config.entry import start
from xinzhi.registry.files import load_folder
from xinzhi.registry.receipts import Draft, Side, open_ledger
from xinzhi.registry.versions import resolve
from xinzhi.tracking import server
from xinzhi.tracking.store import open_store

SECRET = "k4n4rie-pw-77"  # noqa: S105


@pytest.fixture(scope="module")
def served(store_template, tmp_path_factory):
    """Address with a password, and the folder of a server on this machine."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "mlflow.db").write_bytes(store_template.read_bytes())
    port = server.free_port("127.0.0.1")
    words = ["--workers", "1", "--host", "127.0.0.1", "--port", str(port), "--serve-artifacts"]
    words += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
    words += ["--artifacts-destination", str(folder / "artifacts")]
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "mlflow", "server", *words],
            env=os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            cwd=folder, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        server._wait(process, f"http://127.0.0.1:{port}", log)
        yield f"http://ana:{SECRET}@127.0.0.1:{port}", folder
    finally:
        server._stop(process)


@pytest.fixture
def project(tmp_path, monkeypatch, served):
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", served[0])
    return folder


def test_a_whole_run_is_kept_by_the_server_and_its_model_is_fetched_once(
    served, project, train, tmp_path, monkeypatch
):
    store = open_store()
    made = train(store, command=f"xinzhi train tracking.uri={store.uri}")
    run = store.client.get_run(made.run_id)
    assert run.info.status == "FINISHED"
    assert run.info.artifact_uri.startswith("mlflow-artifacts:")
    assert len(store.client.get_metric_history(made.run_id, "train/loss")) == 30
    files = {file.path for file in store.client.list_artifacts(made.run_id, "checkpoints")}
    assert files == {"checkpoints/last.bin"}
    (output,) = run.outputs.model_outputs
    (metric,) = store.client.get_logged_model(output.model_id).metrics
    assert (metric.key, metric.value) == ("test/f1", 0.75)
    assert not list((project / "mlruns").rglob("last.bin"))  # the server has it

    resolved = resolve(store, "reviews@challenger")
    assert (resolved.run_id, resolved.model_id) == (made.run_id, made.model_id)
    bundle = load_folder(store, resolved)
    assert json.loads((bundle / "bundle.json").read_text())["label"] == "good"
    assert bundle.is_relative_to(tmp_path / "cache" / "models" / made.model_id)
    assert [path.name for path in (tmp_path / "cache" / "models").iterdir()] == [made.model_id]
    monkeypatch.setattr("mlflow.artifacts.download_artifacts", None)  # once is enough
    assert load_folder(store, resolve(store, "last")) == bundle

    _, folder = served
    places = [folder, tmp_path]
    kept = [path for place in places for path in place.rglob("*") if path.is_file()]
    assert {"mlflow.db", "server.log", "console.log", "config.yaml"} <= {path.name for path in kept}
    for path in kept:
        assert SECRET.encode() not in path.read_bytes(), path


@pytest.mark.usefixtures("project")
def test_decisions_through_a_server_need_a_ledger_that_its_clients_share(
    train, postgres, monkeypatch, capsys
):
    store = open_store()
    made = train(store)
    code = start("rollback", ["reviews"])
    assert code == 1
    assert "receipts=postgresql://" in capsys.readouterr().err
    monkeypatch.setenv("XINZHI_RECEIPTS", postgres.new())
    ledger = open_ledger(store)
    side = Side(version=made.version, run_id=made.run_id)
    draft = Draft(name="reviews", action="promote", sentence="The first.", challenger=side)
    receipt = ledger.decide(draft, move={"champion": made.version})
    assert ledger.aliases("reviews") == {"champion": made.version}  # no longer challenger
    (kept,) = store.client.list_artifacts(made.run_id, "receipts")
    assert kept.path == "receipts/1.json"
    assert start("audit", ["reviews", "report=json"]) == 0
    assert json.loads(capsys.readouterr().out)["head"] == receipt.hash
    ledger.close()


@pytest.mark.usefixtures("project")
def test_a_model_that_another_process_fetched_meanwhile_is_taken(train, tmp_path, monkeypatch):
    from mlflow import artifacts

    store = open_store()
    made, download = train(store), artifacts.download_artifacts
    resolved = resolve(store, made.run_id)

    def slowly(**words):
        monkeypatch.setattr(artifacts, "download_artifacts", download)
        load_folder(store, resolved)  # the other one
        return download(**words)

    monkeypatch.setattr(artifacts, "download_artifacts", slowly)
    bundle = load_folder(store, resolved)
    assert json.loads((bundle / "bundle.json").read_text())["label"] == "good"
    assert [path.name for path in (tmp_path / "cache" / "models").iterdir()] == [made.model_id]


def test_store_and_doctor_name_the_server_without_its_password(served, project, capsys):
    assert start("store", []) == 0
    shown = capsys.readouterr().out
    assert start("doctor", ["offline=true", "report=json"]) == 0
    told = capsys.readouterr().out
    for text in (shown, told):
        assert served[0].replace(SECRET, "***") in text
        assert str(project) in text
        assert SECRET not in text
