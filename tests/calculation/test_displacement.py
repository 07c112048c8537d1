"""Growth of displacements against walks whose diffusion is known, and cages in which nothing diffuses."""

import numpy as np
import pytest
from scipy import stats

from ssbscreen.calculation.displacement import (
    Displacement,
    displacement,
    hops,
    least_diffusion,
    log_error,
    most_diffusion,
    overlap,
    why_no_line,
)

FRAME_PS, N_ION = 0.02, 24


def lattice_walk(cm2_s, n_frames, seed=0, tremble=0.2):
    """Ions that hop by 3 angstrom along the axes of a cubic lattice at random times, and tremble on their sites."""
    rng = np.random.default_rng(seed)
    a_frame = 6.0 * cm2_s * 1e4 / 9.0 * FRAME_PS
    assert a_frame < 0.2, "one hop a frame at most"
    step = np.zeros((n_frames, N_ION, 3))
    frame, ion = np.nonzero(rng.random((n_frames, N_ION)) < a_frame)
    step[frame, ion, rng.integers(0, 3, len(ion))] = 3.0 * rng.choice([-1.0, 1.0], len(ion))
    return np.cumsum(step, axis=0) + rng.normal(0, tremble, step.shape)


def cage(n_frames, seed=0, width=1.0, relaxation_ps=0.5):
    """Ions in a harmonic cage with friction (Ornstein and Uhlenbeck): displaced by 6 width^2 at most, diffusion 0."""
    rng, keeps = np.random.default_rng(seed), np.exp(-FRAME_PS / relaxation_ps)
    at = np.empty((n_frames, N_ION, 3))
    at[0] = rng.normal(0, width, (N_ION, 3))
    for i in range(1, n_frames):
        at[i] = keeps * at[i - 1] + np.sqrt(1 - keeps**2) * width * rng.normal(size=(N_ION, 3))
    return at


def judged(positions):
    """What is said of it, with the slope of a plain line through the fitted range as its coefficient, cm2/s."""
    found, picoseconds = displacement(positions), (len(positions) - 1) * FRAME_PS
    line = np.polyfit(found.lags[found.first :] * FRAME_PS, found.msd[found.first :], 1)
    diffusion = max(line[0], 0.0) / 6.0 * 1e-4
    n_hops = hops(diffusion, positions.shape[1], picoseconds)
    return found, diffusion, n_hops, why_no_line(found, n_hops, picoseconds, "Li")


def test_the_displacement_is_the_average_over_ions_and_starts():
    positions = lattice_walk(5e-5, 60)
    found = displacement(positions)
    for lag, msd in zip(found.lags, found.msd, strict=True):
        by_hand = [np.sum((positions[i + lag] - positions[i]) ** 2, axis=1).mean() for i in range(60 - lag)]
        assert msd == pytest.approx(np.mean(by_hand))
    assert found.lags[-1] == 30


def test_walks_on_a_lattice_pass_with_their_hops_and_a_linear_growth():
    passed, off = [], []
    for seed in range(10):
        found, diffusion, n_hops, why = judged(lattice_walk(5e-5, 800, seed))
        passed.append(not why)
        off.append(np.log(diffusion / 5e-5) / log_error(n_hops))
        assert found.msd[found.first] == pytest.approx(4.5, abs=1.5)  # half of a squared hop
        assert found.growth > 4.5
    assert np.mean(passed) >= 0.9
    assert np.abs(off).max() < 2.0  # of the stated errors
    # 24 ions, 6 D t over the squared hop: 24 * 3 angstrom2/ps * 20 ps / 9
    assert hops(5e-5, 24, 20.0) == pytest.approx(160.0)


@pytest.mark.parametrize("picoseconds", [6.0, 30.0])
def test_48_walks_of_the_least_coefficient_pass_nine_times_in_ten_and_those_of_half_of_it_do_not(picoseconds):
    n_frames, least = 1 + round(picoseconds / FRAME_PS), least_diffusion(picoseconds)

    def verdict(coefficient, seed):
        walks = [lattice_walk(coefficient, n_frames, 2 * seed + half) for half in (0, 1)]
        return judged(np.concatenate(walks, axis=1))[3]

    assert sum(not verdict(least, seed) for seed in range(20)) >= 17
    assert sum(not verdict(0.5 * least, seed) for seed in range(20)) <= 5
    why = verdict(0.1 * least, 0)
    assert f"over {least:.1g} cm2/s" in why
    assert f"{picoseconds:g} ps" in why


def test_the_error_of_the_exponent_is_that_of_many_walks():
    found = [displacement(lattice_walk(1e-4, 250, seed)).exponent() for seed in range(60)]
    exponents, errors = np.array(found).T
    assert exponents.mean() == pytest.approx(1.0, abs=0.05)
    assert exponents.std() < np.median(errors) < 1.5 * exponents.std()
    assert errors.min() > 0.4 * errors.max()  # of one length all, so that no run has an error of zero by luck


def test_displacements_over_several_times_share_chance_as_many_walks_do():
    """Covariance over 3,000 Gaussian walks of unit variance a step, whose squared steps have the variance 2 lag^2."""
    walks = np.cumsum(np.random.default_rng(0).normal(size=(3000, 401)), axis=1)
    lags = np.array([40.0, 120.0, 200.0])
    msd = [((walks[:, int(lag) :] - walks[:, : -int(lag)]) ** 2).mean(axis=1) for lag in lags]
    independent = 2.0 / 400.0  # 2 lag^2 over 400 / lag windows beside each other, over the cube of the lag
    np.testing.assert_allclose(np.cov(msd), independent * overlap(lags, 400.0), rtol=0.12)


def test_a_run_whose_variances_fall_out_oddly_has_an_error_of_its_exponent():
    """Variances that no walk has: what is made of them as covariance of three times is none, its form negative."""
    found = Displacement(np.array([10, 20, 30]), np.array([4.5, 9.0, 13.0]), np.array([6.0, 8.0, 9.0]), 0)
    assert found.exponent()[1] > 0.1


@pytest.mark.parametrize(("width", "relaxation_ps"), [(0.5, 0.2), (1.0, 0.5), (1.4, 2.0)])
def test_a_cage_never_passes_and_its_exponent_is_none_of_diffusion(width, relaxation_ps):
    for seed in range(3):
        found, _, _, why = judged(cage(1200, seed, width, relaxation_ps))
        assert found.msd[-1] == pytest.approx(6 * width**2, rel=0.3)
        assert "hardly leaves" in why or "not grow linearly" in why


def test_a_cage_with_rare_hops_is_told_apart_when_short_and_right_when_long():
    bounds = []
    for seed in range(12):
        *_, n_hops, why = judged(cage(300, seed) + lattice_walk(5e-6, 300, seed, 0.0))  # 5 hops are expected
        assert why
        bounds.append(most_diffusion(n_hops, N_ION, 299 * FRAME_PS))
    assert np.mean(np.array(bounds) >= 5e-6) > 0.9
    _, diffusion, n_hops, why = judged(cage(8000) + lattice_walk(5e-6, 8000, 1, 0.0))
    assert not why
    assert n_hops == pytest.approx(24 * 6 * 5e-6 * 1e4 * 160 / 9, rel=0.3)
    assert diffusion == pytest.approx(5e-6, rel=0.3)


def test_too_few_hops_say_how_long_a_run_would_give_enough():
    found = displacement(lattice_walk(5e-5, 1000))
    assert "20 hops of Li in 10.0 ps, 50 are needed; some 25 ps" in why_no_line(found, 20.0, 10.0, "Li")
    assert "48 hops of Li in 3.2 ps, 50 are needed; some 4 ps" in why_no_line(found, 48.0, 3.2, "Li")  # not 3


def test_ions_that_fly_do_not_diffuse():
    straight = np.linspace(0, 30, 500)[:, None, None] * np.random.default_rng(0).normal(size=(1, N_ION, 3))
    found, *_, why = judged(straight)
    assert "not grow linearly" in why
    assert "cages" not in why
    assert found.speeds_up


def test_the_bound_is_the_highest_rate_that_so_few_hops_allow():
    for n in (0, 1, 7):
        rate = most_diffusion(n, N_ION, 5.0) * 6e4 * 5.0 * N_ION / 9.0
        assert stats.poisson.cdf(n, rate) == pytest.approx(0.05, rel=1e-6)


def test_the_published_errors_by_the_number_of_hops():
    # X. He et al., npj Comput. Mater. 4, 18 (2018): 52, 38 and 28 % for 50, 100 and 200 hops
    assert [log_error(n) for n in (50, 100, 200)] == pytest.approx([0.52, 0.38, 0.28], abs=0.006)
    assert log_error(0.0) == log_error(1.0)


def test_a_displacement_that_falls_back_is_not_linear():
    for msd in ((4.5, 6.0, 4.0), (4.5, 4.0, 12.0)):
        found = Displacement(np.array([10, 20, 30]), np.array(msd), np.array([0.1, 0.2, 0.3]), 0)
        assert not found.is_linear


def test_a_growth_that_halves_is_not_linear_however_large_the_error():
    """Rates of the halves 4.5 and 1.0: ln(5.5 / 4.5) / ln 2 = 0.29, which chance alone could make of 1."""
    found = Displacement(np.array([10, 20, 30]), np.array([4.5, 9.0, 10.0]), np.array([1.0, 6.0, 18.0]), 0)
    exponent, error = found.exponent()
    assert exponent == pytest.approx(np.log(5.5 / 4.5) / np.log(2.0))
    assert 1.0 - exponent < 1.645 * error
    assert not found.is_linear
    wavers = Displacement(np.array([10, 20, 30]), np.array([4.5, 9.0, 12.0]), np.array([1.0, 6.0, 18.0]), 0)
    assert wavers.is_linear  # 0.74, within the error


def test_what_has_hardly_left_its_sites_does_not_speed_up():
    """Whatever its exponent, so that its slope is an upper bound; the same growth times ten does."""
    for scale, speeds_up in ((1.0, False), (10.0, True)):
        found = Displacement(np.array([10, 20, 30]), scale * np.array([0.1, 0.4, 2.0]), np.full(3, 1e-4), 0)
        assert found.exponent()[0] > 2.0
        assert not found.is_linear
        assert found.speeds_up == speeds_up


@pytest.mark.parametrize(("leaves_at", "first"), [(20, 20), (90, 50), (np.inf, 50)])
def test_the_line_is_fitted_over_half_of_the_times_at_least(leaves_at, first):
    """Steady motion whose squared displacement is 4.5, half a squared hop, at one time of at most 100 frames."""
    positions = np.zeros((201, 2, 3))
    positions[:, :, 0] = (np.arange(201) * np.sqrt(4.5) / leaves_at)[:, None]
    found = displacement(positions)
    assert found.lags[found.first] == pytest.approx(first, abs=3)
