"""One encoder per kind of column: from training cells to its fitted form."""

from typing import TYPE_CHECKING, cast, get_args

import numpy as np

from xinzhi.data.features.categories import Categories, counted, fit_categories
from xinzhi.data.features.cells import instants, numbers
from xinzhi.data.features.dates import Dates, fit_dates
from xinzhi.data.features.embedded import Vectors, fit_vectors
from xinzhi.data.features.numeric import Numbers, Scale, Scaling, fit_numbers
from xinzhi.data.features.texts import Texts, fit_texts
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from xinzhi.data.features.cell_types import Cells
    from xinzhi.data.features.recipe import Recipe, Wish

Encoder = Numbers | Categories | Dates | Texts | Vectors
FORMS = (Scale, Numbers, Categories, Dates, Texts, Vectors)  # that a file may hold


def fit_encoder(cells: "Cells", word: str, wish: "Wish", recipe: "Recipe") -> Encoder | str:
    """Fits a column.

    Args:
        cells: of the training rows.
        word: what it is to become.
        wish: overrides the recipe.
        recipe: of all columns.

    Returns:
        The encoder, or why there is nothing to learn.

    Raises:
        DataError: the cells are not what the word says.
    """
    indicator = recipe.indicator if wish.indicator is None else wish.indicator
    if word in {"categorical", "onehot", "text"}:
        return _fit_strings(cells, word, wish, recipe)
    if word == "vector":
        return fit_vectors(cells, indicator=indicator)
    if word == "date":
        if np.isnat(instants(cells, wish.form)).all():
            form = wish.form or "YYYY-MM-DD (others need `format`)"
            raise DataError(f"a date must be written {form}, was {_example(cells)}")
        return fit_dates(cells, indicator=indicator, form=wish.form)
    if np.isnan(numbers(cells)).all():
        raise DataError(f"a numeric column must hold finite numbers, was {_example(cells)}")
    scaling = cast("Scaling", word) if word in get_args(Scaling) else recipe.scaling
    return fit_numbers(cells, scaling, indicator=indicator)


def _fit_strings(cells: "Cells", word: str, wish: "Wish", recipe: "Recipe") -> Encoder | str:
    counts, missing = counted(cells)
    if word == "text":
        width = wish.width or recipe.text_width
        indicator = recipe.indicator if wish.indicator is None else wish.indicator
        return fit_texts(counts, missing, width=width, indicator=indicator)
    min_count = wish.min_count or recipe.min_count
    onehot = word == "onehot" or recipe.onehot
    found = fit_categories(counts, missing, min_count=min_count, onehot=onehot)
    return found or f"no category has {min_count} rows"


def _example(cells: "Cells") -> str:
    return next((repr(str(cell))[:60] for cell in cells.drop_null()[:1]), "missing")
