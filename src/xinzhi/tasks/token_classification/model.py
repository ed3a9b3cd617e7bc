"""Taggers from scratch, over tokens or their pieces.

Shapes: B windows, T pieces, W tokens that are asked for, D features, C tags.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from xinzhi.data.tokenizers import Tokenizer
from xinzhi.data.tokens import TokenTable
from xinzhi.nn.crf import LinearChain, bio_rules
from xinzhi.nn.pooling import token_mask


class Tagger(nn.Module):
    """States of pieces, a linear head on the first piece of each token, and a chain of tags.

    Args:
        width: D.
        tags: C names, O the first, then B-X and I-X of each type.
        dropout: on the states.
        crf: learn which tag follows which; False takes all steps that BIO allows for alike.
    """

    def __init__(self, *, width: int, tags: Sequence[str], dropout: float, crf: bool) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, len(tags))
        self.chain = LinearChain(bio_rules(tags), learned=crf)

    def states(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Gives one vector per piece, shape (B, T, D)."""
        raise NotImplementedError

    def forward(self, ids: Tensor, lengths: Tensor, places: Tensor | None = None) -> Tensor:
        """Gives one score per tag, shape (B, W, C), or (B, T, C) where no places are told.

        Args:
            ids: of the pieces, shape (B, T).
            lengths: pieces of each window, shape (B,).
            places: of the pieces that are asked for, shape (B, W).
        """
        states = self.states(ids, lengths)
        if places is not None:
            states = states.gather(1, places.unsqueeze(2).expand(-1, -1, states.shape[2]))
        scores: Tensor = self.head(self.dropout(states))
        return scores


class TokenVectors(nn.Module):
    """Embeddings of pieces, and of the pairs that each one makes with its neighbours.

    Args:
        tokenizer: gives the size of the vocabulary and the padding id.
        embedding: size of a piece's vector.
        pair_embedding: size of a pair's vector, which each piece has two of; 0 for none. Pairs of
            characters are most of what a Chinese word is told by.
        pairs: most frequent pairs of the training rows that have a vector of their own.
        min_pair_count: rarer pairs have none.
        dropout: on the vectors.
        word_dropout: share of pieces that become unknown while training.
        training_tokens: the pieces that pairs are counted in; None leaves them to saved weights.
    """

    def __init__(
        self,
        *,
        tokenizer: Tokenizer,
        embedding: int,
        pair_embedding: int,
        pairs: int,
        min_pair_count: int,
        dropout: float,
        word_dropout: float,
        training_tokens: TokenTable | None,
    ) -> None:
        super().__init__()
        self.known_pairs: Tensor
        self.width = embedding + 2 * pair_embedding
        self.vocabulary, self.word_dropout = tokenizer.vocabulary_size, word_dropout
        self.embedding = _table(self.vocabulary, embedding, tokenizer.pad_id)
        self.pair_embedding = _table(pairs + 1, pair_embedding, 0) if pair_embedding else None
        self.dropout = nn.Dropout(dropout)
        if pair_embedding:
            known = torch.full((pairs,), torch.iinfo(torch.int64).max)
            if training_tokens is not None:
                found = self._frequent_pairs(training_tokens, pairs, min_pair_count)
                known[: len(found)] = torch.from_numpy(found)
            self.register_buffer("known_pairs", known)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Gives vectors, those of padding zero, shape (B, T, width).

        Args:
            ids: shape (B, T).
            mask: where a piece is, shape (B, T).
        """
        if self.training and self.word_dropout:
            lost = torch.rand(ids.shape, device=ids.device) < self.word_dropout
            ids = ids.masked_fill(lost & mask, 1)  # [UNK], behind [PAD]
        vectors = [self.embedding(ids)]
        if self.pair_embedding is not None:
            codes = ids[:, :-1] * self.vocabulary + ids[:, 1:]
            at = torch.searchsorted(self.known_pairs, codes).clamp(max=len(self.known_pairs) - 1)
            numbers = torch.where((self.known_pairs[at] == codes) & mask[:, 1:], at + 1, 0)
            pairs = self.pair_embedding(numbers)
            vectors += [F.pad(pairs, (0, 0, 1, 0)), F.pad(pairs, (0, 0, 0, 1))]
        dropped: Tensor = self.dropout(torch.cat(vectors, 2))
        return dropped * mask.unsqueeze(2)

    def _frequent_pairs(self, tokens: TokenTable, most: int, least: int) -> np.ndarray:
        """Gives the codes of the most frequent pairs within documents, sorted."""
        codes = tokens.ids[:-1].astype(np.int64) * self.vocabulary + tokens.ids[1:]
        inside = np.ones(len(codes), bool)
        borders = tokens.offsets[1:-1] - 1
        inside[borders[(borders >= 0) & (borders < len(codes))]] = False
        found, counts = np.unique(codes[inside], return_counts=True)
        found, counts = found[counts >= least], counts[counts >= least]
        kept = np.lexsort((found, -counts))[:most]  # ties broken by the code: the same every time
        return np.sort(found[kept])


class BiLSTMTagger(Tagger):
    """A bidirectional LSTM under a CRF (Huang et al. 2015, arXiv:1508.01991; Lample et al. 2016).

    Args:
        tokenizer: gives the size of the vocabulary and the padding id.
        tags: C names.
        embedding: size of a token's vector.
        pair_embedding: size of the vector of two neighbours; 0 for none.
        pairs: most frequent pairs that have a vector.
        min_pair_count: rarer pairs have none.
        hidden: units per direction.
        layers: LSTMs on top of each other.
        dropout: on embeddings, between layers and on states.
        word_dropout: share of tokens that become unknown while training.
        crf: learn which tag follows which.
        training_tokens: what pairs are counted in.
    """

    def __init__(  # noqa: PLR0913 - keyword-only settings
        self,
        *,
        tokenizer: Tokenizer,
        tags: Sequence[str],
        embedding: int = 128,
        pair_embedding: int = 64,
        pairs: int = 60_000,
        min_pair_count: int = 2,
        hidden: int = 128,
        layers: int = 1,
        dropout: float = 0.5,
        word_dropout: float = 0.0,
        crf: bool = True,
        training_tokens: TokenTable | None = None,
    ) -> None:
        super().__init__(width=2 * hidden, tags=tags, dropout=dropout, crf=crf)
        self.vectors = TokenVectors(
            tokenizer=tokenizer,
            embedding=embedding,
            pair_embedding=pair_embedding,
            pairs=pairs,
            min_pair_count=min_pair_count,
            dropout=dropout,
            word_dropout=word_dropout,
            training_tokens=training_tokens,
        )
        widths = [self.vectors.width] + [2 * hidden] * (layers - 1)
        self.ahead = nn.ModuleList(nn.LSTM(width, hidden, batch_first=True) for width in widths)
        self.behind = nn.ModuleList(nn.LSTM(width, hidden, batch_first=True) for width in widths)

    def states(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Gives both directions' hidden states, shape (B, T, 2 × hidden)."""
        mask = token_mask(lengths, ids.shape[1])
        # turned round within its length, a window's padding comes last in both directions: as
        # padded tensors the LSTMs take a third of the time of packed sequences
        places = torch.arange(ids.shape[1], device=ids.device)
        turned = torch.where(mask, lengths[:, None] - 1 - places, places).unsqueeze(2)
        states: Tensor = self.vectors(ids, mask)
        for number, (ahead, behind) in enumerate(zip(self.ahead, self.behind, strict=True)):
            states = self.dropout(states) if number else states
            back = behind(states.gather(1, turned.expand_as(states)))[0]
            states = torch.cat([ahead(states)[0], back.gather(1, turned.expand_as(back))], 2)
        return states


class DilatedCNN(Tagger):
    """Residual convolutions of growing dilation (Strubell et al. 2017, arXiv:1702.02098).

    Args:
        tokenizer: gives the size of the vocabulary and the padding id.
        tags: C names.
        embedding: size of a token's vector.
        pair_embedding: size of the vector of two neighbours; 0 for none.
        pairs: most frequent pairs that have a vector.
        min_pair_count: rarer pairs have none.
        channels: D.
        dilations: of each layer of width 3.
        dropout: on embeddings, in layers and on states.
        word_dropout: share of tokens that become unknown while training.
        crf: learn which tag follows which.
        training_tokens: what pairs are counted in.
    """

    def __init__(  # noqa: PLR0913 - keyword-only settings
        self,
        *,
        tokenizer: Tokenizer,
        tags: Sequence[str],
        embedding: int = 128,
        pair_embedding: int = 64,
        pairs: int = 60_000,
        min_pair_count: int = 2,
        channels: int = 256,
        dilations: tuple[int, ...] = (1, 2, 4, 1, 2, 4),
        dropout: float = 0.3,
        word_dropout: float = 0.0,
        crf: bool = True,
        training_tokens: TokenTable | None = None,
    ) -> None:
        super().__init__(width=channels, tags=tags, dropout=dropout, crf=crf)
        self.vectors = TokenVectors(
            tokenizer=tokenizer,
            embedding=embedding,
            pair_embedding=pair_embedding,
            pairs=pairs,
            min_pair_count=min_pair_count,
            dropout=dropout,
            word_dropout=word_dropout,
            training_tokens=training_tokens,
        )
        self.entry = nn.Linear(self.vectors.width, channels)
        self.norms = nn.ModuleList(nn.LayerNorm(channels) for _ in dilations)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(channels, channels, 3, padding=one, dilation=one) for one in dilations
        )
        self.last_norm = nn.LayerNorm(channels)

    def states(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Gives the last layer's channels, shape (B, T, D)."""
        mask = token_mask(lengths, ids.shape[1]).unsqueeze(2)
        states = self.entry(self.vectors(ids, mask.squeeze(2)))
        for norm, convolution in zip(self.norms, self.convolutions, strict=True):
            shown = (norm(states) * mask).transpose(1, 2)
            states = states + self.dropout(F.gelu(convolution(shown))).transpose(1, 2)
        normed: Tensor = self.last_norm(states)
        return normed


def _table(rows: int, width: int, pad_id: int) -> nn.Embedding:
    """Gives vectors, that of the padding zero, shape (rows, width)."""
    table = nn.Embedding(rows, width, padding_idx=pad_id)
    nn.init.normal_(table.weight, std=0.1)
    with torch.no_grad():
        table.weight[pad_id].zero_()
    return table
