"""The sweeper in an application of Hydra that knows nothing of xinzhi."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
import yaml

from xinzhi.sweeping.actions import act
from xinzhi.sweeping.ledger.ledger import Ledger

APPLICATION = """
from pathlib import Path
import hydra
from how import far

@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(config):
    with Path(hydra.utils.to_absolute_path("ran.txt")).open("a") as file:
        file.write(f"{config.x} {config.kind} {config.seed}" + chr(10))
    if config.kind == "bad" and not Path(hydra.utils.to_absolute_path("mended")).exists():
        raise ValueError("no luck")
    return None if config.kind == "silent" else far(config.x) + 0.001 * config.seed

main()
"""
# a launcher that says how many jobs it runs at a time, as the joblib launcher does
LAUNCHER = """
from dataclasses import dataclass
from pathlib import Path
from hydra._internal.core_plugins.basic_launcher import BasicLauncher
from hydra.core.config_store import ConfigStore

@dataclass
class Conf:
    _target_: str = "hydra_plugins.several.SeveralLauncher"
    n_jobs: int = 3

ConfigStore.instance().store(group="hydra/launcher", name="several", node=Conf)

class SeveralLauncher(BasicLauncher):
    def __init__(self, n_jobs):
        super().__init__()

    def launch(self, job_overrides, initial_job_idx):
        with Path("batches.txt").open("a") as file:
            print(len(job_overrides), file=file)
        return super().launch(job_overrides, initial_job_idx)
"""


@pytest.fixture
def application(tmp_path):
    """Runs the application; tells the lines that its jobs have written in all."""
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "config.yaml").write_text("x: 1.0\nkind: good\nseed: 0\n")
    (tmp_path / "hydra_plugins").mkdir()
    (tmp_path / "hydra_plugins" / "several.py").write_text(LAUNCHER)
    (tmp_path / "how.py").write_text("def far(x):\n    return (x - 0.3) ** 2\n")
    (tmp_path / "app.py").write_text(APPLICATION)

    def run(*words):
        command = [sys.executable, "app.py", "-m", "hydra/sweeper=xinzhi", *words]
        ended = subprocess.run(  # noqa: S603
            command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
        )  # fmt: skip
        ran = tmp_path / "ran.txt"
        lines = ran.read_text().splitlines() if ran.exists() else []
        return SimpleNamespace(code=ended.returncode, told=ended.stdout + ended.stderr, ran=lines)

    run.folder = tmp_path
    return run


def result(application):
    (*_, last) = sorted(application.folder.glob("multirun/*/*/optimization_results.yaml"))
    return yaml.safe_load(last.read_text())


def test_a_grid_runs_once_and_what_is_added_alone_is_new(application):
    words = ("x=0.1,0.2,0.3", "seed=0,1")
    first = application(*words)
    assert first.code == 0, first.told
    assert len(first.ran) == 6
    assert result(application)["best_params"] == {"x": "0.3"}
    assert result(application)["best_value"] == pytest.approx(0.0005)  # the mean of its seeds
    assert application(*words).ran == first.ran
    more = application("x=0.1,0.2,0.3,0.4", "seed=0,1")
    assert more.ran[6:] == ["0.4 good 0", "0.4 good 1"]


def test_what_changes_the_code_runs_again_and_a_remark_does_not(application):
    words = ("x=0.1,0.2", "hydra.sweeper.name=mine")
    assert len(application(*words).ran) == 2
    how = application.folder / "how.py"
    how.write_text("# nearness\n" + how.read_text())
    assert len(application(*words).ran) == 2
    how.write_text(how.read_text().replace("0.3", "0.1"))
    assert len(application(*words).ran) == 4
    assert result(application)["best_params"] == {"x": "0.1"}


def test_tpe_goes_on_where_it_was_as_if_it_had_not_been_ended(application):
    words = ("x=interval(0, 1)", "hydra.sweeper.method=tpe", "hydra/launcher=several")
    short = application(*words, "hydra.sweeper.trials=4")
    assert short.code == 0, short.told
    assert len(short.ran) == 4
    long = application(*words, "hydra.sweeper.trials=13")
    assert len(long.ran) == 13
    batches = (application.folder / "batches.txt").read_text().split()
    assert batches == ["3", "1", "3", "3", "3"]
    xs = {float(line.split()[0]) for line in long.ran}
    assert result(application)["best_params"]["x"] == min(xs, key=lambda x: abs(x - 0.3))


def test_a_failed_job_costs_no_other_and_runs_again(application):
    words = ("x=0.1,0.2", "kind=good,bad")
    failed = application(*words)
    assert failed.code == 1
    assert "2 of 4 jobs failed" in failed.told
    assert "no luck" in failed.told
    assert len(failed.ran) == 4
    (application.folder / "mended").touch()
    again = application(*words)
    assert again.code == 0
    assert again.ran[4:] == ["0.1 bad 0", "0.2 bad 0"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["kind=silent"], "must return a number"),
        (["x=0.1,0.2", "hydra.sweeper.method=tpee", "hydra.sweeper.trials=3"], "tpe"),
        (["x=interval(0,1)", "hydra.sweeper.method=tpe"], "hydra.sweeper.trials=20"),
        (["x=0.1,0.2", "hydra.sweeper.direction=least"], "min"),
        (["x=0.1,0.2", "hydra.sweeper.space={x: 'interval(1,0)'}"], "x"),
        (["x=interval(0,1)"], "hydra.sweeper.method=random"),
        (["z=0.1,0.2"], "z"),
    ],
)
def test_what_cannot_run_is_told(application, words, said):
    told = application(*words)
    assert told.code == 1
    assert said in told.told
    assert "Traceback" not in told.told


def test_the_ledger_shows_it_and_leaves_its_jobs_to_the_application(application, monkeypatch):
    application("x=0.1,0.2")
    monkeypatch.chdir(application.folder)
    ledger = application.folder / "mlruns" / "sweeps.db"
    ((sweep, counts),) = Ledger.open(ledger).sweeps()
    assert (sweep.phase, counts["finished"]) == ("ended", 2)
    assert "0.2" in act("status", [], ledger=None, train=None).table()
    with pytest.raises(ValueError, match=r"python app\.py -m"):
        act("resume", [], ledger=None, train=None)


def test_the_plugin_is_light():
    code = "import sys, hydra_plugins.xinzhi_sweeper.sweeper; print(*sys.modules)"
    told = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"torch", "optuna", "sqlalchemy", "xinzhi"} & set(told.stdout.split())
