"""What must hold whatever the table: order of rows, leakage, blocks, columns, one row."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xinzhi.data import features
from xinzhi.data.features import blocks as blocks_module
from xinzhi.data.features.storage import ARRAYS, WORDS

RECIPES = {
    "plain": features.Recipe(),
    "scaled by rank": features.Recipe(scaling="quantile", indicator=False),
    "one vector": features.Recipe(onehot=True, scaling="minmax"),
    "components": features.Recipe(onehot=True, reduce="pca"),
    "by information": features.Recipe(select=20),
    "by forest, discriminants": features.Recipe(select=20, select_by="forest", reduce="lda"),
}


def same(one, other):
    assert one.names == other.names
    assert one.cardinalities == other.cardinalities
    np.testing.assert_array_equal(one.numeric, other.numeric)
    np.testing.assert_array_equal(one.categorical, other.categorical)


@pytest.mark.parametrize("name", RECIPES)
def test_the_order_of_rows_makes_no_difference(name, mixed, tmp_path):
    order = np.random.default_rng(5).permutation(mixed.num_rows)
    chunks = [mixed.take(order[:7]), mixed.take(order[7:300]), mixed.take(order[300:])]
    shuffled = pa.concat_tables(chunks)
    for folder, table in (("a", mixed), ("b", shuffled)):
        fitted = features.fit(table, label="queue", recipe=RECIPES[name])
        fitted.save(tmp_path / folder)
    for file in (ARRAYS, WORDS):  # to the last bit
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    straight = fitted.transform(mixed)
    mixed_up = fitted.transform(shuffled)
    np.testing.assert_allclose(straight.numeric[order], mixed_up.numeric, rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(straight.categorical[order], mixed_up.categorical)


@pytest.mark.parametrize("name", RECIPES)
def test_stored_and_loaded_it_is_the_same(name, mixed, stored):
    fitted = features.fit(mixed, label="queue", recipe=RECIPES[name])
    loaded = stored(fitted)
    same(fitted.transform(mixed), loaded.transform(mixed))
    assert loaded.describe() == fitted.describe()
    assert loaded.parts == fitted.parts


@pytest.mark.parametrize("name", RECIPES)
def test_a_row_alone_is_encoded_as_among_others(name, mixed, monkeypatch):
    fitted = features.fit(mixed, label="queue", recipe=RECIPES[name])
    whole = fitted.transform(mixed)
    assert np.isfinite(whole.numeric).all()
    assert whole.numeric.dtype == np.float32
    assert whole.categorical.dtype == np.int64
    assert (whole.categorical < np.array(whole.cardinalities)).all()
    for row in (0, 17, 399):
        alone = fitted.transform(mixed.slice(row, 1))
        np.testing.assert_allclose(alone.numeric[0], whole.numeric[row], rtol=1e-6, atol=1e-6)
        np.testing.assert_array_equal(alone.categorical[0], whole.categorical[row])
    monkeypatch.setattr(blocks_module, "_BLOCK_ROWS", 33)
    blocks = fitted.transform(mixed)
    np.testing.assert_allclose(blocks.numeric, whole.numeric, rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(blocks.categorical, whole.categorical)
    assert fitted.transform(mixed.slice(0, 0)).numeric.shape == (0, whole.numeric.shape[1])


def test_columns_are_found_by_name_and_others_ignored(mixed):
    fitted = features.fit(mixed, label="queue")
    backwards = mixed.select(mixed.column_names[::-1]).append_column("new", [["?"] * 400])
    same(fitted.transform(mixed), fitted.transform(backwards))
    same(fitted.transform(mixed), fitted.transform(mixed.drop_columns(["queue", "id", "same"])))


@pytest.mark.parametrize("name", ["plain", "components"])
def test_the_label_is_not_seen_unless_a_step_asks_for_it(name, mixed, tmp_path):
    draw = np.random.default_rng(6)
    other = mixed.set_column(mixed.column_names.index("queue"), "queue", [draw.random(400)])
    for folder, table in (("a", mixed), ("b", other), ("c", mixed.drop_columns(["queue"]))):
        label = "queue" if "queue" in table.column_names else None
        features.fit(table, label=label, recipe=RECIPES[name]).save(tmp_path / folder)
    texts = {(tmp_path / folder / WORDS).read_bytes() for folder in "abc"}
    arrays = {(tmp_path / folder / ARRAYS).read_bytes() for folder in "abc"}
    assert len(texts) == len(arrays) == 1


def test_transforming_changes_nothing_fitted(mixed, tmp_path):
    fitted = features.fit(mixed.slice(0, 200), label="queue")
    fitted.save(tmp_path / "before")
    fitted.transform(mixed.slice(200))
    fitted.save(tmp_path / "after")
    for file in (ARRAYS, WORDS):
        before, after = (tmp_path / folder / file for folder in ("before", "after"))
        assert before.read_bytes() == after.read_bytes()


def test_parts_say_which_outputs_come_from_a_column(mixed):
    fitted = features.fit(mixed, label="queue")
    found = fitted.transform(mixed)
    parts = {part.column: part for part in fitted.parts}
    assert [found.names[place] for place in parts["amount"].numeric] == ["amount", "amount:missing"]
    assert [found.categories[place] for place in parts["city"].categorical] == ["city"]
    places = sorted(place for part in fitted.parts for place in part.numeric)
    assert places == list(range(len(found.names)))
    for part in fitted.parts:  # a column that is emptied moves its own outputs and no others
        at = mixed.column_names.index(part.column)
        empty = mixed.set_column(at, part.column, [pa.nulls(400, mixed[part.column].type)])
        changed = fitted.transform(empty)
        moved = np.flatnonzero((changed.numeric != found.numeric).any(axis=0))
        assert set(moved) <= set(part.numeric)
        coded = np.flatnonzero((changed.categorical != found.categorical).any(axis=0))
        assert set(coded) <= set(part.categorical)
        assert len(moved) + len(coded)


def test_parts_after_selection(mixed):
    fitted = features.fit(mixed, label="queue", recipe=RECIPES["by information"])
    found = fitted.transform(mixed)
    assert len(found.names) + len(found.categories) == 20
    for part in fitted.parts:
        assert part.numeric or part.categorical
        named = [found.names[place] for place in part.numeric]
        assert all(name.startswith(part.column) for name in named)


CELLS = st.lists(
    st.one_of(st.none(), st.floats(width=64), st.integers(-(2**62), 2**62).map(float)),
    min_size=1,
    max_size=40,
)


@given(train=CELLS, rest=CELLS, scaling=st.sampled_from(["standard", "minmax", "quantile"]))
@settings(max_examples=150, deadline=None)
@pytest.mark.filterwarnings("ignore")
def test_any_numbers_give_finite_numbers(train, rest, scaling):
    """Any floats at all, fitted with a column beside that always tells something."""
    beside = [0.5 + number for number in range(len(train))] if len(train) > 1 else [0.5]
    table = pa.table({"x": pa.array(train, pa.float64()), "beside": beside})
    if len(train) == 1:
        return
    fitted = features.fit(table, {"x": scaling} if _tells(train) else None)
    further = pa.table({"x": pa.array(rest, pa.float64()), "beside": [1e300] * len(rest)})
    for part in (table, further):
        assert np.isfinite(fitted.transform(part).numeric).all()


def _tells(cells):
    finite = [cell for cell in cells if cell is not None and abs(cell) < 1e38]
    return bool(finite)
