"""Text columns as vectors: TF-IDF of words and pairs of words, then a truncated SVD (LSA)."""

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from xinzhi.data.features.cells import Floats, Integers, strings
from xinzhi.data.features.numeric import beside

if TYPE_CHECKING:
    from xinzhi.data.features.cell_types import Cells

SAMPLE = 100_000  # texts to fit on; more change the vectors little
_FEATURES = 20_000
_LEAST = 1e-12  # variance, of vectors of length 1
_HAN = "\u3400-\u9fff\u3040-\u30ff\uf900-\ufaff"  # written without spaces: each sign is a word
TOKEN = rf"(?u)[{_HAN}]|[^\W{_HAN}]+"
_BLOCK = 2048  # texts whose weighted vectors are in memory at once


@dataclass(frozen=True, kw_only=True)
class Texts:
    """A column of texts.

    Attributes:
        vocabulary: words and pairs of words.
        idf: of each, shape: (words,).
        components: shape: (words, width).
        factor: makes the mean variance of the outputs 1, and leaves angles as they are.
        indicator: whether a further output says that the text was missing.
    """

    kind: ClassVar[str] = "texts"
    vocabulary: tuple[str, ...]
    idf: Floats
    components: Floats
    factor: float
    indicator: bool

    def __post_init__(self) -> None:
        words = len(self.vocabulary)
        if self.idf.shape != (words,) or len(self.components) != words:
            raise ValueError(f"{words} words must have so many weights, had {len(self.idf)}")

    @property
    def outputs(self) -> tuple[str, ...]:
        """What each output adds to the column's name."""
        width = self.components.shape[1]
        named = tuple(f":svd_{number}" for number in range(1, width + 1))
        return (*named, ":missing") if self.indicator else named

    def numbers(self, cells: "Cells") -> Floats:
        """Encodes cells, shape: (rows, outputs); a missing text is the vector 0."""
        texts = [text or "" for text in strings(cells).to_pylist()]
        found = np.zeros((len(texts), self.components.shape[1]))
        for start in range(0, len(texts), _BLOCK):
            self._add(texts[start : start + _BLOCK], found[start : start + _BLOCK])
        missing = np.array([not text for text in texts], bool)
        return beside(found * self.factor, missing if self.indicator else None)

    def describe(self) -> str:
        """Says for a person what was fitted."""
        return f"{len(self.vocabulary):,} words → {self.components.shape[1]}"

    def _add(self, texts: Sequence[str], into: Floats) -> None:
        rows, words, counts = _counts(texts, self._numbered)
        weights = (1.0 + np.log(counts)) * self.idf[words]
        norms = np.sqrt(np.bincount(rows, np.square(weights), minlength=len(texts)))
        vectors = self.components[words] * (weights / norms[rows])[:, None]
        there, starts = np.unique(rows, return_index=True)
        if len(there):
            into[there] = np.add.reduceat(vectors, starts, axis=0)

    @cached_property
    def _numbered(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.vocabulary)}


def fit_texts(
    counts: Mapping[str, int], missing: int, *, width: int, indicator: bool
) -> Texts | str:
    """Fits TF-IDF and SVD with scikit-learn; the order of the rows makes no difference.

    Args:
        counts: rows of each text, in the order of their code points.
        missing: rows without a text.
        width: of the vectors; fewer where there are fewer words.
        indicator: whether missing texts are to be told, if there are any.

    Returns:
        The fitted form, or why there is nothing to learn.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = np.repeat(np.array(list(counts), object), list(counts.values()))
    if len(texts) > SAMPLE:
        texts = texts[np.sort(np.random.default_rng(0).choice(len(texts), SAMPLE, replace=False))]
    tfidf = TfidfVectorizer(
        token_pattern=TOKEN,
        ngram_range=(1, 2),
        min_df=2,
        max_features=_FEATURES,
        sublinear_tf=True,
    )
    try:
        weighted = tfidf.fit_transform(texts)
    except ValueError:  # scikit-learn's way to say that no word is left
        return "no word is in two rows"
    width = min(width, weighted.shape[1], weighted.shape[0])
    with np.errstate(all="ignore"):  # shares of no variance at all
        svd = TruncatedSVD(width, random_state=0).fit(weighted)
    spread = float(np.mean(svd.explained_variance_))
    if spread < _LEAST:
        return "its words are the same in every row"
    return Texts(
        vocabulary=tuple(map(str, tfidf.get_feature_names_out())),
        idf=np.asarray(tfidf.idf_, np.float64),
        components=np.ascontiguousarray(svd.components_.T, np.float64),
        factor=spread**-0.5,
        indicator=indicator and missing > 0,
    )


def tokens(text: str) -> list[str]:
    """Words in lower case, then neighbouring pairs; each Chinese or Japanese sign is a word.

    >>> tokens("Motor 异响 A1")
    ['motor', '异', '响', 'a1', 'motor 异', '异 响', '响 a1']

    Args:
        text: any.
    """
    words = _TOKEN.findall(text.lower())
    return words + [f"{first} {second}" for first, second in itertools.pairwise(words)]


_TOKEN = re.compile(TOKEN)


def _counts(
    texts: Iterable[str], numbered: Mapping[str, int]
) -> tuple[Integers, Integers, Integers]:
    """How often each text has each known word: texts ascending, words, counts."""
    keys: list[int] = []
    for row, text in enumerate(texts):
        start = row * len(numbered)
        keys += [start + numbered[word] for word in tokens(text) if word in numbered]
    distinct, counts = np.unique(np.array(keys, np.int64), return_counts=True)
    return distinct // len(numbered), distinct % len(numbered), counts
