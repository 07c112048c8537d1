"""Units of measured values, converted to the canonical unit of a property in one place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from ssbscreen.core.constants import ZERO_CELSIUS
from ssbscreen.core.errors import InputError, unknown
from ssbscreen.core.unit_text import Powers, plain, powers_of, written_unit


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
    "mg/g": Unit("mass of gas per mass", 1.0),
    "USD/kg": Unit("specific cost", 1.0),
    "USD/kWh": Unit("energy cost", 1.0),
    "USD/m2": Unit("areal cost", 1.0),
    "kg/m2": Unit("areal mass", 1.0),
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

_ALIASES = {"ohm-cm": "ohm cm", "°C": "degree C", "degC": "degree C", "g/cc": "g/cm3", "um/um": "1"}

_BY_POWERS: dict[Powers | None, Unit] = {
    powers: unit for name, unit in _UNITS.items() if (powers := powers_of(name)) is not None
}


def known_units() -> tuple[str, ...]:
    """All accepted unit names, canonical spellings first."""
    return (*_UNITS, *_ALIASES)


def units_like(name: str) -> tuple[str, ...]:
    """Units of the same dimension as one, itself first; resistivities stand for conductivities and the other way round.

    Raises:
        InputError: it is not known.
    """
    own = _lookup(name).dimension
    inverse = {"conductivity": "resistivity", "resistivity": "conductivity"}.get(own)
    first = sorted((u for u in _UNITS if u and _UNITS[u].dimension in (own, inverse)), key=lambda u: u != name)
    return tuple(first)


def convert(value: float, given: str, wanted: str) -> float:
    """Convert a value from one unit to another of the same dimension.

    Units are understood in any usual writing: mS/cm, mS cm⁻¹, S·m^-1, 10⁻³ S/cm, log10(S/cm), ln(S cm-1). Resistivity
    and conductivity are each other's inverse and convert into one another.

    Raises:
        InputError: a unit is not known, the dimensions differ, or a logarithm of a value <= 0 is asked for.
    """
    own, asked = written_unit(given), written_unit(wanted)
    source, target = _lookup(own.text), _lookup(asked.text)
    value = (_raised(own.base, value, given) if own.base else value) * own.factor
    natural = _natural(value, (given, source), (wanted, target)) / asked.factor
    if not asked.base:
        return natural
    if natural <= 0:
        raise InputError(f"log10 of {natural} {asked.text} does not exist; give a positive value.")
    return math.log(natural) / math.log(asked.base) if asked.base != 10.0 else math.log10(natural)


def is_inverse(given: str, wanted: str) -> bool:
    """Whether one unit is that of a resistivity and the other that of a conductivity."""
    dimensions = {_lookup(written_unit(name).text).dimension for name in (given, wanted)}
    return dimensions == {"conductivity", "resistivity"}


def _raised(base: float, value: float, given: str) -> float:
    try:
        return float(base**value)
    except OverflowError:
        raise InputError(f"{value} is too large for a logarithm in '{given}'; check value and unit.") from None


def _natural(value: float, own: tuple[str, Unit], wanted_unit: tuple[str, Unit]) -> float:
    (given, source), (wanted, target) = own, wanted_unit
    if {source.dimension, target.dimension} == {"conductivity", "resistivity"}:
        if value <= 0:
            raise InputError(f"The inverse of {value} {given} does not exist; give a positive value.")
        return 1.0 / (value * source.factor) / target.factor
    if source.dimension != target.dimension:
        raise InputError(
            f"Unit '{given}' ({source.dimension}) cannot become '{wanted}' ({target.dimension}); check the unit."
        )
    return (value * source.factor + source.offset - target.offset) / target.factor


@lru_cache(maxsize=1024)  # a table of a hundred thousand values has a handful of units
def _lookup(name: str) -> Unit:
    name = plain(name)
    unit = _UNITS.get(_ALIASES.get(name, name)) or _BY_POWERS.get(powers_of(name))
    if unit is None:
        raise InputError(str(unknown("unit", name, (u for u in known_units() if u))))
    return unit
