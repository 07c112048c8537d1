"""The quick estimate of a score: learned from a sample, honest about what is far from it."""

import numpy as np
import pytest

from ssbscreen.screening.large_pools.student import Student, learn, nearest, teach, wider
from ssbscreen.screening.large_pools.student_descriptors import Described

N, N_ELEMENTS = 300, 6


def described(seed=0, n=N, elements=(0, 1, 2, 3)):
    """Made-up compositions of some elements, whose score follows from the shares."""
    rng = np.random.default_rng(seed)
    shares = np.zeros((n, N_ELEMENTS))
    chosen = np.array([rng.choice(elements, 3, replace=False) for _ in range(n)])
    np.put_along_axis(shares, chosen, rng.dirichlet(np.ones(3), n), axis=1)
    systems = np.array(["-".join(map(str, sorted(row))) for row in chosen], dtype=object)
    given = Described(np.arange(n), shares.astype(np.float32), shares.astype(np.float32), systems)
    return given, -2.0 + 3.0 * shares[:, 0] - 2.0 * shares[:, 1] + rng.normal(0.0, 0.05, n)


@pytest.fixture(scope="module")
def pupil():
    return learn(*described(), 0)


def test_it_learns_and_says_how_well(pupil):
    given, truth = described(1)
    estimate, error = pupil.estimate(given)
    mae = float(np.abs(estimate - truth).mean())
    assert mae < 0.3 * np.abs(truth - truth.mean()).mean()
    # systems left out are harder than those that were seen: what it says of itself is no better than what it does
    assert mae < 1.2 * pupil.score.mae
    assert pupil.score.rank_correlation > 0.8
    assert (truth <= estimate + 2.0 * error).mean() > 0.9


def test_an_element_never_seen_widens_the_error(pupil):
    near, far = described(2)[0], described(2, elements=(0, 1, 4, 5))[0]
    far = far.take(far.shares[:, 4:].sum(axis=1) > 0.5)
    assert nearest(far.shares, pupil.known).min() > nearest(near.shares, pupil.known).max()
    assert np.median(pupil.estimate(far)[1]) > 1.5 * np.median(pupil.estimate(near)[1])


def test_errors_never_fall_with_distance(pupil):
    assert (np.diff(pupil.widening) >= 0).all()


def test_beyond_what_was_tested_errors_grow_in_proportion():
    found = wider(np.array([0.0, 0.1, 0.2, 0.4, 0.8]), np.array([0.0, 0.2]), np.array([1.0, 2.0]))
    assert found == pytest.approx([1.0, 1.5, 2.0, 4.0, 8.0])


def test_distances_are_those_of_a_plain_sum():
    a, b = described(3, 7)[0].shares.astype(float), described(4, 5)[0].shares.astype(float)
    plain = [
        min(np.sqrt(0.5 * ((np.sqrt(row) - np.sqrt(other)) ** 2).sum()) for other in b)  # Hellinger's own form
        for row in a
    ]
    assert nearest(a, np.sqrt(b)) == pytest.approx(plain, abs=1e-6)


def test_one_student_is_one_set_of_bytes():
    given, truth = described()
    first, second = (teach({"inorganic": given}, truth, 3).packed() for _ in range(2))
    assert first == second
    estimates = [Student.unpacked(first).estimate({"inorganic": given}, N) for _ in range(2)]
    np.testing.assert_array_equal(*(e[0] for e in estimates))
    own = teach({"inorganic": given}, truth, 3).estimate({"inorganic": given}, N)
    np.testing.assert_array_equal(own[1], estimates[0][1])
    assert Student.unpacked(first).packed() == first


def test_what_has_no_rank_teaches_nothing():
    given, truth = described()
    unknown = truth.copy()
    unknown[: N // 2] = np.nan
    student = teach({"inorganic": given}, unknown, 0)
    assert student.pupils["inorganic"].score.n == N - N // 2
    assert not teach({"inorganic": given}, np.full(N, np.nan), 0).pupils


def test_of_a_kind_that_was_not_learned_nothing_is_known():
    given, _ = described(n=4)
    estimate, error = Student({}).estimate({"polymer": given}, 6)
    assert np.isnan(estimate).all()
    assert np.isnan(error).all()
