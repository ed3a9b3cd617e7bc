"""Tokens, pieces and windows: every token is asked for once, where it is most central."""

import numpy as np
import pyarrow as pa
import pytest

from xinzhi.data.tokenizers import pretrained
from xinzhi.tasks.token_classification.tokens import Cutter, whole
from xinzhi.tasks.token_classification.windows import window_table, windows


@pytest.fixture(scope="module")
def tokenizer():
    return whole(list("他在北京北京上海工作工作"), min_frequency=2)


def test_rare_and_unknown_tokens_are_unknown(tokenizer):
    pieces = Cutter(tokenizer, most=8).cut(["北", "京", "他", "纽", " ", ""])
    unknown = tokenizer.backend.token_to_id("[UNK]")
    assert (pieces.ids == unknown).tolist() == [False, False, True, True, True, True]
    np.testing.assert_array_equal(pieces.offsets, np.arange(7))


def test_tokens_are_normalised_as_one():
    learned = whole(["Ａ", "a", "A", "b"], min_frequency=3)
    assert learned.backend.encode("ａ").ids == learned.backend.encode("A").ids
    assert learned.vocabulary_size == 3  # padding, unknown and a


def test_a_vocabulary_does_not_depend_on_the_order_of_the_rows():
    tokens = list("一二三四五六七八九十") * 3
    assert whole(tokens).backend.to_str() == whole(tokens[::-1]).backend.to_str()


def test_sub_words_are_those_of_the_encoder(encoder):
    tokenizer = pretrained([], encoder=str(encoder))
    cutter = Cutter(tokenizer, most=8)
    pieces = cutter.cut(pa.array(["good", "bad", "good", "\u200d"]))
    assert len(pieces.offsets) == 5
    assert (np.diff(pieces.offsets) >= 1).all()
    first, third = (pieces.ids[slice(*pieces.offsets[at : at + 2])] for at in (0, 2))
    np.testing.assert_array_equal(first, third)
    alone = tokenizer.backend.encode("good")
    np.testing.assert_array_equal(
        np.concatenate([cutter.frame[0], first, cutter.frame[1]]), alone.ids
    )


@pytest.mark.parametrize("seed", range(6))
def test_windows_ask_for_every_token_once_and_never_hold_too_much(seed):
    random = np.random.default_rng(seed)
    counts = random.integers(1, 5, 400)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    cuts = np.sort(random.choice(np.arange(1, 400), 12, replace=False))
    documents = np.concatenate([[0], cuts[:3], cuts[2:3], cuts[3:], [400]])  # one is empty
    found = windows(offsets, documents, room=32)
    asked = np.concatenate(
        [np.arange(b, e) for b, e in zip(found.begins, found.stops, strict=True)]
    )
    np.testing.assert_array_equal(asked, np.arange(400))
    assert ((offsets[found.ends] - offsets[found.firsts]) <= 32).all()
    assert (found.firsts <= found.begins).all()
    assert (found.stops <= found.ends).all()
    home = np.searchsorted(documents, found.begins, "right") - 1
    np.testing.assert_array_equal(np.searchsorted(documents, found.ends - 1, "right") - 1, home)


def test_a_token_is_asked_for_where_it_is_most_central():
    offsets = np.arange(101)
    found = windows(offsets, np.array([0, 100]), room=20)
    assert len(found.firsts) > 5
    for token in range(100):
        (home,) = np.flatnonzero((found.begins <= token) & (token < found.stops))
        seen = np.flatnonzero((found.firsts <= token) & (token < found.ends))
        margins = np.minimum(token - found.firsts, found.ends - 1 - token)
        inner = [one for one in seen if 0 < one < len(found.firsts) - 1]
        if home in inner:
            assert margins[home] >= max(margins[one] for one in inner) - 1


def test_batches_hold_the_pieces_between_the_frame(encoder):
    tokenizer = pretrained([], encoder=str(encoder))
    tokens = ["good", "bad", "fine", "poor", "very"] * 12
    offsets = np.array([0, 3, 60])
    table = window_table(tokenizer, tokens, offsets, max_length=20)
    assert len(table) > 3
    assert table.lengths.max() <= 20
    batch = table.batch(np.arange(len(table)))
    cutter = Cutter(tokenizer, most=5)
    before, behind = cutter.frame
    for row in range(len(table)):
        ids = batch["ids"][row, : batch["lengths"][row]].numpy()
        np.testing.assert_array_equal(ids[: len(before)], before)
        np.testing.assert_array_equal(ids[len(ids) - len(behind) :], behind)
        assert (batch["ids"][row, batch["lengths"][row] :] == tokenizer.pad_id).all()
        for place, token in zip(
            batch["places"][row, : batch["sizes"][row]],
            batch["tokens"][row, : batch["sizes"][row]],
            strict=True,
        ):
            assert ids[place] == cutter.cut([tokens[token]]).ids[0]
