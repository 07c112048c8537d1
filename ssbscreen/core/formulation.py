"""Elements of a polymer electrolyte: repeat unit and salt in the amounts of the formulation."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from pymatgen.core import Composition

from ssbscreen.core.candidate import Polymer
from ssbscreen.core.recognition import readable_smiles

_GRAMS = 1000.0  # of polymer, to which a molality refers
_ACIDS = {"S": 34.08, "F": 20.01}  # H2S and HF of one atom, g/mol
_LABILE_ON = frozenset("P B As Si".split())


def formulation_composition(polymer: Polymer) -> Composition | None:
    """Moles of each element in a kilogram of polymer and its salt, without solvent.

    Args:
        polymer: of a copolymer all units count alike.

    Returns:
        None where a salt stands without its amount, a solvent without its composition, or a SMILES cannot be read.
    """
    unit = _elements(polymer.smiles)
    if unit is None or polymer.plasticiser:
        return None
    amounts = {el: n * _GRAMS / float(Composition(unit).weight) for el, n in unit.items()}
    if polymer.salt_smiles:
        salt = _elements(polymer.salt_smiles)
        if salt is None or polymer.molality is None:
            return None
        for element, n in salt.items():
            amounts[element] = amounts.get(element, 0.0) + n * polymer.molality
    return Composition(amounts)


def acid_gas(polymer: Polymer) -> float | None:
    """H2S and HF that water sets free at most, mg per g of polymer and salt.

    Sulfur and fluorine bound to phosphorus, boron, arsenic or silicon are hydrolysed, as in LiPF6, LiBF4 and
    thiophosphates; thioethers, sulfones, sulfonimides, CF groups and thiocyanates keep theirs in humid air.

    Returns:
        None where what the film is made of is not known.
    """
    unit = _elements(polymer.smiles)
    if unit is None or polymer.plasticiser or (polymer.salt_smiles and _elements(polymer.salt_smiles) is None):
        return None
    own, of_salt = (_acid_grams(smiles) if smiles else 0.0 for smiles in (polymer.smiles, polymer.salt_smiles))
    if own == of_salt == 0.0:  # however much salt it holds
        return 0.0
    whole = formulation_composition(polymer)
    if whole is None:
        return None
    grams = own * _GRAMS / float(Composition(unit).weight) + of_salt * (polymer.molality or 0.0)
    return 1e3 * grams / float(whole.weight)


@lru_cache(maxsize=4096)
def _elements(smiles: str) -> dict[str, float] | None:
    """Atoms by element, hydrogens included, ends of chains left out; None where it cannot be read."""
    from rdkit import Chem  # heavy, and only polymers need it

    mol = readable_smiles(smiles)
    if mol is None:
        return None
    counted = Counter(atom.GetSymbol() for atom in Chem.AddHs(mol).GetAtoms() if atom.GetAtomicNum() > 0)
    return {el: float(n) for el, n in counted.items()} or None


@lru_cache(maxsize=4096)
def _acid_grams(smiles: str) -> float:
    """H2S and HF of the labile bonds of one unit, g/mol."""
    mol = readable_smiles(smiles)
    assert mol is not None  # its composition was read
    return sum(
        _ACIDS[atom.GetSymbol()]
        for atom in mol.GetAtoms()
        if atom.GetSymbol() in _ACIDS and any(other.GetSymbol() in _LABILE_ON for other in atom.GetNeighbors())
    )
