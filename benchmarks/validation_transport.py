"""Conductivity carried to another temperature, and oxides sintered with cathodes, against what was measured."""

from __future__ import annotations

import numpy as np
import pandas as pd
from validation_thermodynamics import Comparison, read

from ssbscreen.physics.co_sintering import co_sintering_energy, furnace
from ssbscreen.physics.hull import PhaseLibrary
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


def sintered(library: PhaseLibrary) -> pd.DataFrame:
    """Oxides sintered with cathodes or on supports: whether they reacted, and the strongest reaction computed."""
    rows = []
    for row in read("co_sintering.csv"):
        celsius = float(row["temperature_C"])
        energy = 1e3 * co_sintering_energy(row["electrolyte"], row["partner"], furnace(library, celsius))
        seen = "reacts" if row["reacts"] == "1" else "holds"
        rows.append(
            (row["electrolyte"], row["partner"], f"{celsius:g}", seen, f"{energy:.0f}", row["doi"] or row["read_at"])
        )
    columns = ("oxide", "partner", "degree_C", "seen", "computed_meV_per_atom", "source")
    return pd.DataFrame(rows, columns=columns)
