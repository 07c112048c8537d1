"""Electronic resistivity: intrinsic bound, measured classes, honesty about the gap, leakage."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy import constants

from ssbscreen.physics import electronic

TABLE = Path(__file__).parents[2] / "data" / "literature" / "electronic.csv"


def test_intrinsic_silicon_and_density_of_states():
    # Silicon: n_i = 1e10 1/cm3 and mobilities of 1400 + 450 give 2.3e5 ohm cm. The mobility of polar
    # solids is taken as 1 + 1, so silicon with the general parameters must come out near 2.3e5 * 1850 / 2,
    # within a decade.
    assert electronic.intrinsic_resistivity(1.12) == pytest.approx(np.log10(2.3e5 * 1850 / 2), abs=1.0)
    states = 2 * (2 * np.pi * constants.m_e * constants.k * 300 / constants.h**2) ** 1.5 * 1e-6
    assert pytest.approx(states, rel=0.01) == electronic.EFFECTIVE_DENSITY_OF_STATES


def test_intrinsic_slope_and_temperature():
    k_t = constants.k * 298.15 / constants.e
    slope = electronic.intrinsic_resistivity(3.0) - electronic.intrinsic_resistivity(2.0)
    assert slope == pytest.approx(1.0 / (2 * k_t) / np.log(10))
    assert electronic.intrinsic_resistivity(2.0, 100.0) < electronic.intrinsic_resistivity(2.0, 25.0)


def _fit(groups: list[tuple[str, str, str, list[float]]]) -> electronic.ExtrinsicResistivity:
    """Fit to values of (class, family, study)."""
    rows = [(c, f, s, v) for c, f, s, values in groups for v in values]
    classes, families, studies, values = (np.array(column) for column in zip(*rows, strict=True))
    return electronic.fit_extrinsic(classes, families, studies, values)


SIX = [
    ("oxide", "garnet", "a", [7.5] * 25 + [7.7] * 25),
    ("oxide", "garnet", "b", [8.2]),
    ("oxide", "perovskite", "c", [9.6, 9.8]),
    ("oxide", "spinel", "j", [9.0, 9.1]),
    ("sulfide", "argyrodite", "d", [8.2, 8.3]),
    ("sulfide", "argyrodite", "e", [8.4]),
    ("sulfide", "lgps", "f", [7.6]),
    ("sulfide", "lgps", "g", [7.8]),
    ("sulfide", "glass", "k", [9.3, 9.4]),
    ("halide", "li3mx6_trigonal", "h", [9.2, 9.3]),
    ("halide", "li3mx6_monoclinic", "i", [8.0]),
]


def test_one_study_counts_once():
    # fifty dopants of one laboratory against one value of another: near the middle of the two, not at the fifty
    assert _fit(SIX).of("oxide", "garnet").mean == pytest.approx((7.6 + 8.2) / 2, abs=0.15)


def test_one_odd_study_moves_its_own_family_alone():
    film = [*SIX, ("oxide", "lipon", "film", [15.0])]
    plain, odd = _fit(SIX), _fit(film)
    assert odd.of("oxide", "lipon").mean > 11.0
    for group in (("oxide", "garnet"), ("sulfide", "argyrodite"), ("halide", "li3mx6_trigonal")):
        assert odd.of(*group).mean == pytest.approx(plain.of(*group).mean, abs=0.25)
    assert odd.of("oxide", "never").mean == pytest.approx(plain.of("oxide", "never").mean, abs=0.8)


def test_a_level_does_not_depend_on_what_was_asked_before():
    fit = _fit(SIX)
    groups = [("oxide", "garnet"), ("sulfide", "garnet"), ("oxide", "lipon"), ("halide", "li3mx6_monoclinic")]
    asked = [fit.of(*group) for group in groups + groups[::-1]]
    assert asked == [_fit(SIX).of(*group) for group in groups + groups[::-1]]


def test_families_never_measured_are_wide():
    fit = _fit(SIX)
    known, new, stranger = (fit.of(*g) for g in (("sulfide", "lgps"), ("sulfide", "never"), ("polymer", "polyether")))
    assert known.std_fine < new.std_fine
    assert new.std_fine == pytest.approx(stranger.std_fine)
    assert stranger.mean == pytest.approx(8.6, abs=0.4)


def test_materials_of_no_family_have_no_level_in_common():
    rows = [*SIX, ("oxide", "other", "x", [11.0]), ("oxide", "other", "y", [11.2])]
    assert _fit(rows).of("oxide", "other").std_fine == pytest.approx(_fit(rows).of("oxide", "never").std_fine)


def test_too_few_values_are_refused():
    with pytest.raises(ValueError, match="at least 3"):
        electronic.fit_extrinsic(np.array(["oxide"]), np.array(["garnet"]), np.array(["a"]), np.array([8.0]))


def test_smaller_of_intrinsic_and_extrinsic():
    draws = 9.0 + np.random.default_rng(1).standard_normal((2, 2000))
    rho = electronic.electronic_resistivity(np.array([[0.3], [4.0]]), draws)
    assert np.all(rho[0] <= electronic.intrinsic_resistivity(0.3))  # a narrow gap conducts whatever the sample
    assert rho[1].mean() == pytest.approx(9.0, abs=0.1)  # a wide gap leaves the sample to decide
    assert electronic.electronic_resistivity(np.nan, 9.0) == 9.0  # an unknown gap bounds nothing


def test_leakage():
    # 4 V, 20 um, 1e-8 S/cm drain 3 mAh/cm2 in 6.25 days; 2e-11 S/cm loses about 1 % a month
    fast = electronic.leakage_current(8.0, 4.0, 20.0)
    assert fast == pytest.approx(2e-5)
    assert 3e-3 / fast / 24 == pytest.approx(6.25)
    slow = electronic.leakage_current(-np.log10(2e-11), 4.0, 20.0)
    assert 30 * 24 * slow / 3e-3 == pytest.approx(0.0096, rel=0.01)


@pytest.mark.skipif(not TABLE.exists(), reason="literature table of electronic conductivity not present")
def test_measured_values_of_the_literature_table():
    rows = [
        r
        for r in csv.DictReader(TABLE.open(encoding="utf-8"))
        if r["property"] == "electronic_resistivity" and r["verification"] != "recalled"
    ]
    if len(rows) < 10:
        pytest.skip("fewer than ten measured values in the table")
    rows = [r for r in rows if r["bound"] == "exact"]
    fit = electronic.fit_extrinsic(
        *(np.array([r[name] for r in rows]) for name in ("chemistry_class", "family")),
        np.array([r["doi"] or r["url"] for r in rows]),
        np.log10([float(r["value"]) for r in rows]),
    )
    # argyrodites of 17 laboratories 8e-10 to 7e-8 S/cm; garnets around 1e-8 (Han et al., 10.1038/s41560-018-0312-z);
    # LiPON 1e-15 S/cm; and a family that nobody measured is known to about a decade
    argyrodite, garnet, lipon, other = (
        fit.of(*g)
        for g in (("sulfide", "argyrodite"), ("oxide", "garnet"), ("oxide", "lipon"), ("oxide", "never measured"))
    )
    assert argyrodite.mean == pytest.approx(8.3, abs=0.3)
    assert 7.2 < garnet.mean < 8.3
    assert lipon.mean > 12
    assert argyrodite.std_fine < 0.2 < other.std_fine < 1.5
    assert 0.3 < fit.std_own < 0.8


def test_electrons_carry_their_share():
    """1e-8 S/cm of electrons beside 1e-8, 1e-3 and no ions."""
    found = electronic.electronic_transference(np.array([8.0, 8.0, 8.0]), np.array([-8.0, -3.0, -400.0]))
    assert found == pytest.approx([0.5, 1e-5 / (1 + 1e-5), 1.0])
