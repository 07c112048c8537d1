"""Distances of disordered crystals: made members give the offset of a family, and the draws cover the truth."""

import numpy as np
import pytest

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.physics.phase_stability import synthesised_distance
from ssbscreen.screening.hulls.disordered import _CommonOffset, disordered_distances, entropy_words, free_energies

N_DRAWS = 4000


def drawn(above, made, families):
    ids = [f"row {i}" for i in range(len(above))]
    std = np.full(len(above), 0.05)
    return disordered_distances(np.array(above), std, np.array(made, dtype=bool), families, ids, 0, N_DRAWS)


def test_a_family_is_measured_against_its_made_members():
    families = ["argyrodite"] * 5 + ["nasicon"] * 4
    above = [0.23, 0.24, 0.22, 0.23, 0.33, 0.05, 0.04, 0.06, 0.06]
    made = [1, 1, 1, 0, 0, 1, 1, 1, 0]
    found = np.median(drawn(above, made, families), axis=1)
    assert np.isnan(found[[0, 1, 2, 5, 6, 7]]).all()  # what was made has no need of it
    assert found[4] - found[3] == pytest.approx(0.10, abs=0.01)  # its own energy, not that of its family
    assert found[3] < 0.03
    assert found[8] < 0.04


def test_where_too_few_were_made_the_energy_stands_with_its_own_error():
    """One family alone does not say what another one's offset is."""
    found = drawn([0.2, 0.2, 0.3, np.nan], [1, 1, 0, 0], ["lgps"] * 4)
    assert np.isnan(found[[0, 1, 3]]).all()
    assert np.median(found[2]) == pytest.approx(0.3, abs=0.01)
    assert found[2].std() == pytest.approx(0.05, rel=0.1)
    assert np.median(drawn([0.2, 0.2, 0.2, 0.3], [1, 1, 1, 0], ["lgps"] * 3 + ["garnet"])[3]) > 0.25
    assert drawn([], [], []).shape == (0, N_DRAWS)


def test_a_family_without_made_members_takes_what_all_have_in_common():
    above = [0.19, 0.21, 0.09, 0.11, 0.14, 0.16, 0.50]
    families = ["a", "a", "b", "b", "c", "c", "new"]
    found = drawn(above, [1, 1, 1, 1, 1, 1, 0], families)[6]
    made = synthesised_distance(np.array([0.5])).item()
    assert np.median(found) == pytest.approx(0.50 - 0.15 + made, abs=0.002)
    # means scatter by 0.05, of that 0.01 by chance; the mean of three is in doubt itself; one more member by 0.0141
    assert found.std() == pytest.approx(np.sqrt(0.05**2 - 0.01**2 + 0.05**2 / 3 + 0.0141**2), rel=0.03)
    alike = drawn([0.2, 0.2, 0.1, 0.1, 0.50], [1, 1, 1, 1, 0], ["a", "a", "b", "b", "new"])[4]
    assert np.median(alike) == pytest.approx(0.50 - 0.15 + made, abs=0.005)  # members that agree to the last digit


def test_a_prediction_that_is_less_certain_than_those_of_made_compounds_scatters_by_as_much_more():
    """Variances add: the scatter of made members holds their own error, 0.05, and what is beyond that comes on top."""
    above = [0.19, 0.21, 0.09, 0.11, 0.50, 0.50, 0.50]
    made = np.array([1, 1, 1, 1, 0, 0, 0], dtype=bool)
    std = np.array([0.05, 0.05, 0.05, 0.05, 0.02, 0.05, 0.13])
    ids = [f"row {i}" for i in range(7)]
    families = ["a", "a", "b", "b", "a", "a", "a"]
    found = disordered_distances(np.array(above), std, made, families, ids, 0, N_DRAWS)[4:].std(axis=1)
    assert found[0] == pytest.approx(found[1], rel=0.05)  # never less than made members scatter
    assert found[2] ** 2 - found[1] ** 2 == pytest.approx(0.13**2 - 0.05**2, rel=0.06)


def test_an_offset_is_the_best_linear_prediction():
    """Against the mean of a multivariate normal distribution, its covariance written out."""
    common = _CommonOffset(mean=0.06, between=0.0023, within=0.0017)
    rng = np.random.default_rng(0)
    for n in (0, 1, 2, 7):
        values = rng.normal(0.1, 0.05, n)
        covariance = np.full((n + 1, n + 1), common.between)  # of the family's offset, then of its members
        covariance[1:, 1:] += common.within * np.eye(n)
        gain = np.linalg.solve(covariance[1:, 1:], covariance[1:, 0])
        offset, error = common.of(values)
        assert offset == pytest.approx(0.06 + gain @ (values - 0.06))
        doubt = covariance[0, 0] - gain @ covariance[1:, 0]
        assert error**2 >= doubt
        if n < 2:  # nothing of its own to say of the scatter
            assert error**2 == pytest.approx(doubt + common.within)


def test_five_made_members_say_as_much_of_their_scatter_as_all_families_do():
    """Four degrees of freedom beside a weight of four: the variance lies in the middle of both; of two, at a fifth."""
    common = _CommonOffset(mean=0.0, between=0.01, within=0.0004)
    for values, share in ((np.array([-0.2, -0.1, 0.0, 0.1, 0.2]), 0.5), (np.array([-0.1, 0.1]), 0.2)):
        n, own = len(values), values.var(ddof=1)
        doubt = 1.0 / (1.0 / common.between + n / common.within)  # of a normal mean: precisions add
        _, error = common.of(values)
        assert error**2 - doubt == pytest.approx(share * own + (1.0 - share) * common.within)


def test_one_made_member_more_makes_no_step():
    """A family whose offset differs: its candidate moves by no more than the share of one member."""
    others = [0.05, 0.03, 0.04, 0.08, 0.09, 0.10]
    before = None
    for n in range(8):
        above = [*others, *([0.20] * n), 0.30]
        families = ["a"] * 3 + ["b"] * 3 + ["c"] * (n + 1)
        middle = np.median(drawn(above, [1] * (6 + n) + [0], families)[-1])
        if before is not None:
            assert abs(middle - before) <= 0.2 / n + 0.01
            assert middle <= before + 0.005
        before = middle
    assert before == pytest.approx(0.10, abs=0.02)


def test_free_energy_counts_the_disorder_of_disordered_crystals_alone():
    half = Crystal(4.0 * np.eye(3), np.zeros((1, 3)), np.array([0, 0]), np.array([3, 11]), np.array([0.5, 0.5]))
    whole = Crystal.ordered(4.0 * np.eye(3), np.zeros((1, 3)), np.array([3]))
    candidates = [Candidate("half", crystal=half), Candidate("whole", crystal=whole)]
    found = free_energies(candidates, np.array([-1.0, -1.0]))
    assert found[0] == pytest.approx(-1.0 - 298.15 * 8.617333e-5 * np.log(2.0))
    assert np.isnan(found[1])
    words = entropy_words(candidates, np.array([True, False]), ["oxide", "oxide"], ["garnet", "garnet"])
    assert words[0].startswith("disorder takes 18 meV/atom at 25 degree C, ")
    assert words[1] == ""


def test_draws_cover_the_truth_of_made_up_families():
    """Offsets and scatter that differ from family to family are recovered: 90 % intervals hold 80 to 98 %."""
    rng = np.random.default_rng(3)
    above, made, families, truth = [], [], [], []
    for family in range(60):
        offset, scatter = rng.uniform(0.0, 0.5), 0.04 * rng.uniform(0.7, 1.4)
        for member in range(12):
            true = 0.0 if member < 6 else rng.uniform(0.2, 0.4)  # far from 0, where draws are cut off
            above.append(true + offset + scatter * rng.normal())
            made.append(member < 6)
            families.append(f"family {family}")
            truth.append(true)
    found = drawn(above, made, families)
    rows = ~np.array(made)
    low, high = np.quantile(found[rows], (0.05, 0.95), axis=1)
    covered = np.mean((low <= np.array(truth)[rows]) & (np.array(truth)[rows] <= high))
    assert 0.80 <= covered <= 0.98
    assert np.median(high - low) < 0.25


def test_order_of_rows_changes_nothing():
    above, made, families = [0.23, 0.24, 0.22, 0.33], [True, True, True, False], ["argyrodite"] * 4
    ids, std = list("abcd"), np.full(4, 0.05)
    one = disordered_distances(np.array(above), std, np.array(made), families, ids, 0, 50)
    other = disordered_distances(np.array(above[::-1]), std, np.array(made[::-1]), families, ids[::-1], 0, 50)
    assert np.array_equal(one[3], other[0])
