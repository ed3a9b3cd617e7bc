"""A source's columns may have any name: those that are ours are stored under another one."""

import csv

import pytest

from xinzhi.data.declaration import Declaration
from xinzhi.data.naming import OURS, stored_names
from xinzhi.errors import DataError

TAKEN = [
    "id",
    "state",
    "first",
    "second",
    "draw",
    "row",
    "label",
    "time",
    "group",
    "key",
    "rest",
    "code",
    "text",
]


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(name="machines.csv", n=60, also=()):
    rows = [[*(f"{c}{i}" for c in TAKEN[:-1]), i / 4, "xy"[i % 2], *also] for i in range(n)]
    with open(name, "w", newline="") as stream:  # noqa: PTH123
        csv.writer(stream).writerows([[*TAKEN, "target", *also], *rows])
    return name


def test_every_name_of_ours_is_stored_under_another(engine_name):
    made = Declaration(train=written(), text=None, label="target", engine=engine_name).prepare()
    assert made.manifest["renamed"] == {f"{name}_": name for name in TAKEN}
    table = made.table("train")
    assert set(table.column_names) == {*(f"{name}_" for name in TAKEN), "label", "row"}
    assert set(table["label"].to_pylist()) == {"x", "y"}
    assert made.manifest["columns"]["text_"] == "double"  # not a text that is read
    for row in table.to_pylist():
        assert row["label_"] == f"label{int(row['text_'] * 4)}"
    assert any("label → label_" in note for note in made.manifest["notes"])
    assert "id → id_" in made.report()


def test_declared_keys_name_the_columns_of_the_source():
    declared = Declaration(
        train=written(), text=None, label="target", ignore=["row", "rest"], missing={"id": "mode"},
        schema={"text": {"min": 0, "max": 7, "on": "drop"}}, outliers={"text": [1, None]},
        private={"key": "mask"}, max_dropped=0.9,
    )  # fmt: skip
    made = declared.prepare()
    table = made.table("train")
    assert not {"row_", "rest_"} & set(table.column_names)
    assert min(table["text_"].to_pylist()) >= 1
    assert max(made.table("test")["text_"].to_pylist()) <= 7
    assert "key1" not in table["key_"].to_pylist()
    assert made.manifest["fitted"]["outliers"] == {"text_": [1, None]}
    with pytest.raises(DataError, match=r"data\.missing.*must have a column 'txt'"):
        Declaration(train="machines.csv", text=None, label="target", missing={"txt": 0}).prepare()


def test_names_stay_different_whatever_their_case():
    assert stored_names(["ID", "id_", "a"]) == {"ID": "ID__", "id_": "id_", "a": "a"}
    given = stored_names([*sorted(OURS), *(f"{name}_" for name in OURS)])
    assert len({name.casefold() for name in given.values()}) == 2 * len(OURS)


def test_features_beside_a_text_are_learned_from_too(engine_name):
    declared = {"text": "code", "label": "target", "features": ["text", "state"]}
    made = Declaration(
        train=written(), engine=engine_name, missing={"text": "mean"}, **declared
    ).prepare()
    table = made.table("train")
    assert table.column_names == ["text", "label", "row", "text_", "state_"]
    assert made.manifest["columns"]["text_"] == "double"
    assert made.manifest["declaration"]["features"] == ["text", "state"]
    assert made.manifest["renamed"] == {"text_": "text", "state_": "state"}
    assert all(row["text"] == f"code{int(row['text_'] * 4)}" for row in table.to_pylist())


def test_other_cells_beside_the_texts_are_another_snapshot(folder):
    declared = {"text": "code", "label": "target", "features": ["text"]}
    first = Declaration(train=written(), **declared).prepare()
    path = folder / "machines.csv"
    path.write_text(path.read_text().replace(",0.25,", ",0.5,"))
    assert Declaration(train="machines.csv", **declared).prepare().digest != first.digest


def test_val_and_test_have_the_columns_of_train():
    declared = {"text": None, "label": "target"}
    wider = written("wider.csv", n=20, also=("more",))
    made = Declaration(train=written(), test=wider, duplicates="keep", **declared).prepare()
    assert "more" not in made.table("test").column_names
    assert made.manifest["leakage"]["exact"]["train/test"] > 0
    with pytest.raises(DataError, match=r"machines\.csv must have a column 'more'"):
        Declaration(train=wider, test="machines.csv", **declared).prepare()


def table_of(name, values):
    with open(name, "w", newline="") as stream:  # noqa: PTH123
        rows = [[value, i, "xy"[i % 2]] for i, value in enumerate(values)]
        csv.writer(stream).writerows([["amount", "n", "label"], *rows])
    return name


def test_a_column_has_one_type_in_all_parts():
    whole = table_of("whole.csv", range(40))
    made = Declaration(
        train=whole, test=table_of("parts.csv", [i / 2 for i in range(20)]), text=None,
        label="label",
    ).prepare()  # fmt: skip
    types = [made.table(split).schema.field("amount").type for split in ("train", "val", "test")]
    assert set(map(str, types)) == {"double"}
    words = table_of("words.csv", ["much"] * 20)
    with pytest.raises(DataError, match=r"words\.csv: column 'amount' must hold int64 as in train"):
        Declaration(train=whole, test=words, text=None, label="label").prepare()
    empty = table_of("empty.csv", [""] * 20)
    made = Declaration(train=whole, test=empty, text=None, label="label").prepare()
    assert made.table("test")["amount"].null_count == made.counts["test"] == 20


def test_what_pandas_and_archives_write_for_numbers_is_read_as_numbers():
    cells = ["0.04048437818077755", "1e-05", "NA", " 3.5", "?", "", "-2", "NaN"] * 5
    made = Declaration(train=table_of("a.csv", cells), text=None, label="label").prepare()
    assert made.manifest["columns"]["amount"] == "double"
    found = {v for split in made.counts for v in made.table(split)["amount"].to_pylist()}
    assert found == {0.04048437818077755, 1e-05, 3.5, -2.0, None}
    codes = ["007", "008", "NA", "1"] * 10
    made = Declaration(train=table_of("b.csv", codes), text=None, label="label").prepare()
    assert made.manifest["columns"]["amount"] == "string"
