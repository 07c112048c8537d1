"""Growth of the interphase against what other methods saw, and its laws."""

import numpy as np
import pytest

from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interphase_growth import (
    capacity_kept,
    growth_rate,
    growth_rates,
    in_words,
    known_rates,
    thickness,
)
from ssbscreen.physics.lithium_interphase import li_outcome
from ssbscreen.physics.phase_stability import evaluate
from ssbscreen.sources.reference_phases import EMBEDDED, SOURCE

NONE = np.zeros((1, 1))


def after(formula, quantity, hours, temperature=25.0, activation=0.5, noise=NONE):
    rates = growth_rates([formula], ["sulfide"], quantity)
    return rates.after(np.array([[hours]]), temperature, np.array([[activation]]), noise).item()


def test_thickness_is_that_of_the_published_estimate_and_near_the_measured_one():
    """540 nm after 400 h and 315 nm after a week (10.1038/s41467-023-42512-y); sputtering and force microscopy 235 to
    305 nm after a week (quoted there)."""
    library = PhaseLibrary(SOURCE.load_phases(EMBEDDED))
    outcome = li_outcome(evaluate(["Li6PS5Cl"], np.full((1, 1), np.nan), library))
    volume = np.array([965.21 / 52])  # cubic angstrom an atom, 10.1021/jacsau.1c00228, Table S4
    consumed, ratio = outcome.li_consumed(volume), outcome.pilling_bedworth_ratio(volume)
    found = [1e3 * thickness(after("Li6PS5Cl", "charge", h), consumed, ratio).item() for h in (400, 168)]
    assert found == pytest.approx([540, 340], rel=0.08)
    assert found[1] == pytest.approx(270, rel=0.35)


def test_resistance_after_a_day_orders_the_materials_as_cells_do():
    day = {row.formula: after(row.formula, "resistance", 24.0) for row in known_rates() if row.quantity == "resistance"}
    assert day["Li6PS5Cl"] == pytest.approx(7.4 + 3.8 * 24**0.5)
    assert sorted(day, key=day.__getitem__)[-2:] == ["Li10GeP2S12", "Li6PS5I"]


def test_kin_are_no_guide():
    assert growth_rate("Li6PS5I", "resistance").rate > 300 * growth_rate("Li6PS5Cl", "resistance").rate
    assert np.isnan(after("Li6PSe5Cl", "resistance", 1.0))
    assert np.isnan(growth_rates(["*CCO*"], ["polymer"], "charge").rate).all()


def test_the_square_root_of_time_and_of_the_growth_constant():
    assert after("Li10GeP2S12", "charge", 400.0) == pytest.approx(2 * after("Li10GeP2S12", "charge", 100.0))
    warm = after("Li10GeP2S12", "charge", 100.0, 60.0) / after("Li10GeP2S12", "charge", 100.0)
    boltzmann = 8.617333e-5
    assert warm == pytest.approx(np.exp(0.25 / boltzmann * (1 / 298.15 - 1 / 333.15)), rel=1e-6)


def test_a_bound_stays_a_bound():
    noise = np.random.default_rng(0).standard_normal((1, 4000))
    drawn = growth_rates(["Li6.4La3Zr1.4Ta0.6O12"], ["oxide"], "charge").after(400.0, 25.0, 0.5, noise)
    assert drawn.min() >= 0.0
    assert drawn.max() <= 0.008
    assert np.quantile(drawn, (0.25, 0.5, 0.75)) == pytest.approx([0.002, 0.004, 0.006], rel=0.1)


def test_lithium_in_excess_is_bound_first():
    kept = capacity_kept(np.array([2.0, 8.0, 20.0]), np.array(5.0), np.array(6.0))
    assert kept == pytest.approx([1.0, 0.6, 0.0])
    assert capacity_kept(np.array(2.0), np.array(5.0), np.array(0.0)) == pytest.approx(0.6)


def test_in_words_with_its_sources():
    assert in_words("Li6PS5Cl") == (
        "7.4 + 3.8 (hours)^0.5 ohm cm2 (10.1002/adma.201901131); "
        "0.003 (hours)^0.5 mAh/cm2 of lithium (10.1038/s41467-023-42512-y)"
    )
    assert in_words("Li6.4La3Zr1.4Ta0.6O12").startswith("at most 0.0004")
    assert in_words("Li3YCl6") == in_words("75Li2S-25P2S5 glass") == ""
