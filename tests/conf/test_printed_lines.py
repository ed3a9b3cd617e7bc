"""Each `xinzhi train` and `xinzhi plan` that a README prints is composed and passes the checks."""

import re
import shlex
from pathlib import Path

import pytest

from xinzhi.config.entry import prepare
from xinzhi.sweeping import command

ROOT = Path(__file__).parents[2]
READMES = [*ROOT.glob("README*.md"), *ROOT.glob("src/xinzhi/tasks/*/README.md")]


def printed():
    for readme in READMES:
        text = readme.read_text(encoding="utf-8").replace("\\\n", " ")
        for block in re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            for line in re.findall(r"^xinzhi (?:train|plan) .*", block, re.MULTILINE):
                yield pytest.param(line, id=f"{readme.parent.name}: {line[:60]}")


@pytest.mark.parametrize("line", list(printed()))
def test_it_passes_the_checks(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line, comments=True)[2:]
    for own in re.findall(r"(?<![\w:./])[\w./*-]+\.(?:csv|txt|conll|sql)|(?<=train=)photos", line):
        Path(own).touch()
    if words[0] == "-m":
        command.read(words[1:], freeze=lambda _: "rows")
    else:
        prepare("train", words)
