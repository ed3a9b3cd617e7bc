"""Encodings are recognised from content."""

import pytest

from xinzhi.data.encoding import recognise
from xinzhi.errors import DataError

CHINESE = "text,label\n机器不动了,故障\n屏幕很清楚,好评\n联通,公司\n"
FRENCH = "text,label\nl'été à Orléans,été\nça marche très bien,privé\n"


@pytest.mark.parametrize(
    ("content", "label"),
    [
        (CHINESE.encode("utf-8"), "UTF-8"),
        (CHINESE.encode("utf-8-sig"), "UTF-8 with BOM"),
        (CHINESE.encode("gb18030"), "GB18030"),
        (CHINESE.encode("utf-16"), "UTF-16"),
        (b"text,label\nplain,ascii\n", "UTF-8"),
        (b"", "UTF-8"),
    ],
)
def test_each_is_recognised_and_read_back(tmp_path, content, label):
    (tmp_path / "a.csv").write_bytes(content)
    found = recognise(tmp_path / "a.csv")
    assert found.label == label
    text = content.decode(found.codec)
    assert text in {CHINESE, "text,label\nplain,ascii\n", ""}


def test_a_rare_character_of_four_bytes(tmp_path):
    content = "机器𠮷不动了、屏幕很清楚\n" * 3
    (tmp_path / "a.csv").write_bytes(content.encode("gb18030"))
    assert recognise(tmp_path / "a.csv").codec == "gb18030"


def test_western_text_is_not_taken_for_chinese(tmp_path):
    (tmp_path / "a.csv").write_bytes((FRENCH * 5).encode("cp1252"))
    found = recognise(tmp_path / "a.csv")
    assert "guess" in found.label
    assert "été" in (FRENCH * 5).encode("cp1252").decode(found.codec)


def test_mixed_encodings_are_said_with_the_line(tmp_path):
    content = CHINESE.encode("utf-8") + "屏幕坏了,故障\n".encode("gb18030")
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(DataError, match=r"3 lines are UTF-8, 1 are not.*line 5"):
        recognise(tmp_path / "a.csv")


def test_a_western_file_with_lines_of_utf8_is_not_guessed_at(tmp_path):
    content = (FRENCH * 5).encode("cp1252") + "Größe, straße\n".encode()
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(DataError, match=r"1 lines are UTF-8, .* line "):
        recognise(tmp_path / "a.csv")
