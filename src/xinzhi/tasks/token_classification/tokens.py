"""Tokens to pieces: one piece each, or the sub-words of a pretrained encoder."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import tokenizers

from xinzhi.data.tokenizers import PAD, UNKNOWN, Tokenizer

Ints = np.ndarray[Any, np.dtype[Any]]


def whole(
    tokens: Iterable[str], *, vocabulary_size: int = 30_000, min_frequency: int = 2
) -> Tokenizer:
    """Learns a vocabulary whose entries are whole tokens, NFKC-normalised and lower-cased.

    Args:
        tokens: of the training rows.
        vocabulary_size: the most frequent ones are kept.
        min_frequency: rarer ones stand for those that training never saw.
    """
    parts = tokenizers.normalizers
    normalizer = parts.Sequence([parts.NFKC(), parts.Lowercase()])
    counts: Counter[str] = Counter()
    for token, count in Counter(tokens).items():
        counts[normalizer.normalize_str(token)] += count
    counts.pop("", None)
    # sorted: ties of frequency are otherwise broken by the order of the rows
    frequent = sorted(counts, key=lambda token: (-counts[token], token))
    kept = [token for token in frequent if counts[token] >= min_frequency][: vocabulary_size - 2]
    vocabulary = {token: number for number, token in enumerate([PAD, UNKNOWN, *kept])}
    model: Any = tokenizers.models.WordLevel
    backend = tokenizers.Tokenizer(model(vocab=vocabulary, unk_token=UNKNOWN))
    backend.normalizer = normalizer
    return Tokenizer(backend, pad=PAD, unknown=UNKNOWN)


class Pieces(NamedTuple):
    """Pieces of tokens: token i has ids[offsets[i]:offsets[i + 1]], at least one."""

    ids: Ints
    offsets: Ints


class Cutter:
    """Cuts tokens, each on its own, as a tokenizer does.

    Args:
        tokenizer: `whole`, or that of a pretrained encoder.
        most: pieces of one token; the rest is cut off.
    """

    def __init__(self, tokenizer: Tokenizer, *, most: int) -> None:
        self.tokenizer, self.most = tokenizer, most
        before: Any = tokenizer.backend.pre_tokenizer
        if hasattr(before, "add_prefix_space"):
            before.add_prefix_space = True  # a token that stands alone begins a word
            tokenizer.backend.pre_tokenizer = before

    @cached_property
    def frame(self) -> tuple[Ints, Ints]:
        """The ids that an encoder wants before and behind a sequence, such as [CLS] and [SEP]."""
        encoding = self.tokenizer.backend.encode("a")
        special = np.array(encoding.special_tokens_mask, bool)
        ids = np.array(encoding.ids, np.int32)
        first = int(np.argmin(special)) if len(special) else 0
        last = len(special) - int(np.argmin(special[::-1])) if len(special) else 0
        return ids[:first], ids[last:]

    def cut(self, tokens: "pa.Array | Sequence[str]") -> Pieces:
        """Cuts all tokens; equal ones are cut once.

        Args:
            tokens: of all sentences in a row.
        """
        array = tokens if isinstance(tokens, pa.Array) else pa.array(tokens, pa.string())
        if not len(array):
            return Pieces(np.zeros(0, np.int32), np.zeros(1, np.int64))
        coded = array.fill_null("").dictionary_encode()
        each = [ids[: self.most] for ids in self._distinct(coded.dictionary.to_pylist())]
        lengths = np.array([len(ids) for ids in each], np.int64)
        begins = np.cumsum(lengths) - lengths
        flat = np.fromiter((one for ids in each for one in ids), np.int32, int(lengths.sum()))
        places = coded.indices.to_numpy()
        offsets = np.zeros(len(places) + 1, np.int64)
        np.cumsum(lengths[places], out=offsets[1:])
        sources = np.repeat(begins[places] - offsets[:-1], lengths[places])
        return Pieces(flat[sources + np.arange(int(offsets[-1]))], offsets)

    def _distinct(self, tokens: Sequence[str]) -> list[list[int]]:
        backend = self.tokenizer.backend
        unknown = self.tokenizer.unknown
        missing = backend.token_to_id(unknown) if unknown else None
        missing = self.tokenizer.pad_id if missing is None else missing
        cut = backend.encode_batch_fast(
            [[token] for token in tokens], is_pretokenized=True, add_special_tokens=False
        )
        return [encoding.ids or [missing] for encoding in cut]
