"""Images and classes as arrays of a NumPy archive."""

import numpy as np
import pytest

from xinzhi.data.attachments import FILES
from xinzhi.data.declaration import Declaration
from xinzhi.errors import DataError

GREY = np.random.default_rng(0).integers(2, 256, (40, 6, 5), dtype=np.uint8)
COLOURED = np.random.default_rng(1).integers(2, 256, (40, 6, 5, 3), dtype=np.uint8)
CLASSES = np.array(["cat", "dog"] * 20)


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def prepared(**arrays):
    np.savez("a.npz", **arrays)
    return Declaration(train="a.npz", text=None, features=["sha256"], label="label").prepare()


def held(made, split):
    """Image of each row, and label."""
    return [
        (np.load(made.folder / FILES / row["array"])[row["place"]], row["label"])
        for row in made.table(split).to_pylist()
    ]


@pytest.mark.parametrize(
    ("names", "images", "seen"),
    [
        (("images", "labels"), GREY, GREY),
        (("x", "y"), COLOURED, COLOURED),
        (("data", "target"), GREY[..., None].astype("i4"), GREY),
        (("X", "y"), np.moveaxis(COLOURED, -1, 1), COLOURED),
        (("image", "label"), GREY.astype("f4") / np.float32(255), GREY),
    ],
)
def test_the_usual_names_and_forms(names, images, seen):
    made = prepared(**dict(zip(names, (images, CLASSES), strict=True)))
    assert sum(made.counts.values()) == 40
    rows = [row for split in made.counts for row in made.table(split).to_pylist()]
    for row in rows:
        at = int(row["path"].partition("#")[2])
        image = np.load(made.folder / FILES / row["array"])[row["place"]]
        assert (image == seen[at]).all()
        assert row["label"] == CLASSES[at]


def test_parts_in_one_file():
    made = prepared(x_train=GREY[:30], y_train=np.arange(30)[:, None] % 2, test_images=GREY[30:],
                    test_labels=np.arange(10) % 2)  # fmt: skip
    assert made.counts["test"] == 10
    assert {label for _, label in held(made, "test")} == {"0", "1"}
    assert {image.tobytes() for image, _ in held(made, "test")} == {i.tobytes() for i in GREY[30:]}


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"pictures": GREY, "y": CLASSES}, "array `images` and an array `labels`, it holds pict"),
        ({"x": GREY.reshape(40, -1), "y": CLASSES}, r"\(n, height, width\) .*, has \(40, 30\)"),
        ({"x": GREY, "y": np.eye(40)}, "one class for each image"),
        ({"x": GREY, "y": CLASSES[:-1]}, "a class for each image, 40, it holds 39"),
        ({"x": GREY - 300.0, "y": CLASSES}, "between 0 and 255"),
        ({"x": GREY, "y": np.array([None] * 40)}, "plain arrays"),
    ],
)
def test_what_is_expected_is_said(arrays, says):
    with pytest.raises(DataError, match=says):
        prepared(**arrays)


def test_where_no_images_are_wanted_the_arrays_are_columns():
    np.savez("a.npz", x=GREY[:, 0], y=CLASSES, kept=np.arange(40))
    made = Declaration(train="a.npz", text=None, features=["kept"], label="y").prepare()
    assert made.table("train").column_names == ["kept", "label", "row"]
