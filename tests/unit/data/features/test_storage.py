"""Files that are broken are refused, run nothing, and need no scikit-learn."""

import json
import subprocess
import sys

import pytest
from safetensors.numpy import load_file, save_file

from xinzhi.data import features
from xinzhi.data.features.storage import ARRAYS, WORDS
from xinzhi.errors import DataError


@pytest.fixture
def folder(mixed, tmp_path):
    features.fit(mixed, label="queue", recipe=features.Recipe(select=30)).save(tmp_path)
    return tmp_path


def broken(content, *path, to):
    for step in path[:-1]:
        content = content[step]
    content[path[-1]] = to


def test_only_two_files_and_no_pickle(folder):
    assert sorted(path.name for path in folder.iterdir()) == [WORDS, ARRAYS]
    assert json.loads((folder / WORDS).read_text(encoding="utf-8"))["format"] == 1
    assert load_file(folder / ARRAYS)


@pytest.mark.parametrize("name", [WORDS, ARRAYS])
@pytest.mark.parametrize("left", [0, 0.5, 0.99])
def test_a_file_cut_short_is_refused(folder, name, left):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: int(len(content) * left)])
    with pytest.raises(DataError, match="must hold features as they were saved"):
        features.Prepared.load(folder)


@pytest.mark.parametrize("name", [WORDS, ARRAYS])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(DataError, match=r"must hold features\.json and features\.safetensors"):
        features.Prepared.load(folder)


@pytest.mark.parametrize(
    ("path", "to"),
    [
        (("format",), 2),
        (("prepared",), {"is": "os.system"}),
        (("prepared",), {"is": "Recipe"}),
        (("prepared",), {"is": "LeftOut", "name": "a", "why": "b"}),
        (("prepared",), []),
        (("prepared", "columns", 0, "encoder"), {"is": "Exception"}),
        (("prepared", "columns", 0, "encoder", "further"), 1),
        (("prepared", "kept"), {"array": "elsewhere"}),
        (("prepared", "columns"), []),
    ],
)
def test_another_content_is_refused(folder, path, to):
    content = json.loads((folder / WORDS).read_text(encoding="utf-8"))
    broken(content, *path, to=to)
    (folder / WORDS).write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(DataError):
        features.Prepared.load(folder)


def test_arrays_of_another_shape_are_refused(folder):
    arrays = load_file(folder / ARRAYS)
    name = next(name for name in arrays if name.endswith("components"))
    arrays[name] = arrays[name][:-1].copy()
    save_file(arrays, folder / ARRAYS)
    with pytest.raises(DataError, match="words must have so many weights"):
        features.Prepared.load(folder)


def test_saving_where_nothing_can_be_written(mixed, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="must be written to"):
        features.fit(mixed).save(tmp_path / "file")


def test_applying_needs_no_scikit_learn(folder, mixed):
    import pyarrow.parquet as pq

    pq.write_table(mixed, folder / "rows.parquet")
    code = (
        "import sys; from pathlib import Path; from xinzhi.data.features import Prepared;"
        "heavy = {'sklearn', 'scipy', 'torch', 'pyarrow', 'pandas', 'ibis'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules);"
        f"prepared = Prepared.load(Path({str(folder)!r}));"
        "assert not heavy & set(sys.modules);"
        "import pyarrow.parquet as pq;"
        f"prepared.transform(pq.read_table({str(folder / 'rows.parquet')!r}));"
        "assert not {'sklearn', 'scipy', 'torch', 'ibis'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own code
