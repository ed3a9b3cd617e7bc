"""Scores and thresholds of one class, against scikit-learn and by trying every threshold."""

import numpy as np
import pytest
import torch
from sklearn import metrics

from xinzhi.metrics.binary import Cost, binary_scores, choose, decisions, ks

RANDOM = np.random.default_rng(0)
TRUTH = RANDOM.random(400) < 0.3
CHANCE = np.round(np.clip(0.3 * TRUTH + 0.7 * RANDOM.random(400), 0, 1), 2)  # with many ties
PROBABILITY, POSITIVE = torch.from_numpy(CHANCE), torch.from_numpy(TRUTH)


def cost_at(threshold, cost):
    decided = threshold <= CHANCE
    wrong = cost.false_positive * (decided & ~TRUTH) + cost.false_negative * (~decided & TRUTH)
    return wrong.mean()


def test_scores_are_those_of_sklearn():
    scores = binary_scores(PROBABILITY, POSITIVE, threshold=0.45, cost=Cost(1, 5))
    decided = CHANCE >= 0.45
    assert scores["auroc"] == pytest.approx(metrics.roc_auc_score(TRUTH, CHANCE), abs=1e-6)
    average = metrics.average_precision_score(TRUTH, CHANCE)
    assert scores["average_precision"] == pytest.approx(average, abs=1e-6)
    assert scores["brier"] == pytest.approx(metrics.brier_score_loss(TRUTH, CHANCE))
    assert scores["f1"] == pytest.approx(metrics.f1_score(TRUTH, decided))
    assert scores["precision"] == pytest.approx(metrics.precision_score(TRUTH, decided))
    assert scores["recall"] == pytest.approx(metrics.recall_score(TRUTH, decided))
    assert scores["cost"] == pytest.approx(cost_at(0.45, Cost(1, 5)))


def test_ks_is_the_two_sample_statistic():
    from scipy.stats import ks_2samp

    expected = ks_2samp(CHANCE[TRUTH], CHANCE[~TRUTH], alternative="less").statistic
    assert ks(decisions(PROBABILITY, POSITIVE)) == pytest.approx(expected)


@pytest.mark.parametrize("cost", [Cost(1, 1), Cost(1, 5), Cost(20, 1)])
def test_no_threshold_costs_less_than_the_chosen_one(cost):
    every = [cost_at(threshold, cost) for threshold in np.linspace(-0.001, 1.001, 2005)]
    chosen = choose(PROBABILITY, POSITIVE, cost)
    assert cost_at(chosen, cost) == pytest.approx(min(every))


def test_no_threshold_has_a_higher_f1_than_the_chosen_one():
    every = [metrics.f1_score(TRUTH, at <= CHANCE) for at in np.linspace(0, 1, 501)]
    chosen = choose(PROBABILITY, POSITIVE, None)
    assert metrics.f1_score(TRUTH, chosen <= CHANCE) == pytest.approx(max(every))


def test_few_rows_do_not_lead_away_from_the_indifferent_threshold():
    random = torch.Generator().manual_seed(0)
    errors = {0.0: [], 1.0: []}
    for _ in range(60):
        true = torch.rand(80, generator=random)
        right = torch.rand(80, generator=random) < true
        for slack, found in errors.items():
            found.append(abs(choose(true, right, Cost(1, 4), slack=slack) - 0.2))
    assert np.mean(errors[1.0]) < 0.5 * np.mean(errors[0.0])
    true = torch.rand(200_000, generator=random)
    right = torch.rand(200_000, generator=random) < true**2  # not calibrated: √0.2 is best
    assert choose(true, right, Cost(1, 4), slack=1.0) == pytest.approx(0.2**0.5, abs=0.03)


def test_of_thresholds_that_decide_alike_the_indifferent_one_is_taken():
    apart = torch.tensor([0.01, 0.02, 0.97, 0.99])
    right = torch.tensor([False, False, True, True])
    assert choose(apart, right, Cost(1, 4)) == pytest.approx(0.2)
    assert choose(apart, right, None) == pytest.approx(0.5)


def test_the_order_of_rows_makes_no_difference():
    order = torch.randperm(400, generator=torch.Generator().manual_seed(1))
    for cost in (None, Cost(1, 5)):
        mixed = choose(PROBABILITY[order], POSITIVE[order], cost)
        assert mixed == choose(PROBABILITY, POSITIVE, cost)


def test_errors_are_counted_at_each_threshold():
    counted = decisions(PROBABILITY, POSITIVE)
    for at, alarms, missed in zip(*counted[:3], strict=True):
        decided = float(at) <= CHANCE
        assert (int(alarms), int(missed)) == ((decided & ~TRUTH).sum(), (~decided & TRUTH).sum())


def test_what_one_class_alone_does_not_define_is_nan():
    scores = binary_scores(PROBABILITY, torch.zeros(400, dtype=torch.bool), threshold=0.5)
    assert np.isnan([scores["auroc"], scores["average_precision"], scores["ks"]]).all()
    assert scores["recall"] == 0
