"""`.ci/run` gets what a bare machine lacks, in one go, before it uses it."""

# ruff: noqa: S603 - a process of our own

import shutil
import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).parents[2] / ".ci" / "run"
APT = """#!{bash}
echo "apt-get $* $DEBIAN_FRONTEND" >> {log}
for program in python3 make git; do
    case " $* " in *" $program "*) {cp} {stub} {folder}/$program ;; esac
done
"""
STUB = """#!{bash}
echo "${{0##*/}} $*" >> {log}
"""


@pytest.fixture
def machine(tmp_path):
    """A machine that has bash, apt-get and the programs that are named; gives what was called."""
    folder, log, stub = tmp_path / "bin", tmp_path / "log", tmp_path / "stub"
    folder.mkdir()
    log.touch()
    bash = shutil.which("bash")
    words = {"bash": bash, "log": log, "folder": folder, "stub": stub, "cp": shutil.which("cp")}
    stub.write_text(STUB.format(**words))
    (folder / "apt-get").write_text(APT.format(**words))
    for program in (stub, folder / "apt-get"):
        program.chmod(0o755)
    (folder / "dirname").symlink_to(shutil.which("dirname"))

    def run(*there):
        for program in there:
            shutil.copy(stub, folder / program)
        subprocess.run([bash, RUN], env={"PATH": str(folder)}, check=True, cwd=tmp_path)
        return log.read_text().splitlines()

    return run


@pytest.mark.parametrize(
    "there",
    [(), ("python3",), ("python3", "make"), ("python3", "git"), ("make", "git")],
    ids=" ".join,
)
def test_what_is_missing_is_installed_once_and_without_questions(machine, there):
    called = machine(*there)
    apt = [line for line in called if line.startswith("apt-get")]
    assert apt[0] == "apt-get update -q noninteractive"
    assert len(apt) == 2
    installed = set(apt[1].split()) & {"python3", "python3-venv", "make", "git"}
    wanted = {"python3", "make", "git"} - set(there)
    assert installed == wanted | ({"python3-venv"} if "python3" in wanted else set())
    assert apt[1].endswith(" noninteractive")
    assert called[-3:] == ["make setup", "make check", "make test"]


def test_a_machine_that_has_all_is_left_alone(machine):
    called = machine("python3", "make", "git")
    apt = " ".join(line for line in called if line.startswith("apt-get"))
    assert not set(apt.split()) & {"python3", "python3-venv", "make", "git"}  # postgresql at most
