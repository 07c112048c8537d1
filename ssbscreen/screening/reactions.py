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
from ssbscreen.physics.co_sintering import furnace
from ssbscreen.physics.gibbs import is_sintered_oxide
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interfaces import Interface, interface
from ssbscreen.physics.moisture import AirLibrary, air_reaction
from ssbscreen.physics.voltage_profile import voltage_profile
from ssbscreen.screening.cells import Cells
from ssbscreen.screening.hulls.formation_energies import plain_formula
from ssbscreen.screening.hulls.hull_quantities import Hulls
from ssbscreen.screening.hulls.references import References
from ssbscreen.screening.rank import Ranked
from ssbscreen.screening.settings import Plan

log = logging.getLogger(__name__)
COLUMNS = ("candidate_id", "contact", "condition", "energy", "unit", "reaction")
Row = tuple[str, str, float, str, str]  # all but the candidate
SINTERING_C = 900.0  # of an oxide beside the cathode, in air
N_WRITTEN = 500
"""Candidates whose reactions are written out; of the others `ssbscreen window` and `pair` give them in seconds."""
_OF_MIXTURE = "eV/atom of mixture"
_LEAST_ENERGY = 5e-4  # eV/atom, below which nothing is said to react


def reactions_of(
    plan: Plan,
    candidates: Sequence[Candidate],
    hulls: Hulls,
    ranked: Ranked,
    cells: Cells | None,
    references: References,
) -> pd.DataFrame:
    """Reactions of the best candidates in words, with the cathode that each is paired with."""
    order = ranked.ranking.order
    best = {} if cells is None else cells.cathodes
    cathodes = {candidates[i].candidate_id: cathode for i, cathode in best.items()}
    return reaction_table(
        [candidates[int(i)] for i in order],
        hulls.energies[order],
        references,
        cathodes,
        lambda done, total: plan.progress("reactions", done, total),
    )


def reaction_table(
    candidates: Sequence[Candidate],
    energies: np.ndarray,
    references: References,
    cathode_of: Mapping[str, Cathode] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Reactions of candidates, one row each.

    Args:
        candidates: n, the best first; those after `N_WRITTEN` and polymers are left out.
        energies: draws of their formation energies; the median counts, NaN takes the hull.  # (n, n_draws)
        references: competing phases.
        cathode_of: candidate_id -> cathode that it is paired with.
        progress: called with candidates done and in all.

    Returns:
        Columns `COLUMNS`; energies in eV of the unit named.
    """
    hot = furnace(references.library, SINTERING_C)
    rows: list[tuple[str, str, str, float, str, str]] = []
    written = [i for i, candidate in enumerate(candidates) if candidate.composition is not None][:N_WRITTEN]
    for count, i in enumerate(written):
        candidate, known = candidates[i], energies[i][np.isfinite(energies[i])]
        energy = float(np.median(known)) if known.size else None
        found = _alone(candidate, energy, references)
        if cathode := (cathode_of or {}).get(candidate.candidate_id):
            found += _with_cathode(plain_formula(candidate), energy, references.library, hot, cathode)
        rows += [(candidate.candidate_id, *row) for row in found]
        if progress is not None and (count % 50 == 49 or count == len(written) - 1):
            progress(count + 1, len(written))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _alone(candidate: Candidate, energy: float | None, references: References) -> list[Row]:
    """With lithium over the voltage and with humid air."""
    formula, found = plain_formula(candidate), list[Row]()
    assert candidate.composition is not None
    try:
        found += _lithium(formula, energy, references.library)
    except InputError as error:
        log.debug("%s: %s", candidate.candidate_id, error)
    try:
        found += _humid_air(formula, float(candidate.composition.weight), energy, references.air)
    except InputError as error:
        log.debug("%s: %s", candidate.candidate_id, error)
    return found


def _lithium(formula: str, energy: float | None, library: PhaseLibrary) -> list[Row]:
    profile = voltage_profile(formula, library, energy=energy)
    if profile.path.missing_binaries or profile.path.unpaired_elements:
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


def _humid_air(formula: str, molar_mass: float, energy: float | None, air: AirLibrary) -> list[Row]:
    found = air_reaction(formula, air, molar_mass, energy=energy)
    text = "none" if found.reaction.is_nothing else found.reaction.text()
    return [("air", "half-saturated, with its CO2", found.energy, "eV per formula", text)]


def _with_cathode(
    formula: str, energy: float | None, library: PhaseLibrary, hot: PhaseLibrary, cathode: Cathode
) -> list[Row]:
    """With the lithiated and the half-lithiated cathode; of oxides also in the furnace, where oxygen comes and goes."""
    contacts = [
        ("lithiated", cathode.formula, energy, library),
        ("half-lithiated", cathode.half_lithiated, energy, library),
    ]
    if is_sintered_oxide(formula):
        gibbs = None if energy is None else hot.adjustment(parse_formula(formula), energy)
        contacts.append((f"sintering, {SINTERING_C:.0f} C in air", cathode.formula, gibbs, hot))
    rows: list[Row] = []
    for condition, partner, own, phases in contacts:
        try:
            found = interface(formula, partner, phases, energy_a=own)
        except InputError:
            continue
        rows.append((f"cathode {cathode.key}", condition, found.reaction_energy, _OF_MIXTURE, _strongest(found)))
    return rows


def _strongest(found: Interface) -> str:
    return found.reactions[found.worst].text() if found.reaction_energy < -_LEAST_ENERGY else "none"
