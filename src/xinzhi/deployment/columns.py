"""Which columns of a file a model takes, and its records made of them."""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from xinzhi.data.records import require_columns
from xinzhi.data.texts import joined, text_columns
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from xinzhi.deployment.bundle import Inference

_SHORT = 8  # columns of a record that a person would type
Taken = Mapping[str, Sequence[str]]


def sources(inference: "Inference") -> dict[str, tuple[str, ...]]:
    """The columns of the training file behind each input column of a model.

    Args:
        inference: whose `sources`, if it has any; other columns stand for themselves.
    """
    remembered = getattr(inference, "sources", {})
    return {name: tuple(remembered.get(name, (name,))) for name in inference.columns}


def required(inference: "Inference") -> tuple[str, ...]:
    """The columns that a record must have.

    Args:
        inference: whose `required`, if it has such; else all of its columns.
    """
    return tuple(getattr(inference, "required", inference.columns))


def asking(inference: "Inference") -> tuple[str, ...]:
    """Ways to ask a model, as the words of a command.

    Args:
        inference: whose `example()` makes up a record, if it answers tables.
    """
    file = "input=new.csv output=answers.csv"
    if getattr(inference, "images", False):
        return ("input=photo.png", "input=FOLDER output=answers.csv")
    if getattr(inference, "whole", False):
        return (file,)
    if getattr(inference, "table", False):
        first = cast("Any", inference).example().iloc[0].dropna()
        if len(first) > _SHORT:
            return (file,)
        shown = ", ".join(f"{name}: {_cell(value)}" for name, value in first.items())
        return (f"record={shlex.quote(f'{{{shown}}}')}", file)
    return ("text='…'", file)


def _cell(value: object) -> str:
    word = str(value)
    return word if re.fullmatch(r"[\w.+-]+", word) else json.dumps(word, ensure_ascii=False)


def taken(inference: "Inference", there: Sequence[str], given: Taken, *, where: str) -> Taken:
    """The file's column, or several that are joined, of each input column of a model.

    Args:
        inference: what its columns are.
        there: the names that the file has.
        given: what a person named; else the columns of the training file, or those of the model.
        where: the file, for messages.

    Raises:
        DataError: a column is missing, or it would be a guess which one is meant.
    """
    if getattr(inference, "table", False):
        require_columns(there, required(inference), where)
        return {name: (name,) for name in inference.columns if name in there}
    found: dict[str, Sequence[str]] = {}
    try:
        for name, trained in sources(inference).items():
            if name in given:
                require_columns(there, given[name], where)
                found[name] = given[name]
            else:
                found[name] = text_columns(there, trained, plain=name, where=where)
    except DataError as error:
        error.mend = error.mend or "text=COLUMN names the column that holds the text"
        raise
    return found


def records(inference: "Inference", table: "pa.Table", columns: Taken) -> "pd.DataFrame":
    """The rows as a model takes them: a table's cells as they are, else texts, joined as trained.

    Args:
        inference: what its columns are.
        table: of the file.
        columns: as `taken` gives them.
    """
    import pandas as pd

    if getattr(inference, "table", False):
        typed: pd.DataFrame = table.select(list(columns)).to_pandas()
        return typed

    texts = {name: _texts([table[one].to_pylist() for one in c]) for name, c in columns.items()}
    return pd.DataFrame(texts, dtype=object)


def _texts(columns: Sequence[Sequence[object]]) -> list[str]:
    if len(columns) == 1:
        return ["" if cell is None else str(cell) for cell in columns[0]]
    return [joined(row) for row in zip(*columns, strict=True)]
