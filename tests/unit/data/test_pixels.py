"""Files of pixels: IDX, CIFAR-10's binary form, digits."""

import gzip
import hashlib
import io
import struct

import numpy as np
import pytest

from xinzhi.data import idx
from xinzhi.data.attachments import FILES
from xinzhi.data.declaration import Declaration
from xinzhi.data.engine import open_engine
from xinzhi.data.opened import Want
from xinzhi.data.sources import resolve
from xinzhi.errors import DataError

GENERATOR = np.random.default_rng(0)


@pytest.fixture
def opened():
    """Rows of a part, and the arrays that they name."""

    def opened(split="train", **parts):
        with open_engine() as engine:
            source = resolve({"train": None, **parts}, offline=True)[split]
            held = source.open(engine, Want(None))
            rows = held.table.to_pyarrow().sort_by([("path", "ascending")]).to_pylist()
            files = {f.name: f.read_bytes() for f in (engine.scratch / FILES).iterdir()}
        arrays = {name: np.load(io.BytesIO(content)) for name, content in files.items()}
        assert held.extras == ("path", "sha256", "array", "place")
        return rows, arrays, source

    return opened


def write_idx(path, values):
    content = bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape)
    whole = content + values.astype("u1").tobytes()
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(gzip.compress(whole) if path.suffix == ".gz" else whole)


@pytest.fixture(params=["", ".gz"])
def products(tmp_path, request):
    made = {}
    for part, n in (("train", 20), ("t10k", 12)):
        made[part] = GENERATOR.integers(0, 256, (n, 5, 4)), np.arange(n) % 3
        for kind, values in zip(("images-idx3", "labels-idx1"), made[part], strict=True):
            write_idx(tmp_path / "set" / f"{part}-{kind}-ubyte{request.param}", values)
    return tmp_path / "set", made, request.param


def test_idx_files(products, opened):
    folder, made, suffix = products
    for split, part in (("train", "train"), ("test", "t10k")):
        rows, arrays, source = opened(split, train=str(folder))
        images, classes = made[part]
        (array,) = arrays.values()
        assert (array == images).all()
        assert array.dtype == np.uint8
        for row in rows:
            assert row["path"] == f"{part}-images-idx3-ubyte{suffix}#{row['place']}"
            assert row["label"] == str(classes[row["place"]])
            assert row["array"] in arrays
        assert len({row["sha256"] for row in rows}) == len(images)
        assert source.short_name == "set"
    file = str(folder / f"train-images-idx3-ubyte{suffix}")
    assert opened(train=file)[0] == opened(train=str(folder))[0]


def test_a_part_that_is_not_there(products):
    folder = str(products[0])
    assert set(resolve({"train": folder}, offline=True)) == {"train", "test"}
    with pytest.raises(DataError, match="none for val") as error:
        resolve({"train": folder, "val": folder}, offline=True)
    assert "data.val=null" in str(error.value)


def test_known_classes_have_their_names(products, opened, monkeypatch):
    folder, made, _ = products
    digest = hashlib.sha256(made["train"][1].astype("u1").tobytes()).hexdigest()
    monkeypatch.setitem(idx._KNOWN, digest, idx._FASHION)
    rows, _, _ = opened(train=str(folder))
    assert {row["label"] for row in rows} == {"T-shirt/top", "Trouser", "Pullover"}
    rows, _, _ = opened("test", train=str(folder))
    assert {row["label"] for row in rows} == {"0", "1", "2"}


def test_what_is_wrong_with_idx_files(tmp_path, opened):
    images, classes = tmp_path / "train-images-idx3-ubyte", tmp_path / "train-labels-idx1-ubyte"
    write_idx(images, np.zeros((3, 2, 2)))
    with pytest.raises(DataError, match="must lie its classes, train-labels-idx1-ubyte"):
        opened(train=str(tmp_path))
    write_idx(classes, np.zeros(2))
    with pytest.raises(DataError, match=r"a class for each image .* 3, it holds 2"):
        opened(train=str(tmp_path))
    write_idx(classes, np.zeros(3))
    images.write_bytes(images.read_bytes()[:-1])
    with pytest.raises(DataError, match=r"complete IDX file: 12 bytes for \(3, 2, 2\), has 11"):
        opened(train=str(tmp_path))
    images.write_bytes(b"\x89PNG")
    with pytest.raises(DataError, match="must be an IDX file of bytes in 3 or 4 dimensions"):
        opened(train=str(tmp_path))


def test_files_that_are_not_installed_say_how_to_get_them(monkeypatch, tmp_path):
    place = str(tmp_path / "fashion-mnist")
    monkeypatch.setattr(idx, "_PLACES", {place: next(iter(idx._PLACES.values()))})
    with pytest.raises(DataError, match="there is no folder") as error:
        resolve({"train": place}, offline=True)
    assert "apt-get install dataset-fashion-mnist" in error.value.mend
    assert "data.train=DIR" in error.value.mend


@pytest.fixture
def cifar(tmp_path):
    folder = tmp_path / "cifar-10-batches-bin"
    folder.mkdir()
    names = ["airplane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    (folder / "batches.meta.txt").write_text("\n".join(names) + "\n\n")
    made = {}
    for file in ("data_batch_1.bin", "data_batch_2.bin", "test_batch.bin"):
        classes = GENERATOR.integers(0, 10, 7)
        planes = GENERATOR.integers(0, 256, (7, 3, 32, 32))
        content = b"".join(
            bytes([code]) + plane.astype("u1").tobytes()
            for code, plane in zip(classes, planes, strict=True)
        )
        (folder / file).write_bytes(content)
        made[file] = planes, [names[code] for code in classes]
    return folder, made


def test_cifar(cifar, opened):
    folder, made = cifar
    for spec in (folder, folder.parent):
        rows, arrays, source = opened(train=str(spec))
        assert (len(rows), len(arrays), source.short_name) == (14, 2, "cifar_10_batches_bin")
        for row in rows:
            planes, labels = made[row["path"].partition("#")[0]]
            image = arrays[row["array"]][row["place"]]
            assert image.shape == (32, 32, 3)
            assert (image.transpose(2, 0, 1) == planes[row["place"]]).all()
            assert row["label"] == labels[row["place"]]
        rows, _, _ = opened("test", train=str(spec))
        assert {row["path"].partition("#")[0] for row in rows} == {"test_batch.bin"}
    rows, _, _ = opened(train=str(folder / "data_batch_1.bin"))
    assert len(rows) == 7


def test_what_is_wrong_with_cifar(cifar, opened, tmp_path):
    folder, _ = cifar
    file = folder / "data_batch_1.bin"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(DataError, match="records of 3,073 bytes, it has 21,510"):
        opened(train=str(file))
    file.write_bytes(b"\x0a" * 3073)
    with pytest.raises(DataError, match="must be below 10, the number of names, one is 10"):
        opened(train=str(file))
    (tmp_path / "py").mkdir()
    (tmp_path / "py" / "data_batch_1").write_bytes(b"\x80\x03")
    with pytest.raises(DataError, match="pickles for Python") as error:
        resolve({"train": str(tmp_path / "py")}, offline=True)
    assert "cifar-10-binary.tar.gz" in error.value.mend


def test_digits_are_scikit_learns(opened):
    from sklearn import datasets

    rows, arrays, _ = opened(train="package:digits")
    loaded = datasets.load_digits()
    (array,) = arrays.values()
    assert (np.rint(array / 255 * 16) == loaded.images).all()
    assert {row["place"]: row["label"] for row in rows} == dict(
        enumerate(map(str, loaded.target.tolist()))
    )


def test_a_snapshot_keeps_the_arrays_that_its_rows_name(products, tmp_path, monkeypatch):
    folder, made, _ = products
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    snapshot = Declaration(
        train=str(folder), text=None, features=["sha256"], label="label", min_count=1
    ).prepare()
    assert snapshot.counts["test"] == 12
    for split in ("train", "val", "test"):
        images = made["t10k" if split == "test" else "train"][0]
        for row in snapshot.table(split).to_pylist():
            array = np.load(snapshot.folder / FILES / row["array"])
            assert (array[row["place"]] == images[row["place"]]).all()
    assert len(list((snapshot.folder / FILES).iterdir())) == 2
