"""Triples of a snapshot, ranked by what a bundle holds of a graph."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from xinzhi.data.snapshot import SPLITS
from xinzhi.evaluation.keys import keys
from xinzhi.tasks.link_prediction.blending import Blend, of_items
from xinzhi.tasks.link_prediction.graph import Edges, Names, Queries, together
from xinzhi.tasks.link_prediction.judging import Judge
from xinzhi.tasks.link_prediction.neighbours import Neighbours
from xinzhi.tasks.link_prediction.outcomes import Best, outcomes
from xinzhi.tasks.link_prediction.recommendation import Recommending

if TYPE_CHECKING:
    from xinzhi.data.snapshot import Snapshot
    from xinzhi.evaluation.outcomes import Outcomes

_COLUMNS = ("head", "relation", "tail")


@torch.inference_mode()
def ranked(
    blend: Blend,
    names: Names,
    settings: Mapping[str, Any],
    snapshot: "Snapshot",
    split: str,
    *,
    known: "Snapshot | None" = None,
) -> "Outcomes":
    """Ranks the right answers of a split.

    What is known of the graph besides, from training or from any split, does not count against
    them.

    Args:
        blend: model and rules, with the edges of training.
        names: those that training knows.
        settings: of the bundle.
        snapshot: of triples.
        split: train, val or test.
        known: further triples that are known.
    """
    columns = {part: _columns(snapshot, part) for part in SPLITS}
    others = [] if known is None else [_columns(known, part) for part in SPLITS]
    wider = _wider(names, [*columns.values(), *others])
    queries = {part: wider.queries(one) for part, one in columns.items()}
    besides = [wider.queries(one) for one in others]
    trained = Queries(blend.edges.anchors, blend.edges.relations, blend.edges.targets)
    size = len(wider.entities)
    edges = Edges(trained, num_entities=size)
    blend = Blend(blend.model, blend.rules, edges, blend.weight)
    judge = Judge(wider, Edges(together([trained, *queries.values(), *besides]), num_entities=size))
    asked = queries[split]
    chunk_rows = max(1, int(settings["chunk_scores"]) // max(1, size))
    ranks = judge.all_ranks(blend, asked, chunk_rows=chunk_rows)
    triples = len(asked.anchors) // 2
    relation = settings["recommend"]
    before = [queries[part] for part in SPLITS[: SPLITS.index(split)]]
    seen = Edges(together([trained, *before]), num_entities=size)
    best = heads = None
    if relation is not None:
        tails = asked.at(slice(0, triples))
        heads = tails.anchors.where(tails.relations == relation, -1)
        if (heads >= 0).any():
            found = Recommending(trained=edges, seen=seen, held_out=asked, relation=relation)
            best = _best(blend, wider, found, settings, chunk_rows)
    places = torch.arange(2 * triples)
    return outcomes(
        keys(snapshot.table(split)),
        ranks,
        triples=places % max(triples, 1),
        sides=places // max(triples, 1),
        best=best,
        heads=heads,
    )


def _best(
    blend: Blend, names: Names, asked: Recommending, settings: Mapping[str, Any], chunk_rows: int
) -> Best:
    weight = float(settings.get("neighbour_weight", 0.0))
    bound = of_items(blend, asked.relation, asked.items, num_entities=names.num_entities)
    near = Neighbours(blend.edges, asked.relation) if weight else None

    def score(users: Tensor) -> Tensor:
        return bound(users) + (weight * near.scores(users) if near else 0.0)

    return asked.judged(score, chunk_rows=chunk_rows)


def _wider(names: Names, splits: Sequence[Mapping[str, Sequence[str]]]) -> Names:
    """Numbers the names that training never saw behind those that it knows."""
    entities = {name for one in splits for side in ("head", "tail") for name in one[side]}
    relations = {name for one in splits for name in one["relation"]}
    return Names(
        (*names.entities, *sorted(entities - set(names.entities))),
        (*names.relations, *sorted(relations - set(names.relations))),
        names.num_entities,
        names.num_relations,
    )


def _columns(snapshot: "Snapshot", split: str) -> dict[str, list[str]]:
    table = snapshot.table(split, _COLUMNS)
    return {name: list(map(str, table[name].to_pylist())) for name in _COLUMNS}
