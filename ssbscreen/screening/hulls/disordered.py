"""Distance to the hull of partly occupied crystals that nobody made, from the energy of one ordered state each.

The free energy of a disordered crystal is that of its ordered state less what the ideal entropy of mixing takes at room
temperature. Geometries as measured, not relaxed, lie above the hull by an amount that goes with the family. The made
members of a family in the pool, whose true distance is that of known electrolytes, show how much it is there, and
scatter about it; the others are measured against them. Families scatter about what all have in common (random effects,
DerSimonian and Laird, Control. Clin. Trials 7, 177 (1986), 10.1016/0197-2456(86)90046-2): a family with few made
members takes more of that, one with none all of it, and one member more makes no step. Where no two families show an
offset, the energy stands with its error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.constants import ROOM_TEMPERATURE_C
from ssbscreen.core.noise import noise_of, owner_keys
from ssbscreen.physics.mixing_entropy import mixing_energy, mixing_entropy
from ssbscreen.physics.phase_stability import synthesised_distance
from ssbscreen.physics.processing import processing_temperatures

_LEAST_VARIANCE = 1e-6  # eV^2/atom^2, of numbers that agree to the last digit
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
    four members, as in a scaled inverse chi-squared distribution). It holds the error that predictions of made
    compounds have; whose prediction is less certain than theirs scatters by as much more.

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
    groups = {str(f): np.sort(above_hull[calibrants & (of_family == f)]) for f in sorted(set(of_family[calibrants]))}
    common = _common_offset(list(groups.values()))
    made = synthesised_distance(np.array([0.5])).item()
    usual = float((std[calibrants] ** 2).mean()) if calibrants.any() else 0.0
    rows = np.flatnonzero(known & ~is_made).tolist()
    numbers = noise_of(seed, owner_keys(str(ids[i]) for i in rows), "formation_energy", draws.shape[1])
    for i, number in zip(rows, numbers, strict=True):
        centre, error = above_hull[i], std[i]
        if common is not None:
            offset, scatter = common.of(groups.get(str(of_family[i]), np.empty(0)))
            centre = centre - offset + made
            error = float(np.sqrt(scatter**2 + max(error**2 - usual, 0.0)))
        draws[i] = np.maximum(centre + error * number, 0.0)
    return draws


@dataclass(frozen=True)
class _CommonOffset:
    """Of all families, eV/atom.

    Attributes:
        mean: over families.
        between: variance of families about it, its own doubt included.
        within: variance of members about their family.
    """

    mean: float
    between: float
    within: float

    def of(self, values: np.ndarray) -> tuple[float, float]:
        """Offset of a family, and the standard deviation of one more member about it.

        Args:
            values: of its made members; none for a family of which none was made.  # (n,)
        """
        n, own = len(values), float(values.mean()) if len(values) else self.mean
        share = n * self.between / (n * self.between + self.within)
        doubt = self.between * (1.0 - share)
        freedom = max(n - 1, 0) + _TYPICAL_WEIGHT
        scatter = (float(((values - own) ** 2).sum()) + _TYPICAL_WEIGHT * self.within) / freedom
        return share * own + (1.0 - share) * self.mean, float(np.sqrt(scatter + doubt))


def _common_offset(groups: Sequence[np.ndarray]) -> _CommonOffset | None:
    """By the method of moments; None where no two families, or no family with two members, tell variances apart."""
    n = np.array([len(values) for values in groups], dtype=float)
    freedom = float((n - 1.0).sum())
    if len(groups) < 2 or freedom < 1.0:
        return None
    means = np.array([values.mean() for values in groups])
    within = float(sum(((values - values.mean()) ** 2).sum() for values in groups)) / freedom
    within = max(within, _LEAST_VARIANCE)
    weight = n / within
    spread = float((weight * (means - np.average(means, weights=weight)) ** 2).sum())
    between = (spread - (len(n) - 1.0)) / (weight.sum() - (weight**2).sum() / weight.sum())
    between = max(float(between), 0.0)
    weight = 1.0 / (between + within / n)
    return _CommonOffset(float(np.average(means, weights=weight)), between + 1.0 / float(weight.sum()), within)
