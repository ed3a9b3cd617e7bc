"""Probabilities as a table of answers. Shapes: N records, C classes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def labelled(
    probabilities: np.ndarray,
    classes: Sequence[str],
    *,
    threshold: float | None = None,
    multilabel: bool = False,
) -> pd.DataFrame:
    """Gives `label`, `probability` of it and `p:<class>` of each class, a row per record.

    Args:
        probabilities: shape (N, C).
        classes: C names.
        threshold: of the probability from which an answer needs no person: column `accepted`.
        multilabel: `label` joins all classes of at least 0.5 by `|`.
    """
    best = probabilities.argmax(1) if len(probabilities) else np.zeros(0, dtype=np.int64)
    confidence = probabilities[np.arange(len(best)), best]
    names = np.array(classes, dtype=object)
    labels = ["|".join(names[row]) for row in probabilities >= 0.5] if multilabel else names[best]
    answers = pd.DataFrame({"label": list(labels), "probability": confidence})
    if threshold is not None:
        answers["accepted"] = confidence >= threshold
    scores = pd.DataFrame(probabilities, columns=[f"p:{name}" for name in classes])
    return pd.concat([answers, scores], axis=1)
