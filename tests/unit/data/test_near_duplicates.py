"""Near duplicates against every pair compared by Python's sets, and datasketch's own signatures."""

import random
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from datasketch import MinHash

from xinzhi.data import corpus as corpora
from xinzhi.data import minhash
from xinzhi.data.corpus import Corpus
from xinzhi.data.near_duplicates import representatives
from xinzhi.data.shingles import shingles, similarities, tidied
from xinzhi.errors import DataError

HAN = [chr(code) for code in range(0x4E00, 0x4E00 + 600)]


def pieces(text):
    text = tidied(text)
    return {text[i : i + 3] for i in range(max(1, len(text) - 2))}


def jaccard(one, other):
    return len(one & other) / len(one | other)


def planted(seed, count=120, copies=3):
    """Texts of two scripts, each with copies in which some places were changed."""
    dice = random.Random(seed)  # noqa: S311
    words = ["".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=dice.randint(2, 9)))
             for _ in range(400)]  # fmt: skip
    texts = []
    for number in range(count):
        length = dice.randint(4, 60)
        text = "".join(dice.choices(HAN, k=2 * length)) if number % 2 else " ".join(
            dice.choices(words, k=length)
        )  # fmt: skip
        texts.append(text)
        for _ in range(copies):
            changed = list(text)
            for _ in range(dice.randint(0, max(1, len(changed) // 25))):
                at = dice.randrange(len(changed))
                changed[at : at + dice.randint(0, 2)] = dice.choice(["", "x", "工", " und "])
            texts.append("".join(changed))
    dice.shuffle(texts)
    return texts


@pytest.fixture(scope="module")
def compared():
    """Texts, and the similarity of every pair of them."""
    texts = planted(seed=1)
    sets = [pieces(text) for text in texts]
    matrix = np.eye(len(texts))
    for i, j in combinations(range(len(texts)), 2):
        matrix[i, j] = matrix[j, i] = jaccard(sets[i], sets[j])
    return texts, matrix


def connected(matrix):
    """The first of all that a chain leads to, for each."""
    reached = matrix
    while (further := reached @ reached).any() and ((further > 0) != reached).any():
        reached = further > 0
    return reached.argmax(axis=1)


@pytest.mark.parametrize("threshold", [0.5, 0.6, 0.75, 0.8, 0.9, 0.95, 1.0])
def test_against_all_pairs(threshold, compared):
    texts, matrix = compared
    found = representatives([pa.array(texts)], threshold)
    truth = connected(matrix >= threshold)
    assert (truth == truth[found]).all()  # no two texts are together that are not connected
    assert (found <= np.arange(len(texts))).all()
    assert (found[found] == found).all()
    sure = np.argwhere(np.triu(matrix >= min(1, threshold + 0.05), 1))
    assert len(sure) > 20
    assert (found[sure[:, 0]] == found[sure[:, 1]]).mean() >= 0.95
    assert (found == truth).mean() > 0.97  # at the threshold itself, too


def test_similarity_is_exact(monkeypatch):
    texts = planted(seed=7, count=30)
    pairs = np.array(list(combinations(range(len(texts)), 2))).T
    expected = np.array([jaccard(pieces(texts[i]), pieces(texts[j])) for i, j in pairs.T])
    assert (similarities([*map(tidied, texts)], *pairs) == expected).all()
    monkeypatch.setattr(corpora, "_BATCH_BYTES", 500)  # many batches
    corpus = Corpus([pa.array(texts[:50]), pa.array(texts[50:])])
    assert (corpus.alike(*pairs, 0.8) == (expected >= 0.8)).all()


def test_signatures_are_those_of_datasketch():
    texts = [tidied(text) for text in planted(seed=8, count=10)]
    codes, starts = shingles(texts)
    ours = minhash.signatures(minhash.mixed(codes), starts, *minhash.permutations(128))
    for column, part in enumerate(np.split(codes, starts[1:])):
        theirs = MinHash(num_perm=128, seed=1, hashfunc=int)
        theirs.update_batch(minhash.hashed32(part))
        assert (theirs.hashvalues == ours[:, column]).all()


def test_clusters_depend_neither_on_the_order_nor_on_the_chunks():
    texts = planted(seed=3)
    found = representatives([pa.array(texts)], 0.8)
    chunked = pa.chunked_array([texts[:7], [], texts[7:200], texts[200:]])
    assert (representatives(iter([chunked]), 0.8) == found).all()
    order = np.random.default_rng(0).permutation(len(texts))
    moved = representatives([pa.array([texts[i] for i in order], pa.large_string())], 0.8)
    names = {i: order[np.flatnonzero(moved == root)].min() for i, root in enumerate(moved)}
    assert {int(order[i]): name for i, name in names.items()} == dict(enumerate(found))


def test_what_is_left_has_no_near_duplicates():
    texts = planted(seed=4)
    kept = sorted(set(representatives([pa.array(texts)], 0.7)))
    again = representatives([pa.array([texts[i] for i in kept])], 0.7)
    assert again.tolist() == list(range(len(kept)))


def test_the_earliest_stands_for_its_cluster_also_through_a_chain():
    letters = [chr(0x4E00 + i) for i in range(108)]
    chain = ["".join(letters[step : step + 100]) for step in (8, 4, 0)]  # neighbours: 0.92
    assert jaccard(pieces(chain[0]), pieces(chain[2])) < 0.9
    assert representatives([pa.array([*chain, "apart"])], 0.9).tolist() == [0, 0, 0, 3]


def test_case_form_and_white_space_make_no_difference():
    texts = ["Door  does not\nclose", "ＤＯＯＲ does not close ", "ok", "OK", "o k"]
    assert representatives([pa.array(texts)], 1.0).tolist() == [0, 0, 2, 2, 4]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], []),
        ([None], [0]),
        ([None, "", " ", None, "", "\u3000"], [0, 1, 2, 3, 4, 5]),
        (["a", "a", "b", "ab", "ab", "", "a"], [0, 0, 2, 3, 3, 5, 0]),
        (["🙂🙃🙂", "🙂🙃🙂", "🙂🙃"], [0, 0, 2]),
        (["\x00\x00\x00", "\x00\x00", "\x00"], [0, 1, 2]),
    ],
)
def test_texts_with_little_in_them(texts, expected):
    assert representatives([pa.array(texts, pa.string())], 0.9).tolist() == expected
    assert representatives([pa.array(texts, pa.string()), pa.nulls(2)], 0.9).tolist() == [
        *expected, len(texts), len(texts) + 1,
    ]  # fmt: skip


def test_nothing_at_all():
    assert representatives([], 0.9).tolist() == []


def test_texts_longer_than_what_is_hashed_at_once():
    dice = random.Random(5)  # noqa: S311
    book = "".join(dice.choices(HAN, k=90_000))
    other = "".join(dice.choices(HAN, k=90_000))
    texts = [book, "short", other, book[:-100] + "。", "short!"]
    assert representatives([pa.array(texts)], 0.9).tolist() == [0, 1, 2, 0, 4]


def test_texts_beyond_memory_lie_in_a_file_that_is_gone_afterwards(monkeypatch, tmp_path):
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path))
    texts = planted(seed=9)
    chunks = [pa.array(texts[i : i + 50]) for i in range(0, len(texts), 50)]
    expected = representatives(chunks, 0.8)
    monkeypatch.setattr(corpora, "_HELD_BYTES", 2000)
    before = pa.total_allocated_bytes()
    corpus = Corpus(iter([pa.chunked_array([*chunks, pa.array([], pa.string())]), pa.nulls(2)]))
    assert pa.total_allocated_bytes() - before < sum(chunk.nbytes for chunk in chunks) / 2
    assert not list(tmp_path.iterdir())
    assert len(corpus) == len(texts) + 2
    assert [corpus.text(i) for i in range(len(texts))] == texts
    assert (representatives(iter(chunks), 0.8) == expected).all()


def test_texts_made_from_one_form_are_found_without_comparing_all_with_all():
    dice = random.Random(6)  # noqa: S311
    form = "Dear customer, your order number {} has left our house in {} and will reach you soon."
    towns = ["".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=30)) for _ in range(2500)]
    texts = [form.format(dice.randrange(10**9), town) for town in towns]
    copies = [text.replace("soon.", "soon!") for text in texts]
    found = representatives([pa.array(texts + copies)], 0.95)
    assert (found[2500:] == np.arange(2500)).mean() > 0.95


@pytest.mark.parametrize("threshold", [0, 0.49, 1.01, -1, float("nan")])
def test_a_threshold_that_means_nothing_is_refused(threshold):
    with pytest.raises(DataError, match=r"between 0\.5 and 1"):
        representatives([pa.array(["a"])], threshold)


@pytest.mark.parametrize("threshold", [0.5, 0.55, 0.66, 0.8, 0.9, 0.97])
def test_few_pairs_at_the_threshold_are_missed_by_chance(threshold):
    bands, rows = minhash.bands(threshold)
    assert (1 - threshold**rows) ** bands <= 0.01
    assert bands * rows <= 128


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.9, 0.95])
def test_sketches_turn_away_few_that_are_alike_and_most_that_are_not(threshold, compared):
    texts, matrix = compared
    bands = minhash.bands(threshold)
    sketches = minhash.signed([*map(tidied, texts)], bands).sketches
    pairs = np.argwhere(np.triu(matrix >= 0, 1))
    differing = minhash.tolerated(threshold, bands.bands * bands.rows)
    passed = minhash.promising(sketches, *pairs.T, differing)
    truth = matrix[*pairs.T]
    assert passed[truth >= threshold].mean() > 0.99
    assert passed[truth < threshold - 0.25].mean() < 0.05
    assert minhash.tolerated(1.0, 32) == 0
