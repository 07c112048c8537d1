"""Contact between a breathing cathode and the solid around it: misfit stress, and a rough stack pressure.

The stress is that of linear elasticity without yielding, relaxation or cracks; the pressure is a proxy of low
confidence. What no formula gives from a composition: roughness, pores, adhesion, and the history of pressing.
"""

from __future__ import annotations

import numpy as np


def constrained_modulus(
    active_modulus: np.ndarray | float, electrolyte_modulus: np.ndarray, electrolyte_share: np.ndarray
) -> np.ndarray:
    """Modulus that a particle feels from its surroundings: both phases in series, GPa.

    A soft electrolyte takes up the strain of a stiff particle, so the lower (Reuss) bound is what counts.

    Args:
        active_modulus, electrolyte_modulus: Young's moduli, GPa, > 0.
        electrolyte_share: of the solid volume, 0 to 1.

    Source: Reuss's bound, A. Reuss, Z. Angew. Math. Mech. 9, 49 (1929).
    """
    share = np.asarray(electrolyte_share, float)
    return 1.0 / (share / np.asarray(electrolyte_modulus, float) + (1.0 - share) / np.asarray(active_modulus, float))


def stack_pressure(misfit_stress: np.ndarray, carried_share: np.ndarray | float) -> np.ndarray:
    """Stack pressure that keeps contact, MPa: the share of the misfit stress that nothing else carries.

    Adhesion, the pressure stored when the composite was pressed, and flow of the electrolyte carry most of the
    stress; how much is a property of the sample. The share is therefore a sampled value of the configuration, set on
    reported pressures, and the result orders pairs rather than predicting a fixture.

    Args:
        misfit_stress: MPa.
        carried_share: share left to the stack pressure, 0 to 1.
    """
    return np.asarray(misfit_stress, float) * np.asarray(carried_share, float)
