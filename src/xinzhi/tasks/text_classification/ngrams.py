"""Text classifiers over n-grams.

Shapes: B texts, T tokens, D features, C classes.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from xinzhi.data.tokenizers import Tokenizer
from xinzhi.data.tokens import TokenTable
from xinzhi.nn.pooling import token_mask
from xinzhi.tasks.text_classification.model import Headed, token_embedding


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
            total = total + _weighted_sum(
                self.ngrams, hashed_ngrams(ids, order, self.buckets), kept
            )
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


class NgramLinear(nn.Module):
    """Logistic regression on TF-IDF of hashed n-grams (Wang & Manning 2012; Joulin et al. 2017).

    An n-gram that occurs c times in a text counts (1 + log c) · idf, and the vector of a text has
    length 1 before `scale`. The loss is convex: SGD with a little decay of weights finds what an
    exact solver finds, AdamW something worse, since it moves rare n-grams as far as frequent ones.

    Args:
        tokenizer: gives the padding id.
        num_classes: C.
        orders: lengths of the n-grams, 1 for single tokens.
        buckets: n-grams share this many weights by hash.
        min_count: n-grams in fewer training texts count nothing.
        scale: length of a text's vector; the effective learning rate grows with its square.
        training_tokens: the texts that document frequencies are counted on; None leaves them to
            saved weights.
    """

    def __init__(
        self,
        *,
        tokenizer: Tokenizer,
        num_classes: int,
        orders: tuple[int, ...] = (1, 2, 3),
        buckets: int = 1_048_576,
        min_count: int = 2,
        scale: float = 7.0,
        training_tokens: TokenTable | None = None,
    ) -> None:
        super().__init__()
        self.idf: Tensor
        self.orders, self.buckets, self.scale = tuple(orders), buckets, scale
        self.pad_id = tokenizer.pad_id
        self.weights = nn.Embedding(buckets, num_classes)
        nn.init.zeros_(self.weights.weight)
        self.bias = nn.Parameter(torch.zeros(num_classes))
        idf = torch.ones(buckets)
        if training_tokens is not None:
            idf = self._inverse_document_frequency(training_tokens, min_count)
        self.register_buffer("idf", idf)

    def features(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Gives the scores without their bias, shape (B, C)."""
        hashed, counts = self._counted(ids, lengths)
        # c places of an n-gram share its weight, and its square
        each = torch.where(counts > 0, (1 + counts.clamp_min(1).log()) * self.idf[hashed], 0.0)
        shared = counts.clamp_min(1)
        norm = (each.square() / shared).sum(1, keepdim=True).sqrt().clamp_min(1e-12)
        return _weighted_sum(self.weights, hashed, self.scale * each / (shared * norm))

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Gives one score per class, shape (B, C)."""
        scores: Tensor = self.features(ids, lengths) + self.bias
        return scores

    def _counted(self, ids: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Gives the buckets of a text's n-grams, sorted, and how often each occurs; padding 0."""
        mask = token_mask(lengths, ids.shape[1])
        parts = [
            hashed_ngrams(ids, order, self.buckets).masked_fill(~mask[:, order - 1 :], self.buckets)
            for order in self.orders
            if ids.shape[1] >= order
        ]
        ordered = torch.cat(parts, 1).sort(1).values
        first = torch.ones_like(ordered)
        first[:, 1:] = (ordered[:, 1:] != ordered[:, :-1]).long()
        runs = first.cumsum(1) - 1
        lengths_of_runs = torch.zeros_like(ordered).scatter_add_(1, runs, torch.ones_like(ordered))
        counts = lengths_of_runs.gather(1, runs)
        padding = ordered == self.buckets
        return ordered.masked_fill(padding, 0), counts.masked_fill(padding, 0).float()

    def _inverse_document_frequency(self, tokens: TokenTable, min_count: int) -> Tensor:
        """Gives log((1 + N) / (1 + n)) + 1 for n of N texts, 0 where n is too small."""
        texts = torch.zeros(self.buckets)
        for start in range(0, len(tokens), 256):
            ids, lengths = tokens.batch(np.arange(start, min(start + 256, len(tokens))))
            hashed, counts = self._counted(torch.from_numpy(ids), torch.from_numpy(lengths))
            texts.scatter_add_(
                0, hashed.flatten(), (1 / counts.clamp_min(1) * (counts > 0)).flatten()
            )
        texts.round_()  # a text's c places of an n-gram added 1 / c each
        inverse = torch.log((1 + len(tokens)) / (1 + texts)) + 1
        return torch.where(texts >= min_count, inverse, 0.0)


def hashed_ngrams(ids: Tensor, order: int, buckets: int) -> Tensor:
    """Gives the bucket of each n-gram of consecutive ids (B, T), shape (B, T − order + 1)."""
    windows = ids.unfold(1, order, 1)
    hashed = windows[..., 0] + order
    for place in range(1, order):
        hashed = (hashed * 1_000_003 + windows[..., place]) % 2_147_483_647
    return hashed % buckets


def _weighted_sum(table: nn.Embedding, ids: Tensor, weights: Tensor) -> Tensor:
    """Sums vectors of ids (B, T) by weights (B, T) without making them all, shape (B, D)."""
    return F.embedding_bag(ids, table.weight, mode="sum", per_sample_weights=weights)
