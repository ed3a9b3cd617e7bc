"""The process that workers are born from ends with the command that started it."""

import subprocess
import sys

import psutil
import pytest

COMMAND = """
import signal
from multiprocessing import forkserver
from xinzhi.sweeping.work import nursery

if __name__ == "__main__":
    nursery._WARM = "endless"
    nursery.begin([])
    print(forkserver._forkserver._forkserver_pid, flush=True)
    signal.pause()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it imports to the end")
@pytest.mark.parametrize("how", ["terminate", "kill"])
def test_it_imports_for_nobody(tmp_path, how):
    (tmp_path / "command.py").write_text(COMMAND)
    (tmp_path / "endless.py").write_text("import signal\n\nsignal.pause()\n")
    command = subprocess.Popen(
        [sys.executable, "command.py"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    born = psutil.Process(int(command.stdout.readline()))
    assert born.is_running()
    getattr(command, how)()
    born.wait(timeout=20)  # it would never end by itself
    command.communicate(timeout=20)
