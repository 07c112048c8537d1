"""Every property key that others rely on exists and comes from somewhere."""

import re
from importlib import import_module

import numpy as np
import pytest

from ssbscreen.core.properties import PROPERTIES, get_property
from ssbscreen.featurize.polymer_formulation import PROJECTED
from ssbscreen.prediction import temperature_law
from ssbscreen.ranking.criteria import load_screen
from ssbscreen.ranking.derived import RECIPES
from ssbscreen.ranking.family_values import load_family_values
from ssbscreen.ranking.operating import Operating
from ssbscreen.screening.contacts import usual_contacts
from ssbscreen.screening.electrodes import charged_state, computed
from ssbscreen.screening.hulls import hull_quantities
from ssbscreen.training.config import load_model_config, model_names

FIXED = {
    "ionic_conductivity": "S/cm",
    "activation_energy": "eV",
    "electronic_resistivity": "ohm cm",
    "band_gap": "eV",
    "band_gap_pbe": "eV",
    "bulk_modulus": "GPa",
    "shear_modulus": "GPa",
    "youngs_modulus": "GPa",
    "poisson_ratio": "1",
    "pugh_ratio": "1",
    "fracture_toughness": "MPa m^0.5",
    "hardness": "GPa",
    "density": "g/cm3",
    "formation_energy": "eV/atom",
    "energy_above_hull": "eV/atom",
    "reduction_limit": "V",
    "oxidation_limit": "V",
    "li_decomposition_energy": "eV/atom",
    "p_li_stable": "1",
    "p_li_passivating": "1",
    "p_li_mixed_conducting": "1",
    "stability_parameter": "kJ/(mol nm)",
    "critical_overpotential": "V",
    "area_specific_resistance": "ohm cm2",
    "leakage_current": "A/cm2",
    "average_voltage": "V",
    "capacity_grav": "mAh/g",
    "capacity_vol": "Ah/L",
    "energy_grav": "Wh/kg",
    "energy_vol": "Wh/L",
    "max_delta_volume": "fraction",
    "cell_energy_grav": "Wh/kg",
    "cell_energy_vol": "Wh/L",
    "interface_reaction_energy": "eV/atom",
    "stack_pressure": "MPa",
    "raw_material_cost": "USD/kg",
    "supply_risk": "1",
    "moisture_reaction_energy": "eV/atom",
    "volume_change_on_charge": "fraction",
    "stability_charge": "eV/atom",
    "stability_discharge": "eV/atom",
    "critical_current": "A/cm2",
    "critical_temperature_1mS": "degree C",
    "pilling_bedworth_ratio": "1",
    "li_consumed": "1",
    "brittleness": "1",
    "misfit_stress": "MPa",
    "cell_cost": "USD/kWh",
    "voltage_drop": "V",
    "thickness_swing": "um",
}


@pytest.mark.parametrize(("key", "unit"), FIXED.items())
def test_key_and_unit(key, unit):
    assert PROPERTIES[key].unit == unit


def test_logarithmic_scales():
    for key in ("ionic_conductivity", "electronic_resistivity", "bulk_modulus", "shear_modulus"):
        assert PROPERTIES[key].is_log


# Seen in cells and chambers: imported with measurements and kept; nothing predicts or scores them.
OBSERVED = {"lithium_outcome", "h2s_released"}


def producers() -> dict[str, set[str]]:
    """What each part of the code says that it makes."""
    return {
        "models": {key for name in model_names() for key in load_model_config(name).properties},
        "phase diagrams": {*hull_quantities._DRAWN, *hull_quantities._SINGLE, "moisture_reaction_energy"},
        "charged states": {charged_state.CHARGED},
        "temperature laws of polymers": set(temperature_law.KEYS),
        "formulas": set(RECIPES),
        "structures of electrodes": set(computed.COMPUTED),
        "contacts of a pair": {
            "interface_reaction_energy",
            "contact_oxidation_limit",
            "coating_conductivity",
            "heat_of_reaction",
            "co_sintering_energy",
        },
        "contacts with usual partners": {usual_contacts.WITH_CATHODES, usual_contacts.WITH_ELECTROLYTES},
        "simulations projected on repeat units": set(PROJECTED),
        "cited values of a class": {row.property for row in load_family_values()},
    }


def test_somebody_makes_it(property_key):
    makers = [name for name, keys in producers().items() if property_key in keys]
    assert bool(makers) != (property_key in OBSERVED), makers


def test_row(property_key):
    row = PROPERTIES[property_key]
    assert row.key == property_key
    assert re.fullmatch(r"[a-z][A-Za-z0-9_]*", row.key)
    assert row.title[0].isupper()
    assert row.unit
    assert row.low < row.high
    assert row.stored_unit == (f"log10({row.unit})" if row.is_log else row.unit)
    assert row.low >= 0 or not row.is_log
    assert not row.is_plausible(float("nan"))
    assert get_property(property_key) is row


def test_what_is_made_is_in_the_table():
    for name, keys in producers().items():
        assert keys <= set(PROPERTIES), name


def test_everything_a_screen_shows_is_a_property(screen_name):
    assert set(load_screen(screen_name).shown) <= set(PROPERTIES)


def test_what_a_screen_scores_is_made_or_said_to_be_reserved(screen_name):
    made = set().union(*producers().values())
    assert {c.property for c in load_screen(screen_name).criteria} <= made


@pytest.mark.parametrize("row", [row for row in PROPERTIES.values() if row.formula], ids=lambda row: row.key)
def test_a_formula_of_the_table_takes_what_there_is(row):
    call, inputs = row.formula.removesuffix(")").split("(")
    module, name = call.split(".")
    function = getattr(import_module(f"ssbscreen.physics.{module}"), name)
    keys = [key.removeprefix("log10:") for key in inputs.split(", ")]
    assert set(keys) <= {*PROPERTIES, *Operating.model_fields}
    assert np.isfinite(function(*(np.full((2, 3), 0.3) for _ in keys))).all()
