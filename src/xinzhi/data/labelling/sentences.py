"""Sentences of tokens and tags as texts with spans, which people mark, and back."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from xinzhi.data.labelling.annotations import Columns
from xinzhi.data.labelling.documents import Record
from xinzhi.data.tag_schemes import survey, to_bio
from xinzhi.errors import DataError

TOKENS, TAGS = "tokens", "tags"


class Sentence(NamedTuple):
    """A sentence as a text.

    Attributes:
        text: its tokens, joined.
        places: start and end of each token in it.
    """

    text: str
    places: list[tuple[int, int]]


class Tagged(NamedTuple):
    """Sentences with tags.

    Attributes:
        rows: with the columns tokens and tags in the place of text and spans.
        widened: how many spans began or ended within a token, whose whole they are now.
        shared: how many were left out, for another had one of their tokens.
    """

    rows: list[dict[str, Any]]
    widened: int
    shared: int


def joined(tokens: Sequence[str]) -> Sentence:
    """Join tokens by spaces, and those of scripts that are written without by nothing.

    >>> joined(["in", "New", "York"]).text, joined(["在", "北", "京", "2008"]).text
    ('in New York', '在北京2008')

    Args:
        tokens: of a sentence.
    """
    text, places = "", []
    for token in tokens:
        if text and token and not (_is_unspaced(text[-1]) or _is_unspaced(token[0])):
            text += " "
        places.append((len(text), len(text) + len(token)))
        text += token
    return Sentence(text, places)


def _is_unspaced(sign: str) -> bool:
    is_wide = unicodedata.east_asian_width(sign) in "WF" and sign < "\U0001f000"  # no emoji
    return is_wide and not "\uac00" <= sign <= "\ud7a3"  # Korean has spaces


def are_sentences(records: Sequence[Record]) -> bool:
    """Tell sentences from texts.

    Args:
        records: of a file.
    """
    return all(isinstance(record.content.get(TOKENS), list) for record in records)


def as_texts(records: Sequence[Record], columns: Columns) -> list[Record]:
    """Write sentences as texts with spans; the tokens go along, to tell them when they come back.

    Args:
        records: with tokens, and tags where they have been labelled.
        columns: what text and spans are to be called.

    Raises:
        DataError: the tags are no tags of entities, or not as many as tokens.
    """
    tags = [record.content.get(TAGS) for record in records]
    if any(tags) and survey(each for each in tags if each).scheme is None:
        raise DataError(
            f"{records[0].where.rpartition(': ')[0]}: tags must be of entities, such as B-PER, "
            "I-PER and O; nobody marks parts of speech as spans"
        )
    return [record._replace(content=_as_text(record, columns)) for record in records]


def _as_text(record: Record, columns: Columns) -> dict[str, Any]:
    tokens, tags = record.content[TOKENS], record.content.get(TAGS)
    sentence = joined(tokens)
    others = {name: cell for name, cell in record.content.items() if name != TAGS}
    content = {columns.text: sentence.text, **others}
    if tags is None:
        return content
    if len(tags) != len(tokens):
        raise DataError(
            f"{record.where} must have a tag for each of its {len(tokens)} tokens, has {len(tags)}"
        )
    return content | {columns.spans: _spans(to_bio(tags).tags, sentence.places)}


def _spans(tags: Sequence[str], places: Sequence[tuple[int, int]]) -> list[list[Any]]:
    spans: list[list[Any]] = []
    for tag, (start, end) in zip(tags, places, strict=True):
        if tag.startswith("B-"):
            spans.append([start, end, tag[2:]])
        elif tag.startswith("I-"):
            spans[-1][1] = end
    return [span for span in spans if span[0] < span[1]]


def as_tagged(rows: Sequence[Mapping[str, Any]], columns: Columns) -> Tagged:
    """Write texts with spans as the sentences that they were.

    Args:
        rows: with text, spans and the tokens that went along.
        columns: what text and spans are called.

    Raises:
        DataError: a text is not that of its tokens.
    """
    found, widened, shared = [], 0, 0
    for row in rows:
        sentence = joined(row[TOKENS])
        if sentence.text != row[columns.text]:
            raise DataError(
                f"a text must be that of its tokens, {sentence.text[:60]!r}, it is "
                f"{row[columns.text][:60]!r}",
                mend="label texts that were edited anew, or take `tokens` out of these rows",
            )
        others = {
            name: cell
            for name, cell in row.items()
            if name not in {columns.text, columns.spans, TOKENS}
        }
        tags = None
        if row[columns.spans] is not None:
            tags, wider, left = _tags(row[columns.spans], sentence.places)
            widened, shared = widened + wider, shared + left
        found.append({TOKENS: row[TOKENS], TAGS: tags, **others})
    return Tagged(found, widened, shared)


def _tags(
    spans: Sequence[Mapping[str, Any]], places: Sequence[tuple[int, int]]
) -> tuple[list[str], int, int]:
    """BIO tags, how many spans were widened to whole tokens, how many had no token of their own."""
    tags = ["O"] * len(places)
    widened = shared = 0
    for span in spans:
        within = [
            at
            for at, (start, end) in enumerate(places)
            if start < span["end"] and end > span["start"]
        ]
        if not within or any(tags[at] != "O" for at in within):
            shared += 1
            continue
        widened += (places[within[0]][0], places[within[-1]][1]) != (span["start"], span["end"])
        for at in within:
            tags[at] = f"{'B' if at == within[0] else 'I'}-{span['label']}"
    return tags, widened, shared
