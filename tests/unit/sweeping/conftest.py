import pytest

from xinzhi.sweeping.ledger.ledger import Ledger
from xinzhi.sweeping.records import Axis, Job, Sweep


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """Where an empty ledger may be made: a file, and a database of a real server."""
    if request.param == "sqlite":
        return str(tmp_path / "mlruns" / "sweeps.db")
    return request.getfixturevalue("postgres").new()


@pytest.fixture
def ledger(place):
    """An empty ledger."""
    ledger = Ledger.open(place)
    yield ledger
    ledger.close()


@pytest.fixture
def sweep():
    """Makes a sweep that searches a learning rate."""

    def make(name="first", **fields):
        axes = (Axis(key="optimizer.lr", low=1e-5, high=0.1, log=True),)
        return Sweep(name=name, experiment="reviews", fixed=("model=textcnn",), axes=axes, **fields)

    return make


@pytest.fixture
def jobs():
    """Makes the jobs of a sweep; identities are `id0`, `id1`, … unless named."""

    def make(name="first", number=3, identities=None):
        names = identities or [f"id{n}" for n in range(number)]
        return [Job(sweep=name, number=n, trial=n, identity=who) for n, who in enumerate(names)]

    return make
