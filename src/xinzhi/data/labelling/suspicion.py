"""Labels that a model which never saw them finds hard to believe.

Northcutt, Jiang, Chuang: Confident Learning: Estimating Uncertainty in Dataset Labels, JAIR 2021;
as cleanlab does it, on probabilities of the fixed baseline of this project.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDS = 5


class Doubt(NamedTuple):
    """A label that may be wrong.

    Attributes:
        row: its place among the rows that were given.
        given: the label that it has.
        suggested: the label that the model holds most likely.
        confidence: the probability that the model gives the label that it has.
    """

    row: int
    given: str
    suggested: str
    confidence: float


class Doubts(NamedTuple):
    """What a model would have labelled otherwise.

    Attributes:
        ranked: all such labels, the least believable first.
        estimated: how many labels are wrong, as confident learning counts.
    """

    ranked: list[Doubt]
    estimated: int


def doubts(
    texts: Sequence[str], labels: Sequence[str], groups: Sequence[str] | None = None
) -> Doubts:
    """Rank the labels that a model which never saw them would have given otherwise.

    Args:
        texts: one per row.
        labels: one per row, each of at least `FOLDS` rows.
        groups: rows of one group are judged by a model that saw none of them.

    Raises:
        DataError: cleanlab is not installed, or there are too few rows to learn from.
    """
    try:
        from cleanlab.count import num_label_issues
        from cleanlab.filter import find_label_issues
    except ImportError:
        raise DataError(
            "suspicious labels need cleanlab", mend="pip install 'xinzhi[labels]'"
        ) from None
    import numpy as np

    rare = {label: n for label, n in Counter(labels).items() if n < FOLDS}
    if rare or len(set(labels)) < 2:
        raise DataError(
            f"at least two labels of {FOLDS} rows each are needed; there are "
            f"{len(set(labels))}, of which {len(rare)} have fewer"
        )
    classes, codes = np.unique(np.asarray(labels, dtype=object).astype(str), return_inverse=True)
    believed = out_of_fold(texts, codes, _folds(texts, codes, groups))
    # cleanlab's stricter filters cut off up to a fifth of planted errors that it ranks rightly
    found = find_label_issues(
        codes,
        believed,
        filter_by="predicted_neq_given",
        return_indices_ranked_by="self_confidence",
        n_jobs=1,
    )
    best = believed.argmax(axis=1)
    ranked = [
        Doubt(int(i), str(classes[codes[i]]), str(classes[best[i]]), float(believed[i, codes[i]]))
        for i in found
    ]
    return Doubts(ranked, int(num_label_issues(codes, believed)))


def _folds(
    texts: Sequence[str], codes: "NDArray[np.intp]", groups: Sequence[str] | None
) -> "NDArray[np.intp]":
    """Give every row its fold: equal texts and rows of one group together, labels even.

    Raises:
        DataError: there are fewer groups than folds.
    """
    import numpy as np
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    _, first, member = np.unique(
        np.asarray(texts if groups is None else groups, dtype=object).astype(str),
        return_index=True,
        return_inverse=True,
    )
    if len(first) < FOLDS:
        raise DataError(f"at least {FOLDS} groups or texts are needed, there are {len(first)}")
    fold = np.empty(len(codes), dtype=np.intp)
    if groups is None:  # an equal text under another label must not vouch for itself
        splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
        of_text = np.empty(len(first), dtype=np.intp)
        for number, (_, held) in enumerate(splitter.split(first, codes[first])):
            of_text[held] = number
        return of_text[member]
    grouped = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    for number, (_, held) in enumerate(grouped.split(codes, codes, member)):
        fold[held] = number
    return fold


def out_of_fold(
    texts: Sequence[str], codes: "NDArray[np.intp]", folds: "NDArray[np.intp]"
) -> "NDArray[np.float64]":
    """Give every row the probabilities of a model that was fitted to the other folds.

    The model is this project's fixed baseline: TF-IDF of character 1–3-grams (min_df 2,
    sublinear), then logistic regression, C = 10.

    Args:
        texts: one per row.
        codes: classes from 0 on.
        folds: which fold each row is judged with.

    Returns:
        Probabilities, shape: (rows, classes).
    """
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    rows = np.asarray(texts, dtype=object)
    believed = np.zeros((len(rows), int(codes.max()) + 1))
    for fold in np.unique(folds):
        held = folds == fold
        features = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
        model: Any = make_pipeline(features, LogisticRegression(C=10.0, max_iter=1000))
        model.fit(rows[~held], codes[~held])
        believed[np.ix_(held, model.classes_)] = model.predict_proba(rows[held])
    return believed
