"""Which phases a material is in equilibrium with at every voltage, with the reaction of each step.

Source: grand potential at fixed framework, Zhu, He, Mo, ACS Appl. Mater. Interfaces 7, 23685 (2015),
10.1021/acsami.5b07517.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ssbscreen.core.formula import parse_formula, reduced_formula
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.lithiation import LITHIUM, LithiationPath
from ssbscreen.physics.phase_stability import LI_TOLERANCE, StabilityDraws, stability_draws
from ssbscreen.physics.reaction import Reaction, Terms, products_of

SAME_LI = 1e-6


@dataclass(frozen=True)
class Step:
    """One equilibrium, from a lower to an upper voltage.

    Attributes:
        low, high: V against Li/Li+; high is infinite at the last step.
        li_exchange: Li taken up per formula unit, negative where it is lost.
        reaction: per formula unit.
    """

    low: float
    high: float
    li_exchange: float
    reaction: Reaction


@dataclass(frozen=True)
class VoltageProfile:
    """All steps of a material, from 0 V upwards.

    Attributes:
        formula: as given.
        steps: ascending in voltage.
        li, energy: corners of the equilibrium, per atom.  # (n_corners,)
        li_own: Li per atom of the material.
        own_energy: eV/atom; that of the hull where none is known.
        energy_from: "given", "reference" or "hull".
        stability: distance to the hull, window and decomposition at 0 V.
        onset: the same, with the voltages at which the exchange of lithium sets in.
        path: corners of the competing phases.
        reference: source and version.
    """

    formula: str
    steps: tuple[Step, ...]
    li: np.ndarray
    energy: np.ndarray
    li_own: float
    own_energy: float
    energy_from: str
    stability: StabilityDraws
    onset: StabilityDraws
    path: LithiationPath
    reference: str

    def decomposition_energy(self, voltage: np.ndarray) -> np.ndarray:
        """Energy of the equilibrium at a voltage less that of the material, eV per atom, never positive.

        Lithium enters at the potential of the voltage.
        """
        exchanged = self.li[:, None] - self.li_own
        at = self.energy[:, None] - self.own_energy + exchanged * np.asarray(voltage, float)
        return np.minimum(at.min(axis=0), 0.0)


def voltage_profile(formula: str, library: PhaseLibrary, *, energy: float | None = None) -> VoltageProfile:
    """Steps of a material against lithium.

    Args:
        formula: of the material.
        library: competing phases.
        energy: formation energy on the scale of the library, eV/atom; None takes that of the reference where it lists
            the formula, else the energy of the hull.

    Raises:
        InputError: the formula cannot be read, has no framework, or holds an element that the reference does not know.
    """
    amounts = parse_formula(formula)
    path = library.path(amounts)
    listed = library.energy_of(amounts)
    origin = "given" if energy is not None else "reference" if np.isfinite(listed) else "hull"
    hull = path.hull_energy()
    own = float(energy if energy is not None else listed if np.isfinite(listed) else hull)
    n_atoms = sum(amounts.values())
    li, energies, products = _corners(path, own, hull, formula)
    draws = None if origin == "hull" else np.array([own])
    slopes = np.diff(energies) / np.diff(li)
    above = [*-slopes, 0.0]  # voltage below which more Li goes in
    below = [np.inf, *-slopes]
    steps = []
    for k in range(li.size):
        exchange = (float(li[k]) - path.li_candidate) * n_atoms
        if below[k] < 0.0 or below[k] - above[k] < 1e-6:
            continue
        steps.append(
            Step(max(above[k], 0.0), float(below[k]), exchange, _reaction(formula, exchange, products[k], n_atoms))
        )
    return VoltageProfile(
        formula,
        tuple(reversed(steps)),
        li,
        energies,
        path.li_candidate,
        own,
        origin,
        stability_draws(path, draws),
        stability_draws(path, draws, li_share=0.0),
        path,
        library.reference.title,
    )


Products = Sequence[tuple[str, float]]


def _corners(
    path: LithiationPath, own: float, hull: float, formula: str
) -> tuple[np.ndarray, np.ndarray, list[Products]]:
    """Corners of the equilibrium that includes the material itself, with the phases at each."""
    products: list[Products] = [tuple(zip(p, a, strict=True)) for p, a in zip(path.phases, path.amounts, strict=True)]
    points = list(zip(path.li.tolist(), path.energy.tolist(), products, strict=True))
    n0 = path.li_candidate
    is_corner = [abs(x - n0) < SAME_LI for x, _, _ in points]
    if own < hull - 1e-9:
        points = [p for p, same in zip(points, is_corner, strict=True) if not same]
        points.append((n0, own, ((formula, 1.0),)))
        points.sort(key=lambda point: point[0])
    kept: list[tuple[float, float, Products]] = []
    for point in points:
        while len(kept) > 1 and _is_above(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    while len(kept) > 1 and kept[-2][1] <= kept[-1][1] + 1e-12:  # beyond it lithium metal is cheaper
        kept.pop()
    return np.array([p[0] for p in kept]), np.array([p[1] for p in kept]), [p[2] for p in kept]


def _is_above(
    a: tuple[float, float, Products], b: tuple[float, float, Products], c: tuple[float, float, Products]
) -> bool:
    return (b[1] - a[1]) * (c[0] - a[0]) >= (c[1] - a[1]) * (b[0] - a[0]) - 1e-12


def _reaction(formula: str, exchange: float, phases: Products, n_atoms: float) -> Reaction:
    reactants: Terms = ((formula, 1.0),)
    products = products_of(phases, n_atoms)
    if abs(exchange) <= LI_TOLERANCE * n_atoms and len(products) == 1:
        own = parse_formula(formula)
        if {reduced_formula(products[0][0])} == {reduced_formula(formula)} or len(own) == 1:
            return Reaction(reactants, reactants)
    if exchange > 1e-6:
        reactants = (*reactants, (LITHIUM, exchange))
    elif exchange < -1e-6:
        products = (*products, (LITHIUM, -exchange))
    return Reaction(reactants, products)
