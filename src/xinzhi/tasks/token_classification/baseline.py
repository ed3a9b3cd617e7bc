"""The fixed baseline of this task: a linear CRF on features of tokens and their neighbours."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from xinzhi.data.batching import TokenBudgetSampler
from xinzhi.data.snapshot import Snapshot
from xinzhi.evaluation.baselines import cached
from xinzhi.metrics.spans import bio_names, bio_numbers
from xinzhi.nn.crf import LinearChain, bio_rules
from xinzhi.tasks.token_classification.decoding import best_tags
from xinzhi.tasks.token_classification.features import hashed_features
from xinzhi.tasks.token_classification.judgement import TagJudgement
from xinzhi.tasks.token_classification.rows import Rows, is_by_character, read_rows
from xinzhi.tasks.token_classification.tokens import Ints

_VERSION = 1  # of what is computed, so that an older cache is not believed
_STEPS = 300  # of an epoch, about, where there is enough for it
_FEWEST, _MOST = 256, 4096  # tokens of a batch
_SHOWN = ("entity_f1", "entity_precision", "entity_recall", "entity_f1_macro", "token_accuracy")


class LinearCRF:
    """A linear-chain CRF on hashed features, as CRF++ has them (Lafferty et al. 2001).

    Fitted by Adagrad, which suits features of very unlike frequency (Duchi et al. 2011).

    Args:
        buckets: features share this many weights by hash.
        epochs: passes over the training rows.
        lr: of Adagrad.
    """

    def __init__(self, *, buckets: int = 1 << 20, epochs: int = 5, lr: float = 0.2) -> None:
        self.buckets, self.epochs, self.lr = buckets, epochs, lr

    def metrics(self, snapshot: Snapshot, *, cache_folder: Path) -> dict[str, float]:
        """Gives test metrics of a model fitted to the training rows, cached by data digest."""
        key = f"{snapshot.digest}-crf-{self.buckets}-{self.epochs}-{self.lr:g}-v{_VERSION}"
        return cached(cache_folder, key, lambda: self._fitted(snapshot))

    def _fitted(self, snapshot: Snapshot) -> dict[str, float]:
        train = read_rows(snapshot.table("train"), ())
        test = read_rows(snapshot.table("test"), train.kinds)
        words = not is_by_character(train.tokens)
        made = [
            torch.from_numpy(
                hashed_features(rows.tokens, rows.offsets, buckets=self.buckets, words=words)
            )
            for rows in (train, test)
        ]
        # a generator of its own: what a fit draws from later is left alone
        model = _Linear(self.buckets, bio_names(train.kinds))
        self._fit(model, made[0], train)
        with torch.inference_mode():
            predicted = best_tags(model.chain, model.scores(made[1]), test.offsets)
        judged = TagJudgement(
            kinds=test.kinds,
            known=len(train.kinds),
            gold=bio_numbers(test.spans, len(test.tokens)),
            predicted=predicted,
            offsets=test.offsets,
            loss=float("nan"),
        ).metrics()
        return {f"test/{name}": judged[name] for name in _SHOWN}

    def _fit(self, model: "_Linear", features: Tensor, rows: Rows) -> None:
        targets = torch.from_numpy(bio_numbers(rows.spans, len(rows.tokens)))
        lengths = np.diff(rows.offsets)
        kept = np.flatnonzero(lengths)
        optimizers = [
            torch.optim.Adagrad(model.weights.parameters(), lr=self.lr),
            torch.optim.Adagrad(model.chain.parameters(), lr=self.lr),
        ]
        tokens = int(np.clip(lengths.sum() // _STEPS, _FEWEST, _MOST))
        sampler = TokenBudgetSampler(
            lengths[kept], token_budget=max(tokens, int(lengths.max())), max_examples=tokens, seed=0
        )
        # said aloud, or torch warns of it: gradients of few rows come from torch itself
        invariants: Any = torch.sparse.check_sparse_tensor_invariants
        invariants.disable()
        for epoch in range(self.epochs):
            sampler.set_epoch(epoch)
            for batch in sampler:
                padded = _padded(rows.offsets, kept[batch.indices])
                scores = model.scores(features[padded["places"].flatten()])
                scores = scores.view(*padded["places"].shape, -1)
                each = model.chain.losses(scores, targets[padded["places"]], padded["lengths"])
                for optimizer in optimizers:
                    optimizer.zero_grad()
                loss: Tensor = each.sum() / padded["lengths"].sum()
                loss.backward()  # type: ignore[no-untyped-call]
                for optimizer in optimizers:
                    optimizer.step()


class _Linear(nn.Module):
    """A weight per feature and tag. Shapes: N tokens, F features each, C tags."""

    def __init__(self, buckets: int, tags: tuple[str, ...]) -> None:
        super().__init__()
        self.weights = nn.EmbeddingBag(buckets, len(tags), mode="sum", sparse=True)
        nn.init.zeros_(self.weights.weight)
        self.chain = LinearChain(bio_rules(tags))

    def scores(self, features_NF: Tensor) -> Tensor:
        """Gives the sum of the features' weights, shape (N, C)."""
        total: Tensor = self.weights(features_NF)
        return total


def _padded(offsets: Ints, sentences: Ints) -> Mapping[str, Tensor]:
    lengths = offsets[sentences + 1] - offsets[sentences]
    steps = np.minimum(np.arange(int(lengths.max())), (lengths - 1)[:, None])
    places = offsets[sentences][:, None] + steps
    return {"places": torch.from_numpy(places), "lengths": torch.from_numpy(lengths)}
