"""Planted wrong labels are found, on real rows and on generated ones."""

import sys

import numpy as np
import pytest

from xinzhi.data.labelling import suspicion
from xinzhi.data.packaged import reviews_en
from xinzhi.errors import DataError

FLIPPED = 0.05


def plant(labels, seed=0):
    """The labels with some of them changed to another class, and which."""
    rng = np.random.default_rng(seed)
    wrong = rng.choice(len(labels), int(FLIPPED * len(labels)), replace=False)
    classes, changed = sorted(set(labels)), list(labels)
    for row in wrong:
        changed[row] = str(rng.choice([name for name in classes if name != labels[row]]))
    return changed, set(wrong.tolist())


def test_wrong_labels_of_real_reviews_are_found_five_times_as_often_as_by_chance(real_archive):
    held = reviews_en(real_archive("vader")).rows.to_pandas()
    frame = held.drop_duplicates("text", keep=False)
    rows = frame.sample(4000, random_state=0)
    labels, wrong = plant(rows["label"].tolist())
    ranked = [doubt.row for doubt in suspicion.doubts(rows["text"].tolist(), labels).ranked]
    best = set(ranked[: len(wrong)])
    precision = len(best & wrong) / len(best)
    assert precision > 4 * FLIPPED  # 5.6 times on all 13,047 rows
    assert len(set(ranked) & wrong) / len(wrong) > 0.6


def test_wrong_labels_of_clear_texts_are_nearly_all_found():
    rng = np.random.default_rng(1)
    words = {
        "door": ["hinge", "lock", "knob", "frame", "latch", "glass", "key"],
        "lamp": ["bulb", "socket", "shade", "wire", "switch", "ballast", "tube"],
        "pump": ["seal", "impeller", "valve", "shaft", "bearing", "hose", "filter"],
    }
    truth = [str(name) for name in rng.choice(sorted(words), 900)]
    texts = [" ".join(rng.choice(words[name], 4)) for name in truth]
    labels, wrong = plant(truth)
    found, estimated = suspicion.doubts(texts, labels)
    assert estimated == pytest.approx(len(wrong), rel=0.3)
    best = {doubt.row for doubt in found[: len(wrong)]}
    assert len(best & wrong) / len(wrong) > 0.95
    assert all(doubt.given == labels[doubt.row] for doubt in found)
    right = [doubt.suggested == truth[doubt.row] for doubt in found if doubt.row in wrong]
    assert np.mean(right) > 0.95
    assert [doubt.confidence for doubt in found] == sorted(doubt.confidence for doubt in found)


def test_rows_of_a_group_and_equal_texts_are_judged_by_a_model_that_saw_none_of_them():
    texts = [f"text {n // 2}" for n in range(200)]
    codes = np.array([n % 3 for n in range(200)])
    groups = [f"machine {n % 20}" for n in range(200)]
    for named, held in ((None, texts), (groups, groups)):
        folds = suspicion._folds(texts, codes, named)
        assert set(folds) == set(range(suspicion.FOLDS))
        for name in set(held):
            assert len({fold for fold, of in zip(folds, held, strict=True) if of == name}) == 1


def test_no_row_is_judged_by_a_model_that_saw_it():
    texts = [f"word{n % 2} unique{n}" for n in range(60)]
    codes = np.array([n % 2 for n in range(60)])
    folds = suspicion._folds(texts, codes, None)
    believed = suspicion.out_of_fold(texts, codes, folds)
    assert believed.sum(axis=1) == pytest.approx(1)
    changed = codes.copy()
    changed[7] = 1 - changed[7]  # its own label has no say in what is believed of it
    again = suspicion.out_of_fold(texts, changed, folds)
    assert again[7] == pytest.approx(believed[7])


def test_without_cleanlab_the_command_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "cleanlab.filter", None)
    with pytest.raises(DataError, match="cleanlab") as error:
        suspicion.doubts(["a"] * 20, ["x", "y"] * 10)
    assert error.value.mend == "pip install 'xinzhi[labels]'"


@pytest.mark.parametrize(
    ("labels", "groups", "said"),
    [
        (["x"] * 20, None, "at least two labels"),
        (["x"] * 18 + ["y"] * 2, None, "of which 1 have fewer"),
        (["x", "y"] * 10, ["a", "b", "c", "d"] * 5, "at least 5 groups"),
    ],
)
def test_too_little_to_learn_from_is_said(labels, groups, said):
    with pytest.raises(DataError, match=said):
        suspicion.doubts([f"t{n}" for n in range(20)], labels, groups)
