"""Why an answer: the rule that speaks most for it and the way in the graph, as a sentence.

Shapes: B queries, P answers.
"""

import torch
from torch import Tensor

from xinzhi.tasks.link_prediction.blending import Blend
from xinzhi.tasks.link_prediction.graph import Names
from xinzhi.tasks.link_prediction.rules import NONE, Rules


def told(
    blend: Blend,
    names: Names,
    anchors_B: Tensor,
    relations_B: Tensor,
    rows_P: Tensor,
    targets_P: Tensor,
) -> list[str]:
    """Gives a sentence for each answer; an empty one where no rule leads there.

    Args:
        blend: rules and edges.
        names: of entities and relations.
        anchors_B: where queries start.
        relations_B: directed.
        rows_P: the query of each answer.
        targets_P: the answers.
    """
    rules, width = blend.rules, blend.edges.num_entities
    wanted, order = torch.sort(rows_P * width + targets_P)
    best = torch.full((len(wanted),), -1.0, dtype=torch.float64)
    found = torch.full((2, len(wanted)), NONE)
    weights = rules.weights.double()
    for grounds in rules.grounds(blend.edges, anchors_B, relations_B):
        keys = grounds.rows * width + grounds.targets
        there = torch.isin(keys, wanted).nonzero().squeeze(1)
        place = torch.searchsorted(wanted, keys[there])
        value = weights[grounds.rules[there]]
        best.scatter_reduce_(0, place, value, "amax")
        winning = value == best[place]
        # of equals the last: one number for both columns, so that they belong together
        last = torch.full((len(wanted),), NONE)
        last.scatter_reduce_(0, place[winning], there[winning], "amax")
        better = last != NONE
        chosen = last[better]
        found[:, better] = torch.stack([grounds.rules[chosen], grounds.middles[chosen]])
    sentences = [""] * len(wanted)
    for place, rule, middle in zip(order.tolist(), *found.tolist(), strict=True):
        if rule != NONE:
            row, target = int(rows_P[place]), int(targets_P[place])
            sentences[place] = _sentence(rules, names, rule, int(anchors_B[row]), middle, target)
    return sentences


def _sentence(rules: Rules, names: Names, rule: int, anchor: int, middle: int, target: int) -> str:
    head, first, second = (int(part[rule]) for part in (rules.heads, rules.first, rules.second))
    entity = names.entities
    if second == NONE:
        body = [_atom(names, first, "X", "Y")]
        way = [_atom(names, first, entity[anchor], entity[target])]
    else:
        body = [_atom(names, first, "X", "Z"), _atom(names, second, "Z", "Y")]
        way = [
            _atom(names, first, entity[anchor], entity[middle]),
            _atom(names, second, entity[middle], entity[target]),
        ]
    counted = f"{int(rules.support[rule]):,} of {int(rules.body[rule]):,}"
    return f"{' ∧ '.join(way)}, by {_atom(names, head, 'X', 'Y')} ⇐ {' ∧ '.join(body)} ({counted})"


def _atom(names: Names, relation: int, left: str, right: str) -> str:
    if relation < names.num_relations:
        return f"{names.relations[relation]}({left}, {right})"
    return f"{names.relations[relation - names.num_relations]}({right}, {left})"
