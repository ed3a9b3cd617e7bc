"""Text classifiers over n-grams, alone and beside convolutions.

Shapes: B texts, T tokens, D features, C classes.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from xinzhi.data.tokenizers import Tokenizer
from xinzhi.nn.pooling import token_mask
from xinzhi.tasks.text_classification.model import Headed, TextCNN, token_embedding


class NgramBag(Headed):
    """The mean of embeddings of tokens and hashed n-grams (Joulin et al. 2017, fastText).

    Args:
        tokenizer: gives the size of the vocabulary and the padding id.
        num_classes: C.
        embedding: size of a vector.
        orders: lengths of the n-grams beside single tokens.
        buckets: n-grams share this many vectors by hash.
        dropout: on the mean.
        word_dropout: share of tokens and n-grams left out of the mean while training (Iyyer et al.
            2015, deep averaging networks).
    """

    def __init__(
        self,
        *,
        tokenizer: Tokenizer,
        num_classes: int,
        embedding: int = 100,
        orders: tuple[int, ...] = (2, 3),
        buckets: int = 200_000,
        dropout: float = 0.2,
        word_dropout: float = 0.0,
    ) -> None:
        super().__init__(width=embedding, num_classes=num_classes, dropout=dropout)
        # small at first, so that n-grams seen once add no noise to the mean
        self.embedding = token_embedding(tokenizer, embedding, std=1 / embedding)
        self.ngrams = nn.Embedding(buckets, embedding)
        nn.init.normal_(self.ngrams.weight, std=1 / embedding)
        self.orders, self.buckets = tuple(orders), buckets
        self.word_dropout = word_dropout

    def features(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Gives the mean over tokens and n-grams, shape (B, D)."""
        mask = token_mask(lengths, ids.shape[1])
        kept = self._kept(mask)
        total, count = _weighted_sum(self.embedding, ids, kept), kept.sum(1)
        for order in self.orders:
            if ids.shape[1] < order:
                continue
            kept = self._kept(mask[:, order - 1 :])
            total = total + _weighted_sum(self.ngrams, self._hashed(ids, order), kept)
            count = count + kept.sum(1)
        # by the root of the count, as the length of a TF-IDF vector grows: a long text that says
        # the same again is surer of it, which a mean would forget
        features: Tensor = total / count.clamp_min(1).sqrt().unsqueeze(-1)
        return features

    def _kept(self, mask: Tensor) -> Tensor:
        """Gives 1 where a place counts, 0 where it is padding or left out, shape as the mask."""
        if not self.training or not self.word_dropout:
            return mask.float()
        return mask * (torch.rand_like(mask, dtype=torch.float32) >= self.word_dropout).float()

    def _hashed(self, ids: Tensor, order: int) -> Tensor:
        windows = ids.unfold(1, order, 1)  # (B, T − order + 1, order)
        hashed = windows[..., 0] + order
        for place in range(1, order):
            hashed = (hashed * 1_000_003 + windows[..., place]) % 2_147_483_647
        return hashed % self.buckets


class WideTextCNN(Headed):
    """A TextCNN and a bag of n-grams under one head (Cheng et al. 2016, Wide & Deep).

    The bag remembers phrases, the convolutions generalise over them: from scratch on a few thousand
    texts the two together reach what neither does alone.

    Args:
        tokenizer: gives the size of the vocabulary and the padding id.
        num_classes: C.
        embedding: size of a token's vector in the convolutions.
        channels: filters per width.
        kernel_sizes: widths in tokens.
        dropout: on embeddings and features of the convolutions.
        bag: arguments of NgramBag beside tokenizer and num_classes.
    """

    def __init__(
        self,
        *,
        tokenizer: Tokenizer,
        num_classes: int,
        embedding: int = 128,
        channels: int = 128,
        kernel_sizes: tuple[int, ...] = (2, 3, 4),
        dropout: float = 0.5,
        bag: Mapping[str, Any] | None = None,
    ) -> None:
        convolutions = TextCNN(
            tokenizer=tokenizer,
            num_classes=num_classes,
            embedding=embedding,
            channels=channels,
            kernel_sizes=kernel_sizes,
            dropout=dropout,
        )
        ngrams = NgramBag(tokenizer=tokenizer, num_classes=num_classes, **(bag or {}))
        widths = (convolutions.head.in_features, ngrams.head.in_features)
        super().__init__(width=sum(widths), num_classes=num_classes, dropout=0.0)
        del convolutions.head, ngrams.head
        self.deep, self.wide, self.deep_dropout = convolutions, ngrams, nn.Dropout(dropout)

    def features(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Gives the features of both, shape (B, D)."""
        deep = self.deep_dropout(self.deep.features(ids, lengths))
        return torch.cat([deep, self.wide.features(ids, lengths)], 1)


def _weighted_sum(table: nn.Embedding, ids: Tensor, weights: Tensor) -> Tensor:
    """Sums vectors of ids (B, T) by weights (B, T) without making them all, shape (B, D)."""
    return F.embedding_bag(ids, table.weight, mode="sum", per_sample_weights=weights)
