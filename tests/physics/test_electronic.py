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


def test_one_study_counts_once():
    # fifty values of one laboratory against three others: the middle of the four, not of the fifty-three
    classes = np.array(["oxide"] * 53)
    values = np.array([7.5] * 50 + [9.5, 10.0, 9.0])
    study = np.array(["a"] * 50 + ["b", "c", "d"])
    fit = electronic.fit_extrinsic(classes, values, study)
    assert fit.of("oxide")[0] == pytest.approx(9.25)
    assert fit.n_studies.tolist() == [4]


def test_recovers_a_known_distribution():
    rng = np.random.default_rng(0)
    centres = {"oxide": 8.0, "sulfide": 9.5, "halide": 11.0}
    classes = np.repeat(list(centres), 400)
    values = np.concatenate([rng.normal(c, 1.5, 400) for c in centres.values()])
    fit = electronic.fit_extrinsic(classes, values, np.arange(1200).astype(str))
    for name, centre in centres.items():
        mean, std = fit.of(name)
        assert mean == pytest.approx(centre, abs=0.25)
        assert std == pytest.approx(1.5, abs=0.1)


def test_one_odd_study_does_not_move_the_rest():
    classes = np.array(["sulfide"] * 6 + ["oxide", "oxide", "halide"])
    values = np.array([8.0, 8.5, 8.2, 8.8, 8.4, 8.6, 8.1, 8.9, 8.3])
    film = values.copy()
    film[7] = 15.0
    plain, odd = (electronic.fit_extrinsic(classes, v, np.arange(9).astype(str)) for v in (values, film))
    assert odd.of("sulfide")[0] == pytest.approx(plain.of("sulfide")[0], abs=0.1)
    assert odd.of("oxide")[0] == pytest.approx(plain.of("oxide")[0], abs=0.8)


def test_rare_and_unknown_classes_are_wide():
    classes = np.array(["sulfide"] * 8 + ["oxide"] * 3 + ["halide"])
    values = np.array([8.0, 8.5, 9, 8.2, 8.8, 8.4, 8.6, 8.1, 7, 7.5, 14.5, 12.0])
    fit = electronic.fit_extrinsic(classes, values, np.arange(12).astype(str))
    assert fit.of("halide")[0] == fit.pooled_mean == pytest.approx(np.median(values))  # one study says nothing
    assert fit.of("halide")[1] > fit.of("sulfide")[1] >= electronic.MINIMUM_STD
    assert fit.of("polymer") == (fit.pooled_mean, fit.pooled_std)
    assert fit.pooled_std > fit.of("sulfide")[1]


def test_too_few_studies_are_refused():
    with pytest.raises(ValueError, match="at least 3"):
        electronic.fit_extrinsic(np.array(["oxide"]), np.array([8.0]), np.array(["a"]))


def test_smaller_of_intrinsic_and_extrinsic():
    draws = np.random.default_rng(1).standard_normal((2, 2000))
    rho = electronic.electronic_resistivity(np.array([[0.3], [4.0]]), 9.0, 1.0, draws)
    assert np.all(rho[0] <= electronic.intrinsic_resistivity(0.3))  # a narrow gap conducts whatever the sample
    assert rho[1].mean() == pytest.approx(9.0, abs=0.1)  # a wide gap leaves the sample to decide
    assert np.isnan(electronic.electronic_resistivity(np.nan, 9.0, 1.0, 0.0))


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
    fit = electronic.fit_extrinsic(
        np.array([r["chemistry_class"] for r in rows]),
        np.log10([float(r["value"]) for r in rows]),
        np.array([r["doi"] or r["url"] for r in rows]),
    )
    # argyrodites of several laboratories, 3e-10 to 3e-8 S/cm; oxides span LLZO (1e-8) to LiPON (1e-15)
    assert 7.5 < fit.of("sulfide")[0] < 9.5
    assert fit.of("sulfide")[1] < fit.of("oxide")[1]
    assert (fit.std >= electronic.MINIMUM_STD).all()
