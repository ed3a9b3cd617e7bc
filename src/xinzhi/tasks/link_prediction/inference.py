"""From a head or a tail and a relation to the entities that answer: what predict and serve call."""

from collections.abc import Mapping
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from xinzhi.config.near import near
from xinzhi.errors import DataError
from xinzhi.nn.saving import read_bundle, rebuild, save_bundle
from xinzhi.tasks.link_prediction.blending import Blend
from xinzhi.tasks.link_prediction.graph import Edges, Names, Queries
from xinzhi.tasks.link_prediction.model import TripleModel
from xinzhi.tasks.link_prediction.neighbours import Neighbours
from xinzhi.tasks.link_prediction.rules import Rules
from xinzhi.tasks.link_prediction.telling import told

if TYPE_CHECKING:
    from xinzhi.data.snapshot import Snapshot
    from xinzhi.evaluation.outcomes import Outcomes

_GRAPH = "graph.safetensors"
_MEND = (
    "record='{head: X, relation: Y}' asks for the tail, "
    "record='{relation: Y, tail: Z}' for the head"
)


class Question(NamedTuple):
    """An anchor and a directed relation, or a note why there is none."""

    anchor: int
    relation: int
    note: str = ""
    candidates: tuple[str, ...] = ()


class LinkPredictor:
    """Answers a head or a tail and a relation with entities.

    Args:
        blend: model and rules.
        names: of entities and relations.
        settings: answers, how many to list; recommend, the relation whose answers are new ones only
            and of those it led to in training; chunk_scores, held at once.

    Attributes:
        known: triples that count against no right answer when others are ranked.
    """

    columns = ("head", "relation", "tail")
    required = ("relation",)
    table = True
    classes: tuple[str, ...] = ()

    def __init__(self, blend: Blend, names: Names, settings: Mapping[str, Any]) -> None:
        self.blend, self.names, self.settings = blend, names, dict(settings)
        self.known: Snapshot | None = None

    @classmethod
    def load(cls, folder: Path) -> "LinkPredictor":
        """Reads what `write_bundle` wrote: safetensors and JSON, no pickle, no code."""
        architecture, settings = read_bundle(folder)
        entities, relations = tuple(settings["entities"]), tuple(settings["relations"])
        names = Names(entities, relations, len(entities), len(relations))
        model = rebuild(
            architecture, folder, num_entities=len(entities), num_relations=len(relations)
        )
        kept = load_file(str(folder / _GRAPH))
        queries = Queries(*(kept[name].long() for name in Queries._fields))
        rules = Rules(*(kept[field.name] for field in fields(Rules)))
        edges = Edges(queries, num_entities=len(entities))
        return cls(Blend(model, rules, edges, settings["rule_weight"]), names, settings)

    def example(self) -> pd.DataFrame:
        """Gives a record that this graph can answer: a user, where it recommends."""
        edges, recommended = self.blend.edges, self.settings["recommend"]
        asked = edges.relations == recommended if recommended is not None else None
        place = 0 if asked is None else int(asked.int().argmax())
        head = self.names.entities[int(edges.anchors[place])]
        relation = self.names.relations[int(edges.relations[place])]
        return pd.DataFrame({"head": [head], "relation": [relation]})

    def predict(self, records: pd.DataFrame) -> pd.DataFrame:
        """Answers each record, in order.

        Args:
            records: columns relation and head, where the tail is asked, or relation and tail.

        Returns:
            `answer`, the best entity, its `score` and its `probability` (the softmax over all that
            were candidates); `why`, the rule that speaks most for it with the way in the graph;
            `answers`, the best ones, each with these and whether it is `known` from training; and
            `note`, why a record has no answer.

        Raises:
            DataError: a record asks for nothing or for everything, or the only one names something
                that training never saw.
        """
        questions = [self._question(row) for row in _rows(records)]
        if len(questions) == 1 and questions[0].note:
            raise DataError(questions[0].note, candidates=questions[0].candidates)
        good = [place for place, question in enumerate(questions) if not question.note]
        size = max(1, int(self.settings["chunk_scores"]) // max(1, len(self.names.entities)))
        lists: dict[int, list[dict[str, Any]]] = {}
        for start in range(0, len(good), size):
            places = good[start : start + size]
            answered = self._answered([questions[place] for place in places])
            lists |= dict(zip(places, answered, strict=True))
        nothing = {"answer": "", "score": np.nan, "probability": np.nan, "why": ""}
        rows = []
        for place, question in enumerate(questions):
            best = lists.get(place, [])
            first = best[0] if best else nothing
            row = {name: first[name] for name in nothing}
            rows.append(row | {"answers": best, "note": question.note})
        return pd.DataFrame(rows, columns=[*nothing, "answers", "note"])

    def outcomes(self, snapshot: "Snapshot", split: str) -> "Outcomes":
        """Ranks the right answers of a split's triples, as a training does.

        Args:
            snapshot: with head, relation and tail.
            split: train, val or test.
        """
        from xinzhi.tasks.link_prediction.ranked import ranked

        return ranked(self.blend, self.names, self.settings, snapshot, split, known=self.known)

    def _question(self, row: Mapping[str, str | None]) -> Question:
        names, relation = self.names, row["relation"]
        if relation is None or (row["head"] is None) == (row["tail"] is None):
            msg = "a record must have a relation and either its head or its tail"
            raise DataError(f"{msg}, was {_shown(row)}", mend=_MEND)
        if relation not in names.relation:
            return _unknown("relation", relation, names.relations)
        side = "head" if row["head"] is not None else "tail"
        entity = row[side] or ""
        if entity not in names.entity:
            return _unknown("entity", entity, names.entities)
        turned = 0 if side == "head" else names.num_relations
        return Question(names.entity[entity], names.relation[relation] + turned)

    @torch.inference_mode()
    def _answered(self, questions: list[Question]) -> list[list[dict[str, Any]]]:
        anchors = torch.tensor([question.anchor for question in questions])
        relations = torch.tensor([question.relation for question in questions])
        scores = self._allowed(self.blend(anchors, relations), anchors, relations)
        shares = scores.softmax(1)
        top, places = scores.topk(min(int(self.settings["answers"]), scores.shape[1]), dim=1)
        rows = torch.arange(len(questions)).repeat_interleave(places.shape[1])
        targets = places.flatten()
        known = self.blend.edges.holds(anchors[rows], relations[rows], targets)
        reasons = told(self.blend, self.names, anchors, relations, rows, targets)
        columns = [
            [self.names.entities[target] for target in targets.tolist()],
            top.flatten().tolist(),
            shares[rows, targets].tolist(),
            known.tolist(),
            reasons,
            targets.tolist(),
        ]
        answers: list[list[dict[str, Any]]] = [[] for _ in questions]
        keys = ("answer", "score", "probability", "known", "why")
        for row, cells in zip(rows.tolist(), zip(*columns, strict=True), strict=True):
            *shown, rule, target = cells
            if shown[1] != float("-inf"):
                why = self._reason(questions[row], target, rule)
                answers[row].append(dict(zip(keys, [*shown, why], strict=True)))
        return answers

    def _allowed(self, scores_BE: Tensor, anchors: Tensor, relations: Tensor) -> Tensor:
        """Leaves to a recommendation what is new to the user, and items alone."""
        near = self.neighbours
        asked = (relations == (near.relation if near else -1)).nonzero().squeeze(1)
        if near is None or not len(asked):
            return scores_BE
        scores = scores_BE.clone()
        found = scores[asked][:, near.items]
        weight = self.settings.get("neighbour_weight", 0.0)
        found = found + weight * near.scores(anchors[asked])
        scores[asked] = float("-inf")
        scores[asked[:, None], near.items] = found
        rows, known = self.blend.edges.followed(anchors[asked], relations[asked])
        scores[asked[rows], known] = float("-inf")
        return scores

    @cached_property
    def neighbours(self) -> Neighbours | None:
        """The similar items of the recommended relation, if there is one."""
        recommended = self.settings["recommend"]
        return None if recommended is None else Neighbours(self.blend.edges, int(recommended))

    def _reason(self, question: Question, target: int, rule: str) -> str:
        """Gives the rule's reason, or for a recommendation that of the most similar item."""
        near = self.neighbours
        if rule or near is None or question.relation != near.relation:
            return rule
        found = near.nearest(question.anchor, target)
        if found is None:
            return ""
        relation = self.names.relations[near.relation]
        user, item = self.names.entities[question.anchor], self.names.entities[found[0]]
        other = self.names.entities[target]
        return f"{relation}({user}, {item}), and who {relation} {item} {relation} {other} " + (
            f"(similarity {found[1]:.2f})"
        )


def _rows(records: pd.DataFrame) -> list[dict[str, str | None]]:
    cells = {
        name: [_text(cell) for cell in records[name].tolist()]
        if name in records.columns
        else [None] * len(records)
        for name in LinkPredictor.columns
    }
    return [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]


def _text(cell: object) -> str | None:
    """Gives a cell as triples are written: 5 and not 5.0, None for an empty one."""
    if cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell)):
        return None
    whole = isinstance(cell, float) and cell.is_integer()
    text = str(int(cell) if whole else cell).strip()  # type: ignore[call-overload]
    return text or None


def _unknown(what: str, name: str, there: tuple[str, ...]) -> Question:
    close = near(name, there)
    meant = f"; did you mean {close[0]}?" if close else ""
    return Question(-1, -1, f"{what} `{name}` is not in the graph of training{meant}", tuple(close))


def _shown(row: Mapping[str, str | None]) -> str:
    return "{" + ", ".join(f"{k}: {v}" for k, v in row.items() if v is not None) + "}"


def write_bundle(
    folder: Path,
    *,
    model: TripleModel,
    architecture: Mapping[str, Any],
    names: Names,
    edges: Edges,
    rules: Rules,
    settings: Mapping[str, Any],
) -> None:
    """Writes a model so that `LinkPredictor.load` answers as it does.

    Args:
        folder: an existing folder.
        model: whose weights.
        architecture: `target` and `arguments` that the model was built from.
        names: of entities and relations; those that training knows are kept.
        edges: of training.
        rules: mined from them.
        settings: what LinkPredictor needs beside them.
    """
    graph = Queries(edges.anchors, edges.relations, edges.targets)
    tensors = {name: part.int().contiguous() for name, part in graph._asdict().items()}
    save_file({**tensors, **rules.tensors()}, str(folder / _GRAPH))
    save_bundle(
        folder,
        inference=LinkPredictor,
        model=model,
        architecture=architecture,
        settings={
            "entities": list(names.entities[: names.num_entities]),
            "relations": list(names.relations[: names.num_relations]),
            **settings,
        },
    )
