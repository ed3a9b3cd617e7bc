"""Parts that were given stay; shared texts leave the training side."""

import pandas as pd

from xinzhi.data.partition import Partition, complete, shared_texts, without_shared
from xinzhi.data.splits import Shares


def rows(texts, label="x"):
    return pd.DataFrame({"text": list(texts), "label": label}, dtype=object)


def test_only_what_is_missing_is_split_off():
    partition = Partition("stratified", Shares(0.1, 0.2))
    given = {"train": rows(map(str, range(100))), "test": rows("abc")}
    parts = complete(given, partition)
    assert parts["test"] is given["test"]
    assert {name: len(part) for name, part in parts.items()} == {"train": 90, "val": 10, "test": 3}
    both = complete({**given, "val": rows("de")}, partition)
    assert [len(both[name]) for name in ("train", "val", "test")] == [100, 2, 3]


def test_shared_texts_leave_train_and_then_val_never_test():
    given = {"train": rows("abcd"), "val": rows("bce"), "test": rows("cf")}
    kept, steps = without_shared(given)
    assert {name: "".join(part["text"]) for name, part in kept.items()} == {
        "train": "ad", "val": "be", "test": "cf",
    }  # fmt: skip
    assert {name: step.rows_in - step.rows_out for name, step in steps.items()} == {
        "train": 2, "val": 1,
    }  # fmt: skip
    assert shared_texts(kept) == 0
    assert shared_texts(given) == 1


def test_rows_with_several_labels_are_stratified_by_the_rarest():
    labels = [("often",)] * 80 + [("often", "seldom")] * 20
    frame = pd.DataFrame({"text": [str(i) for i in range(100)], "label": labels}, dtype=object)
    parts = complete({"train": frame}, Partition("stratified", Shares(0.1, 0.2)))
    seldom = {name: sum("seldom" in cell for cell in p["label"]) for name, p in parts.items()}
    assert seldom == {"train": 14, "val": 2, "test": 4}


def test_hash_goes_by_the_key_where_there_is_one():
    frame = rows(map(str, range(200))).assign(key=[str(i % 20) for i in range(200)])
    parts = complete({"train": frame}, Partition("hash", Shares(0.1, 0.2)))
    keys = [set(part["key"]) for part in parts.values()]
    assert not keys[0] & keys[1]
    assert not keys[0] & keys[2]
    assert sum(map(len, keys)) == 20
