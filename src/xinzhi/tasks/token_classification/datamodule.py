"""From a snapshot of tokens and tags to token-budget batches."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import lightning as L
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from xinzhi.data.batching import Batch, plan_sizes
from xinzhi.data.snapshot import SPLITS, Snapshot
from xinzhi.data.tokenizers import Tokenizer
from xinzhi.data.tokens import TokenTable
from xinzhi.errors import DataError
from xinzhi.metrics.spans import Ints, bio_names, bio_numbers
from xinzhi.tasks.token_classification.rows import Rows, is_by_character, read_rows
from xinzhi.tasks.token_classification.windows import WindowTable, window_table
from xinzhi.training.batches import check_at_least, loader, splits_of

_UNKNOWN_WARNING = 0.1
_SHORTEST = 16


class TagBatches(Dataset[dict[str, Tensor]]):
    """Windows of a split; an index is a whole batch of them.

    Args:
        table: the windows.
        targets: number of each token's tag, shape (tokens,).
    """

    def __init__(self, table: WindowTable, targets: Ints) -> None:
        self.table, self.targets = table, torch.from_numpy(targets)

    def __getitem__(self, batch: Batch) -> dict[str, Tensor]:
        made = self.table.batch(batch.indices)
        targets = self.targets[made["tokens"]]
        # a window that is asked for from inside an entity on learns it as if it began there
        targets[:, 0] -= ((targets[:, 0] > 0) & (targets[:, 0] % 2 == 0)).long()
        step_examples = torch.tensor(batch.step_examples)
        rows = torch.from_numpy(np.asarray(batch.indices))
        return made | {"targets": targets, "rows": rows, "step_examples": step_examples}

    def __len__(self) -> int:
        return len(self.table)


class TokenClassificationData(L.LightningDataModule):
    """Tokens and BIO tags of a snapshot as batches of similar length under a token budget.

    Tags may come as BIO, IOB1, BMES or BILOU: what is learned and judged are entities, by the
    rules of conlleval.

    Args:
        snapshot: tokens and tags of train, val and test.
        tokenizer: learns a vocabulary from the training tokens, or brings a pretrained one.
        max_length: pieces of a window; longer documents are cut into windows that overlap.
        token_budget: pieces of a padded batch, at most.
        max_examples: windows of a batch, at most.
        seed: of the batches' composition and order.
    """

    def __init__(
        self,
        *,
        snapshot: Snapshot,
        tokenizer: Callable[[Iterable[str]], Tokenizer],
        max_length: int = 256,
        token_budget: int = 4096,
        max_examples: int = 64,
        seed: int = 0,
    ) -> None:
        super().__init__()
        check_at_least({"max_examples": max_examples})
        check_at_least({"max_length": max_length}, _SHORTEST)
        self.snapshot, self._learn = snapshot, tokenizer
        self.max_length, self.token_budget = max_length, token_budget
        self.max_examples, self.seed = max_examples, seed
        self._rows: dict[str, Rows] = {}
        self._splits: dict[str, TagBatches] = {}

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer, learned from the training tokens where it is not a pretrained one."""
        return self._learn(self.rows("train").tokens.to_pylist())

    @cached_property
    def types(self) -> tuple[str, ...]:
        """The types of entities in the training rows, sorted."""
        return self.rows("train").kinds

    @property
    def tags(self) -> tuple[str, ...]:
        """O, and B and I of each type."""
        return bio_names(self.types)

    @cached_property
    def by_character(self) -> bool:
        """Whether tokens are characters, as Chinese is mostly annotated, and not words."""
        return is_by_character(self.rows("train").tokens)

    def setup(self, stage: str | None = None) -> None:
        """Cuts the splits that a stage needs."""
        for name in splits_of(stage):
            self.split(name)

    def rows(self, name: str) -> Rows:
        """Gives tokens and entities of train, val or test."""
        if name not in self._rows:
            known = () if name == "train" else self.types
            self._rows[name] = read_rows(self.snapshot.table(name), known)
        return self._rows[name]

    def split(self, name: str) -> TagBatches:
        """Gives the windows of train, val or test."""
        if name not in self._splits:
            rows = self.rows(name)
            table = window_table(
                self.tokenizer, rows.tokens, rows.offsets, max_length=self.max_length
            )
            targets = bio_numbers(rows.spans, len(rows.tokens))
            targets[targets >= len(self.tags)] = 0  # a model cannot be asked for unseen types
            self._splits[name] = TagBatches(table, targets)
        return self._splits[name]

    def model_inputs(self) -> dict[str, Any]:
        """Gives what a model of this data may be built from."""
        pieces = self.split("train").table.pieces
        documents = pieces.offsets[self.rows("train").offsets]
        return {
            "tokenizer": self.tokenizer,
            "tags": self.tags,
            "training_tokens": TokenTable(pieces.ids, documents, pad_id=self.tokenizer.pad_id),
        }

    def check(self) -> None:
        """Refuses training rows without entities, and a budget that a window does not fit into.

        Raises:
            DataError: there are no entities, or no tokens.
        """
        if not self.types:
            msg = "the training rows must hold entities, every tag is O"
            raise DataError(msg, mend="tag entities as B-TYPE and I-TYPE")
        for name in SPLITS:
            table = self.split(name).table
            if not len(table):
                msg = f"the {name} rows must hold tokens, they hold none"
                raise DataError(msg)
            plan_sizes(
                table.lengths, token_budget=self.token_budget, max_examples=self.max_examples
            )

    def warnings(self) -> list[str]:
        """Says what is odd about the tokens as this tokenizer sees them, and about the tags."""
        found = []
        share = self.tokenizer.unknown_share(self.split("train").table.pieces.ids)
        if share > _UNKNOWN_WARNING:
            found.append(
                f"the tokenizer turns {share:.0%} of the tokens into {self.tokenizer.unknown}: "
                "choose a model from scratch (model=bilstm_crf), or an encoder of this language "
                "(model=encoder model.encoder=DIRECTORY)"
            )
        for name in ("val", "test"):
            if unseen := self.rows(name).unseen(len(self.types)):
                told = ", ".join(f"{kind} ({count})" for kind, count in unseen.most_common())
                found.append(
                    f"the {name} rows hold types of entities that training never saw, which count "
                    f"as missed: {told}"
                )
        return found

    def _loader(self, name: str, *, shuffle: bool) -> DataLoader[Any]:
        examples = self.split(name)
        return loader(
            examples,
            lengths=examples.table.lengths,
            token_budget=self.token_budget,
            max_examples=self.max_examples if shuffle else 4 * self.max_examples,
            trainer=self.trainer,
            shuffle=shuffle,
            seed=self.seed,
        )

    def train_dataloader(self) -> DataLoader[Any]:
        """Gives the training batches, others in every epoch."""
        return self._loader("train", shuffle=True)

    def val_dataloader(self) -> DataLoader[Any]:
        """Gives the validation batches."""
        return self._loader("val", shuffle=False)

    def test_dataloader(self) -> DataLoader[Any]:
        """Gives the test batches."""
        return self._loader("test", shuffle=False)
