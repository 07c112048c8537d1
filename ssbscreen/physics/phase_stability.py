"""Energy above hull, electrochemical window and decomposition by lithium, with draws of the candidate's energy.

The corners of the competing phases (`lithiation.LithiationPath`) do not depend on the candidate's energy. A draw above
their hull leaves window and products to the equilibrium of the competing phases, as the field does for metastable
compounds. A draw below it adds one corner, and its window ends where the tangents from that corner touch.

A window ends at the mean voltage at which the first `NOTICED_SHARE` of the lithium is exchanged, not where the first
trace of it is: a little of a dopant that reacts early uses itself up and leaves the electrolyte as it was.
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
WINDOW_STD: Final[float] = 0.16
"""V: root mean square difference from 36 windows by measured enthalpies (oxidation 0.15, reduction 0.18; Richards et
al. 2016, 10.1021/acs.chemmater.5b04082; docs/validation/windows.csv)."""
NOTICED_SHARE: Final[float] = 0.05
"""Share of the lithium whose exchange is noticed. Products under 16 % of the volume do not touch each other (Scher and
Zallen, J. Chem. Phys. 53, 3759 (1970), 10.1063/1.1674565, quoted in 10.1103/PhysRevE.95.012118): what a twentieth of
the charge makes lies scattered in an electrolyte that conducts as before. That a third of this threshold is safe is an
assumption of the project."""
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
        reduction_limit, oxidation_limit: mean voltage of the first noticed lithium, V against Li/Li+; oxidation is NaN
            where there is no Li to lose.  # (n_draws,)
        li_decomposition_energy: at the negative electrode (0 V for lithium), eV per atom of candidate, Li uptake not
            counted, never positive.  # (n_draws,)
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
    path: LithiationPath,
    energy: np.ndarray | None,
    *,
    li_tolerance: float = LI_TOLERANCE,
    li_share: float = NOTICED_SHARE,
    potential: float = 0.0,
) -> StabilityDraws:
    """Push energy draws of one candidate through the corners of its competing phases.

    Args:
        path: corners for the candidate's composition.
        energy: formation energies on the scale of the reference, eV/atom; None where there is none, as for most
            disordered compositions: then the hull energy stands in and the distance to the hull is missing.  # (n,)
        li_tolerance: Li per atom of candidate whose exchange is ignored.
        li_share: share of the lithium, counted from there, over which the voltage of the exchange is averaged; 0 gives
            the voltage at which the exchange sets in.
        potential: of the negative electrode, at which it decomposes, V against Li/Li+.

    Source: grand potential at fixed framework, Richards et al., Chem. Mater. 28, 266 (2016),
    10.1021/acs.chemmater.5b04082; Zhu, He, Mo, ACS Appl. Mater. Interfaces 7, 23685 (2015),
    10.1021/acsami.5b07517.
    """
    hull = path.hull_energy()
    if energy is None:
        own = np.array([hull])
        distance = np.array([np.nan])
    else:
        own = np.asarray(energy, float)
        distance = own - hull
    at_most = np.minimum(own, hull)
    last = path.down_to(potential)
    products = float(last.energy[-1]) + potential * (float(last.li[-1]) - path.li_candidate)
    return StabilityDraws(
        distance,
        _reduction(path, at_most, li_tolerance, li_share),
        _oxidation(path, at_most, li_tolerance, li_share),
        np.minimum(products - own, 0.0),
    )


def _reduction(path: LithiationPath, own: np.ndarray, tolerance: float, share: float) -> np.ndarray:
    """Mean voltage at which the first lithium goes in, V.

    Args:
        path: corners.
        own: energy of the phase, at most that of the hull, eV/atom.  # (n,)
        tolerance: Li per atom that is ignored.
        share: of the lithium over which is averaged.
    """
    n0 = path.li_candidate
    near = n0 + max(tolerance, SAME_LI)
    far = near + share * n0
    around = path.slope_right(near) if far - near < SAME_LI else path.slope_between(near, far)
    beyond = path.li > far
    # tangents from the candidate's own corner; lithium metal is the corner at infinity with slope 0
    li, energy = np.append(path.li[beyond], far), np.append(path.energy[beyond], path.energy_at(far))
    tangent = ((energy[:, None] - own) / (li[:, None] - n0)).min(axis=0)
    return -np.minimum(np.maximum(tangent, around), 0.0) + 0.0


def _oxidation(path: LithiationPath, own: np.ndarray, tolerance: float, share: float) -> np.ndarray:
    """Mean voltage at which the first lithium goes out, V; NaN where there is none to lose. As `_reduction`."""
    n0, least = path.li_candidate, float(path.li[0])
    near = n0 - max(tolerance, SAME_LI)
    if near <= least:
        return np.full(own.shape, np.nan)
    far = max(near - share * n0, least)
    around = path.slope_left(near) if near - far < SAME_LI else path.slope_between(far, near)
    beyond = path.li < far
    li, energy = np.append(path.li[beyond], far), np.append(path.energy[beyond], path.energy_at(far))
    tangent = ((own - energy[:, None]) / (n0 - li[:, None])).max(axis=0)
    return -np.minimum(tangent, around) + 0.0


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


def evaluate(
    formulas: Sequence[str], energy: np.ndarray, library: PhaseLibrary, potential: float = 0.0
) -> StabilityTable:
    """Phase stability of many candidates; a formula whose charges do not balance is made neutral first, which is said.

    Window and decomposition are missing where the reference has no Li compound of one of a candidate's anions: the
    products at 0 V would be wrong.

    Args:
        formulas: one a candidate, partial amounts allowed.
        energy: draws of the formation energy, eV/atom; a row that is all NaN has none.  # (n_candidates, n_draws)
        library: competing phases.
        potential: of the negative electrode, V against Li/Li+.
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
        draws = stability_draws(path, None if is_unknown[i] else energy[i], potential=potential)
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
