"""A linear-chain conditional random field (Lafferty, McCallum & Pereira 2001).

Shapes: B chains, T places, C tags. Chain b has places 0 to lengths[b] − 1; what lies beyond is
padding and changes nothing.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from xinzhi.nn.chains import (
    at_end,
    backward_scores,
    forward_scores,
    log_partition,
    path_score,
    viterbi,
)

FORBIDDEN = -1e4  # of a score: e^−10000 is 0, and unlike −∞ it never makes 0 · ∞


class Rules(NamedTuple):
    """Which tags may follow which, shape (C, C) from row to column, and which may begin, (C,)."""

    follows: Tensor
    begins: Tensor


def bio_rules(tags: Sequence[str]) -> Rules:
    """Gives the rules of BIO: I-X follows only B-X or I-X, and begins nothing.

    Args:
        tags: C names: O, B-X and I-X.

    >>> bio_rules(["O", "B-X", "I-X"]).follows.int().tolist()
    [[1, 1, 0], [1, 1, 1], [1, 1, 1]]
    """
    inside = torch.tensor([tag.startswith("I-") for tag in tags])
    types = [tag.partition("-")[2] for tag in tags]
    same = torch.tensor([[bool(one) and one == other for other in types] for one in types])
    return Rules(~inside[None, :] | same, ~inside)


class LinearChain(nn.Module):
    """Scores of tags in a row: those of each place, and those of each step from tag to tag.

    Args:
        rules: what is never answered.
        learned: False leaves all steps that the rules allow alike: the probability of a chain is
            then that of its places, and decoding still keeps the rules.
    """

    def __init__(self, rules: Rules, *, learned: bool = True) -> None:
        super().__init__()
        self.steps: Tensor
        self.first: Tensor
        self.last: Tensor
        self.not_followed: Tensor
        self.not_begun: Tensor
        self.learned, tags = learned, len(rules.begins)
        self.register_buffer("not_followed", ~rules.follows, persistent=False)
        self.register_buffer("not_begun", ~rules.begins, persistent=False)
        for name, shape in {"steps": (tags, tags), "first": (tags,), "last": (tags,)}.items():
            if learned:
                self.register_parameter(name, nn.Parameter(torch.zeros(shape)))
            else:
                self.register_buffer(name, torch.zeros(shape), persistent=False)

    def potentials(self) -> tuple[Tensor, Tensor, Tensor]:
        """Gives scores of steps (C, C), of the first tag (C,) and of the last one (C,)."""
        steps = self.steps.masked_fill(self.not_followed, FORBIDDEN)
        first = self.first.masked_fill(self.not_begun, FORBIDDEN)
        return steps, first, self.last

    def losses(self, emissions_BTC: Tensor, tags_BT: Tensor, lengths_B: Tensor) -> Tensor:
        """Gives −log P(tags) of each chain, shape (B,).

        Args:
            emissions_BTC: scores of the places.
            tags_BT: the right tags, which must keep the rules.
            lengths_B: places of each chain, at least 1.
        """
        emissions = emissions_BTC.float()
        potentials = self.potentials()
        total = log_partition(emissions, lengths_B, *potentials)
        return total - path_score(emissions, tags_BT, lengths_B, *potentials)

    @torch.no_grad()
    def decode(self, emissions_BTC: Tensor, lengths_B: Tensor) -> Tensor:
        """Gives the best tags, shape (B, T); beyond a chain's end its last tag is repeated."""
        return viterbi(emissions_BTC.float(), lengths_B, *self.potentials())

    @torch.no_grad()
    def span_probabilities(
        self, emissions_BTC: Tensor, lengths_B: Tensor, spans: "Spans"
    ) -> Tensor:
        """Gives the probability that just these places are one entity, shape (spans,).

        It is summed over everything else that the chain could be (Culotta & McCallum 2004).

        Args:
            emissions_BTC: scores of the places.
            lengths_B: places of each chain.
            spans: which places.
        """
        emissions = emissions_BTC.double()
        steps, first, last = (one.double() for one in self.potentials())
        ahead = forward_scores(emissions, steps, first)
        behind = backward_scores(emissions, lengths_B, steps, last)
        whole = at_end(ahead + behind, lengths_B).logsumexp(1)
        inner = _path_sums(emissions, steps, spans)
        chain, begin, end = spans.chains, spans.starts, spans.ends - 1
        here = ahead[chain, begin, spans.begins] + inner
        closing = torch.where(end > begin, spans.insides, spans.begins)
        any_end = (here + behind[chain, end, closing] - whole[chain]).exp()
        after = (end + 1).clamp(max=emissions.shape[1] - 1)
        longer = here + steps[closing, spans.insides] + emissions[chain, after, spans.insides]
        goes_on = (longer + behind[chain, after, spans.insides] - whole[chain]).exp()
        goes_on = goes_on * (spans.ends < lengths_B[chain])
        return (any_end - goes_on).clamp(0.0, 1.0)


class Spans(NamedTuple):
    """Entities in chains: places starts to ends − 1, their first tag and the one of the others."""

    chains: Tensor
    starts: Tensor
    ends: Tensor
    begins: Tensor
    insides: Tensor


def _path_sums(emissions_BTC: Tensor, steps: Tensor, spans: Spans) -> Tensor:
    """Gives the score from behind each span's first place to its last one, shape (spans,)."""
    if not len(spans.starts):
        return emissions_BTC.new_zeros(0)
    longest = int((spans.ends - spans.starts).max())
    score = emissions_BTC.new_zeros(len(spans.starts))
    before = spans.begins
    for offset in range(1, longest):
        place = (spans.starts + offset).clamp(max=emissions_BTC.shape[1] - 1)
        step = steps[before, spans.insides] + emissions_BTC[spans.chains, place, spans.insides]
        score = torch.where(spans.starts + offset < spans.ends, score + step, score)
        before = spans.insides
    return score
