"""A secret is put where secrets are, and then looked for everywhere a run writes."""

import gzip
import logging
import sys
from contextlib import suppress

import pytest

from xinzhi.tracking.run import start_run

CANARY = "kanarienvogel-4711-qZ"


@pytest.fixture(params=["in a URL alone", "in a token too"])
def url(monkeypatch, request):
    if request.param == "in a token too":
        monkeypatch.setenv("COMPANY_API_TOKEN", CANARY)
    url = f"postgresql://ana:{CANARY}@db.example/records"
    monkeypatch.setenv("XINZHI_SOURCE_URL", url)
    return url


def work(store, url):
    run = start_run(
        store,
        experiment="secrets",
        run_name=f"cnn key={CANARY}",
        config_yaml=f"data:\n  source: ${{oc.env:XINZHI_SOURCE_URL}}\n  other: {url}\n",
        params={"data.source": "${oc.env:XINZHI_SOURCE_URL}", "other": url, "long": url * 500},
        tags={"command": f"xinzhi train data.train={url}"},
        description=f"trained from {url}",
        system_metrics=False,
    )
    with run:
        print("on the console:", CANARY)  # noqa: T201
        sys.stderr.write(f"half a line {CANARY[:8]}")
        sys.stderr.write(f"{CANARY[8:]} and the rest\n")
        logging.getLogger("some.library").warning("connecting to %s", url)
        run.text(f"report on {url}", "report.md")
        run.tag("source", url)
        source = type("Records", (), {"name": "records", "digest": "abc"})
        run.dataset(source, source=url, context="train")
        raise ConnectionError(f"could not connect to {url}")


def test_no_secret_reaches_database_artifacts_or_logs(store, store_folder, url, tmp_path):
    with suppress(ConnectionError):
        work(store, url)
    searched = 0
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            content += gzip.decompress(content) if path.suffix == ".gz" else b""
            assert CANARY.encode() not in content, path
            searched += 1
    assert searched >= 6
    names = {path.name for path in store_folder.rglob("*")}
    assert {"mlflow.db", "console.log", "config.yaml", "report.md", "params.json"} <= names
    log = next(store_folder.rglob("console.log")).read_text()
    assert "on the console: ***" in log
    assert "half a line *** and the rest" in log
    assert "could not connect to postgresql://ana:***@db.example" in log
