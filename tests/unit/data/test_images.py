"""A folder of images: one folder per class."""

import hashlib
import struct
import zlib

import pytest

from xinzhi.data.attachments import FILES
from xinzhi.data.declaration import Declaration
from xinzhi.data.engine import open_engine
from xinzhi.data.opened import Want
from xinzhi.data.sources import resolve


def png(shade):
    """A grey image of one pixel."""

    def chunk(kind, data):
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes([0, shade]))) + chunk(
        b"IEND", b""
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    files = {"猫/a.png": png(1), "猫/b.PNG": png(2), "dog/deep/c.png": png(3), "dog/d.png": png(1),
             "top.png": png(4), ".thumbs/a.png": png(5), "dog/empty.png": b"",
             "dog/page.jpg": b"<html>", "readme.md": b"x"}  # fmt: skip
    for name, content in files.items():
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "photos"


def test_images_are_rows_and_their_bytes_are_files(folder):
    source = resolve({"train": str(folder)}, offline=True)["train"]
    assert source.short_name == "photos"
    with open_engine() as engine:
        opened = source.open(engine, Want(("label",), frozenset({"label"})))
        rows = opened.table.order_by("path").to_pyarrow().to_pylist()
        kept = {file.name: file.read_bytes() for file in (engine.scratch / FILES).iterdir()}
    assert {row["path"]: row["label"] for row in rows} == {
        "dog/d.png": "dog", "dog/deep/c.png": "deep", "top.png": None,
        "猫/a.png": "猫", "猫/b.PNG": "猫",
    }  # fmt: skip
    for row in rows:
        content = (folder / row["path"]).read_bytes()
        assert row["sha256"] == hashlib.sha256(content).hexdigest()
        assert kept[row["sha256"]] == content
    assert len(kept) == 4  # two of the five are the same
    assert [(step.rows_in, step.rows_out) for step in opened.steps] == [(7, 5)]
    assert opened.extras == ("path", "sha256")


def test_the_fingerprint_does_not_know_where_the_folder_lies(folder):
    def mark():
        return resolve({"train": str(folder)}, offline=True)["train"].fingerprint()

    before = mark()
    folder = folder.rename(folder.with_name("moved"))
    assert mark() == before
    (folder / "猫" / "a.png").write_bytes(png(9))
    assert mark() != before


def test_the_snapshot_keeps_the_files_of_its_rows_and_no_others(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    for n in range(20):
        for name in ("猫", "dog"):
            (folder / name / f"{n}.png").write_bytes(png(n + 20 * (name == "dog")))
    made = Declaration(train=str(folder), text=None, label="label", max_dropped=1).prepare()
    rows = [row for split in made.counts for row in made.table(split).to_pylist()]
    assert {row["label"] for row in rows} == {"猫", "dog"}  # one image of `deep` is rare
    kept = {file.name: file.read_bytes() for file in (made.folder / FILES).iterdir()}
    assert set(kept) == {row["sha256"] for row in rows}
    for row in rows:
        assert kept[row["sha256"]] == (folder / row["path"]).read_bytes()
