import pytest

from xinzhi.data import foreseen, packaged
from xinzhi.data.declaration import Declaration
from xinzhi.data.packages.columns import classes, columns, relations
from xinzhi.errors import DataError, FetchError


@pytest.mark.parametrize("name", [*packaged.PACKAGED, *packaged.EMBEDDED])
def test_what_is_foretold_of_packaged_data_is_what_their_readers_give(name):
    try:
        rows = packaged.read_packaged(name, offline=True).rows
    except FetchError:
        pytest.skip("has not been fetched")
    assert columns(name) == tuple(rows.column_names)
    for label in rows.column_names:
        if (foretold := classes(name, label)) is not None:
            assert set(foretold) == set(rows.column(label).to_pylist())
    if (foretold := relations(name)) is not None:
        assert set(rows.column("relation").to_pylist()) <= set(foretold)


def declared(**keys):
    return Declaration(**{"text": None, "train": "package:german_credit"} | keys)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"label": "creditabilty"}, "data.label=creditability"),
        (
            {"label": "creditability", "ignore": ["purpose", "telefone"]},
            "data.ignore=[purpose,telephone]",
        ),
        (
            {"label": "creditability", "features": ["purpse", "telephone"]},
            "data.features=[purpose,telephone]",
        ),
        ({"label": "creditability", "missing": {"purpse": "mode"}}, "purpose"),
        ({"label": "creditability", "missing": {"purpose": "medain"}}, "median"),
        ({"label": "creditability", "outliers": {"credit_amount": "iqrr"}}, "iqr"),
        ({"label": "creditability", "schema": {"credit_amount": {"mni": 0}}}, "min"),
        ({"label": "creditability", "private": {"telephone": "hsh"}}, "hash"),
        ({"train": "package:german_credits", "label": "x"}, "package:german_credit"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused_before_rows_are_read(keys, told):
    with pytest.raises(DataError) as caught:
        declared(**keys).check_columns()
    assert told in str(caught.value)


def test_a_rule_for_a_column_is_not_mended_by_its_name_alone():
    with pytest.raises(DataError) as caught:
        declared(label="creditability", missing={"purpse": "mode"}).check_columns()
    assert caught.value.candidates == ("purpose",)
    assert caught.value.mend is None


def test_a_text_to_fill_in_is_no_slip():
    declared(label="creditability", missing={"purpose": "unknown"}).check_columns()


@pytest.mark.parametrize(
    ("name", "first", "known"),
    [
        ("a.csv", "text,label", ("text", "label")),
        ("a.tsv", "text\tlabel", ("text", "label")),
        ("a.csv", "text;label", None),
        ("a.csv", "only", None),
        ("a.csv", "a,,b", None),
        ("a.csv", '"a,b",c', None),
        ("a.jsonl", '{"a": 1}', None),
    ],
)
def test_only_a_header_beyond_doubt_is_believed(tmp_path, name, first, known):
    file = tmp_path / name
    file.write_text(f"{first}\n1,2\n", encoding="utf-8")
    assert foreseen.known_columns(str(file)) == known


def test_uses_of_columns_and_classes():
    rows = declared(label="creditability")
    foreseen.check_uses(rows, {"task": {"positive": "bad"}, "datamodule": {"columns": {}}})
    for plain, told in (
        ({"task": {"positive": "bda"}}, "task.positive=bad"),
        ({"datamodule": {"columns": {"credit_amont": "quantile"}}}, "credit_amount"),
        ({"datamodule": {"columns": {"credit_amount": "quantil"}}}, "quantile"),
    ):
        with pytest.raises(DataError) as caught:
            foreseen.check_uses(rows, plain)
        assert told in str(caught.value)
