"""A folder of images: one folder per class, in parts or as a whole."""

import hashlib
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

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
        "dog/d.png": "dog", "dog/deep/c.png": "dog", "top.png": None,
        "猫/a.png": "猫", "猫/b.PNG": "猫",
    }  # fmt: skip
    for row in rows:
        content = (folder / row["path"]).read_bytes()
        assert row["sha256"] == hashlib.sha256(content).hexdigest()
        assert kept[row["sha256"]] == content
    assert len(kept) == 4  # two of the five are the same
    (step,) = opened.steps
    assert (step.rows_in, step.rows_out) == (7, 5)
    assert step.why == "empty, cut or not an image: dog/empty.png, dog/page.jpg"
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
    assert {row["label"] for row in rows} == {"猫", "dog"}
    kept = {file.name: file.read_bytes() for file in (made.folder / FILES).iterdir()}
    assert set(kept) == {row["sha256"] for row in rows}
    for row in rows:
        assert kept[row["sha256"]] == (folder / row["path"]).read_bytes()


SHADES = np.linspace(0, 255, 12 * 9).reshape(9, 12)
MODES = {
    "L.png": lambda: Image.fromarray(SHADES.astype("u1")),
    "RGBA.png": lambda: MODES["L.png"]().convert("RGBA"),
    "P.gif": lambda: MODES["L.png"]().convert("P"),
    "1.png": lambda: MODES["L.png"]().convert("1"),
    "LA.png": lambda: MODES["L.png"]().convert("LA"),
    "I;16.png": lambda: Image.fromarray((SHADES * 257).astype("u2")),
    "CMYK.jpg": lambda: MODES["L.png"]().convert("RGB").convert("CMYK"),
    "RGB.tiff": lambda: MODES["L.png"]().convert("RGB"),
    "RGB.webp": lambda: MODES["L.png"]().convert("RGB"),
    "RGB.bmp": lambda: MODES["L.png"]().convert("RGB"),
}


@pytest.fixture
def rows():
    """Rows of a part of a declaration, and the steps of reading it."""

    def rows(split="train", **parts):
        with open_engine() as engine:
            sources = resolve({"train": None, **parts}, offline=True)
            opened = sources[split].open(engine, Want(None))
            return opened.table.order_by("path").to_pyarrow().to_pylist(), opened.steps

    return rows


def test_images_of_every_mode_are_taken(tmp_path, rows):
    (tmp_path / "photos" / "a").mkdir(parents=True)
    for name, make in MODES.items():
        image = make()
        image.save(tmp_path / "photos" / "a" / name)
        with Image.open(tmp_path / "photos" / "a" / name) as saved:
            assert saved.mode == name.partition(".")[0]
    found, steps = rows(train=str(tmp_path / "photos"))
    assert len(found) == len(MODES)
    assert not steps


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff", "bmp"])
def test_a_cut_image_is_found_when_it_is_read(tmp_path, rows, suffix):
    folder = tmp_path / "photos" / "a"
    folder.mkdir(parents=True)
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    for name in ("whole", "cut"):
        Image.fromarray(noise).save(folder / f"{name}.{suffix}")
    cut = folder / f"cut.{suffix}"
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    found, (step,) = rows(train=str(tmp_path / "photos"))
    assert [row["path"] for row in found] == [f"a/whole.{suffix}"]
    assert step.why.endswith(f"a/cut.{suffix}")


def test_many_broken_images_are_counted_and_a_few_named(tmp_path, rows):
    (tmp_path / "photos" / "a").mkdir(parents=True)
    for n in range(5):
        (tmp_path / "photos" / "a" / f"{n}.png").write_bytes(b"")
    (tmp_path / "photos" / "a" / "good.png").write_bytes(png(1))
    _, (step,) = rows(train=str(tmp_path / "photos"))
    assert (step.rows_in, step.rows_out) == (6, 1)
    assert step.why.endswith("a/0.png, a/1.png, a/2.png and 2 more")


@pytest.mark.parametrize("valid", ["val", "valid", "Validation"])
def test_a_folder_with_its_parts(tmp_path, rows, valid):
    for shade, part in enumerate(("train", valid, "test")):
        for n, name in enumerate(("cat", "dog")):
            path = tmp_path / part / name / "a.png"
            path.parent.mkdir(parents=True)
            path.write_bytes(png(shade * 2 + n))
    (tmp_path / "readme.txt").write_text("about these images")
    folder = str(tmp_path)
    given = {split: rows(split, train=folder)[0] for split in ("train", "val", "test")}
    assert [[row["label"] for row in part] for part in given.values()] == [["cat", "dog"]] * 3
    assert len({row["sha256"] for part in given.values() for row in part}) == 6
    assert rows("test", train=folder, test=f"{folder}/test") == rows("test", train=folder)
    assert rows("train", train=f"{folder}/train") == rows("train", train=folder)
