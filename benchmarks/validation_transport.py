"""Conductivities carried to another temperature or predicted, and oxides sintered with cathodes, against experiment."""

from __future__ import annotations

import numpy as np
import pandas as pd
from validation_thermodynamics import Comparison, read

from ssbscreen.core.candidate import Candidate
from ssbscreen.files.material_names import composition_of
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


def predicted_conductivities() -> tuple[list[Comparison], str]:
    """Conductivities of compositions that stand in no table the model learned from, log10 of S/cm, and the model."""
    from ssbscreen.prediction.predictor import predict  # torch, only when asked for

    given = read("conductivities.csv")
    candidates = [
        Candidate(str(i), composition_of(row["composition"]), temperature_c=float(row["temperature_c"]))
        for i, row in enumerate(given)
    ]
    column = predict(candidates, ("ionic_conductivity",)).by_property["ionic_conductivity"]
    rows = [
        Comparison(
            f"other compositions of its paper {'are' if row['paper'] == 'known' else 'not'} known",
            f"{row['composition']}, {row['temperature_c']} degree C",
            "conductivity",
            float(np.log10(float(row["value_S_cm"]))),
            float(column.mean[i]),
            f"90 % from {column.lower[i]:.2f} to {column.upper[i]:.2f}; {row['doi']}",
        )
        for i, row in enumerate(given)
    ]
    return rows, column.model


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
