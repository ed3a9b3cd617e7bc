"""What may be asked of feature preparation: a recipe for all columns, wishes for single ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from xinzhi.config.near import near
from xinzhi.errors import DataError

WORDS = (
    "numeric", "standard", "minmax", "quantile", "categorical", "onehot", "date", "text",
    "vector", "ignore",
)  # fmt: skip
_OPTIONS = {
    "as": (str, "one of the words"),
    "indicator": (bool, "true or false"),
    "min_count": (int, "a whole number from 1"),
    "width": (int, "a whole number from 1"),
    "format": (str, "a form such as '%d.%m.%Y'"),
}
_FIELDS = {"as": "word", "format": "form"}

Declared = Mapping[str, str | Mapping[str, object]] | Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How columns become features unless one is declared otherwise.

    Attributes:
        scaling: of numbers: standard, minmax, or quantile (to the normal distribution).
        indicator: whether a column with missing cells gets an output that tells them.
        min_count: categories with fewer training rows go into the unknown bucket.
        onehot: whether categories become outputs of 0 and 1, so that all is one vector.
        text_width: how many numbers a text becomes.
        select: how many outputs are kept, the most important ones; needs the label.
        select_by: importance as mutual information, or by a forest of extremely randomised trees.
        reduce: the numeric outputs become principal components, or discriminants (LDA), which
            need the label.
        reduce_to: how many; by default 16 at most, or all discriminants.

    Raises:
        DataError: a value is none that is possible.
    """

    scaling: Literal["standard", "minmax", "quantile"] = "standard"
    indicator: bool = True
    min_count: int = 5
    onehot: bool = False
    text_width: int = 32
    select: int | None = None
    select_by: Literal["information", "forest"] = "information"
    reduce: Literal["pca", "lda"] | None = None
    reduce_to: int | None = None

    def __post_init__(self) -> None:
        _one_of("scaling", self.scaling, ("standard", "minmax", "quantile"))
        _one_of("select_by", self.select_by, ("information", "forest"))
        _one_of("reduce", self.reduce, (None, "pca", "lda"))
        for name in ("min_count", "text_width", "select", "reduce_to"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise DataError(f"{name} of the features must be at least 1, was {value}")

    @property
    def needs_label(self) -> bool:
        """Whether a step learns from the label."""
        return self.select is not None or self.reduce == "lda"


class Wish(NamedTuple):
    """What is to become of one column.

    Attributes:
        word: one of WORDS, or None: as inferred.
        indicator: overrides the recipe's.
        min_count: overrides the recipe's.
        width: overrides the recipe's text_width.
        form: of dates in strings, as strptime has it.
    """

    word: str | None = None
    indicator: bool | None = None
    min_count: int | None = None
    width: int | None = None
    form: str | None = None


def parse(declared: Declared | None, columns: Sequence[str]) -> dict[str, Wish]:
    """Reads a declaration such as `{amount: quantile, note: {as: text, width: 16}, id: ignore}`.

    Args:
        declared: a word or options per column; a list takes these columns only; None infers all.
        columns: that may be named.

    Returns:
        The wishes; a column that is not named is inferred.

    Raises:
        DataError: an unknown column, word or option, with its near match.
    """
    if declared is None:
        return {}
    if isinstance(declared, str) or not isinstance(declared, Mapping | Sequence):
        raise DataError(
            f"features must be a list of columns or `column: word`, was {declared!r}",
            mend="features={amount: quantile, id: ignore}",
        )
    for name in declared:
        _one_of("a column of features", name, columns)
    if not isinstance(declared, Mapping):
        return {name: Wish(None if name in declared else "ignore") for name in columns}
    return {name: _wish(name, said) for name, said in declared.items()}


def _wish(column: str, said: object) -> Wish:
    options: Mapping[str, Any] = said if isinstance(said, Mapping) else {"as": said}
    for option, value in options.items():
        _one_of(f"an option of the feature {column}", option, tuple(_OPTIONS))
        if option != "as" and not _fits(value, _OPTIONS[option][0]):
            raise DataError(
                f"{option} of the feature {column} must be {_OPTIONS[option][1]}, was {value!r}"
            )
    if (word := options.get("as")) is not None:
        _one_of(f"the feature {column}", word, WORDS)
    return Wish(**{_FIELDS.get(option, option): value for option, value in options.items()})


def _fits(value: object, wanted: type) -> bool:
    if wanted is int:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 1
    return isinstance(value, wanted)


def _one_of(what: str, value: object, choices: Sequence[str | None]) -> None:
    if value in choices:
        return
    names = [str(choice) for choice in choices if choice is not None]
    shown = ", ".join(names[:40]) + (" …" if len(names) > 40 else "")
    raise DataError(
        f"{what} must be one of {shown}; was {value!r}", candidates=near(str(value), names)
    )
