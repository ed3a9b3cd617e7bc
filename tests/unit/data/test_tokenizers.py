"""Tokenizers: what is cut, that order does not matter, and save → load → the same."""

import numpy as np
import pytest

from xinzhi.data.tokenizers import Tokenizer, characters, words
from xinzhi.data.tokens import TokenTable

TEXTS = ["质量很好，物流快", "很好很好！", "Broken on day 2", "broken again", "ﬁne ＡＢ"]


def pieces(tokenizer, text):
    ids = tokenizer.encode([text], max_length=99).ids
    return [tokenizer.backend.id_to_token(int(i)) for i in ids]


def test_characters_are_single_and_normalised():
    tokenizer = characters(TEXTS, min_frequency=1)
    assert pieces(tokenizer, "很好") == ["很", "好"]
    assert pieces(tokenizer, "ﬁＡ") == ["f", "i", "a"]
    assert pieces(tokenizer, "龘") == ["[UNK]"]


def test_words_part_punctuation_and_chinese_characters():
    tokenizer = words(TEXTS, min_frequency=1)
    assert pieces(tokenizer, "Broken; again") == ["broken", "[UNK]", "again"]
    assert pieces(tokenizer, "很好") == ["很", "好"]


@pytest.mark.parametrize("learn", [characters, words])
def test_order_of_texts_does_not_matter(learn):
    assert learn(TEXTS).identity == learn(TEXTS[::-1]).identity


@pytest.mark.parametrize("learn", [characters, words])
def test_saved_and_loaded_is_the_same(learn, tmp_path):
    before = learn(TEXTS)
    before.save(tmp_path)
    after = Tokenizer.load(tmp_path)
    assert after.identity == before.identity
    np.testing.assert_array_equal(
        before.encode(TEXTS, max_length=7).ids, after.encode(TEXTS, max_length=7).ids
    )


def test_long_texts_are_cut_and_empty_ones_keep_a_place():
    tokenizer = characters(TEXTS, min_frequency=1)
    encoded = tokenizer.encode(["很" * 50, "", "好"], max_length=10)
    assert np.diff(encoded.offsets).tolist() == [10, 1, 1]
    assert encoded.ids[10] == tokenizer.pad_id


def test_unknown_share():
    tokenizer = characters(["aab"], min_frequency=1)
    assert tokenizer.unknown_share(tokenizer.encode(["abzz"], max_length=9).ids) == 0.5


def test_token_table_pads_to_the_longest_of_the_batch():
    table = TokenTable(np.arange(1, 7, dtype=np.int32), np.array([0, 2, 3, 6]), pad_id=0)
    ids, lengths = table.batch(np.array([1, 0]))
    assert ids.tolist() == [[3, 0], [1, 2]]
    assert lengths.tolist() == [1, 2]
