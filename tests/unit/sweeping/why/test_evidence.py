"""How likely each hypothesis is: against numerical integrals and against laws."""

import numpy as np
import pytest
from scipy import integrate, stats

from xinzhi.sweeping.why import evidence
from xinzhi.sweeping.why.evidence import Noise, believe

PARTS = np.array([[0, 0, 1, 1, 0, 1], [0, 0, 1, 1, 1, 1], [0, 0, 1, 1, 0.5, 0]])
VALUES = np.array([0.1, -0.4, 3.2, 2.7, 0.3, 2.9])


def test_the_evidence_is_the_integral_over_level_difference_and_noise():
    trust = 7.0
    log, *_ = evidence._regressed(PARTS, VALUES, trust)
    ratio = [np.exp(log[1] - log[0]), np.exp(log[2] - log[0])]
    truth = [_integral(parts, trust) for parts in PARTS]
    assert ratio == pytest.approx([truth[1] / truth[0], truth[2] / truth[0]], rel=1e-3)


def _integral(parts, trust):
    """Level and difference are gone by a multivariate normal, the noise by quadrature."""
    design = np.stack([np.ones_like(parts), parts], axis=1)
    before = np.diag([evidence._LEVEL**2, evidence._DIFFERENCE**2])
    covariance = np.eye(len(parts)) + design @ before @ design.T
    prior = stats.invgamma(trust / 2, scale=trust / 2)

    def at(variance):
        return prior.pdf(variance) * stats.multivariate_normal.pdf(
            VALUES, cov=covariance * variance
        )

    return integrate.quad(at, 1e-3, 60, limit=400, epsabs=0)[0]


def test_the_scale_and_the_direction_of_the_metric_do_not_matter():
    prior = np.full(3, 1 / 3)
    plain = believe(prior, PARTS, VALUES, Noise(deviation=1.0))
    other = believe(prior, PARTS, 50 - 0.01 * VALUES, Noise(deviation=0.01))
    assert other.weights == pytest.approx(plain.weights, rel=1e-6)
    assert other.difference == pytest.approx(-0.01 * plain.difference, rel=1e-6)
    assert other.unexplained == pytest.approx(plain.unexplained, rel=1e-6)


def test_without_probes_nothing_is_learnt():
    prior = np.array([0.5, 0.3, 0.2])
    belief = believe(prior, PARTS[:, :4], VALUES[:4], Noise(deviation=1.0))
    assert belief.weights / belief.weights.sum() == pytest.approx(prior)


def test_values_between_and_beyond_everything_are_explained_by_nothing():
    parts = np.array([[0, 0, 1, 1, 0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 1, 0, 0, 1, 1, 0]])
    values = np.array([0, 0.1, 10, 10.1, 5, 4, -3, 14, 7, 2.0])
    belief = believe(np.full(2, 0.5), parts, values, Noise(deviation=0.1, trust=20))
    assert belief.unexplained > 0.99


def test_a_misjudged_noise_is_seen_through():
    random = np.random.default_rng(0)
    parts = np.tile([0.0, 1.0], 100)[None]
    values = 3 * parts[0] + random.normal(size=200)
    for given in (0.5, 1.5):
        belief = believe(np.ones(1), parts, values, Noise(deviation=given, trust=6))
        assert belief.deviation[0] == pytest.approx(1.0, abs=0.15)
