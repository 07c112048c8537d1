"""Power of a comparison of two means: tables of Cohen, scipy's noncentral t, and simulated laboratories."""

import numpy as np
import pytest
from scipy import stats

from ssbscreen.core.errors import UsageError
from ssbscreen.ranking.power import n_needed, power, smallest_difference
from ssbscreen.ranking.repeatability import known_parts, load_repeatability, parts_of


@pytest.mark.parametrize(("effect", "n"), [(0.2, 394), (0.5, 64), (0.8, 26), (1.2, 12)])
def test_repeats_as_in_the_tables_of_cohen(effect, n):
    """Cohen (1988), table 2.4.1: 393, 64, 26 and 12 of each group for power 0.8, two-sided 0.05 (393 is rounded)."""
    assert n_needed(effect, 1.0) == n


@pytest.mark.parametrize(("effect", "n"), [(0.3, 2), (0.3, 30), (1.0, 3), (1.0, 10), (3.0, 2), (3.0, 5)])
def test_power_is_that_of_the_noncentral_t_distribution(effect, n):
    freedom, shift = 2 * n - 2, effect * np.sqrt(n / 2)
    critical = stats.t.isf(0.025, freedom)
    expected = stats.nct.sf(critical, freedom, shift) + stats.nct.cdf(-critical, freedom, shift)
    assert power(effect, 1.0, n) == pytest.approx(expected, abs=1e-3)


def test_simulated_laboratories_find_the_difference_as_often_as_said():
    """Each laboratory has its own level and three cells; means of laboratories are compared."""
    parts = parts_of("ionic_conductivity", -3.0)
    n = n_needed(0.4, parts.of_mean(3))
    rng = np.random.default_rng(0)

    def means(level, trials=4000):
        labs = level + parts.laboratories * rng.standard_normal((trials, n, 1))
        return (labs + parts.cells * rng.standard_normal((trials, n, 3))).mean(axis=2)

    found = stats.ttest_ind(means(0.0), means(0.4), axis=1).pvalue < 0.05
    assert 0.78 < found.mean() < 0.88  # at least the power asked for, and one laboratory fewer misses it
    assert power(0.4, parts.of_mean(3), n - 1) < 0.8
    alarms = stats.ttest_ind(means(0.0), means(0.0), axis=1).pvalue < 0.05
    assert alarms.mean() == pytest.approx(0.05, abs=0.012)


def test_the_smallest_difference_is_found_with_the_power_asked_for():
    assert power(smallest_difference(0.3, 5), 0.3, 5) == pytest.approx(0.8, abs=1e-6)
    assert n_needed(0.0, 1.0) is None
    assert n_needed(0.001, 1.0) is None


@pytest.mark.parametrize("key", known_parts())
def test_parts_make_up_the_scatter_of_published_values(key):
    parts = parts_of(key, 0.0)
    assert parts.cells > 0.0
    assert parts.laboratories > 0.0
    assert parts.is_assumed == (key not in load_repeatability())
    assert parts.of_mean(1) > parts.of_mean(3) > parts.laboratories


def test_poor_conductors_scatter_more():
    assert parts_of("ionic_conductivity", -6.0).laboratories > 2.0 * parts_of("ionic_conductivity", -3.0).laboratories


def test_sources_stand_beside_what_was_read(tmp_path, monkeypatch):
    assert all("http" in row.source or "10." in row.source for row in load_repeatability().values())
    (tmp_path / "repeatability.yaml").write_text("hardnes: {cells: 0.1, source: somewhere}\n")
    monkeypatch.setattr("ssbscreen.ranking.repeatability.configs_dir", lambda: tmp_path)
    with pytest.raises(UsageError, match="hardness"):
        load_repeatability()
