# ruff: noqa: S603, S607 - processes of our own

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from xinzhi.config import completion


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("xinzhi tr", ["train "]),
        ("xinzhi train opt", ["optimizer="]),
        ("xinzhi train optimizer=s", ["optimizer=sgd "]),
        ("xinzhi train model=w", ["model=wide ", "model=words/small ", "model=words/wide "]),
        ("xinzhi train optimizer.l", ["optimizer.lr="]),
        ("xinzhi train report=", ["report=table ", "report=json "]),
        ("xinzhi train seed=1 report=j", ["report=json "]),
        ("xinzhi train uri=x", []),
        ("xinzhi nothing x", []),
    ],
)
@pytest.mark.usefixtures("conf")
def test_candidates(line, offered):
    assert completion.candidates(line) == offered


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_takes_the_script(tmp_path):
    program = Path(sys.executable).parent / "xinzhi"
    file = tmp_path / "completion.sh"
    file.write_text(completion.script("bash"), encoding="utf-8")
    line = "xinzhi train optimizer=s"
    code = f"""source {file}; COMP_WORDS=({program} train optimizer = s); COMP_LINE='{line}'
    COMP_POINT=${{#COMP_LINE}}; _xinzhi; printf '<%s>' "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "<sgd >"
