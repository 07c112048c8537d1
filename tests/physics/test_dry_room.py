"""Dew points against handbook values, and what equilibrium asks of a dry room."""

import math
from dataclasses import replace
from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core import Composition

from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import parse_formula
from ssbscreen.physics.dew_points import dew_point, exposures, parts_per_million, vapour_pressure
from ssbscreen.physics.dry_room import equilibrium_dew_point, in_words
from ssbscreen.physics.moisture import AirLibrary, air_reaction
from ssbscreen.sources.reference_phases import EMBEDDED, MEASURED, SOURCE

HANDBOOK = {-60.0: 1.08, -20.0: 103.3, -10.0: 259.9, 0.0: 611.2, 10.0: 1228.0, 25.0: 3169.0}  # Pa, CRC Handbook


@pytest.mark.parametrize("celsius", HANDBOOK)
def test_vapour_pressures_are_those_of_the_handbook(celsius):
    assert vapour_pressure(celsius) == pytest.approx(HANDBOOK[celsius], rel=0.005)


def test_a_room_of_minus_40_holds_126_ppm():
    assert parts_per_million(-40.0) == pytest.approx(126.0, rel=0.01)  # 10.3389/fenrg.2022.882508


@given(st.floats(-120.0, 45.0))
def test_dew_point_turns_the_pressure_back(celsius):
    assert dew_point(vapour_pressure(celsius)) == pytest.approx(celsius, abs=0.05)


@pytest.mark.parametrize("celsius", [-200.0, 80.0])
def test_what_air_cannot_have_is_refused(celsius):
    with pytest.raises(InputError):
        vapour_pressure(celsius)


@lru_cache(maxsize=4)
def reaction(formula, humidity=0.5):
    reference, measured = SOURCE.load_phases(EMBEDDED), SOURCE.load_phases(MEASURED)
    near = frozenset(parse_formula(formula)) | frozenset("HCO")
    air = AirLibrary(reference.within(near), measured.within(near), humidity=humidity)
    return air_reaction(formula, air, float(Composition(formula).weight))


def test_sulfides_ask_for_more_than_a_room_can_give():
    assert equilibrium_dew_point(reaction("Li3PS4")) < -80.0
    assert "only slowness protects" in in_words(reaction("Li3PS4"))


def test_the_reaction_stops_where_it_is_said_to():
    """Twice the water gives kT ln 2 more energy for each that is taken up."""
    found, wetter = reaction("Li3PS4"), reaction("Li3PS4", humidity=1.0)
    assert dict(found.reaction.reactants)["H2O"] == pytest.approx(4.0)
    assert wetter.energy - found.energy == pytest.approx(-4.0 * 8.617e-5 * 300.0 * 0.6931, rel=0.02)
    barely = replace(found, energy=4.0 * 8.617e-5 * 300.0 * -0.6931)  # stops at half the pressure
    assert vapour_pressure(equilibrium_dew_point(barely)) == pytest.approx(3170.0 / 4, rel=0.02)


def test_without_water_there_is_nothing_to_ask():
    garnet = reaction("Li7La3Zr2O12")  # takes up carbon dioxide
    assert math.isnan(equilibrium_dew_point(garnet))
    assert in_words(garnet) == ""


def test_exposures_have_a_class_and_a_source():
    rows = exposures()
    assert len(rows) >= 5
    assert all(row.source and row.chemistry_class in ("sulfide", "halide") for row in rows)
    (five_percent,) = (row for row in rows if row.material == "Li2ZrCl6")
    assert five_percent.dew_point_c == pytest.approx(-16.0, abs=1.5)  # 5 % at 25 degree C
