"""K members of one network that share most weights, each with scores of its own.

BatchEnsemble (Wen et al. 2020) of fully connected networks, as in TabM (Gorishniy et al. 2025).

Shapes: B rows, K members, I features that come, C scores.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn


class MemberLinear(nn.Module):
    """A linear layer that all members share but for factors and biases of their own.

    Args:
        members: K.
        inputs: I.
        outputs: features that leave.
        first: whether members part here: factors of random signs, not ones.
    """

    def __init__(self, *, members: int, inputs: int, outputs: int, first: bool = False) -> None:
        super().__init__()
        bound = inputs**-0.5
        self.weight = nn.Parameter(torch.empty(outputs, inputs).uniform_(-bound, bound))
        signs = torch.randint(0, 2, (members, inputs)) * 2.0 - 1.0
        self.before = nn.Parameter(signs if first else torch.ones(members, inputs))
        self.after = nn.Parameter(torch.ones(members, outputs))
        self.bias = nn.Parameter(torch.empty(members, outputs).uniform_(-bound, bound))

    def forward(self, features: Tensor) -> Tensor:
        """Gives features (B, K, outputs) of features (B, K, I), or (B, I) alike for all members."""
        each = features if features.ndim == 3 else features[:, None]
        return nn.functional.linear(each * self.before, self.weight) * self.after + self.bias


class MemberHeads(nn.Module):
    """A linear head for each member.

    Args:
        members: K.
        inputs: I.
        outputs: C.
    """

    def __init__(self, *, members: int, inputs: int, outputs: int) -> None:
        super().__init__()
        bound = inputs**-0.5
        self.weight = nn.Parameter(torch.empty(members, inputs, outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(members, outputs).uniform_(-bound, bound))

    def forward(self, features_BKI: Tensor) -> Tensor:
        """Gives scores, shape (B, K, C)."""
        return torch.einsum("bki,kic->bkc", features_BKI, self.weight) + self.bias


class MemberNetwork(nn.Module):
    """Fully connected layers of K members and their heads.

    Args:
        inputs: I.
        outputs: C.
        members: K.
        hidden: features of a layer.
        layers: how many.
        dropout: after each layer.
    """

    def __init__(
        self, *, inputs: int, outputs: int, members: int, hidden: int, layers: int, dropout: float
    ) -> None:
        super().__init__()
        widths = [inputs, *[hidden] * layers]
        self.layers = nn.ModuleList(
            MemberLinear(members=members, inputs=before, outputs=after, first=place == 0)
            for place, (before, after) in enumerate(pairwise(widths))
        )
        self.dropout = nn.Dropout(dropout)
        self.heads = MemberHeads(members=members, inputs=widths[-1], outputs=outputs)

    def forward(self, features_BI: Tensor) -> Tensor:
        """Gives scores, shape (B, K, C)."""
        features = features_BI
        for layer in self.layers:
            features = self.dropout(torch.relu(layer(features)))
        scores: Tensor = self.heads(features)
        return scores


def pooled(scores_BKC: Tensor) -> Tensor:
    """Gives the logarithm of the members' mean probabilities, shape (B, C)."""
    return scores_BKC.log_softmax(2).logsumexp(1) - math.log(scores_BKC.shape[1])
