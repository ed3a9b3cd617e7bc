"""Which columns hold the text, and how several make one: in prediction as in training."""

import json

import pytest

from xinzhi.data.declaration import Declaration
from xinzhi.data.texts import joined, text_columns
from xinzhi.errors import DataError


@pytest.mark.parametrize(
    ("there", "trained", "found"),
    [
        (["id", "text"], ["text"], ["text"]),
        (["id", "描述"], ["描述"], ["描述"]),
        (["描述", "text"], ["描述"], ["描述"]),  # as in a training file that had both
        (["id", "text"], ["描述"], ["text"]),
        (["body", "id", "subject"], ["subject", "body"], ["subject", "body"]),
        (["text"], ["text", "body"], ["text"]),
        (["id", "text"], ["subject", "body"], ["text"]),
    ],
)
def test_those_of_the_training_or_the_plain_one(there, trained, found):
    assert text_columns(there, trained, where="new.csv") == found


@pytest.mark.parametrize(
    ("there", "trained", "lacks"),
    [
        (["id", "note"], ["描述"], "描述"),
        (["subject", "text"], ["subject", "body"], "body"),  # either could be meant
        (["text", "id"], ["text", "body"], "body"),
        ([], ["text"], "text"),
    ],
)
def test_a_guess_is_refused_with_the_columns_there_are(there, trained, lacks):
    with pytest.raises(DataError) as caught:
        text_columns(there, trained, where="new.csv")
    assert f"new.csv must have a column {lacks!r}; its columns: {', '.join(there)}" in str(
        caught.value
    )


def test_cells_are_joined_as_in_training(tmp_path, monkeypatch):
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path))
    rows = [(" a ", "b"), ("a", ""), (None, "b"), ("  ", " d\n"), ("a", "b\nc")]
    lines = [{"one": one, "two": two, "label": n % 2} for n, (one, two) in enumerate(rows)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    made = Declaration(
        train=str(tmp_path / "a.jsonl"), text=["one", "two"], label="label", min_count=1,
        val_fraction=0, test_fraction=0,
    ).prepare()  # fmt: skip
    trained = made.table("train")["text"].to_pylist()
    assert sorted(trained) == sorted(joined(row) for row in rows)
