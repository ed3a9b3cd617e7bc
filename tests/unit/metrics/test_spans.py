"""Entities by CoNLL's rules, against conlleval's own, written down apart."""

import numpy as np
import pytest

from xinzhi.errors import DataError
from xinzhi.metrics.spans import (
    bio_names,
    bio_numbers,
    bio_spans,
    entity_scores,
    parsed,
    spans,
)

KINDS = ["LOC", "ORG", "PER"]


def start_of_chunk(before, tag, kind_before, kind):
    """As conlleval.pl (Tjong Kim Sang 2000), line by line, and S of BMES as its Python port."""
    start = (before, tag) in {("B", "B"), ("I", "B"), ("O", "B"), ("O", "I"), ("E", "E"),
                              ("E", "I"), ("O", "E"), ("E", "B")}  # fmt: skip
    start |= tag == "S" or (before == "S" and tag != "O")
    return start or (tag != "O" and kind_before != kind)


def end_of_chunk(before, tag, kind_before, kind):
    end = (before, tag) in {("B", "B"), ("B", "O"), ("I", "B"), ("I", "O"), ("E", "E"),
                            ("E", "I"), ("E", "O"), ("E", "B")}  # fmt: skip
    end |= before == "S" or (tag == "S" and before != "O")
    return end or (before != "O" and kind_before != kind)


def conlleval(sentences):
    """All chunks, as (sentence, start, end, type), by the script's loop."""
    found = []
    for number, tags in enumerate(sentences):
        before, kind_before, begun = "O", "", None
        for at, full in enumerate([*tags, "O"]):
            tag, _, kind = full.partition("-")
            if begun is not None and end_of_chunk(before, tag, kind_before, kind):
                found.append((number, begun, at, kind_before))
                begun = None
            if start_of_chunk(before, tag, kind_before, kind):
                begun = at
            before, kind_before = tag, kind
    return found


def ours(sentences):
    offsets = np.cumsum([0, *map(len, sentences)])
    flat = [parsed(tag) for tags in sentences for tag in tags]
    prefixes = np.array([prefix for prefix, _ in flat])
    types = np.array([KINDS.index(kind) if kind else -1 for _, kind in flat])
    return spans(prefixes, types, offsets), offsets


def told(found, offsets):
    rows = np.searchsorted(offsets, found.starts, "right") - 1
    return [
        (int(row), int(start - offsets[row]), int(end - offsets[row]), KINDS[kind])
        for row, start, end, kind in zip(rows, *found, strict=True)
    ]


def noise(letters, seed, sentences=300):
    random = np.random.default_rng(seed)
    tags = ["O", *(f"{letter}-{kind}" for letter in letters for kind in KINDS)]
    return [list(random.choice(tags, random.integers(0, 9))) for _ in range(sentences)]


@pytest.mark.parametrize("letters", ["BI", "BIES"])
@pytest.mark.parametrize("seed", range(5))
def test_any_tags_hold_the_entities_that_conlleval_finds(letters, seed):
    sentences = noise(letters, seed)
    found, offsets = ours(sentences)
    assert told(found, offsets) == conlleval(sentences)


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_conllevals(seed):
    gold, predicted = noise("BI", seed), noise("BI", seed + 50)
    random = np.random.default_rng(seed)
    for row, tags in enumerate(gold):  # half of them right
        predicted[row] = list(tags) if random.random() < 0.5 else (predicted[row] * 9)[: len(tags)]
        predicted[row] += ["O"] * (len(tags) - len(predicted[row]))
    (truth, _), (answers, _) = ours(gold), ours(predicted)
    scored = entity_scores(truth, answers, KINDS)
    expected, given = set(conlleval(gold)), set(conlleval(predicted))
    micro = scored.averages["micro"]
    assert micro.precision == pytest.approx(len(expected & given) / len(given))
    assert micro.recall == pytest.approx(len(expected & given) / len(expected))
    f1s = []
    for row in scored.rows:
        one, other = ({e for e in part if e[3] == row.name} for part in (expected, given))
        assert row.support == len(one)
        assert row.predicted == len(other)
        assert row.f1 == pytest.approx(2 * len(one & other) / (len(one) + len(other)))
        f1s.append((row.f1, row.support))
    assert scored.averages["macro"].f1 == pytest.approx(np.mean([f1 for f1, _ in f1s]))
    weighted = sum(f1 * n for f1, n in f1s) / sum(n for _, n in f1s)
    assert scored.averages["weighted"].f1 == pytest.approx(weighted)


# of seqeval 1.2.2 on the tags below, written down: its source package no longer builds
SEQEVAL = {
    "micro": 0.32603938730853393,
    "macro": 0.3264183925700024,
    "weighted": 0.3260005053599762,
}


def test_scores_are_seqevals():
    gold = noise("BI", 3)
    predicted = [list(np.random.default_rng(len(tags)).permutation(tags)) for tags in gold]
    (truth, _), (answers, _) = ours(gold), ours(predicted)
    scored = entity_scores(truth, answers, KINDS)
    assert {name: scored.averages[name].f1 for name in SEQEVAL} == pytest.approx(SEQEVAL)


@pytest.mark.parametrize("letters", ["BI", "BIES"])
def test_written_as_bio_entities_stay_what_they_are(letters):
    found, offsets = ours(noise(letters, 9))
    again = bio_spans(bio_numbers(found, int(offsets[-1])), offsets)
    for one, other in zip(found, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_numbers_have_their_names():
    found, offsets = ours([["B-PER", "I-PER", "O", "S-LOC"], [], ["M-ORG"]])
    names = np.array(bio_names(KINDS))[bio_numbers(found, int(offsets[-1]))]
    assert names.tolist() == ["B-PER", "I-PER", "O", "B-LOC", "B-ORG"]


def test_without_entities_all_scores_are_0():
    empty, _ = ours([["O", "O"], []])
    scored = entity_scores(empty, empty, KINDS)
    assert {*scored.averages.values()} == {(0, 0, 0)}


@pytest.mark.parametrize("tag", ["PER", "B-", "X-PER", "", "NOUN"])
def test_other_tags_are_refused_by_name(tag):
    with pytest.raises(DataError, match=rf"B-PER.*{tag!r}"):
        parsed(tag)
