# ruff: noqa: S602, S603, PLW1510 - processes of our own

import inspect
import subprocess
import sys
import time
from pathlib import Path

import pytest

from xinzhi import __version__
from xinzhi.cli import main
from xinzhi.config import catalog
from xinzhi.config import help as helping
from xinzhi.data.declaration import Declaration

PROGRAM = str(Path(sys.executable).parent / "xinzhi")


def test_help_lists_what_exists_with_its_sentence(capsys):
    assert main([]) == 0
    told = capsys.readouterr().out
    for name, file in helping.commands().items():
        assert f"  {name:<12} {catalog.sentence(file)}" in told
    assert "label-queue" not in told or "label-queue" in helping.commands()


@pytest.mark.parametrize("words", [["--help"], ["train", "--help"]], ids=" ".join)
def test_help_is_quick_and_imports_nothing_heavy(words):
    code = f"""
import sys
from xinzhi.cli import main
main({words})
assert not {{"torch", "hydra", "omegaconf", "yaml", "mlflow", "numpy"}} & set(sys.modules)
"""
    took = []
    for _ in range(3):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
        took.append(time.perf_counter() - started)
    assert min(took) < 0.3


@pytest.mark.parametrize("name", sorted(helping.commands()))
def test_every_command_has_help_with_keys_and_two_examples(name, capsys):
    assert main([name, "--help"]) == 0
    told = capsys.readouterr().out
    assert f"xinzhi {name}: " in told
    assert "Keys" in told
    assert told.partition("Examples")[2].count("xinzhi ") >= 2


@pytest.mark.parametrize("name", sorted(helping.commands()))
def test_every_pipeline_is_also_a_file_to_run(name):
    file = helping.commands()[name]
    text = file.read_text(encoding="utf-8")
    assert text.endswith(f'if __name__ == "__main__":\n    start("{name}")\n')


def test_a_pipeline_runs_as_a_file():
    file = Path(__file__).parents[2] / "pipelines" / "completion.py"
    done = subprocess.run(
        [sys.executable, file, "bash"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("_xinzhi()")
    done = subprocess.run([sys.executable, file, "fish"], capture_output=True, text=True)
    assert done.returncode == 2


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"xinzhi {__version__}\n"


def test_a_misspelt_command_is_answered(capsys):
    assert main(["trian"]) == 2
    assert "did you mean train?" in capsys.readouterr().err


def test_help_of_train_lists_typable_options(capsys):
    main(["train", "--help"])
    told = capsys.readouterr().out
    assert "[adamw] sgd" in told
    assert "text_classification/" not in told


def test_help_of_train_names_the_keys_of_ones_own_files(capsys):
    main(["train", "--help"])
    told = capsys.readouterr().out
    keys = inspect.signature(Declaration).parameters
    for key in keys:
        (line,) = [one for one in told.splitlines() if one.startswith(f"  data.{key}=")]
        assert line.partition("=")[2].strip(), key
        assert len(line.split(maxsplit=1)) == 2, f"{key} has no comment"
    assert len(keys) > 15


def test_whoever_reads_may_stop_reading():
    done = subprocess.run(
        f"{PROGRAM} train --help | head -1", shell=True, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr
