"""Outcomes come back as they were written, and pair by their rows whatever their order."""

import numpy as np
import pytest

from xinzhi.errors import DataError
from xinzhi.evaluation.outcomes import Outcomes, aligned


def _made(rows, classes=("a", "b", "c"), seed=0):
    random = np.random.default_rng(seed)
    return Outcomes(
        kind="classes",
        rows=np.asarray(rows),
        units=np.asarray(rows) // 2,
        classes=classes,
        columns={
            "truth": random.integers(-1, 3, len(rows)),
            "probabilities": random.dirichlet(np.ones(3), len(rows)).astype(np.float32),
        },
        slices={"even": np.asarray(rows) % 2 == 0},
        settings={"threshold": 0.5},
    )


def _named(one):
    truth = one.columns["truth"]
    return dict(
        zip(one.rows.tolist(), [one.classes[t] if t >= 0 else None for t in truth], strict=True)
    )


def test_save_and_load_give_the_same(tmp_path):
    made = _made(range(7))
    made.save(tmp_path / "o.parquet")
    read = Outcomes.load(tmp_path / "o.parquet")
    assert (read.kind, read.classes, read.settings) == (made.kind, made.classes, made.settings)
    for name, values in {**made.columns, "rows": made.rows, "units": made.units}.items():
        other = {**read.columns, "rows": read.rows, "units": read.units}[name]
        assert other.dtype == values.dtype
        np.testing.assert_array_equal(other, values)
    np.testing.assert_array_equal(read.slices["even"], made.slices["even"])


def test_another_file_is_refused(tmp_path):
    (tmp_path / "o.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(DataError, match="must hold outcomes"):
        Outcomes.load(tmp_path / "o.parquet")


def test_models_are_paired_by_row_whatever_the_order_of_rows_and_classes():
    one = _made([5, 1, 3, 9])
    other = _made([9, 2, 5, 3], classes=("c", "a", "b"), seed=1)
    first, second = aligned([one, other])
    assert first.rows.tolist() == second.rows.tolist() == [3, 5, 9]
    assert second.classes == first.classes == ("a", "b", "c")
    assert _named(first) == {row: _named(one)[row] for row in (3, 5, 9)}
    assert _named(second) == {row: _named(other)[row] for row in (3, 5, 9)}
    at = second.rows.tolist().index(5)
    np.testing.assert_array_equal(
        second.columns["probabilities"][at, [2, 0, 1]], other.columns["probabilities"][2]
    )


def test_models_without_common_rows_or_classes_are_refused():
    with pytest.raises(DataError, match="none in common"):
        aligned([_made([1, 2]), _made([3, 4])])
    with pytest.raises(DataError, match="same classes"):
        aligned([_made([1, 2]), _made([1, 2], classes=("a", "b", "d"))])


def test_columns_must_fit():
    with pytest.raises(ValueError, match="must have probabilities"):
        Outcomes(kind="classes", rows=np.arange(2), columns={"truth": np.zeros(2, int)})
    with pytest.raises(ValueError, match="2 rows, had 3"):
        Outcomes(kind="means", rows=np.arange(2), columns={"mrr": np.zeros(3)})
