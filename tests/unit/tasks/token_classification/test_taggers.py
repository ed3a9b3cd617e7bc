"""Taggers: padding changes nothing, the loss falls, weights survive the bundle, spans are where
they say."""

import itertools

import numpy as np
import pandas as pd
import pytest
import torch

from xinzhi.data.tokens import TokenTable
from xinzhi.errors import DataError
from xinzhi.metrics.spans import bio_names, bio_spans
from xinzhi.nn.saving import save_bundle
from xinzhi.tasks.token_classification.decoding import best_tags, probabilities
from xinzhi.tasks.token_classification.inference import EntityRecognizer
from xinzhi.tasks.token_classification.model import BiLSTMTagger, DilatedCNN
from xinzhi.tasks.token_classification.splitting import split
from xinzhi.tasks.token_classification.tokens import whole
from xinzhi.tasks.token_classification.windows import window_table

SENTENCES = ["他在北京工作", "北京人在上海", "李明在北京", "上海的李明", "工作"]
GOLD = [[0, 0, 1, 2, 0, 0], [1, 2, 0, 0, 1, 2], [3, 4, 0, 1, 2], [1, 2, 0, 3, 4], [0, 0]]
TYPES = ("LOC", "PER")
SETTINGS = {"types": TYPES, "max_length": 64, "by_character": True}
VECTORS = {"embedding": 8, "pair_embedding": 4, "pairs": 40, "min_pair_count": 1, "dropout": 0.0}
SMALL = {
    BiLSTMTagger: VECTORS | {"hidden": 6, "layers": 2},
    DilatedCNN: VECTORS | {"channels": 8, "dilations": (1, 2)},
}


@pytest.fixture(scope="module")
def tokenizer():
    return whole("".join(SENTENCES), min_frequency=1)


@pytest.fixture(scope="module")
def table(tokenizer):
    offsets = np.cumsum([0, *map(len, SENTENCES)])
    return window_table(tokenizer, list("".join(SENTENCES)), offsets, max_length=64)


@pytest.fixture(params=SMALL, ids=lambda cls: cls.__name__)
def model(request, tokenizer, table):
    torch.manual_seed(0)
    tokens = TokenTable(table.pieces.ids, table.document_offsets, pad_id=tokenizer.pad_id)
    return request.param(
        tokenizer=tokenizer, tags=bio_names(TYPES), training_tokens=tokens, **SMALL[request.param]
    )


@pytest.fixture
def fitted(model, table):
    batch = table.batch(np.arange(len(SENTENCES)))
    targets = torch.tensor([[*tags, *[0] * (6 - len(tags))] for tags in GOLD])
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.05)
    history = []
    for _ in range(40):
        scores = model(batch["ids"], batch["lengths"], batch["places"])
        loss = model.chain.losses(scores, targets, batch["sizes"]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    assert history[-1] < 0.1 * history[0]
    return model.eval()


def test_padding_does_not_change_scores(model, table):
    model.eval()
    together = model(*map(table.batch(np.arange(5)).get, ("ids", "lengths", "places")))
    for row, sentence in enumerate(SENTENCES):
        alone = model(*map(table.batch(np.array([row])).get, ("ids", "lengths", "places")))
        torch.testing.assert_close(together[row, : len(sentence)], alone[0], rtol=1e-4, atol=1e-5)


def test_pairs_are_those_within_sentences(model, tokenizer):
    known = model.vectors.known_pairs
    size, number = tokenizer.vocabulary_size, tokenizer.backend.token_to_id
    codes = {
        number(a) * size + number(b) for text in SENTENCES for a, b in itertools.pairwise(text)
    }
    assert set(known[known < 1 << 40].tolist()) == codes


def test_bundle_answers_as_the_model_does(fitted, tokenizer, tmp_path):
    kind = type(fitted)
    architecture = {"target": f"{kind.__module__}.{kind.__name__}", "arguments": SMALL[kind]}
    save_bundle(tmp_path, inference=EntityRecognizer, model=fitted, architecture=architecture,
                settings=SETTINGS, beside=[tokenizer])  # fmt: skip
    loaded = EntityRecognizer.load(tmp_path)
    here = EntityRecognizer(fitted, tokenizer, SETTINGS)
    pd.testing.assert_frame_equal(loaded.predict(SENTENCES), here.predict(SENTENCES))


def test_spans_are_where_they_say(fitted, tokenizer):
    recognizer = EntityRecognizer(fitted, tokenizer, SETTINGS)
    texts = ["李明在 北京", "", " \n ", "工作", None, "x" * 300]
    answers = recognizer.predict(pd.DataFrame({"text": texts}))
    assert len(answers) == len(texts)
    first = answers["entities"][0]
    assert [(one["text"], one["type"]) for one in first] == [("李明", "PER"), ("北京", "LOC")]
    for text, found in zip(texts, answers["entities"], strict=True):
        for one in found:
            assert text[one["start"] : one["end"]] == one["text"]
            assert 0 <= one["score"] <= 1
    assert answers["entities"][1] == answers["entities"][2] == []
    assert answers["answer"][1] == "no entity"
    assert answers["answer"][0].startswith("李明 PER (")


def test_tokens_are_taken_as_they_come(fitted, tokenizer):
    recognizer = EntityRecognizer(fitted, tokenizer, SETTINGS)
    (found,) = recognizer.predict([list("李明在北京")])["entities"]
    assert [(one["text"], one["start"], one["end"]) for one in found] == [
        ("李明", 0, 2),
        ("北京", 3, 5),
    ]


def test_order_and_company_of_records_do_not_matter(fitted, tokenizer):
    recognizer = EntityRecognizer(fitted, tokenizer, SETTINGS)
    forward = recognizer.predict(SENTENCES)["answer"].tolist()
    assert recognizer.predict(SENTENCES[::-1])["answer"].tolist()[::-1] == forward
    assert [recognizer.predict([one])["answer"][0] for one in SENTENCES] == forward
    assert recognizer.predict([])["answer"].tolist() == []


def test_another_column_is_refused(fitted, tokenizer):
    with pytest.raises(DataError, match="text"):
        EntityRecognizer(fitted, tokenizer, SETTINGS).predict(pd.DataFrame({"txt": ["a"]}))


def test_long_documents_by_windows_find_what_short_ones_hold(fitted, tokenizer):
    recognizer = EntityRecognizer(fitted, tokenizer, SETTINGS | {"max_length": 16})
    (found,) = recognizer.predict(["工作" * 40 + "李明在北京" + "工作" * 40])["entities"]
    assert ("李明", 80) in {(one["text"], one["start"]) for one in found}


def test_documents_of_all_lengths_are_decoded_alike(model):
    random = torch.Generator().manual_seed(0)
    offsets = np.array([0, 3, 3, 40, 41, 60])
    scores = 3 * torch.randn(60, 5, generator=random)
    tags = best_tags(model.chain, scores, offsets)
    for begin, end in itertools.pairwise(offsets):
        if end > begin:
            alone = model.chain.decode(scores[None, begin:end], torch.tensor([end - begin]))
            assert tags[begin:end].tolist() == alone[0].tolist()
    found = bio_spans(tags, offsets)
    likely = probabilities(model.chain, scores, offsets, found)
    assert ((likely > 0) & (likely <= 1)).all()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Mr. O'Neil's #AI at https://a.b/c?d=1 on 3/4", 10),
        ("@paul can't 3.5%", 4),
        ("", 0),
    ],
)
def test_words_keep_their_places(text, tokens):
    parts = split(text, by_character=False)
    assert len(parts.tokens) == tokens
    for token, start, end in zip(*parts, strict=True):
        assert text[start:end] == token
