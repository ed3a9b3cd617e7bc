"""Turns cleaned rows into train, val and test, and keeps each text on one side."""

from typing import TYPE_CHECKING, Literal, NamedTuple

from xinzhi.data import cleaning, splits
from xinzhi.data.records import Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


class Partition(NamedTuple):
    """How rows are parted.

    Attributes:
        kind: by class, by time, by group, or by the hash of a key.
        shares: fractions of val and test.
        seed: another seed parts otherwise.
    """

    kind: Literal["stratified", "time", "group", "hash"]
    shares: splits.Shares
    seed: int = 0

    def __str__(self) -> str:
        train = 1 - self.shares.val - self.shares.test
        parts = f"{train:.0%} / {self.shares.val:.0%} / {self.shares.test:.0%}"
        return f"split={self.kind} {parts}, seed {self.seed}"


def complete(
    frames: "Mapping[str, pd.DataFrame]", partition: Partition
) -> "dict[str, pd.DataFrame]":
    """Split the missing parts off from train.

    Args:
        frames: `train`, and those of `val` and `test` that were given.
        partition: how.

    Returns:
        All three; a part whose share is 0 and that was not given is empty.
    """
    shares = splits.Shares(
        val=0.0 if "val" in frames else partition.shares.val,
        test=0.0 if "test" in frames else partition.shares.test,
    )
    rows = frames["train"]
    if not (shares.val or shares.test):
        return {name: frames.get(name, rows.iloc[:0]) for name in splits.NAMES}
    codes = _codes(rows, partition._replace(shares=shares))
    ours = {name: rows[codes == code] for code, name in enumerate(splits.NAMES)}
    return {name: ours[name] if name == "train" else frames.get(name, ours[name]) for name in ours}


def _codes(rows: "pd.DataFrame", partition: Partition) -> "splits.Codes":
    kind, shares, seed = partition
    texts = rows["text"].tolist()
    if kind == "time":
        return splits.by_time(rows["time"].to_numpy(), shares)
    if kind == "group":
        return splits.by_group(rows["group"].tolist(), shares, seed=seed)
    if kind == "hash":
        keys = rows["key"].fillna(rows["text"]).tolist() if "key" in rows.columns else texts
        return splits.hashed(keys, shares, seed=seed)
    return splits.stratified(texts, _strata(rows), shares, seed=seed)


def _strata(rows: "pd.DataFrame") -> list[str]:
    """Give each row its label, or its rarest one where there are several."""
    if not cleaning.is_multilabel(rows):
        return list(rows["label"])
    counts = cleaning.label_counts(rows)
    return [min(labels, key=lambda label: (counts[label], label)) for labels in rows["label"]]


def without_shared(
    frames: "Mapping[str, pd.DataFrame]",
) -> "tuple[dict[str, pd.DataFrame], dict[str, Step]]":
    """Take texts out of train that val or test hold too, and out of val what test holds.

    Args:
        frames: the parts that a person gave.

    Returns:
        The parts, and a step for each that lost rows.
    """
    seen: set[str] = set()
    kept, steps = {}, {}
    for name in ("test", "val", "train"):
        if name not in frames:
            continue
        rows = frames[name]
        left = rows[~rows["text"].isin(seen)]
        if len(left) < len(rows):
            why = "the text is in test or val too" if name == "train" else "the text is in test too"
            steps[name] = Step("shared", len(rows), len(left), why)
        kept[name] = left
        seen.update(rows["text"])
    return kept, steps


def shared_texts(frames: "Mapping[str, pd.DataFrame]") -> int:
    """Count the texts of test that train holds too.

    Args:
        frames: all three parts.
    """
    return len(set(frames["train"]["text"]) & set(frames["test"]["text"]))
