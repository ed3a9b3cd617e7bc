import logging
import sys

import pytest

from xinzhi.tracking.console import ConsoleLog


@pytest.fixture
def path(tmp_path):
    return tmp_path / "console.log"


def test_lines_are_whole_and_bars_leave_their_last_state(path, capsys):
    with ConsoleLog(path, str.upper):
        sys.stdout.write("a ")
        sys.stdout.write("line\n")
        sys.stderr.write("10 %\r50 %\r100 %\n")
        sys.stderr.write("\x1b[2K\x1b[1Aredrawn bar\n")
        sys.stdout.write("\x1b[31mred\x1b[0m\nthe end")
    assert path.read_text().splitlines() == ["A LINE", "100 %", "RED", "THE END"]
    assert capsys.readouterr().out == "a line\n\x1b[31mred\x1b[0m\nthe end"


def test_loggers_that_hold_the_stream_are_copied_too(path):
    logger = logging.getLogger("held")
    handler = logging.StreamHandler(sys.stderr)
    logger.addHandler(handler)
    before = handler.stream
    with ConsoleLog(path, str):
        logger.warning("from a library")
    assert path.read_text() == "from a library\n"
    assert handler.stream is before
    logger.removeHandler(handler)


def test_streams_are_as_before(path):
    before = sys.stdout, sys.stderr
    with ConsoleLog(path, str):
        assert sys.stdout.isatty() == before[0].isatty()
    assert (sys.stdout, sys.stderr) == before
