"""Conductivity carried to another temperature against what was measured there."""

from __future__ import annotations

import numpy as np
from validation_thermodynamics import Comparison, read

from ssbscreen.physics.transport import conductivity_at


def temperatures() -> list[Comparison]:
    """log10 of the conductivity at one temperature from that at another and the activation energy, S/cm."""
    rows = []
    for row in read("temperatures.csv"):
        known, energy = np.log10(float(row["known_S_cm"])), float(row["activation_energy_eV"])
        computed = float(conductivity_at(known, energy, float(row["temperature_C"]), float(row["known_C"])))
        case = f"{row['material']}, {row['known_C']} to {row['temperature_C']} degree C"
        published = float(np.log10(float(row["conductivity_S_cm"])))
        rows.append(
            Comparison("Arrhenius' law", case, "conductivity", published, computed, f"{energy:g} eV; {row['doi']}")
        )
    return rows
