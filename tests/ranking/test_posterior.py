"""Posterior of several studies: against brute force, made-up truth, and what must hold."""

import numpy as np
import pytest
from scipy.stats import norm, t

from ssbscreen.core.candidate import Bound
from ssbscreen.ranking.posterior import Normal, Study, log_evidence, posterior
from ssbscreen.ranking.scatter import Scatter

SCATTER = Scatter(scale=0.22, spread=0.57, dof=6.0, slope=0.33, slope_below=-3.0, prior_std=2.0, source="test")
FLAT = SCATTER.model_copy(update={"slope": 0.0})
PRIOR = Normal(-4.0, 1.0)


def studies(*values: float) -> list[Study]:
    return [Study(v) for v in values]


def test_against_importance_sampling():
    """A million draws of value and scale from their priors, weighted by the likelihood of three studies and a bound."""
    rng = np.random.default_rng(0)
    value = rng.normal(-4.0, 1.0, 1_000_000)
    scale = np.exp(np.log(0.22) + 0.33 * np.maximum(-3.0 - value, 0.0) + 0.57 * rng.standard_normal(1_000_000))
    weight = t.cdf((-2.5 - value) / scale, 6.0)
    for v in (-3.1, -2.8, -3.6):
        weight = weight * t.pdf((v - value) / scale, 6.0) / scale
    mean = (weight * value).sum() / weight.sum()
    std = np.sqrt((weight * (value - mean) ** 2).sum() / weight.sum())
    new = value + scale * rng.standard_t(6.0, 1_000_000)
    order = np.argsort(new)
    cumulative = np.cumsum(weight[order]) / weight.sum()
    lower, median, upper = np.interp((0.05, 0.5, 0.95), cumulative, new[order])
    given = [*studies(-3.1, -2.8, -3.6), Study(-2.5, Bound.BELOW)]
    found = posterior(given, PRIOR, SCATTER)
    assert found.mean == pytest.approx(mean, abs=0.01)
    assert found.std == pytest.approx(std, abs=0.01)
    assert (found.lower, found.median, found.upper) == pytest.approx((lower, median, upper), abs=0.03)
    assert log_evidence(given, PRIOR, SCATTER) == pytest.approx(np.log(weight.mean()), abs=0.02)


def test_heavy_tails_of_what_was_expected_against_a_dense_grid():
    """A study near and one 3.5 standard deviations away, summed over 40,000 values and 121 scales."""
    heavy = SCATTER.model_copy(update={"prior_dof": 4.0})
    value, node = np.linspace(-25.0, 15.0, 40_001)[:, None], np.linspace(-3.0, 3.0, 121)
    scale = np.exp(np.log(0.22) + 0.33 * np.clip(-3.0 - value, 0.0, 4.0) + 0.57 * node)
    prior = t.pdf((value + 4.0) / np.sqrt(0.5), 4.0) / np.sqrt(0.5)  # of standard deviation 1
    for measured in (-4.5, -0.5):
        weight = prior * norm.pdf(node) / norm.pdf(node).sum() * t.pdf((measured - value) / scale, 6.0) / scale
        mean = (weight * value).sum() / weight.sum()
        std = np.sqrt((weight * (value - mean) ** 2).sum() / weight.sum())
        found = posterior(studies(measured), PRIOR, heavy)
        assert (found.mean, found.std) == pytest.approx((mean, std), abs=0.02)
        assert log_evidence(studies(measured), PRIOR, heavy) == pytest.approx(np.log(weight.sum() * 0.001), abs=0.02)


def test_far_from_what_was_expected_the_study_wins_near_it_both_count():
    """What Dawid (1973) proved of the heavier tail: the doubt of a prior that was wrong drops out of the answer."""
    heavy = FLAT.model_copy(update={"prior_dof": 4.0})
    pulls = [x - posterior(studies(x), PRIOR, heavy).mean for x in (-3.5, -3.0, -2.0, 0.0, 4.0, 12.0)]
    assert max(pulls) < 0.4
    assert pulls[-1] < pulls[-2] < pulls[-3]
    normal = [x - posterior(studies(x), PRIOR, FLAT).mean for x in (-3.5, -3.0, -2.0, 0.0)]
    assert normal == sorted(normal)
    assert normal[-1] > 0.4


def test_nearly_gaussian_scatter_gives_the_conjugate_answer():
    normal = Scatter(scale=0.3, spread=0.001, dof=1e6, prior_std=2.0, source="test")
    values = np.array([-3.0, -2.6, -3.3, -2.9])
    precision = 1.0 + len(values) / 0.09
    mean = (-4.0 + values.sum() / 0.09) / precision
    found = posterior(studies(*values), PRIOR, normal)
    assert found.mean == pytest.approx(mean, abs=1e-3)
    assert found.std == pytest.approx(precision**-0.5, rel=1e-2)
    assert found.prior_weight == pytest.approx(1.0 / precision, rel=2e-2)
    half = norm.ppf(0.95) * np.hypot(0.3, precision**-0.5)
    assert found.upper - found.lower == pytest.approx(2.0 * half, rel=1e-2)


def test_without_a_study_the_prior_stands():
    found = posterior([], PRIOR, FLAT)
    assert (found.mean, found.std) == pytest.approx((-4.0, 1.0), abs=1e-3)
    assert found.prior_weight == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(("bound", "sign"), [(Bound.BELOW, 1.0), (Bound.ABOVE, -1.0)])
def test_a_bound_stays_a_bound(bound: Bound, sign: float):
    """It removes the far side and says nothing inside its own: the mean is that of a truncated normal."""
    sharp = FLAT.model_copy(update={"scale": 0.02, "spread": 0.01})
    found = posterior([Study(-4.0, bound)], PRIOR, sharp)
    assert found.mean == pytest.approx(-4.0 - sign * np.sqrt(2.0 / np.pi), abs=0.02)
    idle = posterior([Study(-4.0 + sign * 6.0, bound)], PRIOR, sharp)
    assert (idle.mean, idle.std) == pytest.approx((-4.0, 1.0), abs=0.01)


def test_a_material_whose_studies_differ_has_a_wider_interval():
    calm, wild = (posterior(studies(*v), PRIOR, FLAT) for v in ((-3.0, -3.1, -2.9, -3.05), (-3.0, -4.1, -2.2, -3.5)))
    assert wild.upper - wild.lower > 2.0 * (calm.upper - calm.lower)


def test_one_wild_study_among_many_hardly_moves_the_value():
    without = posterior(studies(-2.7, -2.6, -2.65, -2.8, -2.55), PRIOR, FLAT)
    with_it = posterior(studies(-2.7, -2.6, -2.65, -2.8, -2.55, -4.5), PRIOR, FLAT)
    assert abs(with_it.mean - without.mean) < 0.15


def test_nothing_exceeds_what_is_possible_and_scatter_does_not_grow_without_end():
    limited = SCATTER.model_copy(update={"highest": -0.5})
    high = posterior(studies(-0.8), Normal(-2.0, 2.0), limited)
    assert high.upper <= -0.5
    low = posterior(studies(-12.0), Normal(-9.0, 2.0), limited)
    assert low.median == pytest.approx(-12.0, abs=1.5)
    assert low.upper - low.lower < 8.0


def test_more_studies_never_leave_more_of_the_prior():
    weights = [posterior(studies(*([-3.0] * n)), PRIOR, FLAT).prior_weight for n in range(5)]
    assert weights == sorted(weights, reverse=True)


def test_a_disputed_value_counts_less_than_an_undisputed_one_and_more_than_none():
    plain = posterior(studies(-2.0), PRIOR, FLAT)
    disputed = posterior([Study(-2.0, is_disputed=True)], PRIOR, FLAT)
    assert PRIOR.mean + 0.1 < disputed.mean < plain.mean - 0.3
    assert disputed.lower < -5.0 < plain.lower


def test_intervals_hold_one_more_laboratory_as_often_as_they_say():
    """Materials and studies drawn from the model itself: 90 % of left-out studies lie inside, 3 sigma of 300."""
    rng = np.random.default_rng(3)
    inside = 0
    for _ in range(300):
        value = rng.normal(-4.0, 1.0)
        scale = np.exp(np.log(0.22) + 0.33 * max(-3.0 - value, 0.0) + 0.57 * rng.standard_normal())
        drawn = value + scale * rng.standard_t(6.0, int(rng.integers(2, 6)))
        found = posterior(studies(*drawn[1:]), PRIOR, SCATTER)
        inside += found.lower <= drawn[0] <= found.upper
    assert inside / 300 == pytest.approx(0.90, abs=0.052)
