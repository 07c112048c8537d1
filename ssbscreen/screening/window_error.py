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

from ssbscreen.physics.lithium_interphase import REACTION_STD
from ssbscreen.physics.phase_stability import WINDOW_STD
from ssbscreen.ranking.operating import noise

SHARED: Final[float] = 0.5
"""Share of the variance that a class has in common: of the same windows sulfides lie 0.2 to 0.3 V low together, halides
within 0.05 V (5 and 16 values)."""


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
        added = of_metals if stream == "reduction_limit" and len(of_metals) else [0.0] * len(ids)
        common = {key: noise(seed, f"class {key}", f"reference {stream}", n) for key in set(classes)}
        for i, (owner, chemistry_class) in enumerate(zip(ids, classes, strict=True)):
            own = noise(seed, owner, f"reference {stream}", n)
            spread = np.hypot(WINDOW_STD, added[i])
            order = np.argsort(np.argsort(np.sqrt(SHARED) * common[chemistry_class] + np.sqrt(1.0 - SHARED) * own))
            limits[i] = np.where(limits[i] > 0.0, np.maximum(limits[i] + spread * quantiles[order], 0.0), limits[i])
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
    for i in np.flatnonzero(is_fixed).tolist():
        numbers = noise(seed, ids[i], "reference li_decomposition_energy", found.shape[1])
        found[i] = np.minimum(found[i] + REACTION_STD * (numbers - numbers.mean()), 0.0)
    return found
