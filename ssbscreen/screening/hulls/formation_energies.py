"""Formation energies of a pool on the scale of the reference: listed ones, and those of a model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ssbscreen.core.anion_correction import anion_correction
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.formula import parse_formula
from ssbscreen.core.noise import noise_of, owner_keys
from ssbscreen.core.prediction import PropertyPrediction
from ssbscreen.core.recognition import element_amounts
from ssbscreen.core.reference_faults import needs_trivalent_ytterbium
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.lithium_interphase import REACTION_STD


def energy_draws(
    candidates: Sequence[Candidate],
    is_made: np.ndarray,
    classes: Sequence[str],
    column: PropertyPrediction,
    library: PhaseLibrary,
    seed: int,
    n_draws: int,
) -> np.ndarray:
    """Draws of the formation energy on the scale of the reference; NaN where neither reference nor model knows it.

    A material that was made, or of which only the composition is given, takes the energy that the reference lists for
    its formula, with the error of calculated reactions. Other ordered crystals take that of the model, which predicts
    on the Materials Project scale; a reference on another one comes with shift and error of each class.

    A partly occupied cell has no single energy: its ordered states lie below what a network makes of the average, so
    the hull energy stands in; its distance to the hull is that of `screening/hulls/disordered.py`.

    Returns:
        eV/atom.  # (n, n_draws)
    """
    draws = np.full((len(candidates), n_draws), np.nan)
    mean, std = on_scale(candidates, classes, column, library)
    listed = listed_energies(candidates, is_made, library)
    numbers = noise_of(seed, owner_keys(c.candidate_id for c in candidates), "formation_energy", n_draws)
    for i, candidate in enumerate(candidates):
        if np.isfinite(listed[i]):
            draws[i] = listed[i] + REACTION_STD * numbers[i]
        elif _is_learned(candidate) and np.isfinite(column.mean[i]):
            draws[i] = mean[i] + std[i] * numbers[i]
    return draws


def _is_learned(candidate: Candidate) -> bool:
    """Whether a model of calculated energies says something of this crystal: ordered, and without trivalent ytterbium.

    The calculations that models learn from know Yb2+ alone (core/reference_faults.py).
    """
    if candidate.crystal is None or not candidate.crystal.is_ordered or candidate.composition is None:
        return False
    return not needs_trivalent_ytterbium(element_amounts(candidate.composition))


def on_scale(
    candidates: Sequence[Candidate], classes: Sequence[str], column: PropertyPrediction, library: PhaseLibrary
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of predicted energies on the scale of the reference, eV/atom.  # two (n,)"""
    shifts = {shift.chemistry_class: shift for shift in library.reference.scale}
    offset = np.array([shifts[key].offset if key in shifts else 0.0 for key in classes])
    correction = [
        0.0 if c.composition is None else anion_correction(element_amounts(c.composition)) for c in candidates
    ]
    std = np.hypot(column.std, [shifts[key].std if key in shifts else 0.0 for key in classes])
    return column.mean + np.array(correction) - offset, std


def listed_energies(candidates: Sequence[Candidate], is_made: np.ndarray, library: PhaseLibrary) -> np.ndarray:
    """Energy that the reference lists for a material that was made or is given by its composition, eV/atom.

    A structure that nobody made may be another polymorph, so the energy of its formula is not its own.

    Returns:
        NaN where there is none.  # (n,)
    """
    found = np.full(len(candidates), np.nan)
    for i, candidate in enumerate(candidates):
        if candidate.composition is not None and (candidate.crystal is None or is_made[i]):
            amounts = parse_formula(plain_formula(candidate))
            if len(amounts) > 1:
                found[i] = library.energy_of(amounts)
    return found


def plain_formula(candidate: Candidate) -> str:
    """Amounts of a candidate's composition as a formula without brackets."""
    assert candidate.composition is not None
    amounts = candidate.composition.get_el_amt_dict()
    return "".join(el if amount == 1.0 else f"{el}{amount:.6g}" for el, amount in amounts.items())


def median_energy(draws: np.ndarray) -> np.ndarray:
    """Median of each row of draws, NaN where it has none.  # (n, n_draws) -> (n,)"""
    known = np.isfinite(draws).any(axis=1)
    return np.where(known, np.nanmedian(np.where(known[:, None], draws, 0.0), axis=1), np.nan)
