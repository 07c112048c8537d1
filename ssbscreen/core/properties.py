"""The table of properties: one row a quantity, with its canonical unit, scale and plausible range."""

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
        kind: "model" (predicted by a network), "physics" (derived) or "table" (element tables).
        inputs: keys a derived quantity is computed from.
    """

    key: str
    title: str
    unit: str
    is_log: bool
    low: float
    high: float
    kind: str
    inputs: tuple[str, ...] = ()

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


def _model(key: str, title: str, unit: str, low: float, high: float, *, log: bool = False) -> Property:
    return Property(key, title, unit, log, low, high, "model")


def _physics(key: str, title: str, unit: str, low: float, high: float, inputs: str, *, log: bool = False) -> Property:
    return Property(key, title, unit, log, low, high, "physics", tuple(inputs.split()))


_INF = math.inf
_ROWS: tuple[Property, ...] = (
    _model("ionic_conductivity", "Ionic conductivity", "S/cm", 1e-25, 10.0, log=True),
    _model("activation_energy", "Activation energy", "eV", 0.0, 3.0),
    _model("band_gap", "Band gap (experimental scale)", "eV", 0.0, 20.0),
    _model("band_gap_pbe", "Band gap (PBE)", "eV", 0.0, 20.0),
    _model("bulk_modulus", "Bulk modulus", "GPa", 1e-3, 1000.0, log=True),
    _model("shear_modulus", "Shear modulus", "GPa", 1e-4, 1000.0, log=True),
    _model("formation_energy", "Formation energy", "eV/atom", -8.0, 8.0),
    _model("homo", "Highest occupied orbital of the monomer", "eV", -30.0, 0.0),
    _model("lumo", "Lowest unoccupied orbital of the monomer", "eV", -20.0, 20.0),
    _model("average_voltage", "Average voltage", "V", -10.0, 10.0),
    _model("volume_change_on_charge", "Volume change on charge", "fraction", -1.0, 5.0),
    _physics(
        "electronic_resistivity", "Electronic resistivity", "ohm cm", 1e-8, 1e40, "band_gap band_gap_pbe", log=True
    ),
    _physics("youngs_modulus", "Young's modulus", "GPa", 0.0, 2000.0, "bulk_modulus shear_modulus"),
    _physics("poisson_ratio", "Poisson's ratio", "1", -1.0, 0.5, "bulk_modulus shear_modulus"),
    _physics("pugh_ratio", "Pugh ratio K/G", "1", 0.0, 1000.0, "bulk_modulus shear_modulus"),
    _physics("hardness", "Vickers hardness", "GPa", 0.0, 200.0, "bulk_modulus shear_modulus"),
    _physics("fracture_toughness", "Fracture toughness", "MPa m^0.5", 0.0, 50.0, "bulk_modulus shear_modulus density"),
    _physics("brittleness", "Brittleness (hardness over toughness)", "1", 0.0, _INF, "hardness fracture_toughness"),
    _physics("density", "Density", "g/cm3", 0.05, 30.0, ""),
    _physics("energy_above_hull", "Energy above hull", "eV/atom", -10.0, 20.0, "formation_energy"),
    _physics("reduction_limit", "Reduction limit", "V", -10.0, 10.0, "formation_energy"),
    _physics("oxidation_limit", "Oxidation limit", "V", -10.0, 10.0, "formation_energy"),
    _physics("li_decomposition_energy", "Decomposition energy at 0 V", "eV/atom", -20.0, 1.0, "formation_energy"),
    _physics("p_li_stable", "Probability stable with Li", "1", 0.0, 1.0, "li_decomposition_energy"),
    _physics("p_li_passivating", "Probability passivating with Li", "1", 0.0, 1.0, "li_decomposition_energy"),
    _physics(
        "p_li_mixed_conducting", "Probability mixed-conducting interphase", "1", 0.0, 1.0, "li_decomposition_energy"
    ),
    _physics("stability_parameter", "Stability parameter chi", "kJ/(mol nm)", -1e4, 1e4, "shear_modulus poisson_ratio"),
    _physics("critical_overpotential", "Critical plating overpotential", "V", 0.0, 100.0, "fracture_toughness"),
    _physics("critical_current", "Critical current density", "A/cm2", 0.0, 1e6, "critical_overpotential"),
    _physics(
        "area_specific_resistance", "Area-specific resistance", "ohm cm2", 0.0, 1e30, "ionic_conductivity", log=True
    ),
    _physics("leakage_current", "Leakage current", "A/cm2", 0.0, 1e10, "electronic_resistivity", log=True),
    _physics("voltage_drop", "Voltage drop", "V", 0.0, 1e30, "area_specific_resistance"),
    _physics(
        "critical_temperature_1mS",
        "Temperature of 1 mS/cm",
        "degree C",
        -ZERO_CELSIUS,
        5000.0,
        "ionic_conductivity activation_energy",
    ),
    _physics("capacity_grav", "Gravimetric capacity", "mAh/g", 0.0, 5000.0, ""),
    _physics("capacity_vol", "Volumetric capacity", "Ah/L", 0.0, 20000.0, "density"),
    _physics("energy_grav", "Gravimetric energy", "Wh/kg", 0.0, 20000.0, "average_voltage"),
    _physics("energy_vol", "Volumetric energy", "Wh/L", 0.0, 50000.0, "average_voltage density"),
    _physics("max_delta_volume", "Volume change", "fraction", 0.0, 5.0, "volume_change_on_charge"),
    _physics("stability_charge", "Charged state above hull", "eV/atom", -10.0, 20.0, "formation_energy"),
    _physics("stability_discharge", "Discharged state above hull", "eV/atom", -10.0, 20.0, "formation_energy"),
    _physics("cell_energy_grav", "Cell specific energy", "Wh/kg", 0.0, 5000.0, "density"),
    _physics("cell_energy_vol", "Cell energy density", "Wh/L", 0.0, 20000.0, "density"),
    _physics("cell_cost", "Cell cost", "USD/kWh", 0.0, 1e7, "raw_material_cost cell_energy_grav"),
    _physics("interface_reaction_energy", "Interface reaction energy", "eV/atom", -10.0, 0.0, "formation_energy"),
    _physics("moisture_reaction_energy", "Moisture reaction energy", "eV/atom", -10.0, 0.0, "formation_energy"),
    _physics("stack_pressure", "Stack pressure", "MPa", 0.0, 1e5, "youngs_modulus"),
    _physics("misfit_stress", "Misfit stress", "MPa", 0.0, 1e6, "youngs_modulus"),
    _physics("pilling_bedworth_ratio", "Pilling-Bedworth ratio", "1", 0.0, 100.0, "li_decomposition_energy"),
    _physics("li_consumed", "Lithium consumed", "1", 0.0, 1000.0, "li_decomposition_energy"),
    _physics("thickness_swing", "Thickness swing", "um", 0.0, 1e4, "max_delta_volume"),
    _physics(
        "oxidation_margin", "Oxidation limit minus cathode voltage", "V", -20.0, 20.0, "oxidation_limit average_voltage"
    ),
    _physics("contact_oxidation_limit", "Oxidation limit of the coating", "V", -10.0, 10.0, "formation_energy"),
    _physics("li_volume_ratio", "Volume of Li+ over lithium metal", "1", 0.0, 10.0, ""),
    _physics("areal_capacity_500", "Areal capacity for 500 Wh/kg", "mAh/cm2", 0.0, 1e6, "density"),
    _physics("self_discharge", "Self-discharge in a month", "fraction", 0.0, 1.0, "leakage_current"),
    _physics(
        "catholyte_conductivity",
        "Conductivity in the composite cathode",
        "S/cm",
        0.0,
        10.0,
        "ionic_conductivity density",
        log=True,
    ),
    *(
        _physics(
            f"voltage_drop_{i}mA", f"Cell voltage drop at {i} mA/cm2", "V", 0.0, 1e30, "ionic_conductivity density"
        )
        for i in (1, 3, 10)
    ),
    *(
        _physics(
            f"usable_thickness_{i}mA",
            f"Usable cathode thickness at {i} mA/cm2",
            "um",
            0.0,
            1e9,
            "ionic_conductivity density",
        )
        for i in (1, 3, 10)
    ),
    _physics("heat_of_reaction", "Heat of the charged cell", "J/g", -1e5, 1e4, "formation_energy average_voltage"),
    Property("h2s_limit", "H2S at most", "cm3/g", False, 0.0, 2000.0, "table"),
    Property("recyclable_share", "Metals recycled by more than half", "fraction", False, 0.0, 1.0, "table"),
    Property("practical_thickness", "Thinnest separator made", "um", False, 0.0, 1e4, "table"),
    Property("raw_material_cost", "Raw-material cost", "USD/kg", False, 0.0, 1e7, "table"),
    Property("supply_risk", "Supply risk (HHI)", "1", False, 0.0, 10000.0, "table"),
    Property("processing_temperature", "Processing temperature", "degree C", False, -100.0, 3000.0, "table"),
)

PROPERTIES: dict[str, Property] = {row.key: row for row in _ROWS}


def get_property(key: str) -> Property:
    """Row of the table.

    Raises:
        UsageError: no property has that key; the message names the nearest one.
    """
    if key not in PROPERTIES:
        raise unknown("property", key, PROPERTIES)
    return PROPERTIES[key]
