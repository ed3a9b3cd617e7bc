"""Which columns of a table hold the text, and the one text that the cells of a row make."""

from collections.abc import Iterable, Sequence

from xinzhi.data.records import require_columns

SEPARATOR = "\n"  # between the columns that make up one text


def joined(cells: Iterable[object]) -> str:
    r"""One text of a row's cells: stripped, the empty ones left out, a line break between.

    >>> joined([" Door ", None, "", "does not close"])
    'Door\ndoes not close'
    """
    stripped = (str(cell).strip() for cell in cells if cell is not None)
    return SEPARATOR.join(filter(None, stripped))


def text_columns(
    there: Sequence[str], trained: Sequence[str], *, plain: str = "text", where: str
) -> list[str]:
    """The columns that hold the text: those of the training, or the one with the plain name.

    A table that has some of the training's columns and not all is refused, although it may have
    the plain one: what is meant would be a guess. One that has no other column is meant.

    Args:
        there: the names that the table has.
        trained: the columns of the training file, in the order in which they are joined.
        plain: the name under which a model takes the text.
        where: the table, for messages.
    """
    is_plain = not set(trained) & set(there) and plain in there
    if is_plain or list(there) == [plain]:
        return [plain]
    require_columns(there, trained, where)
    return list(trained)
