"""Prepared features teach a model what scikit-learn's own pipeline teaches it."""

import numpy as np
import pyarrow as pa
import pytest
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from xinzhi.data import features


@pytest.mark.parametrize("load", [load_breast_cancer, load_wine])
def test_the_same_answers_as_a_pipeline(load):
    data = load(as_frame=True)
    order = np.random.default_rng(0).permutation(len(data.target))
    train, test = np.split(order, [int(0.7 * len(order))])
    table = pa.Table.from_pandas(data.data, preserve_index=False)
    prepared = features.fit(table.take(train))
    values, classes = data.data.to_numpy(), data.target.to_numpy()
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    theirs = pipeline.fit(values[train], classes[train]).predict_proba(values[test])
    ours = LogisticRegression(max_iter=500).fit(
        prepared.transform(table.take(train)).numeric, classes[train]
    )
    found = ours.predict_proba(prepared.transform(table.take(test)).numeric)
    np.testing.assert_allclose(found, theirs, atol=1e-3)
    assert (found.argmax(axis=1) == classes[test]).mean() > 0.95


def test_each_kind_of_column_tells_what_it_knows(mixed):
    """The label is made of one column at a time; its outputs alone predict it."""
    truths = {
        "city": [city == "Rome" for city in mixed["city"].to_pylist()],
        "note": ["oil" in (note or "") for note in mixed["note"].to_pylist()],
        "opened": [moment.month in {5, 6, 7, 8} for moment in mixed["opened"].to_pylist()],
        "image": [vector[0] > 0.5 for vector in mixed["image"].to_pylist()],
        "amount": [(amount or 0) > 1 for amount in mixed["amount"].to_pylist()],
        "quantity": [int(count) > 300 for count in mixed["quantity"].to_pylist()],
    }
    recipe = features.Recipe(onehot=True, scaling="quantile")
    prepared = features.fit(mixed.slice(0, 300), label="queue", recipe=recipe)
    matrix = prepared.transform(mixed).numeric
    parts = {part.column: list(part.numeric) for part in prepared.parts}
    for name, truth in truths.items():
        own = matrix[:, parts[name]]
        judge = LogisticRegression(C=100, max_iter=2000).fit(own[:300], truth[:300])
        assert judge.score(own[300:], truth[300:]) > 0.93, name
