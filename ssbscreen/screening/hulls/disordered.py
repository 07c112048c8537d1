"""Distance to the hull of partly occupied crystals that nobody made, from the energy of one ordered state each.

The free energy of a disordered crystal is that of its ordered state less what the ideal entropy of mixing takes at room
temperature. Geometries as measured, not relaxed, lie above the hull by an amount that goes with the family. The made
members of a family in the pool, whose true distance is that of known electrolytes, show how much it is there, and
scatter about it; the others are measured against them. Where too few were made, the energy stands with its error.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.constants import ROOM_TEMPERATURE_C
from ssbscreen.core.noise import noise_of, owner_keys
from ssbscreen.physics.mixing_entropy import mixing_energy, mixing_entropy
from ssbscreen.physics.phase_stability import synthesised_distance
from ssbscreen.physics.processing import processing_temperatures

MIN_MADE = 3  # made members of a family that show its offset
_TYPICAL_WEIGHT = 4.0  # members that the scatter of all families counts for in that of one


def free_energies(candidates: Sequence[Candidate], energy: np.ndarray) -> np.ndarray:
    """Formation energies of disordered crystals less the ideal entropy of mixing at 25 degree C, eV/atom.

    Args:
        candidates: of any kind.
        energy: of their ordered states, eV/atom.  # (n,)

    Returns:
        NaN for everything that is no disordered crystal.  # (n,)
    """
    return np.where(
        [c.crystal is not None and not c.crystal.is_ordered for c in candidates],
        energy - mixing_energy(_entropies(candidates), ROOM_TEMPERATURE_C),
        np.nan,
    )


def entropy_words(
    candidates: Sequence[Candidate], is_told: np.ndarray, classes: Sequence[str], families: Sequence[str]
) -> list[str]:
    """What the entropy of mixing is worth at room temperature, which counts, and where such materials are made.

    Args:
        candidates: of any kind.
        is_told: which of them to tell it of.  # (n,) bool
        classes, families: keys of each.
    """
    made_at = processing_temperatures(classes, families)
    return [
        _words(candidate, float(temperature)) if is_here else ""
        for candidate, temperature, is_here in zip(candidates, made_at, is_told, strict=True)
    ]


def _words(candidate: Candidate, made_at: float) -> str:
    entropy = _entropies([candidate])[0]
    here, there = (1e3 * float(mixing_energy(entropy, t)) for t in (ROOM_TEMPERATURE_C, made_at))
    at_making = f", {there:.0f} at {made_at:.0f}, where such are made" if np.isfinite(made_at) else ""
    return f"disorder takes {here:.0f} meV/atom at 25 degree C{at_making}"


def _entropies(candidates: Sequence[Candidate]) -> np.ndarray:
    return np.array([0.0 if c.crystal is None else mixing_entropy(c.crystal) for c in candidates])


def disordered_distances(
    above_hull: np.ndarray,
    std: np.ndarray,
    is_made: np.ndarray,
    families: Sequence[str],
    ids: Sequence[str],
    seed: int,
    n_draws: int,
) -> np.ndarray:
    """Draws of the energy above hull of disordered crystals that were not made, against the made ones of their family.

    The scatter of a family is that of its made members, drawn towards the scatter within all families (a prior of
    four members, as in a scaled inverse chi-squared distribution).

    Args:
        above_hull: predicted free energy minus that of the hull, eV/atom, NaN for everything that is no disordered
            crystal with a prediction.  # (n,)
        std: error of that prediction, eV/atom.  # (n,)
        is_made: # (n,) bool
        families: of each.  # n
        ids: whose random numbers each takes.  # n
        seed: of the run.
        n_draws: energy draws.

    Returns:
        eV/atom, never negative; NaN for what was made.  # (n, n_draws)
    """
    draws = np.full((len(above_hull), n_draws), np.nan)
    known = np.isfinite(above_hull)
    of_family = np.asarray(families, dtype=object)
    calibrants = known & is_made
    groups = {str(f): above_hull[calibrants & (of_family == f)] for f in dict.fromkeys(of_family[calibrants].tolist())}
    offsets = {f: float(np.median(values)) for f, values in groups.items() if len(values) >= MIN_MADE}
    squares = {f: float(((groups[f] - offset) ** 2).sum()) for f, offset in offsets.items()}
    freedom = {f: len(groups[f]) - 1 for f in offsets}
    typical = sum(squares.values()) / max(sum(freedom.values()), 1)
    made = synthesised_distance(np.array([0.5])).item()
    rows = np.flatnonzero(known & ~is_made).tolist()
    numbers = noise_of(seed, owner_keys(str(ids[i]) for i in rows), "formation_energy", draws.shape[1])
    for i, number in zip(rows, numbers, strict=True):
        family = str(of_family[i])
        centre, error = above_hull[i], std[i]
        if family in offsets:
            n = freedom[family] + _TYPICAL_WEIGHT
            error = np.sqrt((squares[family] + _TYPICAL_WEIGHT * typical) / n * (1.0 + 1.0 / len(groups[family])))
            centre = centre - offsets[family] + made
        draws[i] = np.maximum(centre + error * number, 0.0)
    return draws
