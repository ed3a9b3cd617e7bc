"""Models of triples whose relations move an entity to where its targets are.

Shapes as in `model`.
"""

import math
from typing import Literal

from torch import Tensor, nn

from xinzhi.nn.interactions import complex_distances, complex_product, distances, rotation
from xinzhi.tasks.link_prediction.model import TripleModel


class TransE(TripleModel):
    """A relation is a step (Bordes et al. 2013).

    Args:
        num_entities: E.
        num_relations: R.
        dimension: D.
        norm: of the distance: 1 or 2.
        margin: the score at distance 0.
        reciprocal: see TripleModel.
        dropout: see TripleModel.
        std: see TripleModel.
    """

    def __init__(
        self,
        *,
        num_entities: int,
        num_relations: int,
        dimension: int = 200,
        norm: Literal[1, 2] = 1,
        margin: float = 9.0,
        reciprocal: bool = False,
        dropout: float = 0.0,
        std: float = 0.1,
    ) -> None:
        super().__init__(
            num_entities=num_entities,
            num_relations=num_relations,
            width=dimension,
            relation_width=dimension,
            reciprocal=reciprocal,
            dropout=dropout,
            std=std,
        )
        self.norm, self.margin = norm, margin

    def query(self, anchors_BD: Tensor, relations_B: Tensor) -> Tensor:
        """Takes the step, shape (B, D)."""
        return anchors_BD + self.directed(relations_B)

    def compared(self, queries_BD: Tensor, candidates: Tensor) -> Tensor:
        """Gives the margin less the distance, shape (B, K)."""
        return self.margin - distances(queries_BD, candidates, norm=self.norm)

    def turned(self, vectors: Tensor) -> Tensor:
        """Steps back."""
        return -vectors


class RotatE(TripleModel):
    """A relation turns each complex number (Sun et al. 2019, arXiv:1902.10197).

    Args:
        num_entities: E.
        num_relations: R.
        dimension: complex numbers of a vector: D is twice that.
        margin: the score at distance 0.
        reciprocal: see TripleModel.
        dropout: see TripleModel.
        std: of the entities' vectors before training; angles are anywhere.
    """

    def __init__(
        self,
        *,
        num_entities: int,
        num_relations: int,
        dimension: int = 100,
        margin: float = 9.0,
        reciprocal: bool = False,
        dropout: float = 0.0,
        std: float = 0.1,
    ) -> None:
        super().__init__(
            num_entities=num_entities,
            num_relations=num_relations,
            width=2 * dimension,
            relation_width=dimension,
            reciprocal=reciprocal,
            dropout=dropout,
            std=std,
        )
        nn.init.uniform_(self.relations.weight, -math.pi, math.pi)
        self.margin = margin

    def query(self, anchors_BD: Tensor, relations_B: Tensor) -> Tensor:
        """Turns the anchor, shape (B, D)."""
        return complex_product(anchors_BD, rotation(self.directed(relations_B)))

    def compared(self, queries_BD: Tensor, candidates: Tensor) -> Tensor:
        """Gives the margin less the distance, shape (B, K)."""
        return self.margin - complex_distances(queries_BD, candidates)

    def turned(self, vectors: Tensor) -> Tensor:
        """Turns back."""
        return -vectors
