"""The verdict against sets in Python, on Arrow tables and on both engines."""

import random
from itertools import combinations

import pyarrow as pa
import pytest

from xinzhi.data import leakage, portable
from xinzhi.data.leakage import verdict
from xinzhi.data.shingles import tidied
from xinzhi.errors import DataError

NAN = float("nan")


def rows(texts, **others):
    count = len(texts)
    return pa.table({"text": pa.array(texts, pa.string()), "row": range(count), **others})


def pieces(text):
    return {tidied(text)[i : i + 3] for i in range(max(1, len(tidied(text)) - 2))}


def planted(seed=0):
    """Parts that share texts, in other case, and nearly so."""
    dice = random.Random(seed)  # noqa: S311
    letters = "abcdefghijklmnopqrstuvwxyz    质量很好"

    def fresh():
        return "".join(dice.choices(letters, k=dice.randint(60, 200)))

    train = [fresh() for _ in range(300)]
    parts = {"train": train, "val": [fresh() for _ in range(80)]}
    parts["val"] += [text.upper() for text in train[:5]] + [text + "!" for text in train[5:12]]
    parts["test"] = [fresh() for _ in range(100)] + train[20:23] + parts["val"][:2]
    parts["test"] += ["new" + text for text in train[30:41]] + [parts["val"][5] + "?"]
    for texts in parts.values():
        dice.shuffle(texts)
    return parts


def compared(parts, threshold):
    """Count by sets, all pairs."""
    exact, near = {}, {}
    sets = {name: [pieces(text) for text in texts] for name, texts in parts.items()}
    for first, second in combinations(parts, 2):
        known = set(map(tidied, parts[first]))
        equal = [tidied(text) in known for text in parts[second]]
        alike = [
            any(len(mine & one) / len(mine | one) >= threshold for one in sets[first])
            for mine in sets[second]
        ]
        exact[f"{first}/{second}"] = sum(equal)
        near[f"{first}/{second}"] = sum(alike) - sum(equal)
    return exact, near


@pytest.mark.parametrize("threshold", [0.7, 0.9])
def test_counts_are_those_of_all_pairs(threshold):
    parts = planted()
    exact, near = compared(parts, threshold)
    found = verdict({name: rows(texts) for name, texts in parts.items()}, near=threshold)
    assert found.exact == exact
    assert found.near == near
    assert near["train/test"] == 11
    assert near["train/val"] == 7
    assert near["val/test"] == 1


def test_expressions_are_judged_as_arrow_tables_are(engine):
    tables = {name: rows(texts, group=[f"g{i % 90}" for i in range(len(texts))])
              for name, texts in planted(1).items()}  # fmt: skip
    loaded = {name: engine.load(table) for name, table in tables.items()}
    assert verdict(loaded, group="group") == verdict(tables, group="group")


def test_of_many_millions_texts_are_compared_by_their_hashes(monkeypatch, engine):
    parts = planted(3)
    tables = {name: engine.load(rows(texts)) for name, texts in parts.items()}
    records = {name: table.mutate(**portable.lanes(table.text, engine)._asdict())
               for name, table in tables.items()}  # fmt: skip
    assert verdict(tables, records=records) == verdict(tables)  # these are few
    monkeypatch.setattr(leakage, "TIDIED", 100)
    found = verdict(tables, records=records)
    assert found.exact == {
        f"{first}/{second}": sum(text in set(parts[first]) for text in parts[second])
        for first, second in combinations(parts, 2)
    }
    tidy = verdict(tables)
    assert found.near["train/val"] == tidy.near["train/val"] + 5  # they differ by their case
    assert " too (compared as written); " in found.sentence


def test_a_clean_split_is_told_in_one_sentence():
    parts = {"train": rows(["a door does not close"]), "val": rows([]), "test": rows(["a leak"])}
    assert verdict(parts).sentence == (
        "No text of test is in train; no near-duplicates are on two sides."
    )
    parts["val"] = rows(["paint"])
    assert verdict(parts).sentence.startswith("No text is in two of train, val and test; ")
    groups = {name: part.append_column("customer", pa.array([name] * part.num_rows, pa.string()))
              for name, part in parts.items()}  # fmt: skip
    assert verdict(groups, group="customer").sentence.endswith("; no customer is on two sides.")


def test_a_leak_is_told_with_counts_and_examples():
    long = "the hinge broke after two days of use and nobody answers the phone at the shop"
    parts = {
        "train": rows(["Fine  day", long, "x y z", None], customer=["a", "b", "c", None]),
        "test": rows(["fine day", "FINE DAY", long + "!", "", None, "other"],
                     customer=["a", "a", "d", "c", "e", None]),
    }  # fmt: skip
    found = verdict(parts, group="customer")
    assert found.exact == {"train/test": 2}
    assert found.near == {"train/test": 1}
    assert found.groups == {"train/test": 2}
    assert found.sentence == (
        "2 of 6 test texts (33.3 %) are in train too; 1 of 6 test texts (16.7 %) is a "
        "near-duplicate of a train text; 2 of 4 test values of customer (50.0 %) are in train too."
    )
    assert found.examples == [
        {"kind": "exact", "parts": "train/test", "shared": ["FINE DAY"]},
        {"kind": "exact", "parts": "train/test", "shared": ["fine day"]},
        {"kind": "near", "parts": "train/test", "shared": [long, long + "!"]},
        {"kind": "group", "parts": "train/test", "shared": ["a"]},
        {"kind": "group", "parts": "train/test", "shared": ["c"]},
    ]


def test_no_more_than_three_examples_and_none_without_end():
    texts = [f"{i} " + "long " * 200 for i in range(9)]
    found = verdict({"train": rows(texts), "test": rows(texts)})
    assert found.exact == {"train/test": 9}
    assert len(found.examples) == 3
    assert all(len(example["shared"][0]) == 300 for example in found.examples)


def test_of_many_rows_some_are_compared_and_the_sentence_says_so(monkeypatch, engine):
    monkeypatch.setattr(leakage, "COMPARED", 50)
    parts = planted(2)
    tables = {name: rows(texts) for name, texts in parts.items()}
    found = verdict({name: engine.load(table.take(list(reversed(range(table.num_rows)))))
                     for name, table in tables.items()})  # fmt: skip
    exact, _ = compared(parts, 0.9)
    _, near = compared({name: texts[:50] for name, texts in parts.items()}, 0.9)
    assert found.exact == exact  # of all rows
    assert found.near == near
    assert found.sentence.endswith(" (looked for among 50 rows of each part at most).")


def test_of_long_texts_fewer_are_compared(monkeypatch, engine):
    texts = [f"{i:03} " + "word " * 199 + "." for i in range(100)]  # of 1,000 letters each
    parts = {"train": rows(texts), "test": rows([text + "!" for text in texts[:20]])}
    monkeypatch.setattr(leakage, "LETTERS", 40_000)
    loaded = verdict({name: engine.load(table) for name, table in parts.items()})
    assert loaded == verdict(parts)
    assert loaded.near == {"train/test": 20}
    assert loaded.sentence.endswith(" (looked for among 40 rows of each part at most).")


def test_tables_without_text_are_compared_by_all_features(engine):
    train = pa.table({
        "x": [1.0, -0.0, NAN, 2.0, None], "n": [1, 2, 3, None, None],
        "s": ["a", "b", "c", "d", None], "label": ["u", "v", "u", "v", "u"], "row": range(5),
        "group": ["g"] * 5,
    })  # fmt: skip
    test = pa.table({
        "s": ["a", "b", "c", "d", None, "d"], "x": [1.0, 0.0, NAN, 2.0, None, 2.5],
        "n": [1, 2, 3, None, None, None], "label": ["v"] * 6, "row": range(10, 16),
        "group": ["h"] * 6,
    })  # fmt: skip
    found = verdict({"train": engine.load(train), "test": engine.load(test)}, group="group")
    assert found.exact == {"train/test": 5}
    assert found.near == {}
    assert found.groups == {"train/test": 0}
    assert found.sentence == "5 of 6 test rows (83.3 %) are in train too; no group is on two sides."
    assert [example["shared"] for example in found.examples] == [
        ["x=0.0, n=2, s=b"], ["x=1.0, n=1, s=a"], ["x=2.0, n=None, s=d"],
    ]  # fmt: skip


def test_numbers_are_equal_whatever_the_type_of_the_column():
    train = pa.table({"x": [1, 2, 3], "l": [["a"], [], None]})
    test = pa.table({"x": [1.0, 2.0, 3.5], "l": [["a"], ["b"], None]})
    assert verdict({"train": train, "test": test}).exact == {"train/test": 1}
    texts = pa.table({"x": ["1", "2", "9"], "l": [["a"], [], None]})
    assert verdict({"train": train, "test": texts}).exact == {"train/test": 2}


def test_whole_numbers_beyond_what_a_float_holds_differ():
    train = pa.table({"x": [2**60, None]})
    test = pa.table({"x": [2**60 + 1, 0]})
    assert verdict({"train": train, "test": test}).exact == {"train/test": 0}


def test_parts_that_cannot_be_compared_are_no_error():
    one = {"train": rows(["a", "b"]), "val": rows([]), "test": rows([])}
    assert verdict(one).sentence.startswith("There are rows in one part only")
    bare = {name: pa.table({"label": ["u"], "row": [1]}) for name in ("train", "test")}
    assert "no feature in common" in verdict(bare).sentence
    assert verdict(bare).exact == {"train/test": 0}


def test_what_cannot_be_is_refused():
    parts = {"train": rows(["a"]), "test": rows(["b"])}
    with pytest.raises(DataError, match="between"):
        verdict(parts, near=9)
    with pytest.raises(DataError, match="must have a column 'customer'"):
        verdict(parts, group="customer")
