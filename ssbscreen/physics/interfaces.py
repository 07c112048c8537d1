"""Reactions between two materials in contact: kinks of the pseudo-binary hull, with reactions in words.

Two energies are given at every kink. The mutual one is what the contact adds: a metastable material enters with the
energy of its hull, so its own decomposition is not counted (published tables mean this one, and distance to the hull
is a criterion of its own). The total one counts it too; `InterfacialReactivity` of pymatgen gives them with and
without `use_hull_energy`. Both are per atom of the mixture and negative where energy is released.

Source: Richards et al., Chem. Mater. 28, 266 (2016), 10.1021/acs.chemmater.5b04082; Xiao et al., Joule 3, 1252 (2019).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import parse_formula, reduced_formula
from ssbscreen.physics.equilibrium import ClosedSystem, Segment
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.reaction import Reaction, Terms, exchange, products_of

GIVEN, LISTED, HULL = "given", "reference", "hull"


@dataclass(frozen=True)
class Interface:
    """The pseudo-binary diagram of two materials.

    Attributes:
        a, b: formulas as given.
        fraction: atomic fraction of `a` at each kink, 0 and 1 included, ascending.  # (n_kinks,)
        mole_fraction: of `a`, in formula units as given.  # (n_kinks,)
        mutual_energy: what the contact adds, eV per atom of mixture, never positive.  # (n_kinks,)
        total_energy: with the decomposition of each material itself, eV/atom.  # (n_kinks,)
        reactions: of each kink, per formula unit of `a` (of `b` where there is no `a`).
        energy_from: where the energies of `a` and `b` come from: "given", "reference", or "hull" where none is known
            and the equilibrium products of the same composition stand in.
        decomposition: own distance to the hull of `a` and `b`, eV/atom, 0 where the hull stands in.
        reference: source and version of all energies.
    """

    a: str
    b: str
    fraction: np.ndarray
    mole_fraction: np.ndarray
    mutual_energy: np.ndarray
    total_energy: np.ndarray
    reactions: tuple[Reaction, ...]
    energy_from: tuple[str, str]
    decomposition: tuple[float, float]
    reference: str

    @property
    def worst(self) -> int:
        """Kink with the strongest mutual reaction."""
        return int(np.argmin(self.mutual_energy))

    @property
    def reaction_energy(self) -> float:
        """Strongest mutual reaction, eV per atom of mixture; 0 where the two do not react."""
        return min(float(self.mutual_energy[self.worst]), 0.0)


def interface(
    a: str,
    b: str,
    library: PhaseLibrary,
    *,
    energy_a: float | None = None,
    energy_b: float | None = None,
    open_elements: Mapping[str, float] | None = None,
) -> Interface:
    """Reactions between two materials over their mixing ratio.

    Args:
        a, b: formulas.
        library: competing phases.
        energy_a, energy_b: formation energies on the scale of the library, eV/atom; None takes that of the reference
            where it lists the formula, else the energy of the hull.
        open_elements: chemical potential (eV/atom against the element) of elements that the surroundings supply,
            such as {"O": -0.1} or {"Li": -4.0} for an electrode at 4 V against lithium.

    Raises:
        InputError: a formula cannot be read, an element is unknown to the reference, or nothing is left closed.
    """
    amounts_a, amounts_b = parse_formula(a), parse_formula(b)
    reservoir = dict(open_elements or {})
    system = library.open_system(frozenset(amounts_a) | frozenset(amounts_b), reservoir)
    targets = _targets(amounts_a, amounts_b, system, reservoir)
    segment = system.segment_between(*targets)
    own, origin = [], []
    for name, amounts, given, column, end in (
        (a, amounts_a, energy_a, targets[0], -1),
        (b, amounts_b, energy_b, targets[1], 0),
    ):
        listed = library.energy_of(amounts)
        known = given if given is not None else listed
        if known is None or not np.isfinite(known):
            own.append(np.nan)
            origin.append(HULL)
            continue
        own.append(known - _reservoir_energy(amounts, reservoir))
        origin.append(GIVEN if given is not None else LISTED)
        if own[-1] < segment.energy[end] - 1e-9:
            system = system.with_phase(name, column, own[-1])
            segment = system.segment_between(*targets)
    x, energy = segment.fraction, segment.energy
    e_a, e_b = (float(np.where(np.isnan(o), energy[end], o)) for o, end in zip(own, (-1, 0), strict=True))
    n_a, n_b = sum(amounts_a.values()), sum(amounts_b.values())
    moles_a, moles_b = x / n_a, (1.0 - x) / n_b
    reactions = tuple(_reaction(a, b, (n_a, n_b), segment, system, k, reservoir) for k in range(x.size))
    return Interface(
        a,
        b,
        x,
        moles_a / (moles_a + moles_b),
        energy - x * energy[-1] - (1.0 - x) * energy[0],
        energy - x * e_a - (1.0 - x) * e_b,
        reactions,
        (origin[0], origin[1]),
        (max(e_a - float(energy[-1]), 0.0), max(e_b - float(energy[0]), 0.0)),
        library.reference.title,
    )


def mutual_energy_draws(segment: Segment, energy_a: np.ndarray, energy_b: float | np.ndarray) -> np.ndarray:
    """Strongest mutual reaction for draws of the energy of `a`; NaN draws take the hull.

    A more stable `a` only cuts kinks off, and those never hold the minimum, so no new equilibrium is needed. This is
    exact where each of the two holds an element that the other lacks, as electrolyte and cathode do.

    Args:
        segment: corners between the compositions.
        energy_a: formation energies, eV/atom.  # (n_draws,)
        energy_b: of the partner, eV/atom; NaN takes the hull.

    Returns:
        eV per atom of mixture, never positive.  # (n_draws,)
    """
    base_a = np.fmin(np.asarray(energy_a, float), segment.energy[-1])
    base_b = np.fmin(np.asarray(energy_b, float), segment.energy[0])
    x = segment.fraction[:, None]
    return np.minimum((segment.energy[:, None] - x * base_a - (1.0 - x) * base_b).min(axis=0), 0.0)


def _targets(
    a: Mapping[str, float], b: Mapping[str, float], system: ClosedSystem, reservoir: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Closed elements per atom of each material."""
    targets = [
        np.array([amounts.get(element, 0.0) for element in system.elements]) / sum(amounts.values())
        for amounts in (a, b)
    ]
    for amounts, target in zip((a, b), targets, strict=True):
        if not target.any():
            raise InputError(
                f"{dict(amounts)} consists only of elements that the surroundings supply "
                f"({', '.join(sorted(reservoir))}); keep one of them closed."
            )
    return targets[0], targets[1]


def _reservoir_energy(amounts: Mapping[str, float], reservoir: Mapping[str, float]) -> float:
    return sum(reservoir.get(element, 0.0) * x for element, x in amounts.items()) / sum(amounts.values())


def _reaction(
    a: str,
    b: str,
    atoms: tuple[float, float],
    segment: Segment,
    system: ClosedSystem,
    k: int,
    reservoir: Mapping[str, float],
) -> Reaction:
    """A kink in words, per formula unit of `a`; at x = 0 per formula unit of `b`."""
    x = float(segment.fraction[k])
    if k in (0, segment.fraction.size - 1):
        reactants: Terms = ((a if k else b, 1.0),)
        n_atoms = atoms[0 if k else 1]
    else:
        reactants, n_atoms = ((a, 1.0), (b, (1.0 - x) / x * atoms[0] / atoms[1])), atoms[0] / x
    phases = zip(segment.phases[k], segment.amounts[k], strict=True)
    products = products_of([(system.formulas[i], amount) for i, amount in phases], n_atoms)
    if len(products) == 1 and len(reactants) == 1 and products[0][0] == reduced_formula(reactants[0][0]):
        return Reaction(reactants, reactants)
    for element in sorted(reservoir):
        reactants, products = exchange(reactants, products, element)
    return Reaction(reactants, products)
