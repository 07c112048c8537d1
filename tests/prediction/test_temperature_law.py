"""The temperature law of polymers is that of their own model (review of the physics: P2)."""

from dataclasses import replace

import numpy as np
import pytest

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.constants import BOLTZMANN_EV
from ssbscreen.physics.transport import conductivity_at, vogel_temperature_of
from ssbscreen.prediction.predictor import predict
from ssbscreen.prediction.temperature_law import STEP, law_through

LITFSI = "O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F.[Li+]"
KEYS = ("ionic_conductivity", "activation_energy", "vogel_temperature")
PEO, PTMC = (
    Candidate(name, None, polymer=Polymer(smiles, LITFSI, 1.135))
    for name, smiles in (("PEO", "*CCO*"), ("PTMC", "*CCCOC(=O)O*"))
)


def through(values):
    """Law through log10 conductivities at 25 degree C and one and two steps above.  # (n, 3)"""
    return law_through(np.full(len(values), 25.0), *np.asarray(values, float).T)


def test_a_curve_of_vogel_is_found_again():
    """log10(sigma T) = 3 - 650 / (T - 200 K), whose apparent energy at T is k ln(10) 650 (T / (T - 200 K))^2."""
    at = 298.15 + STEP * np.arange(3)
    energy, freezing = through([3.0 - 650.0 / (at - 200.0) - np.log10(at)])
    assert freezing == pytest.approx(200.0 - 273.15)
    assert energy == pytest.approx(BOLTZMANN_EV * np.log(10.0) * 650.0 * (298.15 / 98.15) ** 2)
    reached = conductivity_at(3.0 - 650.0 / 98.15 - np.log10(298.15), energy, 90.0, 25.0, freezing)
    assert reached == pytest.approx(3.0 - 650.0 / (363.15 - 200.0) - np.log10(363.15))


def test_arrhenius_law_has_its_freezing_at_absolute_zero():
    at = 298.15 + STEP * np.arange(3)
    energy, freezing = through([4.0 - 0.5 / (BOLTZMANN_EV * np.log(10.0) * at) - np.log10(at)])
    assert energy == pytest.approx(0.5, abs=1e-6)
    assert freezing == pytest.approx(-273.15, abs=1e-3)


def test_what_bends_the_other_way_or_falls_has_a_law_all_the_same():
    energy, freezing = through([[-6.0, -5.9, -5.0], [-5.0, -5.0, -5.2], [np.nan, -5.0, -4.0]])
    assert (freezing[:2] == -273.15).all()
    assert energy[0] > energy[1] >= 0.0
    assert np.isnan(energy[2])
    assert np.isnan(freezing[2])


@pytest.fixture(scope="module")
def found():
    return predict([PEO, PTMC], KEYS).by_property


def test_conversion_agrees_with_the_model_asked_at_the_other_temperature(found):
    law = found["activation_energy"].mean, 80.0, 25.0, found["vogel_temperature"].mean
    converted = conductivity_at(found["ionic_conductivity"].mean, *law)
    asked = predict([replace(c, temperature_c=80.0) for c in (PEO, PTMC)], KEYS[:1]).by_property[KEYS[0]].mean
    assert converted == pytest.approx(asked, abs=0.05)


def test_law_of_one_pass_is_that_of_the_model_asked_three_times():
    """Warmer, colder, with a solvent, with too few donors for the salt, unreadable, hot: the same as by asking."""
    candidates = [
        PEO,
        replace(PTMC, temperature_c=60.0),
        replace(PEO, temperature_c=-60.0),
        replace(PEO, polymer=replace(PEO.polymer, plasticiser="water")),
        replace(PEO, polymer=replace(PEO.polymer, smiles="*CC(*)(F)F")),
        replace(PEO, polymer=replace(PEO.polymer, smiles="*C(")),
        replace(PEO, temperature_c=150.0),
    ]
    alone = predict(candidates, KEYS[1:]).by_property
    asked = [
        predict([replace(c, temperature_c=c.temperature_c + i * STEP) for c in candidates], KEYS[:1]).by_property
        for i in range(3)
    ]
    celsius = np.array([c.temperature_c for c in candidates])
    energy, freezing = law_through(celsius, *(found[KEYS[0]].mean for found in asked))
    np.testing.assert_allclose(alone["activation_energy"].mean, energy, atol=2e-5)
    np.testing.assert_allclose(alone["vogel_temperature"].mean, freezing, atol=2e-2)
    assert np.isnan(energy).tolist() == [False, False, False, True, False, True, False]
    assert set(alone) == set(KEYS[1:])


def test_poly_ethylene_oxide_reaches_1_ms_between_70_and_110_degrees(found):
    """Measured: 1.4e-4 S/cm at 60 degree C (PMC9523710, table 2), copolymers of ethylene oxide above 1e-3 at 100."""
    reached = vogel_temperature_of(-3.0, *(found[key].mean for key in KEYS))
    assert 70.0 < reached[0] < 110.0
    assert reached[1] > reached[0]
