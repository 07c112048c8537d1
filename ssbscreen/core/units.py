"""Units of measured values, converted to the canonical unit of a property in one place."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ssbscreen.core.constants import ZERO_CELSIUS
from ssbscreen.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as factor and offset to the reference unit of its dimension (value * factor + offset)."""

    dimension: str
    factor: float
    offset: float = 0.0


_UNITS: dict[str, Unit] = {
    "S/cm": Unit("conductivity", 1.0),
    "mS/cm": Unit("conductivity", 1e-3),
    "uS/cm": Unit("conductivity", 1e-6),
    "S/m": Unit("conductivity", 1e-2),
    "mS/m": Unit("conductivity", 1e-5),
    "ohm cm": Unit("resistivity", 1.0),
    "ohm m": Unit("resistivity", 1e2),
    "kohm cm": Unit("resistivity", 1e3),
    "eV": Unit("energy", 1.0),
    "meV": Unit("energy", 1e-3),
    "kJ/mol": Unit("energy", 1.0 / 96.48533212),
    "kcal/mol": Unit("energy", 4.184 / 96.48533212),
    "eV/atom": Unit("energy per atom", 1.0),
    "meV/atom": Unit("energy per atom", 1e-3),
    "Pa": Unit("pressure", 1e-9),
    "MPa": Unit("pressure", 1e-3),
    "GPa": Unit("pressure", 1.0),
    "kbar": Unit("pressure", 0.1),
    "MPa m^0.5": Unit("toughness", 1.0),
    "MPa*m^0.5": Unit("toughness", 1.0),
    "MPa.m^0.5": Unit("toughness", 1.0),
    "Pa m^0.5": Unit("toughness", 1e-6),
    "g/cm3": Unit("density", 1.0),
    "kg/m3": Unit("density", 1e-3),
    "V": Unit("voltage", 1.0),
    "mV": Unit("voltage", 1e-3),
    "degree C": Unit("temperature", 1.0),
    "C": Unit("temperature", 1.0),
    "K": Unit("temperature", 1.0, -ZERO_CELSIUS),
    "mAh/g": Unit("specific capacity", 1.0),
    "Ah/kg": Unit("specific capacity", 1.0),
    "Ah/L": Unit("volumetric capacity", 1.0),
    "mAh/cm3": Unit("volumetric capacity", 1.0),
    "Wh/kg": Unit("specific energy", 1.0),
    "Wh/L": Unit("energy density", 1.0),
    "ohm cm2": Unit("area resistance", 1.0),
    "A/cm2": Unit("current density", 1.0),
    "mA/cm2": Unit("current density", 1e-3),
    "kJ/(mol nm)": Unit("stability parameter", 1.0),
    "mAh/cm2": Unit("areal capacity", 1.0),
    "J/g": Unit("specific heat of reaction", 1.0),
    "cm3/g": Unit("gas per mass", 1.0),
    "USD/kg": Unit("specific cost", 1.0),
    "USD/kWh": Unit("energy cost", 1.0),
    "um": Unit("length", 1.0),
    "nm": Unit("length", 1e-3),
    "mm": Unit("length", 1e3),
    "fraction": Unit("ratio", 1.0),
    "%": Unit("ratio", 1e-2),
    "1": Unit("ratio", 1.0),
    "": Unit("ratio", 1.0),
    "mol/kg": Unit("molality", 1.0),
    "g/mol": Unit("molar mass", 1.0),
}

_ALIASES = {
    "Ω cm": "ohm cm",
    "ohm*cm": "ohm cm",
    "ohm.cm": "ohm cm",
    "ohm-cm": "ohm cm",
    "°C": "degree C",
    "degC": "degree C",
    "MPa·m^0.5": "MPa m^0.5",
    "MPa·m1/2": "MPa m^0.5",
    "S cm-1": "S/cm",
    "S·cm-1": "S/cm",
    "g/cc": "g/cm3",
    "g cm-3": "g/cm3",
    "mol kg-1": "mol/kg",
    "µm": "um",
    "ohm*cm2": "ohm cm2",
    "ohm.cm2": "ohm cm2",
    "um/um": "1",
}


def known_units() -> tuple[str, ...]:
    """All accepted unit names, canonical spellings first."""
    return (*_UNITS, *_ALIASES)


def convert(value: float, given: str, wanted: str) -> float:
    """Convert a value from one unit to another of the same dimension.

    A unit written `log10(X)` is understood on both sides. Resistivity and conductivity are each
    other's inverse and convert into one another.

    Raises:
        InputError: a unit is not known, the dimensions differ, or a logarithm of a value <= 0 is asked for.
    """
    if given.startswith("log10(") and given.endswith(")"):
        value, given = 10.0**value, given[6:-1]
    if wanted.startswith("log10(") and wanted.endswith(")"):
        natural = convert(value, given, wanted[6:-1])
        if natural <= 0:
            raise InputError(f"log10 of {natural} {wanted[6:-1]} does not exist; give a positive value.")
        return math.log10(natural)
    source, target = _lookup(given), _lookup(wanted)
    if {source.dimension, target.dimension} == {"conductivity", "resistivity"}:
        if value <= 0:
            raise InputError(f"The inverse of {value} {given} does not exist; give a positive value.")
        return 1.0 / (value * source.factor) / target.factor
    if source.dimension != target.dimension:
        raise InputError(
            f"Unit '{given}' ({source.dimension}) cannot become '{wanted}' ({target.dimension}); check the unit."
        )
    return (value * source.factor + source.offset - target.offset) / target.factor


def _lookup(name: str) -> Unit:
    name = name.strip()
    unit = _UNITS.get(_ALIASES.get(name, name))
    if unit is None:
        raise InputError(f"Unit '{name}' is not known. Known units: {', '.join(u for u in _UNITS if u)}.")
    return unit
