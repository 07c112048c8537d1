"""What the plates and rods weigh that keep a stack under pressure, and what is left of the cell's energy with them.

Flat cells lie on each other between two aluminium plates, which steel rods along two edges pull together. The plate is
a beam over the width of the cells under even load; it must not yield, and must not bow further than the pressure may
vary. It is solid: ribs would make it lighter.
"""

from __future__ import annotations

import numpy as np

Number = np.ndarray | float

PLATE_DENSITY, PLATE_MODULUS, PLATE_STRENGTH = 2700.0, 68.9e9, 276e6
"""kg/m3, Pa, Pa. Source: aluminium 6061-T6, usual values of handbooks (recalled)."""
ROD_DENSITY, ROD_STRENGTH = 7850.0, 600e6
"""kg/m3, Pa. Source: steel bolts of property class 8.8, proof strength of ISO 898-1 (recalled)."""
SAFETY = 2.0
"""Factor on both strengths (assumption)."""


def plate_thickness(pressure: Number, span: Number, bow: Number) -> np.ndarray:
    """Thickness of one plate, m.

    Args:
        pressure: MPa.
        span: between the rods, cm.
        bow: deflection of the middle allowed, over the span.

    Source: beam on two supports under even load, largest bending stress 3/4 p (w/t)^2 and deflection 5/32 p w^4/(E t^3)
    for each width (Gere, Timoshenko, Mechanics of Materials, table of deflections; recalled).
    """
    load, width = np.asarray(pressure, float) * 1e6, np.asarray(span, float) * 1e-2
    by_strength = width * np.sqrt(0.75 * load * SAFETY / PLATE_STRENGTH)
    by_bow = width * np.cbrt(5.0 / 32.0 * load / (PLATE_MODULUS * np.asarray(bow, float)))
    return np.maximum(by_strength, by_bow)


def fixture_mass(pressure: Number, span: Number, height: Number, bow: Number) -> np.ndarray:
    """Plates and rods of a stack of cells, kg for each m2 of cell area.

    Args:
        pressure: MPa.
        span: width of the cells, cm.
        height: of the cells on each other, cm.
        bow: deflection of the middle of a plate allowed, over the span.
    """
    plate = plate_thickness(pressure, span, bow)
    length = np.asarray(height, float) * 1e-2 + 2.0 * plate
    rods = np.asarray(pressure, float) * 1e6 * SAFETY / ROD_STRENGTH * length * ROD_DENSITY
    return 2.0 * PLATE_DENSITY * plate + rods


def energy_with_fixture(energy_grav: Number, energy_vol: Number, mass: Number, height: Number) -> np.ndarray:
    """Specific energy of the stack with its share of plates and rods, Wh/kg.

    Args:
        energy_grav: of the stack alone, Wh/kg.
        energy_vol: of the stack alone, Wh/L.
        mass: of plates and rods, kg for each m2 of cell area.
        height: of the cells on each other, cm.
    """
    energy = np.asarray(energy_vol, float) * 10.0 * np.asarray(height, float)  # Wh for each m2: 1 cm over 1 m2 is 10 L
    return energy / (energy / np.asarray(energy_grav, float) + np.asarray(mass, float))
