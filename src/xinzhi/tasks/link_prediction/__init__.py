"""Which entity answers a relation: completing a graph of triples, and recommending from it."""
