"""Ways to tag entities token by token: IOB1, BIO, BIOES and its like, all brought to BIO."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

Scheme = Literal["BIO", "IOB1", "BIOES"]

_TAG = re.compile(r"(?P<place>[BIESLUM])[-_](?P<kind>.+)\Z", re.DOTALL)
_OUT = "O"
_BEGINS = "BSU"  # S of BIOES and BMES, U of BILOU
_ENDS = "ESLU"


class Bio(NamedTuple):
    """Tags of a sentence as BIO.

    Attributes:
        tags: of each token.
        repaired: how many continued an entity that was not there.
    """

    tags: list[str]
    repaired: int


class Survey(NamedTuple):
    """What the tags of many sentences are.

    Attributes:
        scheme: None where some are no tags of entities, such as parts of speech.
        repaired: how many continue an entity that is not there.
        stray: a tag of no entity where most are of one: a slip of the pen.
    """

    scheme: Scheme | None
    repaired: int
    stray: str | None = None


def survey(sentences: Iterable[Sequence[str]]) -> Survey:
    """Tell the scheme of tags from all of them.

    Args:
        sentences: the tags of each.
    """
    places: Counter[str] = Counter()
    stray = None
    repaired, needless = 0, 0  # in IOB1 a B stands only where an I would continue
    for tags in sentences:
        parted = [_parted(tag) for tag in tags]
        places.update(place for place, _ in parted)
        if "" in places:
            stray = stray or next(tag for tag in tags if not _parted(tag)[0])
            continue
        repaired += to_bio(tags).repaired
        for before, (place, kind) in zip([("", ""), *parted], parted, strict=False):
            needless += place == "B" and _begins("I", kind, before)
    if stray is not None:
        entities = places.total() - places[_OUT] - places[""]
        return Survey(None, 0, stray if entities > places[""] else None)
    if places.keys() & set("ESLUM"):
        return Survey("BIOES", repaired)
    if "I" in places and repaired and not needless:
        return Survey("IOB1", 0)
    return Survey("BIO", repaired)


def to_bio(tags: Sequence[str]) -> Bio:
    """Write tags of any scheme as BIO, by the rules of conlleval.

    What continues an entity of another type, or none, begins one.

    >>> to_bio(["B-PER", "E-PER", "S-LOC", "O"]).tags, to_bio(["O", "I-PER", "I-LOC"]).tags
    (['B-PER', 'I-PER', 'B-LOC', 'O'], ['O', 'B-PER', 'B-LOC'])

    Args:
        tags: of a sentence.
    """
    written = []
    repaired = 0
    before = ("", "")
    for tag in tags:
        place, kind = _parted(tag)
        begins = _begins(place, kind, before)
        repaired += begins and place not in _BEGINS + _OUT
        written.append(_OUT if place == _OUT else f"{'B' if begins else 'I'}-{kind}")
        before = (place, kind)
    return Bio(written, repaired)


def _parted(tag: str) -> tuple[str, str]:
    """Part a tag into place and type; one that is none has no place.

    >>> _parted("B-PER"), _parted("O"), _parted("NN")
    (('B', 'PER'), ('O', ''), ('', ''))
    """
    if tag == _OUT:
        return _OUT, ""
    found = _TAG.match(tag)
    return (found["place"], found["kind"]) if found else ("", "")


def _begins(place: str, kind: str, before: tuple[str, str]) -> bool:
    """Tell whether an entity begins here."""
    if place == _OUT:
        return False
    return place in _BEGINS or before[1] != kind or before[0] in _ENDS
