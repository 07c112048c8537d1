"""What the breathing of a cathode particle presses against: stress that yields, and the stack pressure it asks for.

A particle that grows inside its electrolyte is a spherical hole that is forced open. As long as nothing flows the
pressure rises with the strain; from two thirds of the yield strength on a shell around the particle flows, and the
pressure rises with the logarithm of the strain only. So cathodes that change by half of their volume press no soft
electrolyte with 15 GPa. Left out: cracks (which unload brittle oxides earlier), flow of the particle itself, creep over
hours, and neighbours, which let a thin shell yield earlier; the value is an upper bound.
"""

from __future__ import annotations

from typing import Final

import numpy as np

TABOR: Final[float] = 3.0
"""Hardness over yield strength: D. Tabor, The Hardness of Metals, Oxford (1951)."""
PARTICLE_POISSON: Final[float] = 0.25
"""Of cathode particles, an assumption; what the particle itself gives way counts little beside a soft electrolyte."""
CONTACT_EXPONENT: Final[float] = 0.5
"""Of the contact area in the pressure: on Li6PS5Cl the resistance of the contact goes with the applied pressure to the
power -0.5 and with the area of contact to the power -1 (arXiv:2501.00600, abstract read)."""
PRESSURES: Final[tuple[float, ...]] = (1.0, 5.0, 20.0)  # MPa, at which the contact that is kept is told
_N_NEWTON: Final[int] = 7


def yield_strength(hardness: np.ndarray) -> np.ndarray:
    """Stress at which a material flows, a third of its hardness, GPa.

    Args:
        hardness: GPa; missing stays missing.

    Source: `TABOR`.
    """
    return np.asarray(hardness, float) / TABOR


def growth_strain(volume_change: np.ndarray) -> np.ndarray:
    """Linear strain by which a particle grows from its smaller to its larger state, (1 + dV/V)^(1/3) - 1.

    Args:
        volume_change: on charge, signed fraction, above -1.
    """
    signed = np.maximum(np.asarray(volume_change, float), -0.9)
    return np.cbrt(np.where(signed < 0.0, 1.0 / (1.0 + signed), 1.0 + signed)) - 1.0


def misfit_stress(
    volume_change: np.ndarray,
    youngs_modulus: np.ndarray,
    poisson_ratio: np.ndarray,
    strength: np.ndarray,
    particle_modulus: np.ndarray | float,
) -> np.ndarray:
    """Pressure between a particle that grows and the electrolyte around it, MPa.

    Elastic: strain = p [(1 + nu) / (2 E) + (1 - 2 nu_p) / E_p]. From p = 2 Y / 3 on the electrolyte flows out to the
    radius c: p = (2 Y / 3) (1 + ln y) with y = (c/a)^3, and the hole opens by
    (Y / E) [(1 - nu) y - (2/3) (1 - 2 nu) (1 + ln y)].

    Args:
        volume_change: of the particle on charge, signed fraction.
        youngs_modulus: E of the electrolyte, > 0, GPa.
        poisson_ratio: nu of the electrolyte, below 0.5.
        strength: Y at which it flows, GPa; where it is missing nothing flows.
        particle_modulus: E_p, > 0, GPa.

    Source: spherical cavity in an elastic, perfectly plastic body, R. Hill, The Mathematical Theory of Plasticity,
    Oxford (1950); the elastic part is Lame's solution, with the compression of the particle.
    """
    strain = growth_strain(volume_change)
    modulus, nu = np.asarray(youngs_modulus, float), np.asarray(poisson_ratio, float)
    softness = (1.0 - 2.0 * PARTICLE_POISSON) / np.asarray(particle_modulus, float)
    elastic = strain / ((1.0 + nu) / (2.0 * modulus) + softness)
    flow = 2.0 / 3.0 * np.asarray(strength, float)
    plastic = flow * (1.0 + _log_zone(strain, modulus, nu, 1.5 * flow, softness))
    return 1e3 * np.where(elastic > flow, plastic, elastic)


def _log_zone(
    strain: np.ndarray, modulus: np.ndarray, nu: np.ndarray, strength: np.ndarray, softness: np.ndarray | float
) -> np.ndarray:
    """ln (c/a)^3 of the zone that flows, by Newton's steps on a convex function; 0 where nothing flows."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        ratio = strength / modulus
        held = 2.0 / 3.0 * (1.0 - 2.0 * nu)
        give = 2.0 / 3.0 * strength * softness
        t = np.log((strain / ratio + 2.0) / (1.0 - nu))
        for _ in range(_N_NEWTON):
            opened = ratio * ((1.0 - nu) * np.exp(t) - held * (1.0 + t)) + give * (1.0 + t)
            slope = ratio * ((1.0 - nu) * np.exp(t) - held) + give
            t = np.maximum(t - (opened - strain) / slope, 0.0)
    return t


def stack_pressure(stress: np.ndarray, carried_share: np.ndarray | float) -> np.ndarray:
    """Stack pressure that keeps contact, MPa: the share of the misfit stress that nothing else carries.

    Adhesion, the pressure stored when the composite was pressed, and creep of the electrolyte carry most of the
    stress; how much is a property of the sample. The share is therefore a sampled value of the configuration, set on
    reported pressures, and the result orders pairs rather than predicting a fixture.

    Args:
        stress: MPa.
        carried_share: share left to the stack pressure, 0 to 1.
    """
    return np.asarray(stress, float) * np.asarray(carried_share, float)


def contact_kept(needed: np.ndarray, pressure: np.ndarray | float) -> np.ndarray:
    """Share of the contact between active material and electrolyte that a stack pressure keeps, 0 to 1.

    At the pressure that keeps contact all of it is there; below, the area falls with the square root of the pressure,
    and the resistance of charge transfer rises as its inverse. At low current a particle that still touches is still
    used, so this is no loss of capacity by itself.

    Args:
        needed: pressure that keeps contact, MPa, as `stack_pressure` gives it.
        pressure: on the stack, MPa.

    Source: `CONTACT_EXPONENT`; that it starts at the needed pressure is an assumption.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.asarray(pressure, float) / np.asarray(needed, float)
    return np.where(np.isnan(needed), np.nan, np.minimum(ratio, 1.0) ** CONTACT_EXPONENT)
