"""Which holder of a job is known to be dead."""

import os
import subprocess
import sys

import pytest

from xinzhi.sweeping.ledger.holders import holder, is_dead


def test_this_process_lives():
    assert not is_dead(holder())
    assert f":{os.getpid()}:" in holder()


def test_a_process_that_was_killed_is_dead():
    script = (
        "from xinzhi.sweeping.ledger.holders import holder; print(holder(), flush=True); input()"
    )
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        name = process.stdout.readline().strip()
        assert not is_dead(name)
        process.kill()
        process.wait(60)
        assert is_dead(name)


def test_a_number_that_another_process_got_is_not_its_former_holder():
    host, boot, pid, started = _parts()
    assert is_dead(":".join([host, boot, pid, str(float(started) - 100)]))


def test_of_other_machines_and_boots_nothing_is_known():
    host, boot, _, started = _parts()
    no_process = "4194305"  # numbers end before
    assert is_dead(f"{host}:{boot}:{no_process}:{started}")
    assert not is_dead(f"{host}:0000-1111/pid:[2]:{no_process}:{started}")
    assert not is_dead(f"elsewhere:0000-1111/pid:[2]:{no_process}:{started}")


@pytest.mark.parametrize("text", ["", "w", "a:b", "a:b:c:d", "host:boot:pid:12", ":::"])
def test_what_names_no_process_counts_as_alive(text):
    assert not is_dead(text)


def _parts():
    host, _, rest = holder().partition(":")
    return [host, *rest.rsplit(":", 2)]
