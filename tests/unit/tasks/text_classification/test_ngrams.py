"""The n-gram model against scikit-learn: the same TF-IDF, the same optimum."""

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from xinzhi.data.tokenizers import characters
from xinzhi.data.tokens import TokenTable
from xinzhi.tasks.text_classification.ngrams import NgramLinear

TEXTS = ["好好吃", "不好吃不好", "好", "很好很好很好", "不吃", "吃了很不好", "好吃很好", "很不好吃"]
TARGETS = np.array([1, 0, 1, 1, 0, 0, 1, 0])


@pytest.fixture
def tokens():
    tokenizer = characters(TEXTS, min_frequency=1)
    encoded = tokenizer.encode(TEXTS, max_length=64)
    return tokenizer, TokenTable(encoded.ids, encoded.offsets, pad_id=tokenizer.pad_id)


@pytest.fixture
def linear(tokens):
    tokenizer, table = tokens
    model = NgramLinear(
        tokenizer=tokenizer, num_classes=2, scale=1.0, buckets=2**20, training_tokens=table
    )
    ids, lengths = map(torch.from_numpy, table.batch(np.arange(len(TEXTS))))
    return model, ids, lengths


@pytest.fixture
def tfidf():
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    return vectorizer.fit_transform(TEXTS)


def test_scores_have_the_inner_products_of_scikit_learns_tfidf(linear, tfidf):
    # a score is linear in the weights: its gradient is the text's vector
    model, ids, lengths = linear
    rows = []
    for row in range(len(TEXTS)):
        weights = model.weights.weight
        weights.grad = None
        model.features(ids[row : row + 1], lengths[row : row + 1])[0, 0].backward()
        rows.append(weights.grad[:, 0].clone())
    vectors = torch.stack(rows)
    expected = (tfidf @ tfidf.T).toarray()
    np.testing.assert_allclose((vectors @ vectors.T).numpy(), expected, atol=1e-5)


def test_its_optimum_is_that_of_logistic_regression(linear, tfidf):
    model, ids, lengths = linear
    c = 10.0
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=500, line_search_fn="strong_wolfe")
    targets = torch.from_numpy(TARGETS)

    def closure():
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(ids, lengths), targets, reduction="sum")
        # two columns of opposite weights w / 2 share the penalty of one column w
        loss = c * loss + model.weights.weight.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    expected = LogisticRegression(C=c, tol=1e-8, max_iter=5000).fit(tfidf, TARGETS)
    ours = model(ids, lengths).softmax(1)[:, 1].detach().numpy()
    np.testing.assert_allclose(ours, expected.predict_proba(tfidf)[:, 1], atol=2e-3)


def test_a_text_of_rare_ngrams_alone_scores_the_bias(linear, tokens):
    model, _, _ = linear
    tokenizer, _ = tokens
    torch.nn.init.normal_(model.weights.weight)
    ids = torch.from_numpy(tokenizer.encode(["了"], max_length=4).ids.astype(np.int64))[None]
    scores = model(ids, torch.tensor([1]))
    torch.testing.assert_close(scores[0], model.bias)
