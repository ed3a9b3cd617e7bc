"""Token caches: the same ids as cut one by one, mapped and never copied."""

import numpy as np
import pyarrow as pa
import pytest

from xinzhi.data import tokens
from xinzhi.data.tokenizers import characters


class Texts:
    """As much of a snapshot as a cache asks for."""

    def __init__(self, texts):
        self.digest, self._texts = "0" * 32, texts

    def table(self, split):  # noqa: ARG002
        return pa.table({"text": self._texts})

    def order(self, split):  # noqa: ARG002
        return self.digest


@pytest.fixture
def tokenizer():
    return characters(["abc", "好的"], min_frequency=1)


@pytest.mark.parametrize("texts", [["abc", "", "a", "好的的好"] * 5, ["b"], []], ids=len)
def test_a_cache_holds_what_the_tokenizer_gives(texts, tokenizer, tmp_path, monkeypatch):
    monkeypatch.setattr(tokens, "_CHUNK_ROWS", 3)
    for _ in range(2):  # written, then opened
        cached = tokens.cached_tokens(
            Texts(pa.array(texts, pa.string())), "train", tokenizer, max_length=3, folder=tmp_path
        )
        assert len(cached) == len(texts)
        for row, text in enumerate(texts):
            expected = tokenizer.encode([text], max_length=3).ids
            np.testing.assert_array_equal(cached.batch(np.array([row]))[0][0], expected)
    assert [path.suffix for path in sorted(tmp_path.iterdir())] == [".arrow", ".lock"]


def test_many_texts_are_one_mapped_array(tokenizer, tmp_path, monkeypatch):
    monkeypatch.setattr(tokens, "_CHUNK_ROWS", 100)
    texts = pa.array(["abc"] * 1000)
    before = pa.total_allocated_bytes()
    folder = tmp_path / "fresh"
    tokens.cached_tokens(Texts(texts), "train", tokenizer, max_length=8, folder=folder)
    cached = tokens.cached_tokens(Texts(texts), "train", tokenizer, max_length=8, folder=folder)
    assert not cached.ids.flags.owndata
    assert not cached.ids.flags.writeable
    assert pa.total_allocated_bytes() - before < cached.ids.nbytes
