"""What tags are worth: mistakes by kind, tables, figures; features of the baseline."""

import itertools

import numpy as np
import pyarrow as pa
import pytest

from xinzhi.tasks.token_classification.features import hashed_features
from xinzhi.tasks.token_classification.judgement import TagJudgement, faultless
from xinzhi.tasks.token_classification.rows import is_by_character

# O, B-LOC, I-LOC, B-PER, I-PER are 0 to 4
CASES = {
    "right": ([1, 2, 0], [1, 2, 0], {}),
    "wrong type": ([1, 2, 0], [3, 4, 0], {"wrong type": 1}),
    "wrong borders": ([1, 2, 0], [1, 2, 2], {"wrong borders": 1}),
    "two halves": ([1, 2, 2], [1, 0, 1], {"wrong borders": 2}),
    "wrong in both": ([1, 2, 0], [3, 4, 4], {"wrong in both": 1}),
    "invented": ([0, 0, 0], [0, 1, 0], {"invented": 1}),
    "missed": ([1, 2, 1], [0, 0, 1], {"missed": 1}),
}


def judged(gold, predicted, kinds=("LOC", "PER"), known=2):
    return TagJudgement(
        kinds=kinds,
        known=known,
        gold=np.array(gold),
        predicted=np.array(predicted),
        offsets=np.array([0, len(gold)]),
        loss=0.5,
    )


@pytest.mark.parametrize("case", CASES)
def test_mistakes_are_told_apart(case):
    gold, predicted, expected = CASES[case]
    given = judged(gold, predicted).mistakes()
    assert {kind: count for kind, count in given.items() if count} == expected


def test_a_faultless_model_has_the_metrics_of_all_others():
    metrics = faultless(("LOC", "PER")).metrics()
    assert set(metrics) == set(judged([1, 2, 0], [0, 0, 3]).metrics())
    assert {value for name, value in metrics.items() if name != "loss"} == {1.0}


def test_entities_of_unseen_types_count_as_missed():
    judgement = judged([1, 2, 5, 6], [1, 2, 0, 0], kinds=("LOC", "PER", "GEAR"))
    metrics = judgement.metrics()
    assert metrics["entities_of_unseen_types"] == 1
    assert (metrics["entity_precision"], metrics["entity_recall"]) == (1.0, 0.5)
    assert "training never saw GEAR" in judgement.report()


@pytest.mark.parametrize("gold", [[1, 2, 0, 3, 4], [0, 0, 0, 0, 0]], ids=["some", "none"])
def test_figures_are_drawn(gold):
    figures = judged(gold, [1, 2, 0, 0, 0], kinds=("LOC", "人名")).figures()
    assert {"entity_types", "confusion_matrix", "entity_mistakes"} <= set(figures)
    for figure in figures.values():
        figure.canvas.draw()


@pytest.mark.parametrize("words", [True, False])
def test_features_stay_within_sentences(words):
    tokens, offsets = pa.array(list("他在北京工作在上海")), np.array([0, 4, 6, 6, 9])
    together = hashed_features(tokens, offsets, buckets=1 << 20, words=words)
    for begin, end in itertools.pairwise(offsets):
        alone = hashed_features(
            tokens[begin:end], np.array([0, end - begin]), buckets=1 << 20, words=words
        )
        np.testing.assert_array_equal(together[begin:end], alone)
    assert len(np.unique(together[:, 2])) == 8  # the token itself: 在 stands twice


def test_characters_are_told_from_words():
    assert is_by_character(pa.array(list("他在北京工作了很久很久")))
    assert not is_by_character(pa.array(["He", "works", "in", "a", "bank", "."]))
