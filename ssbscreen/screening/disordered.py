"""Distance to the hull of partly occupied cells that nobody made, from a network that averages their sites.

What a network makes of an averaged cell lies above its ordered states, by an amount that goes with the kind of
disorder: 0.05 eV/atom in a NASICON, 0.23 in an argyrodite. The made members of a family in the pool, whose true
distance is that of known electrolytes, show how much it is there, and scatter about it; the others are measured
against them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ssbscreen.physics.phase_stability import synthesised_distance
from ssbscreen.ranking.operating import noise

MIN_MADE = 3  # made members of a family that show its offset
_TYPICAL_WEIGHT = 4.0  # members that the scatter of all families counts for in that of one


def disordered_distances(
    above_hull: np.ndarray, is_made: np.ndarray, families: Sequence[str], ids: Sequence[str], seed: int, n_draws: int
) -> np.ndarray:
    """Draws of the energy above hull of disordered cells that were not made, against the made ones of their family.

    The scatter of a family is that of its made members, drawn towards the scatter within all families (a prior of
    four members, as in a scaled inverse chi-squared distribution).

    Args:
        above_hull: predicted energy of the averaged cell minus that of the hull, eV/atom, NaN for everything that is
            no disordered crystal with a prediction.  # (n,)
        is_made: # (n,) bool
        families: of each.  # n
        ids: whose random numbers each takes.  # n
        seed: of the run.
        n_draws: energy draws.

    Returns:
        eV/atom, never negative; NaN for what was made, and where fewer than three of the family were.  # (n, n_draws)
    """
    draws = np.full((len(above_hull), n_draws), np.nan)
    known = np.isfinite(above_hull)
    of_family = np.asarray(families, dtype=object)
    calibrants = known & is_made
    groups = {str(f): above_hull[calibrants & (of_family == f)] for f in dict.fromkeys(of_family[calibrants].tolist())}
    offsets = {f: float(np.median(values)) for f, values in groups.items() if len(values) >= MIN_MADE}
    if not offsets:
        return draws
    squares = {f: float(((groups[f] - offset) ** 2).sum()) for f, offset in offsets.items()}
    freedom = {f: len(groups[f]) - 1 for f in offsets}
    typical = sum(squares.values()) / sum(freedom.values())
    made = synthesised_distance(np.array([0.5])).item()
    for i in np.flatnonzero(known & ~is_made).tolist():
        family = str(of_family[i])
        if family not in offsets:
            continue
        n = freedom[family] + _TYPICAL_WEIGHT
        std = np.sqrt((squares[family] + _TYPICAL_WEIGHT * typical) / n * (1.0 + 1.0 / len(groups[family])))
        centre = above_hull[i] - offsets[family] + made
        draws[i] = np.maximum(centre + std * noise(seed, str(ids[i]), "formation_energy", n_draws), 0.0)
    return draws
