"""Error of a window that comes from the calculated energies of competing phases.

The draws of a candidate's own energy move its window only where it lies on the hull; everything else takes the window
of its equilibrium products, which would carry no error at all. So every limit carries the error of the reference: half
of its variance is that of the class, as its anion and its salts are off together, and half is its own. What lithium
releases carries that of calculated reactions where no energy of the candidate's own does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.stats import norm

from ssbscreen.core.noise import noise, noise_of, owner_keys
from ssbscreen.physics.lithium_interphase import REACTION_STD
from ssbscreen.physics.phase_stability import WINDOW_STD

SHARED: Final[float] = 0.5
"""Share of the variance that a class has in common: of the same windows sulfides lie 0.2 to 0.3 V low together, halides
within 0.05 V (5 and 16 values)."""
_BLOCK: Final = 2000  # candidates whose numbers are held at once


def with_window_error(
    reduction: np.ndarray,
    oxidation: np.ndarray,
    ids: Sequence[str],
    classes: Sequence[str],
    seed: int,
    of_metals: Sequence[float] = (),
) -> tuple[np.ndarray, np.ndarray]:
    """Limits with the error of the reference; what is not reduced at 0 V stays so, and no window is turned over.

    Errors are normal quantiles in the order of a number of the class and one of the candidate, so that the mean and the
    median of each candidate's are zero.

    Args:
        reduction, oxidation: draws, V, NaN where missing.  # (n, n_draws)
        ids, classes: of the candidates.
        seed: of the run.
        of_metals: what the metals of each add to the error of its reduction limit, V
            (`physics.halide_windows.reduction_error`); none without.
    """
    found = {"reduction_limit": reduction.copy(), "oxidation_limit": oxidation.copy()}
    for stream, limits in found.items():
        n = limits.shape[1]
        quantiles = norm.ppf((np.arange(n) + 0.5) / n)
        added = of_metals if stream == "reduction_limit" and len(of_metals) else np.zeros(len(ids))
        spread = np.hypot(WINDOW_STD, np.asarray(added, dtype=float))[:, None]
        common = {key: noise(seed, f"class {key}", f"reference {stream}", n) for key in set(classes)}
        for first in range(0, len(ids), _BLOCK):
            part = slice(first, first + _BLOCK)
            own = noise_of(seed, owner_keys(ids[part]), f"reference {stream}", n)
            shared = np.stack([common[chemistry_class] for chemistry_class in classes[part]])
            order = np.argsort(np.argsort(np.sqrt(SHARED) * shared + np.sqrt(1.0 - SHARED) * own))
            at = limits[part]
            limits[part] = np.where(at > 0.0, np.maximum(at + spread[part] * quantiles[order], 0.0), at)
    reduction, oxidation = found.values()
    return reduction, np.fmax(oxidation, np.where(np.isnan(oxidation), np.nan, reduction))


def with_reaction_error(decomposition: np.ndarray, ids: Sequence[str], seed: int) -> np.ndarray:
    """Energies released by lithium, those that no draw moves with the error of a calculated reaction, at most 0.

    Args:
        decomposition: draws, eV/atom, NaN where missing.  # (n, n_draws)
        ids: of the candidates.
        seed: of the run.
    """
    found = decomposition.copy()
    is_fixed = (decomposition[:, :1] == decomposition).all(axis=1) & (decomposition[:, 0] < 0.0)
    rows = np.flatnonzero(is_fixed)
    owners = owner_keys(ids[i] for i in rows.tolist())
    numbers = noise_of(seed, owners, "reference li_decomposition_energy", found.shape[1])
    if found.shape[1]:
        numbers -= numbers.mean(axis=1, keepdims=True)
    found[rows] = np.minimum(found[rows] + REACTION_STD * numbers, 0.0)
    return found
