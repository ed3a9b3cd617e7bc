"""Tokenizers of text: characters, words, or those of a pretrained encoder, all in one form."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tokenizers

from xinzhi.data.encoders import encoder_folder
from xinzhi.errors import ConfigError

PAD, UNKNOWN = "[PAD]", "[UNK]"


class Encoded(NamedTuple):
    """Token ids of many texts, one after the other: text i is ids[offsets[i]:offsets[i + 1]]."""

    ids: np.ndarray
    offsets: np.ndarray


class Tokenizer:
    """Text to token ids, fast, and the same after save and load.

    Args:
        backend: a tokenizer of the `tokenizers` library.
        pad: the token that fills short texts up.
        unknown: the token for what the vocabulary lacks, if there is one.
    """

    def __init__(self, backend: tokenizers.Tokenizer, *, pad: str, unknown: str | None) -> None:
        backend.no_padding()
        backend.no_truncation()
        pad_id = backend.token_to_id(pad)
        if pad_id is None:
            msg = f"the tokenizer must hold its padding token, {pad!r} is not in its vocabulary"
            raise ConfigError(msg)
        self.backend, self.pad, self.unknown, self.pad_id = backend, pad, unknown, int(pad_id)

    @property
    def vocabulary_size(self) -> int:
        """Number of token ids, added tokens included."""
        return int(self.backend.get_vocab_size(with_added_tokens=True))

    @cached_property
    def identity(self) -> str:
        """A digest of everything that decides how text is cut."""
        return hashlib.sha256(self.backend.to_str().encode()).hexdigest()[:32]

    def encode(self, texts: Sequence[str], *, max_length: int) -> Encoded:
        """Cuts texts into at most `max_length` ids each, never fewer than one."""
        self.backend.enable_truncation(max_length)
        encodings = self.backend.encode_batch_fast(list(texts))
        self.backend.no_truncation()
        pieces = [encoding.ids or [self.pad_id] for encoding in encodings]
        offsets = np.zeros(len(pieces) + 1, dtype=np.int64)
        np.cumsum([len(piece) for piece in pieces], out=offsets[1:])
        ids = np.fromiter((i for piece in pieces for i in piece), np.int32, int(offsets[-1]))
        return Encoded(ids, offsets)

    def unknown_share(self, ids: np.ndarray) -> float:
        """Share of the tokens that the vocabulary lacks, 0 to 1."""
        if self.unknown is None or not len(ids):
            return 0.0
        return float(np.mean(ids == self.backend.token_to_id(self.unknown)))

    def save(self, folder: Path) -> None:
        """Writes tokenizer.json and special_tokens.json into a folder."""
        self.backend.save(str(folder / "tokenizer.json"))
        special = {"pad": self.pad, "unknown": self.unknown}
        (folder / "special_tokens.json").write_text(json.dumps(special), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Tokenizer":
        """Reads what `save` wrote."""
        special = json.loads((folder / "special_tokens.json").read_text(encoding="utf-8"))
        backend = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        return cls(backend, pad=special["pad"], unknown=special["unknown"])


def characters(
    texts: Iterable[str], *, vocabulary_size: int = 8000, min_frequency: int = 2
) -> Tokenizer:
    """Learns a vocabulary of characters, lower-cased and NFKC-normalised."""
    split = tokenizers.pre_tokenizers.Split(tokenizers.Regex("."), "isolated")
    return _learned(texts, [], split, vocabulary_size, min_frequency)


def words(
    texts: Iterable[str], *, vocabulary_size: int = 30000, min_frequency: int = 2
) -> Tokenizer:
    """Learns a vocabulary of words and punctuation marks, lower-cased and NFKC-normalised.

    Chinese characters stand alone, since nothing parts Chinese words.
    """
    apart = tokenizers.normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    split = tokenizers.pre_tokenizers.BertPreTokenizer()
    return _learned(texts, [apart], split, vocabulary_size, min_frequency)


def _learned(
    texts: Iterable[str],
    further: Sequence[tokenizers.normalizers.Normalizer],
    split: tokenizers.pre_tokenizers.PreTokenizer,
    vocabulary_size: int,
    min_frequency: int,
) -> Tokenizer:
    backend = tokenizers.Tokenizer(tokenizers.models.WordLevel(unk_token=UNKNOWN))
    backend.normalizer = tokenizers.normalizers.Sequence(
        [
            tokenizers.normalizers.NFKC(),
            tokenizers.normalizers.Lowercase(),
            *further,
        ]
    )
    backend.pre_tokenizer = split
    trainer = tokenizers.trainers.WordLevelTrainer(
        vocab_size=vocabulary_size,
        min_frequency=min_frequency,
        special_tokens=[PAD, UNKNOWN],
        show_progress=False,
    )
    # sorted: ties of frequency are otherwise broken by the order of the texts
    backend.train_from_iterator(sorted(texts), trainer)
    return Tokenizer(backend, pad=PAD, unknown=UNKNOWN)


def pretrained(texts: Iterable[str], *, encoder: str) -> Tokenizer:  # noqa: ARG001
    """Gives the tokenizer that belongs to a pretrained encoder; it learns nothing from the texts.

    Args:
        texts: not read.
        encoder: `package:minilm`, a directory, or a hub id.

    Raises:
        ConfigError: the encoder has no fast tokenizer.
    """
    from transformers import AutoTokenizer

    loaded = AutoTokenizer.from_pretrained(encoder_folder(encoder))
    backend = getattr(loaded, "backend_tokenizer", None)
    if backend is None or loaded.pad_token is None:
        msg = f"the encoder must have a fast tokenizer with a padding token, {encoder!r} has none"
        raise ConfigError(msg, mend="save one with tokenizer.json beside the encoder")
    return Tokenizer(backend, pad=loaded.pad_token, unknown=loaded.unk_token)
