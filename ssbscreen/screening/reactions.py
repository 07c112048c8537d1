"""Reactions of ranked candidates in words: over the voltage, with air, with a cathode; kept beside the ranking."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.cathode import Cathode
from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import parse_formula
from ssbscreen.core.laws import kelvin
from ssbscreen.physics.gibbs import Gibbs, is_sintered_oxide
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interfaces import interface
from ssbscreen.physics.moisture import AirLibrary, air_reaction
from ssbscreen.physics.voltage_profile import voltage_profile
from ssbscreen.screening.hulls import plain_formula
from ssbscreen.screening.references import air_library

log = logging.getLogger(__name__)
COLUMNS = ("candidate_id", "contact", "condition", "energy", "unit", "reaction")
Row = tuple[str, str, float, str, str]  # all but the candidate
SINTERING_C, OXYGEN_BAR = 900.0, 0.21  # of an oxide beside the cathode, in air
N_TOLD = 500
"""Candidates whose reactions are written out; of the others `ssbscreen window` and `pair` tell them in seconds."""


def reaction_table(
    candidates: Sequence[Candidate],
    energies: np.ndarray,
    library: PhaseLibrary,
    cathode_of: Mapping[str, Cathode] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Reactions of candidates, one row each.

    Args:
        candidates: n, the best first; those after `N_TOLD` and polymers are left out.
        energies: draws of their formation energies; the mean counts, NaN takes the hull.  # (n, n_draws)
        library: reference phases.
        cathode_of: candidate_id -> cathode that it is paired with.
        progress: called with candidates done and in all.

    Returns:
        Columns `COLUMNS`; energies in eV of the unit named.
    """
    air = air_library(library.reference)
    furnace = library.adjusted(Gibbs(kelvin(SINTERING_C), oxygen_pressure_bar=OXYGEN_BAR))
    rows: list[tuple[str, str, str, float, str, str]] = []
    told = [i for i, candidate in enumerate(candidates) if candidate.composition is not None][:N_TOLD]
    for count, i in enumerate(told):
        known = energies[i][np.isfinite(energies[i])]
        energy = float(known.mean()) if known.size else None
        formula, cell = plain_formula(candidates[i]), (cathode_of or {}).get(candidates[i].candidate_id)
        found: list[Row] = []
        for contact in (_lithium, _humid_air):
            try:
                found += contact(formula, candidates[i], energy, library, air)
            except InputError as error:
                log.debug("%s: %s", candidates[i].candidate_id, error)
        if cell is not None:
            found += _cathode(formula, energy, library, cell)
            if is_sintered_oxide(formula):
                found += _sintered(formula, energy, furnace, cell)
        rows += [(candidates[i].candidate_id, *row) for row in found]
        if progress is not None and (count % 50 == 49 or count == len(told) - 1):
            progress(count + 1, len(told))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _lithium(formula: str, _: Candidate, energy: float | None, library: PhaseLibrary, __: AirLibrary) -> list[Row]:
    profile = voltage_profile(formula, library, energy=energy)
    if profile.path.missing_binaries or profile.path.lonely_elements:
        return []
    released = profile.decomposition_energy(np.array([step.low for step in profile.steps]))
    return [
        (
            "lithium",
            f"{step.low:.2f} to {step.high:.2f} V" if np.isfinite(step.high) else f"above {step.low:.2f} V",
            float(value),
            "eV/atom of electrolyte at the lower end",
            step.reaction.text(),
        )
        for step, value in zip(profile.steps, released, strict=True)
    ]


def _humid_air(formula: str, candidate: Candidate, energy: float | None, _: PhaseLibrary, air: AirLibrary) -> list[Row]:
    assert candidate.composition is not None
    found = air_reaction(formula, air, float(candidate.composition.weight), energy=energy)
    text = "none" if found.reaction.is_nothing else found.reaction.text()
    return [("air", "half-saturated, with its CO2", found.energy, "eV per formula", text)]


def _cathode(formula: str, energy: float | None, library: PhaseLibrary, cathode: Cathode) -> list[Row]:
    rows: list[Row] = []
    for state, partner in (("lithiated", cathode.formula), ("half-lithiated", cathode.half_lithiated)):
        try:
            found = interface(formula, partner, library, energy_a=energy)
        except InputError:
            continue
        text = found.reactions[found.worst].text() if found.reaction_energy < -5e-4 else "none"
        rows.append((f"cathode {cathode.key}", state, found.reaction_energy, "eV/atom of mixture", text))
    return rows


def _sintered(formula: str, energy: float | None, furnace: PhaseLibrary, cathode: Cathode) -> list[Row]:
    """With the lithiated cathode in the furnace; Gibbs energies, so that oxygen may come and go."""
    own = None if energy is None else furnace.adjustment(parse_formula(formula), energy)
    try:
        found = interface(formula, cathode.formula, furnace, energy_a=own)
    except InputError:
        return []
    text = found.reactions[found.worst].text() if found.reaction_energy < -5e-4 else "none"
    return [
        (
            f"cathode {cathode.key}",
            f"sintering, {SINTERING_C:.0f} C in air",
            found.reaction_energy,
            "eV/atom of mixture",
            text,
        )
    ]
