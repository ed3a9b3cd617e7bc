"""From a snapshot of triples to batches of queries."""

from functools import cached_property
from typing import Any, Literal

import lightning as L
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from xinzhi.data.batching import Batch
from xinzhi.data.snapshot import SPLITS, Snapshot
from xinzhi.errors import DataError
from xinzhi.tasks.link_prediction.graph import Edges, Names, Queries, together
from xinzhi.training.batches import check_at_least, loader

Training = Literal["auto", "softmax", "bce", "sampled"]
COLUMNS = ("head", "relation", "tail")
_ALL_ENTITIES = 20_000  # up to which, and
_ALL_SCORES = 4_000_000_000  # an epoch's scores up to which, every entity is scored in a step
_MANY = 100_000  # queries from which batches are larger
_SHOWN = 3


class QueryBatches(Dataset[dict[str, Tensor]]):
    """Queries of a split; an index is a whole batch of them.

    Args:
        queries: in training those about known entities only.
        labels: edges whose targets are all right answers of a query; None where each query has its
            own target alone.
        num_entities: E.
    """

    def __init__(
        self, queries: Queries, *, labels: Edges | None = None, num_entities: int = 0
    ) -> None:
        self.queries, self.labels, self.num_entities = queries, labels, num_entities

    def __getitem__(self, batch: Batch) -> dict[str, Tensor]:
        rows = torch.from_numpy(batch.indices)
        some = self.queries.at(rows)
        given = {"anchors": some.anchors, "relations": some.relations, "targets": some.targets}
        if self.labels is not None:
            # written out here and not on the device, where it would make the step wait
            places, right = self.labels.followed(some.anchors, some.relations)
            given["labels"] = places * self.num_entities + right
        return given | {"rows": rows, "step_examples": torch.tensor(batch.step_examples)}

    def __len__(self) -> int:
        return len(self.queries.anchors)


class LinkPredictionData(L.LightningDataModule):
    """Triples of a snapshot, each asked for its tail and for its head.

    Args:
        snapshot: columns head, relation and tail of train, val and test.
        training: softmax: a query has one right answer among all entities; bce: all its right
            answers at once (Dettmers et al. 2018, 1-N); sampled: one among some drawn at random;
            auto: softmax where all entities can be scored in every step, else sampled.
        max_examples: queries of a batch; None takes 256, or 1024 where there are many.
        chunk_scores: scores that an evaluation holds at once (queries × entities), at most.
        max_val: triples that validation looks at, at most, evenly picked.
        seed: of the batches' composition and order.
    """

    def __init__(
        self,
        *,
        snapshot: Snapshot,
        training: Training = "auto",
        max_examples: int | None = None,
        chunk_scores: int = 8_000_000,
        max_val: int = 10_000,
        seed: int = 0,
    ) -> None:
        super().__init__()
        check_at_least({"chunk_scores": chunk_scores, "max_val": max_val})
        check_at_least({"max_examples": 1 if max_examples is None else max_examples})
        self.snapshot, self.seed = snapshot, seed
        self.chunk_scores, self.max_val = chunk_scores, max_val
        self._columns = {name: _columns(snapshot, name) for name in SPLITS}
        self.names = Names.of([self._columns[name] for name in SPLITS])
        self.queries = {name: self.names.queries(self._columns[name]) for name in SPLITS}
        self.training = self._chosen(training)
        many = len(self.queries["train"].anchors) >= _MANY
        self.max_examples = max_examples or (1024 if many else 256)

    def _chosen(self, training: Training) -> Literal["softmax", "bce", "sampled"]:
        if training != "auto":
            return training
        entities, asked = self.names.num_entities, len(self.queries["train"].anchors)
        few = entities <= _ALL_ENTITIES and entities * asked <= _ALL_SCORES
        return "softmax" if few else "sampled"

    @cached_property
    def edges(self) -> Edges:
        """The edges of training, in both directions."""
        return Edges(self.queries["train"], num_entities=len(self.names.entities))

    @cached_property
    def known(self) -> Edges:
        """The edges of all splits: what does not count against a right answer's rank."""
        return Edges(together(list(self.queries.values())), num_entities=len(self.names.entities))

    @property
    def chunk_rows(self) -> int:
        """Queries that are scored together when they are judged."""
        return max(1, self.chunk_scores // max(1, len(self.names.entities)))

    def model_inputs(self) -> dict[str, Any]:
        """Gives what a model of this graph may be built from."""
        return {
            "num_entities": self.names.num_entities,
            "num_relations": self.names.num_relations,
        }

    def split(self, name: str) -> QueryBatches:
        """Gives the queries of train, val or test."""
        queries = self.queries[name]
        if name == "train" and self.training == "bce":
            width = len(self.names.entities)
            keys = torch.unique(queries.relations * width + queries.anchors)
            asked = Queries(keys % width, keys // width, torch.full_like(keys, -1))
            return QueryBatches(asked, labels=self.edges, num_entities=self.names.num_entities)
        if name == "val":
            rows = self.picked(name)
            queries = queries.at(torch.cat([rows, rows + len(queries.anchors) // 2]))
        return QueryBatches(queries)

    def picked(self, name: str) -> Tensor:
        """Gives the triples of a split that are judged, each asked for its tail and its head."""
        triples = len(self.queries[name].anchors) // 2
        most = min(self.max_val, triples) if name == "val" else triples
        return torch.from_numpy(np.linspace(0, triples - 1, most).round().astype(np.int64))

    def unseen(self, name: str) -> int:
        """Counts the triples of a split with an entity or relation that training never saw."""
        queries = self.queries[name]
        triples = len(queries.anchors) // 2
        odd = torch.maximum(queries.anchors[:triples], queries.targets[:triples])
        strange = (odd >= self.names.num_entities) | (
            queries.relations[:triples] >= 2 * self.names.num_relations
        )
        return int(strange.sum())

    def check(self) -> None:
        """Refuses graphs in which nothing is to be found.

        Raises:
            DataError: there are fewer than two entities.
        """
        if self.names.num_entities < 2:
            msg = "training triples must name at least two entities, they name one"
            raise DataError(msg)

    def warnings(self) -> list[str]:
        """Says what validation and test ask that training never saw."""
        strange = [
            *self.names.entities[self.names.num_entities :],
            *self.names.relations[self.names.num_relations :],
        ]
        shown = ", ".join(strange[:_SHOWN]) + (", …" if len(strange) > _SHOWN else "")
        return [
            f"{count:,} of {self.snapshot.counts[name]:,} {name} triples name an entity or a "
            f"relation that training never saw ({shown}): they are ranked behind all others"
            for name in ("val", "test")
            if (count := self.unseen(name))
        ]

    def _loader(self, name: str, *, size: int, shuffle: bool) -> DataLoader[Any]:
        return loader(
            self.split(name),
            max_examples=size,
            trainer=self.trainer,
            shuffle=shuffle,
            seed=self.seed,
        )

    def train_dataloader(self) -> DataLoader[Any]:
        """Gives the training batches, others in every epoch."""
        return self._loader("train", size=self.max_examples, shuffle=True)

    def val_dataloader(self) -> DataLoader[Any]:
        """Gives the validation queries in chunks of bounded memory."""
        return self._loader("val", size=self.chunk_rows, shuffle=False)

    def test_dataloader(self) -> DataLoader[Any]:
        """Gives the test queries in chunks of bounded memory."""
        return self._loader("test", size=self.chunk_rows, shuffle=False)


def _columns(snapshot: Snapshot, split: str) -> dict[str, list[str]]:
    table = snapshot.table(split, COLUMNS)
    return {name: list(map(str, table[name].to_pylist())) for name in COLUMNS}
