"""A few candidates of every kind that a representation may ask for, and smooth targets for them."""

from __future__ import annotations

from functools import cache

import numpy as np
from pymatgen.core import Composition, Lattice, Structure

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.crystal import Crystal
from ssbscreen.featurize.base import COMPOSITION, CRYSTAL, ELECTRODE, ELECTRODE_PAIR, POLYMER
from ssbscreen.generation import polymer_pool

HALIDES = [(metal, halogen) for metal in ("Li", "Na", "K", "Rb") for halogen in ("F", "Cl", "Br", "I")]
METALS = ("Ti", "V", "Mn", "Co", "Ni", "Nb")  # whose trivalent oxides give lithium
EDGES = (2.76, 2.82, 2.88)


@cache
def specimens(kind: str) -> tuple[Candidate, ...]:
    """Candidates that have what a representation of that kind needs, at least sixteen."""
    made = {
        CRYSTAL: _salts,
        COMPOSITION: lambda: (*_salts(), *_formulas()),
        POLYMER: _polymers,
        ELECTRODE_PAIR: lambda: _layered(is_pair=True),
        ELECTRODE: lambda: _layered(is_pair=False),
    }
    return tuple(made[kind]())


def target_of(candidate: Candidate) -> float:
    """A made-up property that composition and repeat unit decide smoothly."""
    if candidate.polymer is not None:
        unit = candidate.polymer.smiles
        return unit.count("O") / len(unit) * 10.0 + 0.3 * (candidate.polymer.molality or 0.0)
    assert candidate.composition is not None
    shares = candidate.composition.get_el_amt_dict()
    total = sum(shares.values())
    return float(sum(Composition(el).weight * n for el, n in shares.items()) / total / 25.0)


def targets(candidates: tuple[Candidate, ...], n_targets: int) -> np.ndarray:
    """Standardised targets that go together; where there are several, each lacks some rows.  # (n, n_targets)"""
    values = np.array([target_of(candidate) for candidate in candidates])
    values = (values - values.mean()) / values.std()
    found = np.stack([values + 0.1 * t * values**2 for t in range(n_targets)], axis=1)
    for t in range(n_targets if n_targets > 1 else 0):
        found[t::4, t] = np.nan
    return found


def rock_salt(metal: str, halogen: str, edge: float, disorder: float = 0.0) -> Structure:
    """Primitive cell of two sites; with disorder, so much of the metal is another one."""
    other = {"Na": disorder} if metal != "Na" else {"K": disorder}
    site = {metal: 1.0 - disorder} | (other if disorder else {})
    cell = Lattice(edge / 2 * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]))  # of the lattice whose cube has this edge
    return Structure(cell, [site, halogen], [[0, 0, 0], [0.5, 0.5, 0.5]])


@cache
def _salts() -> list[Candidate]:
    found = []
    for i, (metal, halogen) in enumerate(HALIDES):
        edge = 3.4 + 2.2 * (Composition(metal + halogen).elements[0].atomic_radius or 1.0)
        structure = rock_salt(metal, halogen, float(edge), disorder=0.25 if i % 4 == 3 else 0.0)
        found.append(Candidate(f"{metal}{halogen}", crystal=Crystal.from_structure(structure)))
    return found


def _formulas() -> list[Candidate]:
    names = ("Li3PS4", "Li6PS5Cl", "Li7La3Zr2O12", "Li3YCl6", "Li2O", "LiPF6", "Li10GeP2S12", "MgO")
    return [Candidate(name, composition=Composition(name)) for name in names]


def _polymers() -> list[Candidate]:
    salted = polymer_pool.generate(16)
    units = polymer_pool.repeat_units()[:12]
    neat = [Candidate(f"neat {i}", polymer=Polymer(unit.smiles, molar_mass=1e5)) for i, unit in enumerate(units)]
    return [*salted, *neat]


def _layered(is_pair: bool) -> list[Candidate]:
    found = []
    for metal in METALS:
        for edge in EDGES:
            full = Structure.from_spacegroup(
                "R-3m", Lattice.hexagonal(edge, 5 * edge), ["Li", metal, "O"], [[0, 0, 0.5], [0, 0, 0], [0, 0, 0.26]]
            ).get_primitive_structure()
            empty = full.copy()
            empty.remove_species(["Li"])
            charged = Crystal.from_structure(empty) if is_pair else None
            found.append(Candidate(f"Li{metal}O2 {edge}", crystal=Crystal.from_structure(full), charged=charged))
    return found
