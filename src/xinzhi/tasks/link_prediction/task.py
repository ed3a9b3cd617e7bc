"""What is learned of triples: loss, optimiser and ranks around a model of scores.

Shapes: B queries, E entities, K negatives.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import lightning as L
import torch
from torch import Tensor
from torch.nn import functional as F

from xinzhi.config.near import UnknownNameError
from xinzhi.errors import ConfigError
from xinzhi.evaluation.keys import keys
from xinzhi.metrics.ranking import ranking_scores, top_scores
from xinzhi.nn.losses import losses
from xinzhi.tasks.link_prediction.blending import Blend, best_weight, of_items
from xinzhi.tasks.link_prediction.datamodule import LinkPredictionData
from xinzhi.tasks.link_prediction.graph import Queries
from xinzhi.tasks.link_prediction.inference import write_bundle
from xinzhi.tasks.link_prediction.judgement import RankJudgement
from xinzhi.tasks.link_prediction.judging import Judge, Scorer
from xinzhi.tasks.link_prediction.mining import RuleMiner
from xinzhi.tasks.link_prediction.model import TripleModel
from xinzhi.tasks.link_prediction.negatives import sampled_losses
from xinzhi.tasks.link_prediction.neighbours import WEIGHTS as NEIGHBOUR_WEIGHTS
from xinzhi.tasks.link_prediction.neighbours import Neighbours
from xinzhi.tasks.link_prediction.outcomes import Best, outcomes
from xinzhi.tasks.link_prediction.recommendation import PLACES, recommending
from xinzhi.training.gathering import gathered
from xinzhi.training.steps import check_share, log_split, optimisation, step_loss

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from xinzhi.data.snapshot import Snapshot
    from xinzhi.evaluation.outcomes import Outcomes

_WEIGHED = 2_000  # validation queries that the rules' weight is chosen on, at most


class LinkPrediction(L.LightningModule):
    """Fits a model to triples and ranks the right answers of validation and test.

    Args:
        model: anchors and directed relations to scores of entities.
        datamodule: gives names, edges and the way of training.
        optimizer: makes an optimiser of parameter groups.
        scheduler: makes a schedule of an optimiser and `total_steps`; None keeps the rate.
        architecture: target and arguments of the model, kept with its weights.
        n3: weight of the cubes of what a triple is scored by (Lacroix et al. 2018).
        label_smoothing: share of a target spread over all entities.
        negatives: entities drawn for a batch, with training=sampled.
        adversarial: how much more the harder of them count (Sun et al. 2019); None takes the
            softmax over them and the right one.
        rules: finds rules that are added to the scores where validation gains by it, and that
            explain answers; None does without.
        recommend: relation whose best ten new tails for each head are judged.
        answers: entities that an answer lists.
    """

    # what validation measures: an objective is judged by it before torch is loaded
    measures = (
        "mrr",
        "hits_at_1",
        "hits_at_3",
        "hits_at_10",
        "mean_rank",
        "loss",
        "recall_at_10",
        "ndcg_at_10",
    )

    def __init__(  # noqa: PLR0913 - keyword-only settings
        self,
        *,
        model: TripleModel,
        datamodule: LinkPredictionData,
        optimizer: Callable[..., torch.optim.Optimizer],
        scheduler: Callable[..., Any] | None = None,
        architecture: Mapping[str, Any] | None = None,
        n3: float = 0.0,
        label_smoothing: float = 0.0,
        negatives: int = 512,
        adversarial: float | None = 1.0,
        rules: RuleMiner | None = None,
        recommend: str | None = None,
        answers: int = 10,
    ) -> None:
        super().__init__()
        check_share("label_smoothing", label_smoothing, with_0=True)
        _check_counts({"negatives": negatives, "answers": answers})
        self.model, self.architecture = model, dict(architecture or {})
        self._data, self._judge_of = datamodule, Judge(datamodule.names, datamodule.known)
        self.names, self.training_by = datamodule.names, datamodule.training
        self._optimizer, self._scheduler = optimizer, scheduler
        self.n3, self.label_smoothing = n3, label_smoothing
        self.negatives, self.adversarial = negatives, adversarial
        self._miner, self.answers = rules, answers
        self.recommended = self._relation(recommend)
        self.judgements: dict[str, RankJudgement] = {}
        self._blend: Blend | None = None
        self._neighbour_weight: float | None = None
        self._seen: list[tuple[Tensor, ...]] = []

    def _relation(self, name: str | None) -> int | None:
        if name is None:
            return None
        known = self.names.relations[: self.names.num_relations]
        if name not in known:
            raise UnknownNameError("task.recommend=", name, known)
        return self.names.relation[name]

    def forward(self, anchors: Tensor, relations: Tensor) -> Tensor:
        """Gives scores of all entities, shape (B, E), in single precision."""
        # half precision would make ties of what is not alike
        with torch.autocast(anchors.device.type, enabled=False):
            scores: Tensor = self.model(anchors, relations)
        return scores.float()

    def _losses(self, batch: Mapping[str, Tensor]) -> Tensor:
        anchors, relations, targets = batch["anchors"], batch["relations"], batch["targets"]
        if self.training_by == "sampled":
            each = sampled_losses(
                self.model, anchors, relations, targets,
                negatives=self.negatives, adversarial=self.adversarial,
            )  # fmt: skip
        else:
            scores = self.model(anchors, relations).float()
            wanted = _labels(scores, batch["labels"]) if "labels" in batch else targets
            each = losses(scores, wanted, label_smoothing=self.label_smoothing)
        if self.n3:
            asked = None if "labels" in batch else targets
            each = each + self.n3 * self.model.cubes(anchors, relations, asked)
        return each

    def training_step(self, batch: Mapping[str, Tensor], batch_index: int) -> Tensor:  # noqa: ARG002
        """Gives the batch's share of the mean loss over the whole optimiser step."""
        return step_loss(self._losses(batch), batch, self.trainer)

    def validation_step(self, batch: Mapping[str, Tensor], batch_index: int) -> None:  # noqa: ARG002
        """Keeps ranks until the epoch ends."""
        queries = _queries(batch)
        scores = self(*self._judge_of.askable(queries))
        kept = [batch["rows"], batch["relations"], self._judge_of.ranks(scores, queries)]
        if self.training_by == "softmax":
            unseen = queries.targets >= self.names.num_entities
            kept.append(F.cross_entropy(scores, queries.targets.masked_fill(unseen, -1),
                                        ignore_index=-1, reduction="none"))  # fmt: skip
        self._seen.append(tuple(kept))

    def test_step(self, batch: Mapping[str, Tensor], batch_index: int) -> None:  # noqa: ARG002
        """Keeps the ranks by model and rules together and by each alone."""
        blend, queries = self.blended(), _queries(batch)
        ranks = blend.ranks(self._judge_of, queries)
        self._seen.append((batch["rows"], batch["relations"], *ranks))

    def blended(self) -> Blend:
        """Gives the model beside the rules, with the weight that validation chose."""
        if self._blend is None:
            edges = self._data.edges
            miner = self._miner or RuleMiner(max_rules=0)
            rules = miner.mine(edges, num_relations=self.names.num_relations)
            plain = Blend(self, rules, edges)
            queries = self._data.split("val").queries
            every = max(1, len(queries.anchors) // _WEIGHED)
            some = queries.at(slice(None, None, every)).to(self.device)
            weight = (
                best_weight(plain, self._judge_of, some, chunk_rows=self._data.chunk_rows)
                if len(rules)
                else 0.0
            )
            self._blend = Blend(self, rules, edges, weight)
        return self._blend

    def on_fit_start(self) -> None:
        """Forgets rules' weights: the model is about to change."""
        self._blend = self._neighbour_weight = None

    def on_validation_epoch_end(self) -> None:
        """Judges the ranks of validation."""
        rows, relations, ranks, *each = gathered(self._seen)
        others = {"loss": float(each[0].mean())} if each else {}
        best = self._recommended("val", self, weight=0.0)
        self._keep("val", rows, ranks, relations, others, best)

    def on_test_epoch_end(self) -> None:
        """Judges the ranks of test."""
        rows, relations, ranks, model, rules = gathered(self._seen)
        blend, others = self.blended(), {}
        if self._miner is not None:
            others = {
                "mrr_model": float(model.reciprocal().mean()),
                "mrr_rules": float(rules.reciprocal().mean()),
                "rule_weight": blend.weight,
            }
        alone = self._recommended("test", blend, weight=0.0)
        best = self._recommended("test", blend, weight=self.neighbour_weight())
        others |= {} if alone is None else {f"{n}_model": v for n, v in alone.means().items()}
        self._keep("test", rows, ranks, relations, others, best)

    def _recommended(
        self, split: Literal["val", "test"], score: Scorer, *, weight: float
    ) -> Best | None:
        """Judges the best ten of each user, on every rank alike."""
        if self.recommended is None:
            return None
        asked = recommending(self._data, split, self.recommended)
        bound = of_items(
            lambda a, r: score(a.to(self.device), r.to(self.device)).cpu(),
            self.recommended,
            asked.items,
            num_entities=self.names.num_entities,
        )
        near = self.neighbours if weight else None
        with torch.no_grad():
            return asked.judged(
                lambda users: bound(users) + (weight * near.scores(users) if near else 0.0),
                chunk_rows=self._data.chunk_rows,
            )

    @cached_property
    def neighbours(self) -> Neighbours:
        """Gives the similar items of the recommended relation."""
        return Neighbours(self._data.edges, self.recommended or 0)

    def neighbour_weight(self) -> float:
        """Gives the weight of similar items with the best NDCG on validation."""
        if self.recommended is None:
            return 0.0
        if self._neighbour_weight is None:
            reached = {}
            for weight in NEIGHBOUR_WEIGHTS:
                best = self._recommended("val", self.blended(), weight=weight)
                reached[weight] = best.means()["ndcg_at_10"] if best else 0.0
            self._neighbour_weight = max(reached, key=lambda weight: reached[weight])
        return self._neighbour_weight

    def _keep(
        self,
        split: str,
        rows: Tensor,
        ranks: Tensor,
        relations: Tensor,
        others: dict[str, float],
        best: Best | None,
    ) -> None:
        self._seen.clear()
        judgement = RankJudgement(
            names=self.names,
            rows=rows,
            ranks=ranks,
            relations=relations,
            best=best,
            others=others | ({} if best is None else best.means()),
        )
        self.judgements[split] = judgement
        log_split(self, split, judgement.metrics(), examples=len(ranks))

    def configure_optimizers(self) -> Any:  # noqa: ANN401 - Lightning's union
        """Makes the optimiser and its schedule by step."""
        return optimisation(
            self.model,
            optimizer=self._optimizer,
            scheduler=self._scheduler,
            trainer=self.trainer,
        )

    def metric_names(self) -> list[str]:
        """Gives the names of what validation measures."""
        names = list(ranking_scores(torch.ones(1)))
        names += ["loss"] if self.training_by == "softmax" else []
        if self.recommended is not None:
            names += list(top_scores(torch.ones(1, PLACES).bool(), torch.ones(1).long()))
        return [f"val/{name}" for name in names]

    def report(self) -> str:
        """Gives the table of relations on the test triples."""
        return self.judgements["test"].report()

    def figures(self) -> "dict[str, Figure]":
        """Gives the figures of the test triples."""
        return self.judgements["test"].figures()

    def outcomes(self, split: str, snapshot: "Snapshot") -> "Outcomes | None":
        """Gives the ranks of a split's triples; None where it was not judged."""
        judgement = self.judgements.get(split)
        if judgement is None:
            return None
        picked, asked = self._data.picked(split), self._data.queries[split]
        sides = judgement.rows // len(picked)
        tails = asked.at(slice(0, len(asked.anchors) // 2))
        return outcomes(
            keys(snapshot.table(split)),
            judgement.ranks,
            triples=picked[judgement.rows % len(picked)],
            sides=sides,
            best=judgement.best,
            heads=tails.anchors.where(tails.relations == self.recommended, -1)
            if self.recommended is not None
            else None,
        )

    def bundle(self, folder: Path) -> None:
        """Writes all that answers need: weights, names, edges, rules, and no pickle."""
        blend = self.blended()
        write_bundle(
            folder,
            model=self.model,
            architecture=self.architecture,
            names=self.names,
            edges=blend.edges,
            rules=blend.rules,
            settings={
                "rule_weight": blend.weight,
                "neighbour_weight": self.neighbour_weight(),
                "recommend": self.recommended,
                "answers": self.answers,
                "chunk_scores": self._data.chunk_scores,
            },
        )


def _check_counts(settings: Mapping[str, int]) -> None:
    for name, value in settings.items():
        if value < 1:
            msg = f"task.{name} must be at least 1, was {value}"
            raise ConfigError(msg)


def _queries(batch: Mapping[str, Tensor]) -> Queries:
    return Queries(batch["anchors"], batch["relations"], batch["targets"])


def _labels(scores_BE: Tensor, places: Tensor) -> Tensor:
    """Gives 1 at places of the flat table and 0 elsewhere, shape as the scores."""
    flat = torch.zeros(scores_BE.numel(), device=scores_BE.device)
    return flat.index_fill_(0, places, 1.0).view_as(scores_BE)
