"""Packaged knowledge graphs: three of relations, and films with the people who like them."""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from xinzhi.data.packages.held import Held
from xinzhi.data.splits import Shares, quota
from xinzhi.data.triples import COLUMNS, read_triples

if TYPE_CHECKING:
    import pyarrow as pa

LIKES = "likes"
_LIKED = 4  # stars, of five
_LATEST = Shares(val=0.1, test=0.1)  # of each person's likes


class Rating(NamedTuple):
    """A line of the ratings.

    Attributes:
        user: its number.
        item: its number.
        stars: one to five.
        time: seconds since 1970.
    """

    user: str
    item: str
    stars: float
    time: int


def part(graph: str, name: str) -> Callable[[Path], Held]:
    """Give the reader of one part of a graph, as ConvE parted it.

    Dettmers et al., Convolutional 2D Knowledge Graph Embeddings, AAAI 2018.

    Args:
        graph: umls, kinships or nations.
        name: train, valid or test.
    """

    def read(folder: Path) -> Held:
        import pyarrow as pa

        return Held(pa.concat_tables(read_triples(folder / graph / f"{name}.txt", None).batches()))

    return read


def ratings(folder: Path) -> Held:
    """Read who rated which film, when: user, item (its title), rating from 1 to 5, time.

    Harper and Konstan, The MovieLens Datasets: History and Context, 2015.

    Args:
        folder: the `recbole` archive's.
    """
    import pyarrow as pa

    titles = _titles(folder)
    rows = _ratings(folder)
    seconds = pa.array([row.time for row in rows], pa.timestamp("s"))
    columns = {
        "user": pa.array([_user(row) for row in rows]),
        "item": pa.array([titles[row.item] for row in rows]),
        "rating": pa.array([row.stars for row in rows]),
        "time": seconds.cast(pa.timestamp("us")),
    }
    return Held(pa.table(columns))


def films(name: str | None) -> Callable[[Path], Held]:
    """Give the reader of the graph of films, or of a part of it.

    Ratings of at least four stars are triples `user likes film`; of each person's likes the latest
    tenth is the test, the tenth before it is for choosing. What is known of films (Freebase: cast,
    genre, country …) is for training.

    Zhao et al., KB4Rec: A Data Set for Linking Knowledge Bases with Recommender Systems, 2019.

    Args:
        name: train, valid or test; None gives the whole graph.
    """

    def read(folder: Path) -> Held:
        titles = _titles(folder)
        parted = _likes(_ratings(folder))
        chosen = parted if name is None else {name: parted[name]}
        triples = [
            (_user(like), LIKES, titles[like.item]) for likes in chosen.values() for like in likes
        ]
        if name in {None, "train"}:
            triples += _facts(folder, titles)
        return Held(_table(triples))

    return read


def _likes(rows: Iterable[Rating]) -> dict[str, list[Rating]]:
    """Part each person's likes by time."""
    of_user: dict[str, list[Rating]] = {}
    for row in rows:
        if row.stars >= _LIKED:
            of_user.setdefault(row.user, []).append(row)
    parted: dict[str, list[Rating]] = {"train": [], "valid": [], "test": []}
    for likes in of_user.values():
        likes.sort(key=lambda like: (like.time, int(like.item)))  # many have the same second
        n_valid, n_test = quota(len(likes), _LATEST)
        first_test = len(likes) - n_test
        first_valid = first_test - n_valid
        parted["train"] += likes[:first_valid]
        parted["valid"] += likes[first_valid:first_test]
        parted["test"] += likes[first_test:]
    return parted


def _facts(folder: Path, titles: dict[str, str]) -> list[tuple[str, str, str]]:
    """Give the triples that touch a film which was rated, under the film's title."""
    linked = {entity: titles[item] for item, entity in _lines(folder / "ml-100k.link")}
    return [
        (linked.get(head, head), relation, linked.get(tail, tail))
        for head, relation, tail in _lines(folder / "ml-100k.kg")
        if head in linked or tail in linked
    ]


def _titles(folder: Path) -> dict[str, str]:
    """Name each film by title and year, and by its number where two have the same."""
    found = {item: f"{title} ({year})" for item, title, year, _ in _lines(folder / "ml-100k.item")}
    times = Counter(found.values())
    return {
        item: title if times[title] == 1 else f"{title} [{item}]" for item, title in found.items()
    }


def _ratings(folder: Path) -> list[Rating]:
    return [
        Rating(user, item, float(stars), int(time))
        for user, item, stars, time in _lines(folder / "ml-100k.inter")
    ]


def _user(row: Rating) -> str:
    return f"user {row.user}"


def _lines(path: Path) -> Iterable[list[str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return (line.split("\t") for line in lines[1:])  # the first one names the columns


def _table(triples: list[tuple[str, str, str]]) -> "pa.Table":
    import pyarrow as pa

    return pa.table(dict(zip(COLUMNS, zip(*triples, strict=True), strict=True)))
