"""NumPy archives: rows, types, files beside, and no pickle."""

import hashlib
import io
import os

import numpy as np
import pytest

from xinzhi.data.attachments import FILES
from xinzhi.data.engine import open_engine
from xinzhi.data.opened import Want
from xinzhi.data.packaged import PACKAGED
from xinzhi.data.pickled import read_plain
from xinzhi.data.sources import resolve
from xinzhi.errors import DataError

IMAGES = np.arange(5 * 2 * 3, dtype=">f4").reshape(5, 2, 3)


@pytest.fixture
def opened():
    """Rows of a file, and the files beside them."""

    def opened(path, want=Want(None)):  # noqa: B008
        with open_engine() as engine:
            source = resolve({"train": str(path)}, offline=True)["train"]
            table = source.open(engine, want).table.to_pyarrow()
            kept = engine.scratch / FILES
            held = (
                {file.name: file.read_bytes() for file in kept.iterdir()} if kept.exists() else {}
            )
            return table, held

    return opened


@pytest.fixture
def archive(tmp_path):
    vectors = np.asfortranarray(np.arange(10.0).reshape(5, 2))
    np.savez_compressed(
        tmp_path / "a.npz", image=IMAGES, vector=vectors, y=np.array([0, 1, 2, 0, 1], "u1"),
        name=np.array(["a", "门", "", "d", "e"]), raw=np.array([b"x", b"yy", b"", b"z", b"w"]),
        when=np.array(["2024-05-01T12:00"] * 5, "datetime64[s]"),
    )  # fmt: skip
    return tmp_path / "a.npz"


def test_an_archive_is_a_table_and_its_larger_arrays_are_files(archive, opened):
    table, held = opened(archive, Want(None, frozenset("y")))
    assert table["y"].to_pylist() == ["0", "1", "2", "0", "1"]
    assert table["name"].to_pylist() == ["a", "门", "", "d", "e"]
    assert table["raw"].to_pylist() == ["x", "yy", "", "z", "w"]
    assert table["vector"].to_pylist() == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]
    assert str(table["when"][0].as_py()) == "2024-05-01 12:00:00"
    for place, name in enumerate(table["image"].to_pylist()):
        assert hashlib.sha256(held[name]).hexdigest() == name
        assert (np.load(io.BytesIO(held[name]), allow_pickle=False) == IMAGES[place]).all()


def test_only_what_is_wanted_is_read(archive, opened):
    table, held = opened(archive, Want(("y",)))
    assert table.column_names == ["y"]
    assert not held
    with pytest.raises(DataError, match="must have a column 'z'"):
        opened(archive, Want(("z",)))


def test_a_structured_array_has_its_fields_as_columns(tmp_path, opened):
    rows = np.array([(1, 2.5, "a"), (2, 0.5, "b")], [("id", "i4"), ("x", "f8"), ("text", "U3")])
    np.save(tmp_path / "a.npy", rows)
    assert opened(tmp_path / "a.npy")[0].to_pydict() == {
        "id": [1, 2], "x": [2.5, 0.5], "text": ["a", "b"],
    }  # fmt: skip


def test_many_rows_come_in_several_batches(tmp_path, opened, monkeypatch):
    monkeypatch.setattr("xinzhi.data.arrays._BATCH_BYTES", 1 << 10)
    np.savez(tmp_path / "a.npz", x=np.arange(10_000), y=np.arange(10_000) % 7)
    table = opened(tmp_path / "a.npz")[0]
    assert sorted(table["x"].to_pylist()) == list(range(10_000))
    assert all(x % 7 == y for x, y in zip(*table.to_pydict().values(), strict=True))


def test_arrays_of_unequal_length_are_refused(tmp_path, opened):
    np.savez(tmp_path / "a.npz", x=np.arange(3), y=np.arange(4))
    with pytest.raises(DataError, match="equally many rows, have x 3, y 4"):
        opened(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", x=np.array(3))
    with pytest.raises(DataError, match="single value"):
        opened(tmp_path / "b.npz")


@pytest.mark.parametrize("name", ["a.npz", "a.npy"])
def test_a_cut_file_is_said(tmp_path, opened, name):
    (np.savez if name.endswith("z") else np.save)(tmp_path / name, np.arange(1000))
    content = (tmp_path / name).read_bytes()
    for length in (0, 5, 60, len(content) // 2, len(content) - 20):
        (tmp_path / name).write_bytes(content[:length])
        with pytest.raises(DataError, match="must be a complete NumPy file"):
            opened(tmp_path / name)


class Payload:
    """What runs a command when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def test_objects_need_pickle_and_are_refused(tmp_path, opened):
    np.save(tmp_path / "a.npy", np.array([Payload(tmp_path / "ran")], dtype=object))
    np.savez(tmp_path / "b.npz", x=np.array([Payload(tmp_path / "ran")], dtype=object))
    for name in ("a.npy", "b.npz"):
        with pytest.raises(DataError, match="pickle may run code"):
            opened(tmp_path / name)
    with pytest.raises(DataError, match=r"it names (posix|nt|os)\.system"):
        read_plain(tmp_path / "a.npy")
    assert not (tmp_path / "ran").exists()


def test_the_restricted_reader_gives_what_pickle_gives(tmp_path):
    plain = {"X": [np.arange(6.0).reshape(3, 2), np.arange(2)], "y": np.array([1, 2]), "l": ["a"]}
    np.save(tmp_path / "a.npy", np.array(plain, dtype=object))
    read = read_plain(tmp_path / "a.npy")
    assert read["l"] == ["a"]
    assert all((one == other).all() for one, other in zip(read["X"], plain["X"], strict=True))
    assert (read["y"] == plain["y"]).all()
    (tmp_path / "a.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:-30])
    with pytest.raises(DataError, match="must hold plain arrays"):
        read_plain(tmp_path / "a.npy")


@pytest.mark.parametrize(
    "payload", ["builtins.eval", "numpy.load", "numpy.testing._private.utils.runstring"]
)
def test_no_other_function_is_called(tmp_path, payload):
    module, _, name = payload.rpartition(".")
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|O", "fortran_order": False, "shape": ()}
    )
    code = b"c" + f"{module}\n{name}\n".encode() + b"(Vx\ntR."
    (tmp_path / "a.npy").write_bytes(header.getvalue() + code)
    with pytest.raises(DataError, match="must name nothing but arrays"):
        read_plain(tmp_path / "a.npy")


def test_series_of_a_smartwatch(real_archive):
    folder = real_archive("seglearn")
    frame = PACKAGED["watch"].read(folder).rows.to_pandas()
    assert (len(frame), frame["label"].nunique(), frame["subject"].nunique()) == (140, 7, 10)
    lengths = frame["ax"].map(len)
    assert (lengths.min(), lengths.max()) == (947, 2618)
    whole = np.load(folder / "watch_dataset.npy", allow_pickle=True).item()  # pinned by checksum
    assert np.array_equal(frame["ax"][3], whole["X"][3][:, 0])
