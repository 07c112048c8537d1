"""Energy above hull, electrochemical window and decomposition by lithium, with draws of the candidate's energy.

The corners of the competing phases (`lithiation.LithiationPath`) do not depend on the candidate's energy. A draw above
their hull leaves window and products to the equilibrium of the competing phases, as the field does for metastable
compounds. A draw below it adds one corner, and its window ends where the tangents from that corner touch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import composition_key, parse_formula
from ssbscreen.core.neutral import balanced
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.lithiation import LithiationPath

LI_TOLERANCE: Final[float] = 0.002
"""Li exchange per atom of candidate that counts as none: 0.01 Li of a perovskite formula unit, the share that
rounding of a printed disordered composition leaves unbalanced."""
SAME_LI: Final[float] = 1e-6  # Li contents closer than this are one; rounding errors are far smaller

SYNTHESISED_SHARE: Final[tuple[float, ...]] = (0.0, 0.5, 0.75, 0.9, 0.95, 0.97, 1.0)
SYNTHESISED_DISTANCE: Final[tuple[float, ...]] = (0.0, 0.0, 0.016, 0.047, 0.074, 0.100, 0.386)
"""Energy above hull (eV/atom) that a share of the compounds known to have been made does not exceed: the 104 lithium
conductors of OBELiX and of our literature tables whose formula stands in matbench_mp_e_form, against its own hull."""


def synthesised_distance(share: np.ndarray) -> np.ndarray:
    """Energy above hull of a compound that was made but has no energy of its own, such as a disordered one.

    Args:
        share: uniform random numbers in [0, 1).

    Returns:
        eV/atom, same shape.
    """
    return np.interp(share, SYNTHESISED_SHARE, SYNTHESISED_DISTANCE)


@dataclass(frozen=True)
class StabilityDraws:
    """Phase stability of one candidate, one value a draw (a single value where its energy is unknown).

    Attributes:
        hull_distance: own energy minus that of the competing hull, eV/atom, negative below it; NaN where the
            candidate has no energy of its own.  # (n_draws,)
        reduction_limit, oxidation_limit: V against Li/Li+; oxidation is NaN where there is no Li to lose.  # (n_draws,)
        li_decomposition_energy: at 0 V, eV per atom of candidate, Li uptake not counted, never positive.  # (n_draws,)
    """

    hull_distance: np.ndarray
    reduction_limit: np.ndarray
    oxidation_limit: np.ndarray
    li_decomposition_energy: np.ndarray

    @property
    def energy_above_hull(self) -> np.ndarray:
        """Distance to the hull that includes the candidate, never negative, eV/atom."""
        return np.maximum(self.hull_distance, 0.0)


def stability_draws(
    path: LithiationPath, energy: np.ndarray | None, *, li_tolerance: float = LI_TOLERANCE
) -> StabilityDraws:
    """Push energy draws of one candidate through the corners of its competing phases.

    Args:
        path: corners for the candidate's composition.
        energy: formation energies on the scale of the reference, eV/atom; None where there is none, as for most
            disordered compositions: then the hull energy stands in and the distance to the hull is missing.  # (n,)
        li_tolerance: Li per atom of candidate whose exchange is ignored.

    Source: grand potential at fixed framework, Richards et al., Chem. Mater. 28, 266 (2016),
    10.1021/acs.chemmater.5b04082; Zhu, He, Mo, ACS Appl. Mater. Interfaces 7, 23685 (2015),
    10.1021/acsami.5b07517.
    """
    n0, hull = path.li_candidate, path.hull_energy()
    margin = max(li_tolerance, SAME_LI)
    right = path.slope_right(n0 + margin)
    left = path.slope_left(n0 - margin)
    if energy is None:
        own = np.array([hull])
        distance = np.array([np.nan])
    else:
        own = np.asarray(energy, float)
        distance = own - hull
    more, less = path.li > n0 + SAME_LI, path.li < n0 - SAME_LI
    # tangents from the candidate's own corner; lithium metal is the corner at infinity with slope 0
    to_more = (path.energy[more, None] - own) / (path.li[more, None] - n0)
    to_less = (own - path.energy[less, None]) / (n0 - path.li[less, None])
    tangent_right = np.minimum(to_more.min(axis=0, initial=0.0), 0.0)
    tangent_left = to_less.max(axis=0, initial=-np.inf)
    is_below = own < hull
    slope_right = np.where(is_below, np.maximum(tangent_right, right), right)
    slope_left = np.where(is_below, np.minimum(tangent_left, left), left)
    oxidation = np.where(np.isfinite(slope_left), -slope_left, np.nan)
    known = ~np.isnan(own)
    return StabilityDraws(
        distance,
        np.where(known, -slope_right, np.nan) + 0.0,
        np.where(known, oxidation, np.nan),
        np.minimum(float(path.energy[-1]) - own, 0.0),
    )


@dataclass(frozen=True)
class StabilityTable:
    """Phase stability of many candidates against one reference.

    Attributes:
        energy_above_hull, reduction_limit, oxidation_limit, li_decomposition_energy: as in `StabilityDraws`; NaN where
            missing.  # (n_candidates, n_draws)
        paths: corners of each candidate, None where there are none.
        uses_hull_energy: True where the hull stood in for a missing energy.  # (n_candidates,)
        reasons: why a candidate has no values or only doubtful ones, empty where all is well.
        reference: source and version of the competing phases.
        formulas: of the candidates, as given.
    """

    energy_above_hull: np.ndarray
    reduction_limit: np.ndarray
    oxidation_limit: np.ndarray
    li_decomposition_energy: np.ndarray
    paths: tuple[LithiationPath | None, ...]
    uses_hull_energy: np.ndarray
    reasons: tuple[str, ...]
    reference: str
    formulas: tuple[str, ...]


def evaluate(formulas: Sequence[str], energy: np.ndarray, library: PhaseLibrary) -> StabilityTable:
    """Phase stability of many candidates; a formula whose charges do not balance is made neutral first, which is said.

    Window and decomposition are missing where the reference has no Li compound of one of a candidate's anions: the
    products at 0 V would be wrong.

    Args:
        formulas: one a candidate, partial amounts allowed.
        energy: draws of the formation energy, eV/atom; a row that is all NaN has none.  # (n_candidates, n_draws)
        library: competing phases.
    """
    energy = np.atleast_2d(np.asarray(energy, float))
    shape = (len(formulas), energy.shape[1])
    above, reduction, oxidation, decomposition = (np.full(shape, np.nan) for _ in range(4))
    paths: list[LithiationPath | None] = []
    reasons: list[str] = []
    is_unknown = np.isnan(energy).all(axis=1)
    seen: dict[tuple[tuple[str, float], ...], LithiationPath] = {}
    for i, formula in enumerate(formulas):
        try:
            neutral = balanced(parse_formula(formula))
            amounts = neutral.amounts
            key = composition_key(amounts)
            path = seen.get(key)
            if path is None:
                path = seen[key] = library.path(amounts)
        except InputError as error:
            paths.append(None)
            reasons.append(str(error))
            continue
        paths.append(path)
        draws = stability_draws(path, None if is_unknown[i] else energy[i])
        if path.unpaired_elements:
            names = ", ".join(path.unpaired_elements)
            reasons.append(f"no compound of {names} with its partners in {library.reference.title}")
            continue
        above[i] = draws.energy_above_hull
        if path.missing_binaries:
            reasons.append(f"no {', '.join(path.missing_binaries)} compound in {library.reference.title}")
            continue
        reasons.append(neutral.note)
        reduction[i], oxidation[i] = draws.reduction_limit, draws.oxidation_limit
        decomposition[i] = draws.li_decomposition_energy
    return StabilityTable(
        above,
        reduction,
        oxidation,
        decomposition,
        tuple(paths),
        is_unknown,
        tuple(reasons),
        library.reference.title,
        tuple(formulas),
    )
