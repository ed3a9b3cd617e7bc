"""Which columns hold the text, and how several make one: in prediction as in training."""

import pandas as pd
import pytest

from xinzhi.data.records import Records
from xinzhi.data.roles import Roles, assign
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


def test_cells_are_joined_as_in_training():
    rows = [(" a ", "b"), ("a", ""), (None, "b"), ("  ", " b\n"), ("a", "b\nc")]
    frame = pd.DataFrame([(*row, "x") for row in rows], columns=["one", "two", "label"])
    trained = assign(Records(frame), Roles(("one", "two"), "label"), where="train.csv")
    assert trained["text"].tolist() == [joined(row) for row in rows]
