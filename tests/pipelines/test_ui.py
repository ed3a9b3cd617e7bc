import json
import os
import signal
import subprocess
import sys
import urllib.request

import pytest

from xinzhi.errors import StoreError
from xinzhi.tracking import server


def read(address):
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(address, timeout=30) as answer:
        return answer.read()


def test_ui_serves_runs_and_artifacts_until_ctrl_c(store, store_folder):
    experiment = store.experiment("reviews")
    run = store.client.create_run(experiment, run_name="cnn s1 7f3a")
    store.client.log_text(run.info.run_id, "the report", "report.md")
    code = "from xinzhi.config.entry import start; start('ui')"
    program = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=store_folder.parent, text=True
    )
    try:
        address = program.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        page = program.stdout.readline()
        assert page.startswith("reviews ")
        assert f"/#/experiments/{experiment}/runs?" in page
        assert "viewStateShareKey=leaderboard" in page
        api = f"{address}/ajax-api/2.0/mlflow"
        told = json.loads(read(f"{api}/runs/get?run_id={run.info.run_id}"))
        assert told["run"]["info"]["run_name"] == "cnn s1 7f3a"
        report = f"{address}/get-artifact?path=report.md&run_uuid={run.info.run_id}"
        assert read(report) == b"the report"
    finally:
        program.send_signal(signal.SIGINT)
    assert program.wait(30) == 0
    with pytest.raises(OSError, match="refused"):  # nothing is left running
        read(address)


def test_a_port_that_is_taken_is_said(store):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(StoreError, match="another port"),
            server.serve(store, host="127.0.0.1", port=port),
        ):
            pass
    assert os.path.exists(store.folder / "ui.log")  # noqa: PTH110
