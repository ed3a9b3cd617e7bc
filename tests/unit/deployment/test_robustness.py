"""Records on a bad day: what changes, what does not, and that all models meet the same."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from xinzhi.data.snapshot import Snapshot
from xinzhi.deployment import disturbances, robustness
from xinzhi.evaluation.answers import class_outcomes


def column(values, kind=None):
    return pa.chunked_array([pa.array(values, kind)])


def dice():
    return np.random.default_rng(0)


class Frozen(Snapshot):
    """A snapshot in memory."""

    def table(self, split, columns=None):
        found = self.manifest["tables"][split]
        return found if columns is None else found.select(list(columns))


def frozen(folder, table):
    return Frozen(
        folder, "rows", "0" * 32, {"tables": {"test": table}, "counts": {"test": len(table)}}
    )


def test_typos_swap_neighbours_in_a_tenth_of_the_longer_words():
    texts = ["window broken again " * 20] * 40 + [None, "a"]
    found = disturbances.typos(column(texts), dice()).to_pylist()
    before, after = texts[0].split(), [text.split() for text in found[:40]]
    changed = [b != a for text in after for b, a in zip(before, text, strict=True)]
    assert np.mean(changed) == pytest.approx(disturbances.TYPOS, abs=0.03)
    assert all(sorted(b) == sorted(a) for text in after for b, a in zip(before, text, strict=True))
    assert all(b[0] == a[0] for text in after for b, a in zip(before, text, strict=True))
    assert found[40:] == [None, "a"]


def test_lists_of_words_stay_as_long():
    found = disturbances.upper_case(column([["Kim", "sings"], []]), dice())
    assert found.to_pylist() == [["KIM", "SINGS"], []]
    assert disturbances.spaces(column([["Kim"]]), dice()) is None


def test_what_has_no_case_cannot_change_it():
    assert disturbances.upper_case(column(["空调不制冷"]), dice()) is None


def test_noise_is_small_and_within_what_there_is():
    values = np.random.default_rng(1).normal(10, 2, 4000)
    found = disturbances.noise(column([*values, None]), dice())
    assert found[-1].as_py() is None
    moved = np.array(found.to_pylist()[:-1]) - values
    assert moved.std() == pytest.approx(disturbances.NOISE * values.std(), rel=0.1)
    assert max(found.to_pylist()[:-1]) <= values.max()


def test_whole_numbers_stay_whole_and_codes_as_they_are():
    counted = disturbances.noise(column(list(range(1000))), dice())
    assert counted.type == pa.int64()
    assert counted.to_pylist() != list(range(1000))
    assert disturbances.noise(column([1, 2, 3] * 100), dice()) is None
    assert disturbances.noise(column([5.0, 5.0]), dice()) is None
    assert disturbances.noise(column(["a"]), dice()) is None


def test_series_keep_their_lengths():
    found = disturbances.noise(column([[0.0, 1.0, 5.0], None, [2.0]]), dice())
    assert [None if one is None else len(one) for one in found.to_pylist()] == [3, None, 1]
    assert found.to_pylist() != [[0.0, 1.0, 5.0], None, [2.0]]


def test_some_cells_go_missing():
    found = disturbances.missing(column(["a"] * 4000), dice())
    assert found.null_count / 4000 == pytest.approx(disturbances.MISSING, abs=0.015)
    assert disturbances.missing(column([[1.0]]), dice()) is None


@pytest.mark.parametrize("shape", [(28, 28), (30, 20, 3)])
def test_images_keep_shape_and_levels(shape):
    image = np.random.default_rng(2).integers(0, 256, shape).astype(np.uint8)
    for change in (disturbances.brighter, disturbances.shifted, disturbances.grainy):
        made = change(image, dice())
        assert (made.shape, made.dtype) == (image.shape, image.dtype)
        assert (made != image).any()


class ByLength:
    """Calls a text long or short, and notes what it was asked."""

    classes = ("long", "short")

    def __init__(self):
        self.asked = []

    def outcomes(self, snapshot, split):
        rows = snapshot.table(split)
        self.asked.append(rows["text"].to_pylist())
        long = np.array([len(text) > 20 for text in self.asked[-1]])
        return class_outcomes(
            np.stack([long, ~long], axis=1).astype(float), rows, self.classes, decisions={}
        )


def test_two_models_meet_the_same_bad_day(tmp_path):
    texts = ["the pump stands still", "it leaks"] * 1500
    table = pa.table({"text": texts, "label": ["long", "short"] * 1500, "row": np.arange(3000)})
    snapshot = frozen(tmp_path, table)
    assert robustness.ways(snapshot, "test") == ("typos", "case", "spaces")
    one, other = ByLength(), ByLength()
    first = robustness.disturbed(one, snapshot, "test", "typos")
    robustness.disturbed(other, snapshot, "test", "typos")
    assert one.asked == other.asked
    assert len(first) == robustness.MOST
    as_is = robustness.undisturbed(ByLength().outcomes(snapshot, "test"), first)
    assert as_is.rows.tolist() == first.rows.tolist()
    assert (as_is.columns["truth"] == first.columns["truth"]).all()


def test_tables_meet_noise_and_gaps_but_keep_their_labels(tmp_path):
    table = pa.table({"age": np.linspace(20, 70, 60), "job": ["a", "b"] * 30,
                      "label": ["no", "yes"] * 30, "row": np.arange(60)})  # fmt: skip
    snapshot = frozen(tmp_path, table)
    assert robustness.ways(snapshot, "test") == ("noise", "missing cells")
    seen = SimpleNamespace(classes=("no", "yes"))

    def outcomes(rows, split):
        seen.table = rows.table(split)
        return class_outcomes(np.ones((60, 2)) / 2, seen.table, seen.classes, decisions={})

    seen.outcomes = outcomes
    for way in ("noise", "missing cells"):
        robustness.disturbed(seen, snapshot, "test", way)
        assert seen.table["label"] == table["label"]
        assert seen.table["row"] == table["row"]
        assert seen.table["age"] != table["age"]


def test_images_are_asked_one_by_one(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    np.save(folder / "abc", np.full((3, 8, 8), 100, np.uint8))
    (folder / "abc.npy").rename(folder / "abc")
    table = pa.table({"sha256": ["x", "y", "z"], "label": ["dark"] * 3, "row": [1, 2, 3],
                      "array": ["abc"] * 3, "place": [2, 1, 0]})  # fmt: skip
    snapshot = frozen(tmp_path, table)

    class ByLight:
        classes = ("dark", "light")

        def predict(self, images):
            light = np.array([image.mean() > 110 for image in images]).astype(float)
            return pd.DataFrame({"p:dark": 1 - light, "p:light": light})

    assert robustness.ways(snapshot, "test") == ("brightness", "shift", "noise")
    answers = {
        way: robustness.disturbed(ByLight(), snapshot, "test", way).columns["probabilities"][:, 1]
        for way in robustness.ways(snapshot, "test")
    }
    assert answers["brightness"].tolist() == [1, 1, 1]
    assert answers["shift"].tolist() == [0, 0, 0]


def test_links_are_left_alone(tmp_path):
    table = pa.table({"head": ["a"], "relation": ["b"], "tail": ["c"], "row": [1]})
    assert robustness.ways(frozen(tmp_path, table), "test") == ()
