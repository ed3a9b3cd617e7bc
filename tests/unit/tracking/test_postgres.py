"""The store on a real PostgreSQL."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from xinzhi.config.entry import start
from xinzhi.errors import StoreError
from xinzhi.registry.files import load_folder
from xinzhi.registry.versions import resolve
from xinzhi.tracking import remote
from xinzhi.tracking.references import find_run
from xinzhi.tracking.run import start_run
from xinzhi.tracking.store import open_store

SECRETS = ("k4n4rie", "Vogel")

END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"
OPEN_AND_WRITE = """
import sys
from pathlib import Path
from xinzhi.tracking.store import open_store
store = open_store(folder=Path(sys.argv[1]))
experiment = store.experiment("all together")
run = store.client.create_run(experiment)
store.client.log_metric(run.info.run_id, "number", float(sys.argv[2]))
print(experiment)
"""


def test_eight_processes_start_together_on_an_empty_database(postgres, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", postgres.new())
    started = [
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", OPEN_AND_WRITE, str(tmp_path / "mlruns"), str(number)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        )
        for number in range(8)
    ]  # fmt: skip
    ended = [(process.communicate(timeout=300), process.returncode) for process in started]
    assert [code for _, code in ended] == [0] * 8, [error for (_, error), _ in ended]
    assert len({out.strip() for (out, _), _ in ended}) == 1
    store = open_store(folder=tmp_path / "mlruns")
    runs = store.client.search_runs([store.experiment("all together")])
    assert sorted(run.data.metrics["number"] for run in runs) == [float(n) for n in range(8)]
    assert {path.name for path in tmp_path.iterdir()} == {"mlruns"}


def test_run_model_version_and_dataset_can_be_walked(postgres_store, train):
    made, client = train(postgres_store, task="t"), postgres_store.client
    run = client.get_run(made.run_id)
    assert run.info.status == "FINISHED"
    history = client.get_metric_history(made.run_id, "train/loss")
    assert {point.step: point.value for point in history} == {n: 1 / (n + 1) for n in range(30)}
    assert run.data.metrics["odd/nan"] != run.data.metrics["odd/nan"]
    assert run.data.metrics["odd/inf"] > 1e308
    assert (Path(run.info.artifact_uri) / "checkpoints" / "last.bin").stat().st_size == 50_000
    (output,) = run.outputs.model_outputs  # run → model
    model = client.get_logged_model(output.model_id)
    assert (model.model_id, model.source_run_id, output.step) == (made.model_id, made.run_id, 30)
    (metric,) = model.metrics  # model → metric → dataset
    (given,) = run.inputs.dataset_inputs
    assert given.dataset.digest == metric.dataset_digest
    version = client.get_model_version_by_alias("reviews", "challenger")  # version → run
    assert (int(version.version), version.run_id) == (made.version, made.run_id)
    found = client.search_logged_models(
        [run.info.experiment_id], filter_string="metrics.`test/f1` > 0.7"
    )
    assert [entry.model_id for entry in found] == [made.model_id]


def test_every_reference_is_understood(postgres_store, train):
    made = train(postgres_store)
    for reference in (made.run_id, made.run_id[:6], "cnn s1 7f3a", "last"):
        assert find_run(postgres_store, reference).run_id == made.run_id
    for reference in ("reviews", "reviews/1", "reviews@challenger", "last"):
        assert resolve(postgres_store, reference).model_id == made.model_id
    folder = load_folder(postgres_store, resolve(postgres_store, "reviews"))
    assert json.loads((folder / "bundle.json").read_text())["label"] == "good"


def test_connections_that_break_during_a_run_lose_nothing(postgres, postgres_store):
    run = start_run(postgres_store, experiment="demo", run_name="r", config_yaml="", params={},
                    tags={}, system_metrics=False, every_n_seconds=3600)  # fmt: skip
    with run:
        for step in range(10):
            run.metrics({"loss": float(step)}, step=step)
            if step % 5 == 4:
                postgres.execute(END_SESSIONS.format(postgres_store.uri.rpartition("/")[2]))
                run.flush()
    kept = postgres_store.client.get_metric_history(run.run_id, "loss")
    assert [point.value for point in kept] == [float(step) for step in range(10)]
    assert postgres_store.client.get_run(run.run_id).info.status == "FINISHED"


def test_no_password_reaches_the_database_or_a_file(postgres_store, train, tmp_path):
    import psycopg

    train(postgres_store, command=f"xinzhi train tracking.uri={postgres_store.uri}")
    with psycopg.connect(postgres_store.uri) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        ).fetchall()
        rows = [str(connection.execute(f'SELECT * FROM "{t}"').fetchall()) for (t,) in tables]  # noqa: S608
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any("xinzhi train tracking.uri=postgresql://ana:***@" in row for row in rows)
    for secret in SECRETS:
        assert not any(secret in row for row in rows)
        assert not any(secret.encode() in path.read_bytes() for path in files)


@pytest.mark.parametrize(
    ("place", "said", "mend"),
    [
        ({"password": "geheim99"}, "refuses this user or password", "%40"),
        ({"user": "bob", "password": "geheim99"}, "refuses this user or password", "USER"),
        ({"database": "nowhere"}, "no such database", "createdb"),
    ],
)
def test_what_the_server_refuses_is_said(postgres, tmp_path, place, said, mend):
    url = postgres.url(**({"database": "postgres"} | place))
    with pytest.raises(StoreError, match=said) as caught:
        open_store(url, tmp_path)
    assert mend in caught.value.mend
    assert not any(secret in str(caught.value) for secret in ("geheim99", *SECRETS))


def test_a_user_without_rights_is_told_what_to_ask_for(postgres, tmp_path):
    database = postgres.new().rpartition("/")[2]
    postgres.execute("CREATE ROLE guest LOGIN PASSWORD 'geheim99'")
    postgres.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC", database)
    with pytest.raises(StoreError, match="may not make or write") as caught:
        open_store(postgres.url(database, "guest", "geheim99"), tmp_path)
    assert "GRANT" in caught.value.mend
    assert "geheim99" not in str(caught.value)


def test_a_server_that_is_away_is_said_at_once(tmp_path):
    with pytest.raises(StoreError, match="does not answer") as caught:
        open_store("postgresql://ana:geheim99@127.0.0.1:9/x", tmp_path)
    assert "geheim99" not in str(caught.value)
    assert "uri=null" in caught.value.mend


def test_a_missing_driver_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)  # as Python treats what is not there
    with pytest.raises(StoreError, match="needs the package psycopg") as caught:
        open_store("postgresql://ana:geheim99@127.0.0.1:9/x", tmp_path)
    assert caught.value.mend == "pip install 'xinzhi[postgresql]'"
    assert "geheim99" not in str(caught.value)


def test_an_address_that_is_none_is_said(tmp_path):
    with pytest.raises(StoreError, match="must be of the form") as caught:
        open_store("postgresql://ana:geheim99@h:port/x", tmp_path)
    assert "geheim99" not in str(caught.value)


def test_addresses_by_socket_and_as_hosts_of_databases_write_them(postgres, postgres_template):
    by_socket = f"postgresql://ana:k4n4rie%20n%40%3A%2F%23Vogel@/postgres?host={postgres.folder}"
    with remote.one_at_a_time(f"{by_socket}&port={postgres.port}"):
        pass
    url = postgres.new(postgres_template).replace("postgresql://", "postgres://")
    assert open_store(url, postgres.folder).uri.startswith("postgresql://")


def test_one_process_waits_for_the_other_and_says_when_it_was_too_long(postgres, monkeypatch):
    from xinzhi.tracking.failures import explaining

    url = postgres.new()
    monkeypatch.setattr(remote, "_LOCK_TIMEOUT_S", 1)
    with remote.one_at_a_time(url), pytest.raises(StoreError, match="has been opening"):  # noqa: SIM117
        with explaining(uri=url, path=url), remote.one_at_a_time(url):
            pytest.fail("two at once")
    with remote.one_at_a_time(url):
        pass


def test_store_and_doctor_name_the_database_without_its_password(postgres_store, train, capsys):
    train(postgres_store)
    capsys.readouterr()
    assert start("store", []) == 0
    shown = capsys.readouterr().out
    assert start("store", ["clean", "older=0h"]) == 0
    shown += capsys.readouterr().out
    assert start("doctor", ["offline=true", "report=json"]) == 0
    told = capsys.readouterr().out
    (finding,) = [f for f in json.loads(told)["findings"] if f["name"] == "store"]
    assert finding["state"] == "ok"
    for text in (shown, finding["said"]):
        assert "postgresql://ana:***@127.0.0.1" in text
        assert str(postgres_store.folder) in text
    assert "reviews: models" in shown
    assert start("store", ["relocate"]) == 1
    assert "only a store that lies in a folder" in capsys.readouterr().err
    assert not any(secret in shown + told for secret in SECRETS)
