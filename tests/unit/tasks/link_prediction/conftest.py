"""A family of three generations, as triples."""

from types import SimpleNamespace

import pyarrow as pa
import pytest

from xinzhi.tasks.link_prediction.datamodule import LinkPredictionData

PARENTS = [("ann", "bob"), ("ann", "eve"), ("bob", "cat"), ("bob", "dan"), ("eve", "fay"),
           ("gus", "hal"), ("hal", "ida"), ("hal", "joe"), ("kim", "leo"),
           ("leo", "max")]  # fmt: skip


def family():
    """Who is whose parent, child, sibling and grandparent."""
    triples = [(a, "parent", b) for a, b in PARENTS] + [(b, "child", a) for a, b in PARENTS]
    for a, b in PARENTS:
        triples += [(b, "sibling", c) for d, c in PARENTS if d == a and c != b]
        triples += [(a, "grandparent", c) for d, c in PARENTS if d == b]
    return triples


def columns(triples):
    return {
        name: [row[i] for row in triples] for i, name in enumerate(("head", "relation", "tail"))
    }


def snapshot(train, val, test):
    """What a datamodule reads of a snapshot."""
    parts = {"train": train, "val": val, "test": test}
    tables = {name: pa.table(columns(rows)) for name, rows in parts.items()}
    return SimpleNamespace(
        table=lambda name, wanted: tables[name].select(list(wanted)),
        counts={name: len(rows) for name, rows in parts.items()},
        digest="0" * 32,
    )


@pytest.fixture(name="family")
def family_triples():
    return family()


@pytest.fixture
def graph():
    """Makes the data of triples of train, val and test."""
    return lambda train, val, test, **settings: LinkPredictionData(
        snapshot=snapshot(train, val, test), **settings
    )


@pytest.fixture
def data():
    triples = family()
    held = [("ann", "grandparent", "cat"), ("hal", "parent", "ida")]
    train = [row for row in triples if row not in held]
    return LinkPredictionData(snapshot=snapshot(train, held[:1], held[1:]))
