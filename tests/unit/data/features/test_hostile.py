"""Cells that nobody asked for."""

import numpy as np
import pyarrow as pa
import pytest

from xinzhi.data import features
from xinzhi.errors import DataError

NAN, INF = np.nan, np.inf


def fitted(cells, declared=None, **recipe):
    table = pa.table({"x": pa.array(cells), "beside": np.arange(len(cells)) + 0.5})
    return features.fit(table, declared and {"x": declared}, recipe=features.Recipe(**recipe))


def given(prepared, cells, kind=None):
    cells = pa.array(cells, kind)
    return prepared.transform(pa.table({"x": cells, "beside": np.zeros(len(cells))}))


def test_infinities_count_as_missing_and_are_told():
    clean, dirty = [1.5, 2.5, NAN, 4.0], [1.5, 2.5, INF, 4.0]
    one, other = fitted(clean, "standard"), fitted(dirty, "standard")
    cells = [1.0, INF, -INF, NAN, None, 1e300]
    np.testing.assert_array_equal(given(one, cells).numeric, given(other, cells).numeric)
    found = given(one, cells)
    assert found.numeric[:, 1].tolist() == [0, 1, 1, 1, 1, 1]
    assert found.notes == ("x: no finite number, taken as missing, in 3 of 6 rows",)


def test_huge_whole_numbers():
    cells = [2**62 + 2**40 * n for n in range(0, 60, 2)] * 2
    found = given(fitted(cells, "standard"), [2**63 - 1, -(2**63), *cells[:2]])
    assert np.isfinite(found.numeric).all()
    assert found.numeric[2, 0] < found.numeric[3, 0] < found.numeric[0, 0]
    unsigned = pa.array([2**64 - 1, 0], pa.uint64())
    assert np.isfinite(given(fitted(cells, "standard"), unsigned).numeric).all()


def test_a_far_number_stays_finite():
    prepared = fitted([1.0, 1.0 + 1e-12, 2.0], "minmax")
    assert np.isfinite(given(prepared, [3e38, -3e38]).numeric).all()
    tiny = fitted([1e-300, 2e-300, 5e-300, 0.0], "minmax")
    assert np.isfinite(given(tiny, [3e38, -3e38]).numeric).all()


def test_a_number_that_later_is_a_word_counts_as_missing():
    prepared = fitted([str(n / 2) for n in range(60)])
    found = given(prepared, ["3", " 4.5 ", "n/a", "", None, "1e400", "0x10", "1_000"])
    assert found.numeric[0, 0] < found.numeric[1, 0]
    assert len(set(found.numeric[2:, 0].tolist())) == 1
    assert found.notes == ("x: no finite number, taken as missing, in 4 of 8 rows",)


def test_the_same_category_in_another_type():
    prepared = fitted([1, 2, 3] * 20)
    codes = given(prepared, [1, 2, 3]).categorical
    same = {pa.float64(): [1.0, 2.0, 3.0], pa.string(): ["1", " 2", "3 "], pa.int8(): [1, 2, 3]}
    for kind, cells in same.items():
        np.testing.assert_array_equal(given(prepared, cells, kind).categorical, codes)
    dictionary = pa.array(["1", "2", "3"]).dictionary_encode()
    np.testing.assert_array_equal(given(prepared, dictionary).categorical, codes)
    assert given(prepared, [1.5, -0.0, NAN]).categorical.ravel().tolist() == [0, 0, 0]


def test_missing_and_rare_and_unseen_categories():
    cells = ["a"] * 9 + ["b"] * 5 + ["c"] * 4 + [None] * 5 + [" "]
    prepared = fitted(cells)
    found = given(prepared, ["a", "b", "c", None, "", "never", "A"])
    assert found.categorical.ravel().tolist() == [1, 2, 0, 3, 3, 0, 0]
    assert found.cardinalities == (4,)
    few = fitted(["a"] * 9 + ["b"] * 5 + [None] * 4)
    assert given(few, ["a", None]).categorical.ravel().tolist() == [1, 0]


def test_only_rare_categories_are_left_out_with_a_warning():
    prepared = fitted([f"k{n // 2}" for n in range(60)])
    (left,) = prepared.left_out
    assert (left.name, left.warning) == ("x", True)
    assert "no category has 5 rows" in left.why


@pytest.mark.parametrize("declared", ["standard", "quantile", "categorical", "onehot", "text"])
def test_all_missing_where_training_had_values(declared):
    cells = {"text": ["the pump leaks", "the pump is hot", None] * 20}.get(
        declared, ["1", "2", None] * 20
    )
    prepared = fitted(cells, declared)
    for kind in (pa.string(), pa.null()):
        found = given(prepared, [None, None], kind)
        assert np.isfinite(found.numeric).all()


def test_dates_that_are_none_and_dates_far_off():
    cells = [f"2024-02-{day:02d}" for day in range(1, 29)] + [None]
    prepared = fitted(cells)
    found = given(prepared, ["2024-02-31", "soon", "", "0001-01-01", "9999-12-31", "2024-02-01"])
    assert np.isfinite(found.numeric).all()
    missing = found.names.index("x:missing")
    assert found.numeric[:, missing].tolist() == [1, 1, 1, 0, 0, 0]


def test_texts_without_a_known_word_are_the_zero_vector():
    prepared = fitted(["the pump leaks", "the pump is hot"] * 20, "text")
    found = given(prepared, ["", "…", "\x00", "😀", "\ud83d".encode("utf-8", "replace").decode()])
    assert not found.numeric[:, :-1].any()


def test_texts_of_unlike_words_tell_nothing():
    prepared = fitted([f"a{n} b{n} c{n} d{n}" for n in range(40)])
    assert prepared.left_out[0].why == "no word is in two rows"
    prepared = fitted([f"the pump {n} leaks" for n in range(40)])
    assert prepared.left_out[0].why == "its words are the same in every row"


def test_vectors_of_another_length_are_refused():
    prepared = fitted([[1.0, 2.0], [3.0, 4.0], None, [0.0, NAN]])
    assert np.isfinite(given(prepared, [[INF, 2.0], None]).numeric).all()
    with pytest.raises(DataError, match="column 'x': every vector must have 2 numbers"):
        given(prepared, [[1.0, 2.0, 3.0]])
    with pytest.raises(DataError, match="every vector must have"):
        fitted([[1.0], [1.0, 2.0]])


def test_sliced_and_chunked_columns(mixed):
    prepared = features.fit(mixed, label="queue")
    whole = prepared.transform(mixed)
    pieces = [mixed.slice(0, 3), mixed.slice(3, 0), mixed.slice(3, 250), mixed.slice(253)]
    parts = prepared.transform(pa.concat_tables(pieces))
    np.testing.assert_array_equal(whole.numeric, parts.numeric)
    late = prepared.transform(mixed.slice(11, 30))
    np.testing.assert_array_equal(whole.numeric[11:41], late.numeric)
    np.testing.assert_array_equal(whole.categorical[11:41], late.categorical)


def test_a_column_that_is_gone_is_named(mixed):
    prepared = features.fit(mixed, label="queue")
    renamed = mixed.rename_columns([f"{n}s" if n == "room" else n for n in mixed.column_names])
    with pytest.raises(DataError, match="must have a column 'amount'"):
        prepared.transform(renamed.drop_columns(["amount"]))


def test_a_column_that_is_there_twice_is_named():
    prepared = fitted([1.5, 2.5, 4.0], "standard")
    twice = pa.Table.from_arrays([pa.array([1.0])] * 3, names=["x", "beside", "x"])
    with pytest.raises(DataError, match="has a column twice: x"):
        prepared.transform(twice)


def test_tables_that_cannot_be_fitted(mixed):
    with pytest.raises(DataError, match="at least one row"):
        features.fit(mixed.slice(0, 0))
    with pytest.raises(DataError, match="that tells something; id: the same in every row"):
        features.fit(mixed.slice(0, 1))
    with pytest.raises(DataError, match=r"its own name, twice: a$"):
        features.fit(pa.Table.from_arrays([pa.array([1.5, 2])] * 2, names=["a", "a"]))
    with pytest.raises(DataError, match="must have a column 'queues'"):
        features.fit(mixed, label="queues")


@pytest.mark.parametrize("recipe", [{"select": 3}, {"reduce": "lda"}])
def test_steps_that_learn_from_the_label_need_it_named(recipe, mixed):
    with pytest.raises(DataError, match="learns from the label, which must be named"):
        features.fit(mixed, recipe=features.Recipe(**recipe))


def test_labels_that_cannot_be_learned_from(mixed):
    lda = features.Recipe(reduce="lda")
    with pytest.raises(DataError, match="needs a label of classes"):
        features.fit(mixed, label="ratio", recipe=lda)
    with pytest.raises(DataError, match="must have two classes, had 1"):
        features.fit(mixed, label="same", recipe=lda)
    with pytest.raises(DataError, match="must be one per row"):
        features.fit(mixed, label="image", recipe=lda)
    with pytest.raises(DataError, match="reduce_to must be at most 2 for lda here, was 3"):
        features.fit(mixed, label="queue", recipe=features.Recipe(reduce="lda", reduce_to=3))
    with pytest.raises(DataError, match="reduce=pca needs numeric columns"):
        features.fit(mixed, ["city"], recipe=features.Recipe(reduce="pca"))


def test_quantities_as_a_label(mixed):
    values = mixed["image"].to_pylist()
    label = pa.array([None, *(row[0] + 3 * row[2] for row in values[1:])])
    table = mixed.append_column("y", label)
    for by in ("information", "forest"):
        recipe = features.Recipe(select=2, select_by=by)
        assert set(features.fit(table, label="y", recipe=recipe).names) >= {"image[2]"}
