"""A wheel, unpacked into an empty folder, trains there: nothing is taken from the clone."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from xinzhi.config import help as helping

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel's content in a folder of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git clone")
    for name in filter(None, listed.stdout.decode().split("\0")):
        _copy(ROOT / name, source / name)
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder)]
    built = subprocess.run(  # noqa: S603
        build, cwd=source, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr[-2000:]
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def _copy(path, target):
    if path.is_symlink() or path.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            target.symlink_to(path.readlink())
        else:
            target.write_bytes(path.read_bytes())


@pytest.fixture
def program(installed, tmp_path, warm_cache):
    """Runs the installed program in an empty folder."""
    empty = tmp_path / "empty"
    empty.mkdir()
    # before the clone's own editable entry, which stands behind PYTHONPATH
    environment = {**os.environ, "PYTHONPATH": str(installed), "XINZHI_CACHE": str(warm_cache)}
    environment.pop("MLFLOW_TRACKING_URI", None)
    code = f"""
import sys, xinzhi
assert xinzhi.__file__.startswith({str(installed)!r}), xinzhi.__file__
from xinzhi.cli import main
raise SystemExit(main())
"""

    def program(*words):
        return subprocess.run(  # noqa: S603
            [sys.executable, "-c", code, *words],
            cwd=empty,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    program.folder = empty
    return program


def test_the_wheel_holds_code_conf_and_pipelines_and_no_tests(installed):
    names = {str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file()}
    assert {"xinzhi/py.typed", "xinzhi/conf/train.yaml", "xinzhi/pipelines/train.py"} <= names
    assert "hydra_plugins/xinzhi_sweeper/sweeper.py" in names
    assert "hydra_plugins/__init__.py" not in names  # other packages bring plugins too
    there = {f"xinzhi/{path.relative_to(ROOT)}" for path in (ROOT / "conf").rglob("*.yaml")}
    assert there <= names
    assert not {name for name in names if name.startswith(("tests", "benchmarks"))}


def test_help_of_every_pipeline(program):
    told = program("--help")
    assert told.returncode == 0, told.stderr
    for name in helping.commands():
        assert f"  {name} " in told.stdout
    assert program("train", "--help").returncode == 0
    assert not any(program.folder.iterdir())


def test_a_grid_in_an_empty_folder(program, tiny):
    done = program("train", "-m", *tiny, "seed=1,2")
    assert done.returncode == 0, done.stderr
    assert "ended; 2 finished" in done.stdout
    assert "the best on the test rows: test/f1_macro" in done.stdout
    assert {path.name for path in program.folder.iterdir()} == {"mlruns"}
    answered = program("predict", "last", "text=works like a charm")
    assert answered.returncode == 0, answered.stderr
    assert "answered by" in answered.stdout
