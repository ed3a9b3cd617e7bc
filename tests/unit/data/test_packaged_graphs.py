"""Packaged graphs: every triple is in the part that it was published in."""

import pandas as pd
import pytest

from xinzhi.data.declaration import Declaration
from xinzhi.data.packaged import read_packaged

PARTS = ("train", "valid", "test")


@pytest.fixture
def frame(real_archive):
    """Rows of a packaged set, which is fetched once for all tests."""
    del real_archive  # sets the cache
    return lambda name: read_packaged(name, offline=False).rows.to_pandas()


@pytest.mark.parametrize(
    ("graph", "counts", "entities", "relations"),
    [
        ("umls", (5216, 652, 661), 135, 46),
        ("kinships", (8544, 1068, 1074), 104, 25),
        ("nations", (1592, 199, 201), 14, 55),
    ],
)
def test_the_parts_are_those_of_the_papers(frame, graph, counts, entities, relations):
    parts = [frame(f"{graph}/{part}") for part in PARTS]
    assert tuple(map(len, parts)) == counts
    whole = pd.concat(parts)
    assert not whole.duplicated().any()
    assert len(set(whole["head"]) | set(whole["tail"])) == entities
    assert whole["relation"].nunique() == relations


def test_ratings(frame):
    rows = frame("movielens/ratings")
    assert rows.shape == (100_000, 4)
    assert (rows["user"].nunique(), rows["item"].nunique()) == (943, 1682)
    assert not rows.duplicated(["user", "item"]).any()
    assert rows["rating"].value_counts().to_dict() == {
        1: 6110, 2: 11_370, 3: 27_145, 4: 34_174, 5: 21_201,
    }  # fmt: skip
    assert (rows["time"].min().year, rows["time"].max().year) == (1997, 1998)


def test_later_likes_are_the_test_and_facts_are_for_training(frame):
    parts = {part: frame(f"movielens/graph/{part}") for part in PARTS}
    whole = pd.concat(parts.values())
    assert len(whole) == len(frame("movielens/graph")) == 91_631 + 55_375
    assert not whole.duplicated().any()
    assert all((parts[part]["relation"] == "likes").all() for part in ("valid", "test"))
    assert parts["train"]["relation"].nunique() == 25

    time = frame("movielens/ratings").set_index(["user", "item"])["time"]
    spans = {}
    for part, triples in parts.items():
        likes = triples[triples["relation"] == "likes"]
        when = time.loc[pd.MultiIndex.from_frame(likes[["head", "tail"]])]
        spans[part] = when.groupby(level="user").agg(["min", "max", "size"])
    for earlier, later in (("train", "valid"), ("valid", "test")):
        assert (spans[earlier]["max"] <= spans[later]["min"]).all()
    assert (len(spans["train"]), len(spans["valid"]), len(spans["test"])) == (942, 942, 942)
    assert spans["test"].index.equals(spans["train"].index)  # nobody is new
    share = spans["test"]["size"].sum() / 55_375
    assert 0.09 < share < 0.11


def test_every_fact_is_about_a_film(frame):
    train = frame("movielens/graph/train")
    facts = train[train["relation"] != "likes"]
    films = set(frame("movielens/ratings")["item"])
    about = facts["head"].isin(films) | facts["tail"].isin(films)
    assert about.all()
    known = (set(facts["head"]) | set(facts["tail"])) & films
    assert len(known) == 1598
    assert "Toy Story (1995)" in known


def test_a_snapshot_moves_no_triple(real_archive, monkeypatch, tmp_path):
    folder = real_archive("pykeen")
    monkeypatch.setattr("xinzhi.data.packaged.fetch", lambda *_, **__: folder)
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path))
    parts = {"train": "train", "val": "valid", "test": "test"}
    given = {split: f"package:nations/{part}" for split, part in parts.items()}
    made = Declaration(**given, text=None, features=["head", "relation", "tail"]).prepare()
    assert made.counts == {"train": 1592, "val": 199, "test": 201}
    assert made.manifest["name"] == "nations"
