"""The phases that compete with a composition, and its distance to their hull, as linear programmes.

Which of them matter is read from the reference: the equilibrium at the composition, and every phase that an error of
its energy could bring into it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pymatgen.core import Composition
from scipy.optimize import linprog

from ssbscreen.core.chemical_formula import chemical_formula
from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import composition_key
from ssbscreen.physics.hull import PhaseLibrary

_PRESENT = 1e-7


@dataclass(frozen=True)
class Phase:
    """A competing phase.

    Attributes:
        formula: as the reference writes it.
        fractions: of its atoms, the sum is 1.
        energy: eV/atom.
        above_plane: of the plane of the equilibrium, eV/atom; 0 for a product.
    """

    formula: str
    fractions: Mapping[str, float]
    energy: float
    above_plane: float = 0.0

    @property
    def written(self) -> str:
        """Its formula as the field writes it."""
        return chemical_formula(Composition(self.formula))


@dataclass(frozen=True)
class Equilibrium:
    """What a composition decomposes to.

    Attributes:
        energy: of the equilibrium, eV/atom.
        products: with their share of the atoms, the largest first.
        potentials: chemical potential of each element, eV/atom.
    """

    energy: float
    products: tuple[tuple[Phase, float], ...]
    potentials: Mapping[str, float]

    def words(self) -> str:
        """Products and their shares of the atoms."""
        return ", ".join(f"{share:.2f} {phase.written}" for phase, share in self.products) + " of the atoms"


def fractions_of(amounts: Mapping[str, float]) -> dict[str, float]:
    """Atomic fractions."""
    total = sum(amounts.values())
    return {symbol: amount / total for symbol, amount in amounts.items() if amount > 0.0}


def equilibrium(fractions: Mapping[str, float], phases: Sequence[Phase]) -> Equilibrium:
    """Mixture of least energy.

    Args:
        fractions: atomic ones of the composition.
        phases: of its elements.

    Raises:
        InputError: the phases do not span the composition.
    """
    elements = sorted(fractions)
    columns = np.array([[phase.fractions.get(el, 0.0) for phase in phases] for el in elements])
    wanted = np.array([fractions[el] for el in elements])
    found = linprog([phase.energy for phase in phases], A_eq=columns, b_eq=wanted, method="highs")
    if not found.success:
        raise InputError("the competing phases that can be calculated do not span its composition")
    shares = found.x
    products = sorted(
        ((phases[j], float(shares[j])) for j in np.flatnonzero(shares > _PRESENT).tolist()), key=lambda p: -p[1]
    )
    potentials = dict(zip(elements, (float(x) for x in found.eqlin.marginals), strict=True))
    return Equilibrium(float(found.fun), tuple(products), potentials)


def competing(amounts: Mapping[str, float], library: PhaseLibrary, within: float, n_most: int) -> tuple[Phase, ...]:
    """Phases of the reference that matter at a composition, its products first, then by their distance to the plane.

    The compound itself is left out.

    Args:
        amounts: of the composition.
        library: competing phases, eV/atom.
        within: distance of a phase to the plane of the equilibrium up to which it counts, eV/atom.
        n_most: phases at most, never fewer than the products.

    Raises:
        InputError: an element that the reference does not know.
    """
    own, elements = composition_key(amounts), frozenset(amounts)
    library.check_elements(elements)
    phases = [
        Phase(formula, fractions, energy)
        for formula, fractions, energy in library.phases(elements)
        if composition_key(fractions) != own
    ]
    at_rest = equilibrium(fractions_of(amounts), phases)
    products = {phase.formula for phase, _ in at_rest.products}
    counted = []
    for phase in phases:
        above = phase.energy - sum(x * at_rest.potentials[el] for el, x in phase.fractions.items())
        above = 0.0 if phase.formula in products else max(above, _PRESENT)
        if above <= within:
            counted.append(Phase(phase.formula, phase.fractions, phase.energy, above))
    counted.sort(key=lambda phase: phase.above_plane)
    return tuple(counted[: max(n_most, len(products))])
