"""The table of properties: one row a quantity, with its canonical unit, scale and plausible range.

A row may name the closed formula that makes the quantity out of others; the ranking looks it up in `physics/`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ssbscreen.core.constants import ZERO_CELSIUS
from ssbscreen.core.errors import unknown


@dataclass(frozen=True, slots=True)
class Property:
    """One quantity.

    Attributes:
        key: the one name used everywhere.
        title: as printed in reports.
        unit: canonical natural unit.
        is_log: stored, learned and averaged as log10 of the natural unit.
        low, high: plausible range in natural units; values outside are refused in curation.
        formula: function of `physics/` that gives it in natural units out of properties in natural units (`log10:key`
            in log10 units) and conditions of the profile, `module.function(input, ...)`; empty where none does alone.
        most: largest natural value that says something; what is larger is printed as "over" this one, since a formula
            goes on where the device ends. None where every value says something.
    """

    key: str
    title: str
    unit: str
    is_log: bool
    low: float
    high: float
    formula: str = ""
    most: float | None = None

    @property
    def stored_unit(self) -> str:
        """Unit of stored and predicted values, `log10(unit)` for log-scaled properties."""
        return f"log10({self.unit})" if self.is_log else self.unit

    def to_natural(self, stored: float) -> float:
        """Natural value of a stored one."""
        return 10.0**stored if self.is_log else stored

    def is_plausible(self, natural: float) -> bool:
        """Whether a natural value is finite and inside [low, high]."""
        return math.isfinite(natural) and self.low <= natural <= self.high


def _row(
    key: str,
    title: str,
    unit: str,
    low: float,
    high: float,
    formula: str = "",
    *,
    log: bool = False,
    most: float | None = None,
) -> Property:
    return Property(key, title, unit, log, low, high, formula, most)


_MOST_DROP = 5.0  # V: no cell has more to lose, so a larger drop says that it carries no such current
_MOST_RESISTANCE = 1e6  # ohm cm2: 10 V at 10 uA/cm2, an insulator
_MOST_TEMPERATURE = 1000.0  # degree C, above which electrolytes melt or decompose
_INF = math.inf
_ROWS: tuple[Property, ...] = (
    # learned
    _row("ionic_conductivity", "Ionic conductivity", "S/cm", 1e-25, 10.0, log=True),
    _row("activation_energy", "Activation energy", "eV", 0.0, 3.0),
    _row("glass_transition", "Glass transition of the host", "degree C", -150.0, 600.0),
    _row("vogel_temperature", "Vogel temperature", "degree C", -ZERO_CELSIUS, 200.0),
    _row("band_gap", "Band gap (experimental scale)", "eV", 0.0, 20.0),
    _row("band_gap_pbe", "Band gap (PBE)", "eV", 0.0, 20.0),
    _row("bulk_modulus", "Bulk modulus", "GPa", 1e-3, 1000.0, log=True),
    _row("shear_modulus", "Shear modulus", "GPa", 1e-4, 1000.0, log=True),
    _row("formation_energy", "Formation energy", "eV/atom", -8.0, 8.0),
    _row("homo", "Highest occupied orbital of the monomer", "eV", -30.0, 0.0),
    _row("lumo", "Lowest unoccupied orbital of the monomer", "eV", -20.0, 20.0),
    _row("average_voltage", "Average voltage", "V", -10.0, 10.0),
    _row("volume_change_on_charge", "Volume change on charge", "fraction", -1.0, 5.0),
    # derived
    _row("electronic_resistivity", "Electronic resistivity", "ohm cm", 1e-8, 1e40, log=True),
    _row("youngs_modulus", "Young's modulus", "GPa", 0.0, 2000.0),
    _row("poisson_ratio", "Poisson's ratio", "1", -1.0, 0.5, "elasticity.poisson_ratio(bulk_modulus, shear_modulus)"),
    _row("pugh_ratio", "Pugh ratio K/G", "1", 0.0, 1000.0, "elasticity.pugh_ratio(bulk_modulus, shear_modulus)"),
    _row("hardness", "Vickers hardness", "GPa", 0.0, 200.0, "elasticity.hardness(bulk_modulus, shear_modulus)"),
    _row("fracture_toughness", "Fracture toughness", "MPa m^0.5", 0.0, 50.0),
    _row(
        "brittleness",
        "Brittleness (hardness over toughness)",
        "1",
        0.0,
        _INF,
        "elasticity.brittleness(hardness, fracture_toughness)",
    ),
    _row("density", "Density", "g/cm3", 0.05, 30.0),
    _row("energy_above_hull", "Energy above hull", "eV/atom", -10.0, 20.0),
    _row("reduction_limit", "Reduction limit", "V", -10.0, 10.0),
    _row("oxidation_limit", "Oxidation limit", "V", -10.0, 10.0),
    _row("li_decomposition_energy", "Decomposition energy at 0 V", "eV/atom", -20.0, 1.0),
    _row("p_li_stable", "Probability stable with Li", "1", 0.0, 1.0),
    _row("p_li_passivating", "Probability passivating with Li", "1", 0.0, 1.0),
    _row("p_li_mixed_conducting", "Probability mixed-conducting interphase", "1", 0.0, 1.0),
    _row("stability_parameter", "Stability parameter chi", "kJ/(mol nm)", -1e4, 1e4),
    _row("stiffness_distance", "Distance of the stiffness to stable plating, decades", "1", 0.0, _INF),
    _row(
        "critical_overpotential",
        "Critical plating overpotential",
        "V",
        0.0,
        100.0,
        "electrodeposition.critical_overpotential(fracture_toughness, flaw_size)",
    ),
    _row("critical_current", "Critical current density", "A/cm2", 0.0, 1e6, log=True),
    _row(
        "area_specific_resistance",
        "Area-specific resistance",
        "ohm cm2",
        0.0,
        1e30,
        "transport.area_specific_resistance(log10:ionic_conductivity, separator_thickness, interface_resistance)",
        log=True,
        most=_MOST_RESISTANCE,
    ),
    _row(
        "leakage_current",
        "Leakage current",
        "A/cm2",
        0.0,
        1e10,
        "electronic.leakage_current(log10:electronic_resistivity, cell_voltage, separator_thickness)",
        log=True,
    ),
    _row(
        "electronic_transference",
        "Electronic transference number",
        "1",
        1e-30,
        1.0,
        "electronic.electronic_transference(log10:electronic_resistivity, log10:ionic_conductivity)",
        log=True,
    ),
    _row("voltage_drop", "Voltage drop", "V", 0.0, 1e30, most=_MOST_DROP),
    _row(
        "critical_temperature_1mS", "Temperature of 1 mS/cm", "degree C", -ZERO_CELSIUS, 5000.0, most=_MOST_TEMPERATURE
    ),
    _row("capacity_grav", "Gravimetric capacity", "mAh/g", 0.0, 5000.0),
    _row("capacity_vol", "Volumetric capacity", "Ah/L", 0.0, 20000.0),
    _row(
        "energy_grav",
        "Gravimetric energy",
        "Wh/kg",
        0.0,
        20000.0,
        "electrode.energy_grav(capacity_grav, average_voltage)",
    ),
    _row(
        "energy_vol", "Volumetric energy", "Wh/L", 0.0, 50000.0, "electrode.energy_vol(capacity_vol, average_voltage)"
    ),
    _row("metal_capacity", "Capacity that metals pay for", "mAh/g", 0.0, 1e6),
    _row(
        "oxygen_redox_share",
        "Capacity paid by oxygen",
        "fraction",
        0.0,
        1.0,
        "electrode.oxygen_share(capacity_grav, metal_capacity)",
    ),
    _row("max_delta_volume", "Volume change", "fraction", 0.0, 5.0),
    _row("stability_charge", "Charged state above hull", "eV/atom", -10.0, 20.0),
    _row("stability_discharge", "Discharged state above hull", "eV/atom", -10.0, 20.0),
    _row("cell_energy_grav", "Cell specific energy", "Wh/kg", 0.0, 5000.0),
    _row("cell_energy_vol", "Cell energy density", "Wh/L", 0.0, 20000.0),
    _row("cell_cost", "Cell cost", "USD/kWh", 0.0, 1e7),
    _row(
        "separator_cost",
        "Raw materials of the separator",
        "USD/m2",
        0.0,
        1e7,
        "cost.separator_cost(raw_material_cost, density, separator_thickness)",
    ),
    _row(
        "fixture_mass",
        "Plates and rods for the stack pressure",
        "kg/m2",
        0.0,
        1e6,
        "fixture.fixture_mass(stack_pressure, cell_width, module_height, plate_bow)",
    ),
    _row(
        "energy_with_fixture",
        "Cell specific energy with plates and rods",
        "Wh/kg",
        0.0,
        5000.0,
        "fixture.energy_with_fixture(cell_energy_grav, cell_energy_vol, fixture_mass, module_height)",
    ),
    _row("interface_reaction_energy", "Interface reaction energy", "eV/atom", -10.0, 0.0),
    _row("cathode_reaction_energy", "Reaction with usual cathodes", "eV/atom", -10.0, 0.0),
    _row("electrolyte_reaction_energy", "Reaction with usual electrolytes", "eV/atom", -10.0, 0.0),
    _row("co_sintering_energy", "Reaction while sintered together", "eV/atom", -10.0, 0.0),
    _row("moisture_reaction_energy", "Moisture reaction energy", "eV/atom", -10.0, 0.0),
    _row("moisture_gas", "Toxic gas set free in humid air", "mg/g", 0.0, 5000.0),
    _row("stack_pressure", "Stack pressure", "MPa", 0.0, 1e5),
    _row("misfit_stress", "Misfit stress", "MPa", 0.0, 1e6),
    _row("pilling_bedworth_ratio", "Pilling-Bedworth ratio", "1", 0.0, 100.0),
    _row("li_consumed", "Lithium consumed", "1", 0.0, 1000.0),
    _row("kinetic_reduction_limit", "Kinetic reduction limit", "V", 0.0, 10.0),
    _row("kinetic_oxidation_limit", "Kinetic oxidation limit", "V", 0.0, 10.0),
    _row("reduction_margin", "Potential of the negative electrode minus reduction limit", "V", -20.0, 20.0),
    _row("interphase_resistance", "Resistance of the interphase after its life", "ohm cm2", 0.0, 1e9),
    _row("lithium_lost", "Lithium bound by the interphase", "mAh/cm2", 0.0, 1e6),
    _row("interphase_thickness", "Thickness of the interphase after its life", "um", 0.0, 1e6),
    _row("capacity_kept", "Capacity that the interphase leaves", "fraction", 0.0, 1.0),
    _row("stripping_current", "Critical stripping current density", "A/cm2", 0.0, 1e6),
    _row("stripping_pressure", "Stack pressure against voids", "MPa", 0.0, 1e6),
    _row("flow_before_fracture", "Fracture stress over flow pressure of lithium", "1", 0.0, 1e6),
    _row("large_cell_current", "Critical current density of a large cell", "A/cm2", 0.0, 1e6),
    _row("short_probability", "Probability that a large cell shorts", "1", 0.0, 1.0),
    _row("thickness_swing", "Thickness swing", "um", 0.0, 1e4),
    _row("oxidation_margin", "Oxidation limit minus cathode voltage", "V", -20.0, 20.0),
    _row("contact_oxidation_limit", "Oxidation limit of the coating", "V", -10.0, 10.0),
    _row("coating_conductivity", "Conductivity of the coating", "S/cm", 0.0, 10.0, log=True),
    _row("coating_resistance", "Resistance of the coating", "ohm cm2", 0.0, 1e12),
    _row(
        "coating_cost",
        "Raw materials of the coating",
        "USD/kWh",
        0.0,
        1e7,
        "cost.coating_cost(raw_material_cost, density, coating_thickness, particle_diameter, active_density, "
        "active_capacity, cell_voltage)",
    ),
    _row("li_volume_ratio", "Volume of Li+ over lithium metal", "1", 0.0, 10.0),
    _row("areal_capacity_500", "Areal capacity for 500 Wh/kg", "mAh/cm2", 0.0, 1e6),
    _row("self_discharge", "Self-discharge in a month", "fraction", 0.0, 1.0),
    _row("catholyte_conductivity", "Conductivity in the composite cathode", "S/cm", 0.0, 10.0, log=True),
    _row("voltage_drop_1mA", "Cell voltage drop at 1 mA/cm2", "V", 0.0, 1e30, most=_MOST_DROP),
    _row("voltage_drop_3mA", "Cell voltage drop at 3 mA/cm2", "V", 0.0, 1e30, most=_MOST_DROP),
    _row("voltage_drop_10mA", "Cell voltage drop at 10 mA/cm2", "V", 0.0, 1e30, most=_MOST_DROP),
    _row("usable_thickness_1mA", "Usable cathode thickness at 1 mA/cm2", "um", 0.0, 1e9),
    _row("usable_thickness_3mA", "Usable cathode thickness at 3 mA/cm2", "um", 0.0, 1e9),
    _row("usable_thickness_10mA", "Usable cathode thickness at 10 mA/cm2", "um", 0.0, 1e9),
    _row("usable_capacity_1mA", "Usable areal capacity at 1 mA/cm2", "mAh/cm2", 0.0, 1e6),
    _row("usable_capacity_3mA", "Usable areal capacity at 3 mA/cm2", "mAh/cm2", 0.0, 1e6),
    _row("usable_capacity_10mA", "Usable areal capacity at 10 mA/cm2", "mAh/cm2", 0.0, 1e6),
    _row("contact_kept_1MPa", "Contact in the cathode kept at 1 MPa", "fraction", 0.0, 1.0),
    _row("contact_kept_5MPa", "Contact in the cathode kept at 5 MPa", "fraction", 0.0, 1.0),
    _row("contact_kept_20MPa", "Contact in the cathode kept at 20 MPa", "fraction", 0.0, 1.0),
    _row("crack_free_diameter", "Cathode particles that crack no electrolyte", "um", 0.0, 1e12),
    _row("electronic_margin", "Active share above the electronic threshold", "1", -1.0, 1.0),
    _row("heat_of_reaction", "Heat of the charged cell", "J/g", -1e5, 1e4),
    # read from tables of elements, classes and families
    _row("h2s_limit", "H2S at most", "cm3/g", 0.0, 2000.0),
    _row("hazardous_share", "Hazardous elements by weight", "fraction", 0.0, 1.0),
    _row("fire_grade", "Fire grade (0 does not burn, 3 flammable)", "1", 0.0, 3.0),
    _row("recyclable_share", "Metals recycled by more than half", "fraction", 0.0, 1.0),
    _row("practical_thickness", "Thinnest separator made", "um", 0.0, 1e4),
    _row("use_temperature", "Temperature of use", "degree C", -100.0, 200.0),
    # seen in cells and chambers: imported and kept, never scored
    _row("lithium_outcome", "Lives with lithium metal", "1", 0.0, 1.0),
    _row("h2s_released", "H2S released in humid air", "cm3/g", 0.0, 2000.0),
    _row("raw_material_cost", "Raw-material cost", "USD/kg", 0.0, 1e7),
    _row("supply_risk", "Supply risk (HHI)", "1", 0.0, 1e4),
    _row("processing_temperature", "Processing temperature", "degree C", -100.0, 3000.0),
)

PROPERTIES: dict[str, Property] = {row.key: row for row in _ROWS}
PROPERTIES_LISTED_BY = "`ssbscreen models properties` lists them"


def get_property(key: str) -> Property:
    """Row of the table.

    Raises:
        UsageError: no property has that key; the message names the nearest one.
    """
    if key not in PROPERTIES:
        raise unknown("property", key, PROPERTIES, PROPERTIES_LISTED_BY)
    return PROPERTIES[key]
