"""What a source's columns are called in a snapshot: as they are, unless a name of ours is taken."""

from collections.abc import Iterable

# what a snapshot's own columns are called, and those that the steps on the road add
OURS = frozenset(
    [
        "text",
        "label",
        "row",
        "time",
        "group",
        "key",
        "id",
        "first",
        "second",
        "beside",
        "state",
        "draw",
        "rest",
        "nth",
        "code",
        "stratum",
        "whole_first",
        "whole_second",
        "file_row_number",
    ]
)


def stored_names(names: Iterable[str]) -> dict[str, str]:
    """Give each column of a source a name that neither we nor another of its columns have.

    Engines do not tell upper case from lower case, so neither does this.

    Args:
        names: different ones.

    >>> stored_names(["age", "Label", "id", "id_"])
    {'age': 'age', 'Label': 'Label_', 'id': 'id__', 'id_': 'id_'}
    """
    there = list(names)
    taken = OURS | {name.casefold() for name in there}
    given = {}
    for name in there:
        stored = name
        if name.casefold() in OURS:
            while stored.casefold() in taken:
                stored += "_"
            taken |= {stored.casefold()}
        given[name] = stored
    return given
