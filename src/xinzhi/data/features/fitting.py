"""Fits feature preparation to training rows, and to nothing else."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from xinzhi.data.features.blocks import naming
from xinzhi.data.features.cells import Floats, Integers, absent
from xinzhi.data.features.columns import Column, LeftOut
from xinzhi.data.features.encoders import fit_encoder
from xinzhi.data.features.importance import Target, canonical, importances, target
from xinzhi.data.features.kinds import infer
from xinzhi.data.features.prepared import Prepared
from xinzhi.data.features.projection import fit_lda, fit_pca
from xinzhi.data.features.recipe import Declared, Recipe, Wish, parse
from xinzhi.data.records import require_columns
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa


def fit(
    table: "pa.Table",
    declared: Declared | None = None,
    *,
    label: str | None = None,
    recipe: Recipe | None = None,
) -> Prepared:
    """Fits how columns become features; the order of rows makes no difference.

    Args:
        table: the training rows, and no others.
        declared: what single columns become, such as `{amount: quantile, id: ignore}`; a list takes
            these columns only; what is not named is inferred, by the rules of `kinds`.
        label: the column that is to be predicted; never a feature, and read only by steps that
            the recipe asks for by name.
        recipe: how the others become features.

    Raises:
        DataError: a wrong declaration, cells that are not what they are declared to be, a step
            that needs the label without one, or no column is left.
    """
    recipe = recipe or Recipe()
    names = _checked(table, label, recipe)
    wishes = parse(declared, names)
    found = [_column(table, name, wishes.get(name, Wish()), recipe) for name in names]
    columns = tuple(column for column in found if isinstance(column, Column))
    left_out = tuple(column for column in found if isinstance(column, LeftOut))
    if not columns:
        reasons = "; ".join(f"{column.name}: {column.why}" for column in left_out[:10])
        raise DataError(f"the features must have a column that tells something; {reasons}")
    prepared = Prepared(columns=columns, left_out=left_out, rows=table.num_rows)
    known = target(table[label]) if label is not None and recipe.needs_label else None
    if known is not None and recipe.select is not None:
        prepared = _select(prepared, table, known, recipe)
    if recipe.reduce is not None:
        prepared = _reduce(prepared, table, known, recipe)
    return prepared


def _checked(table: "pa.Table", label: str | None, recipe: Recipe) -> list[str]:
    if not table.num_rows:
        raise DataError("the features must be fitted on at least one row, there is none")
    names = list(table.column_names)
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(
            f"every column of the features needs its own name, twice: {', '.join(twice)}"
        )
    if label is not None:
        require_columns(names, [label], "the table of features")
    elif recipe.needs_label:
        step = f"reduce={recipe.reduce}" if recipe.select is None else f"select={recipe.select}"
        raise DataError(f"{step} learns from the label, which must be named", mend="label=COLUMN")
    return [name for name in names if name != label]


def _column(table: "pa.Table", name: str, wish: Wish, recipe: Recipe) -> Column | LeftOut:
    if wish.word == "ignore":
        return LeftOut(name=name, why="declared")
    cells = table[name]
    with naming(name):
        kind = infer(cells)
        # what says nothing is left out though it is declared; what only looks like an id is not
        if kind.word == "ignore" and (wish.word is None or not kind.warning):
            mend = "; declare it if it is none" if kind.warning else ""
            return LeftOut(name=name, why=kind.why + mend, warning=kind.warning)
        encoder = fit_encoder(cells, wish.word or kind.word, wish, recipe)
    if isinstance(encoder, str):
        return LeftOut(name=name, why=encoder, warning=True)
    why = f"declared {wish.word}" if wish.word else kind.why
    return Column(name=name, encoder=encoder, why=why, missing=absent(cells) / len(cells))


def _select(prepared: Prepared, table: "pa.Table", known: Target, recipe: Recipe) -> Prepared:
    values, codes = prepared.encode(table)
    values, codes = values[known.there], codes[known.there]
    order = canonical(values, codes, known.values)
    ordered = known._replace(values=known.values[order])
    scores = importances(values[order], codes[order], ordered, recipe.select_by)
    kept = np.sort(np.argsort(-scores, kind="stable")[: recipe.select])
    return _only(prepared, kept, scores)


def _only(prepared: Prepared, kept: Integers, scores: Floats) -> Prepared:
    """Keeps outputs (numbers, then codes), and leaves out the columns of which none is kept."""
    columns = prepared.columns
    owners = [at for at, column in enumerate(columns) for _ in column.encoder.outputs]
    width = len(owners)
    owner = np.array(owners + [at for at, column in enumerate(columns) if column.coded], np.int64)
    importance = np.zeros(len(columns))
    np.maximum.at(importance, owner, scores)
    staying = set(owner[kept].tolist())
    scored = [
        replace(column, importance=float(score))
        for column, score in zip(columns, importance, strict=True)
    ]
    gone = [
        LeftOut(name=column.name, why=f"importance {column.importance:.3g}: not among {len(kept)}")
        for at, column in enumerate(scored)
        if at not in staying
    ]
    place = np.cumsum(np.isin(owner[:width], list(staying))) - 1  # once the others are gone
    return replace(
        prepared,
        columns=tuple(column for at, column in enumerate(scored) if at in staying),
        left_out=(*prepared.left_out, *gone),
        kept=place[kept[kept < width]],
    )


def _reduce(
    prepared: Prepared, table: "pa.Table", known: Target | None, recipe: Recipe
) -> Prepared:
    values, codes = prepared.encode(table)
    if recipe.reduce == "pca":
        ordered = values[canonical(values, codes, np.zeros(len(values)))]
        return replace(prepared, projection=fit_pca(ordered, recipe.reduce_to))
    if known is None or not known.classes:
        raise DataError("reduce=lda needs a label of classes, these are quantities")
    values, codes = values[known.there], codes[known.there]
    order = canonical(values, codes, known.values)
    classes = known.values[order].astype(np.int64)
    return replace(prepared, projection=fit_lda(values[order], classes, recipe.reduce_to))
