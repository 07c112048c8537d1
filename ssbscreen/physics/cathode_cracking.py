"""Does an active particle crack the electrolyte around it when it changes its volume: a balance of energies.

The particle and the electrolyte around it store elastic energy that grows with the particle's volume; a crack costs
energy that grows with its area. So there is a size below which no crack is paid for, whatever flaw there is. It is a
necessary condition: above it a flaw is still needed. Left out: neighbours, edges of particles, fatigue over cycles, and
cracks along the boundary, which are a loss of contact. A finite-element study with equal fracture energies finds
compliant electrolytes cracked more easily (Bucci et al., J. Mater. Chem. A 5, 19422 (2017), 10.1039/c7ta03199h, whose
abstract was read); this balance finds the opposite, so it orders nothing and is shown only.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ssbscreen.physics.contact import PARTICLE_POISSON

M_TO_UM: Final[float] = 1e6


def fracture_energy(toughness: np.ndarray, youngs_modulus: np.ndarray, poisson_ratio: np.ndarray) -> np.ndarray:
    """Energy that a crack costs, K^2 (1 - nu^2) / E, J/m2.

    Args:
        toughness: K_IC, MPa m^0.5.
        youngs_modulus: E, > 0, GPa.
        poisson_ratio: nu.

    Source: G. R. Irwin, J. Appl. Mech. 24, 361 (1957) (recalled, not read), plane strain.
    """
    modulus, nu = np.asarray(youngs_modulus, float), np.asarray(poisson_ratio, float)
    return 1e3 * np.asarray(toughness, float) ** 2 * (1.0 - nu**2) / modulus


def crack_free_diameter(
    stress: np.ndarray,
    energy: np.ndarray,
    youngs_modulus: np.ndarray,
    poisson_ratio: np.ndarray,
    particle_modulus: np.ndarray | float,
) -> np.ndarray:
    """Diameter of particles up to which the stored energy pays for no crack as large as their surface, micrometre.

    Stored are pi P^2 R^3 [(1 + nu) / E + 2 (1 - 2 nu_p) / E_p] (a sphere pressing on an infinite body, Lame), the crack
    costs 4 pi R^2 G. As long as nothing flows P itself is proportional to the strain e, and R = G s / e^2 with s the
    bracket; where the electrolyte flows P stays lower and particles may be larger.

    Args:
        stress: P between particle and electrolyte, MPa, as `contact.misfit_stress` gives it.
        energy: G, J/m2.
        youngs_modulus: E of the electrolyte, > 0, GPa.
        poisson_ratio: nu of the electrolyte.
        particle_modulus: E_p, > 0, GPa.

    Source: balance after R. W. Davidge, T. J. Green, J. Mater. Sci. 3, 629 (1968) (recalled, not read).
    """
    modulus, nu = np.asarray(youngs_modulus, float), np.asarray(poisson_ratio, float)
    give = (1.0 + nu) / modulus + 2.0 * (1.0 - 2.0 * PARTICLE_POISSON) / np.asarray(particle_modulus, float)  # 1/GPa
    density = (np.asarray(stress, float) * 1e6) ** 2 * give * 1e-9  # J/m3
    with np.errstate(divide="ignore"):
        return 2.0 * 4.0 * np.asarray(energy, float) / density * M_TO_UM
