"""Models of triples: an anchor entity and a directed relation to a score for each entity.

Shapes: B queries, E entities, R relations, D width of an entity's vector, K candidates. A directed
relation r + R asks for the heads of relation r: whatever is learned or asked, an anchor and a
relation ask for a target.
"""

import torch
from torch import Tensor, nn

from xinzhi.nn.interactions import complex_product, conjugate, moduli, products


class TripleModel(nn.Module):
    """Vectors of entities and relations: what every model of this task shares.

    Args:
        num_entities: E.
        num_relations: R.
        width: D.
        relation_width: numbers of a relation.
        reciprocal: a relation asked for its heads has a vector of its own (Lacroix et al. 2018);
            otherwise it is turned round.
        dropout: on the anchor's vector and on the query, while training.
        std: of the vectors before training.
    """

    def __init__(
        self,
        *,
        num_entities: int,
        num_relations: int,
        width: int,
        relation_width: int,
        reciprocal: bool,
        dropout: float,
        std: float,
    ) -> None:
        super().__init__()
        self.num_entities, self.num_relations = num_entities, num_relations
        self.reciprocal = reciprocal
        self.entities = nn.Embedding(num_entities, width)
        self.relations = nn.Embedding(num_relations * (2 if reciprocal else 1), relation_width)
        nn.init.normal_(self.entities.weight, std=std)
        nn.init.normal_(self.relations.weight, std=std)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, anchors_B: Tensor, relations_B: Tensor, candidates: Tensor | None = None
    ) -> Tensor:
        """Gives a score for each candidate, shape (B, E) or (B, K).

        Args:
            anchors_B: entity that each query starts from.
            relations_B: directed relation, from 0 to 2 · R − 1.
            candidates: entities, the same for all queries, shape (K,), or each query's own, (B, K);
                None stands for all entities.
        """
        table = self.entities.weight if candidates is None else self.entities(candidates)
        return self.compared(self.asked(anchors_B, relations_B), table)

    def asked(self, anchors_B: Tensor, relations_B: Tensor) -> Tensor:
        """Gives what targets are compared with, shape (B, D)."""
        anchors = self.dropout(self.entities(anchors_B))
        query: Tensor = self.dropout(self.query(anchors, relations_B))
        return query

    def query(self, anchors_BD: Tensor, relations_B: Tensor) -> Tensor:
        """Follows the relations from the anchors' vectors, shape (B, D)."""
        raise NotImplementedError

    def compared(self, queries_BD: Tensor, candidates: Tensor) -> Tensor:
        """Gives scores of candidates (K, D) or (B, K, D), shape (B, K)."""
        return products(queries_BD, candidates)

    def turned(self, vectors: Tensor) -> Tensor:
        """Gives the vectors of relations that are followed from tail to head."""
        return vectors

    def directed(self, relations_B: Tensor) -> Tensor:
        """Gives the vectors of directed relations, shape (B, numbers of a relation)."""
        if self.reciprocal:
            vectors: Tensor = self.relations(relations_B)
            return vectors
        vectors = self.relations(relations_B % self.num_relations)
        backwards = (relations_B >= self.num_relations)[:, None]
        return torch.where(backwards, self.turned(vectors), vectors)

    def cubes(self, anchors_B: Tensor, relations_B: Tensor, targets_B: Tensor | None) -> Tensor:
        """Sums the cubes of what a triple is scored by, shape (B,) (N3: Lacroix et al. 2018)."""
        parts = [self.entities(anchors_B), self.directed(relations_B)]
        parts += [] if targets_B is None else [self.entities(targets_B)]
        return torch.stack([self.lengths(part).pow(3).sum(1) for part in parts]).sum(0)

    def lengths(self, vectors: Tensor) -> Tensor:
        """Gives the absolute values of the coordinates."""
        return vectors.abs()


class DistMult(TripleModel):
    """A product of three coordinates, summed (Yang et al. 2015, arXiv:1412.6575).

    Args:
        num_entities: E.
        num_relations: R.
        dimension: D.
        reciprocal: see TripleModel; without it both directions of a relation score alike.
        dropout: see TripleModel.
        std: see TripleModel.
    """

    def __init__(
        self,
        *,
        num_entities: int,
        num_relations: int,
        dimension: int = 200,
        reciprocal: bool = True,
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

    def query(self, anchors_BD: Tensor, relations_B: Tensor) -> Tensor:
        """Multiplies anchor and relation, shape (B, D)."""
        return anchors_BD * self.directed(relations_B)


class ComplEx(TripleModel):
    """The same with complex numbers, which knows directions (Trouillon et al. 2016).

    Args:
        num_entities: E.
        num_relations: R.
        dimension: complex numbers of a vector: D is twice that.
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
        reciprocal: bool = True,
        dropout: float = 0.0,
        std: float = 0.1,
    ) -> None:
        super().__init__(
            num_entities=num_entities,
            num_relations=num_relations,
            width=2 * dimension,
            relation_width=2 * dimension,
            reciprocal=reciprocal,
            dropout=dropout,
            std=std,
        )

    def query(self, anchors_BD: Tensor, relations_B: Tensor) -> Tensor:
        """Multiplies anchor and relation: Re⟨a · r, conj(t)⟩ is then an inner product."""
        return complex_product(anchors_BD, self.directed(relations_B))

    def turned(self, vectors: Tensor) -> Tensor:
        """Conjugates."""
        return conjugate(vectors)

    def lengths(self, vectors: Tensor) -> Tensor:
        """Gives the lengths of the complex numbers."""
        return moduli(vectors)


class TuckER(TripleModel):
    """A core tensor between anchor, relation and target (Balazevic et al. 2019, arXiv:1901.09590).

    Args:
        num_entities: E.
        num_relations: R.
        dimension: D.
        relation_dimension: of a relation's vector.
        reciprocal: see TripleModel.
        dropout: see TripleModel.
        std: see TripleModel.
    """

    def __init__(
        self,
        *,
        num_entities: int,
        num_relations: int,
        dimension: int = 100,
        relation_dimension: int = 50,
        reciprocal: bool = True,
        dropout: float = 0.2,
        std: float = 0.1,
    ) -> None:
        super().__init__(
            num_entities=num_entities,
            num_relations=num_relations,
            width=dimension,
            relation_width=relation_dimension,
            reciprocal=reciprocal,
            dropout=dropout,
            std=std,
        )
        self.core = nn.Parameter(torch.empty(relation_dimension, dimension, dimension))
        nn.init.uniform_(self.core, -1.0, 1.0)

    def query(self, anchors_BD: Tensor, relations_B: Tensor) -> Tensor:
        """Maps the anchor by its relation's matrix, shape (B, D)."""
        matrices = self._matrices(relations_B)
        return torch.einsum("bd,bde->be", anchors_BD, matrices)

    def _matrices(self, relations_B: Tensor) -> Tensor:
        width = self.core.shape[1]
        # of each relation once: a batch asks the same ones over and over
        of_all = self.relations.weight @ self.core.flatten(1)
        of_all = of_all.view(-1, width, width)
        if self.reciprocal:
            return of_all[relations_B]
        matrices = of_all[relations_B % self.num_relations]
        backwards = (relations_B >= self.num_relations)[:, None, None]
        return torch.where(backwards, matrices.transpose(1, 2), matrices)
