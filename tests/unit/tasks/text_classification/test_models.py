"""Models: padding changes nothing, the loss falls, weights survive the bundle."""

import numpy as np
import pytest
import torch

from xinzhi.data.tokenizers import characters
from xinzhi.nn.saving import save_bundle
from xinzhi.tasks.text_classification.inference import TextClassifier
from xinzhi.tasks.text_classification.model import BiLSTM, SmallTransformer, TextCNN
from xinzhi.tasks.text_classification.ngrams import NgramBag, NgramLinear

TEXTS = ["good good fine", "bad bad poor", "very good", "so bad", "fine", "poor thing"]
TARGETS = torch.tensor([1, 0, 1, 0, 1, 0])
SMALL = {
    TextCNN: {"embedding": 8, "channels": 6, "dropout": 0.0},
    BiLSTM: {"embedding": 8, "hidden": 5, "dropout": 0.0},
    NgramBag: {"embedding": 8, "buckets": 97, "dropout": 0.0},
    NgramLinear: {"buckets": 997},
    SmallTransformer: {"width": 8, "heads": 2, "dropout": 0.0},
}


@pytest.fixture(scope="module")
def tokenizer():
    return characters(TEXTS, min_frequency=1)


def padded(tokenizer, texts, width=0):
    encoded = [tokenizer.encode([text], max_length=64).ids for text in texts]
    width = max(width, *(len(ids) for ids in encoded))
    ids = np.full((len(texts), width), tokenizer.pad_id)
    for row, piece in enumerate(encoded):
        ids[row, : len(piece)] = piece
    return torch.from_numpy(ids), torch.tensor([len(piece) for piece in encoded])


@pytest.fixture(params=SMALL, ids=lambda cls: cls.__name__)
def model(request, tokenizer):
    torch.manual_seed(0)
    return request.param(tokenizer=tokenizer, num_classes=2, **SMALL[request.param])


def test_padding_does_not_change_scores(model, tokenizer):
    model.eval()
    alone = torch.cat([model(*padded(tokenizer, [text])) for text in TEXTS])
    together = model(*padded(tokenizer, TEXTS, width=40))
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)


def test_loss_falls(model, tokenizer):
    ids, lengths = padded(tokenizer, TEXTS)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
    history = []
    for _ in range(30):
        loss = torch.nn.functional.cross_entropy(model(ids, lengths), TARGETS)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    assert history[-1] < 0.3 * history[0]


def test_bundle_answers_as_the_model_does(model, tokenizer, tmp_path):
    model.eval()
    kind = type(model)
    save_bundle(
        tmp_path,
        inference=TextClassifier,
        model=model,
        architecture={
            "target": f"{kind.__module__}.{kind.__name__}",
            "arguments": SMALL[kind],
        },
        beside=[tokenizer],
        settings={
            "classes": ["no", "yes"],
            "multilabel": False,
            "max_length": 64,
            "accept": 0.95,
            "threshold": 0.6,
        },
    )
    answers = TextClassifier.load(tmp_path).predict(TEXTS)
    expected = model(*padded(tokenizer, TEXTS)).softmax(1).detach().numpy()
    np.testing.assert_allclose(answers[["p:no", "p:yes"]], expected, rtol=1e-4, atol=1e-5)
    assert answers["label"].tolist() == [["no", "yes"][row.argmax()] for row in expected]
    np.testing.assert_array_equal(answers["accepted"], answers["probability"] >= 0.6)


def test_order_of_records_does_not_matter(model, tokenizer):
    settings = {"classes": ["a", "b"], "multilabel": False, "max_length": 64}
    classifier = TextClassifier(model, tokenizer, settings)
    forward = classifier.predict(TEXTS)["p:a"].to_numpy()
    backward = classifier.predict(TEXTS[::-1])["p:a"].to_numpy()[::-1]
    np.testing.assert_allclose(forward, backward, rtol=1e-4)
