"""Repeat units of polymers, and oligomers whose middle unit does not see their ends."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass

import networkx as nx
from rdkit import Chem, rdBase

from ssbscreen.core.errors import InputError

_REACH = 8  # atoms on each side of the middle unit, more than any pattern or ring perception looks at
_LOCAL = "ssbscreen_local"


def read_unit(smiles: str) -> Chem.Mol:
    """Repeat unit with its two ends as atoms of number 0, without stereochemistry.

    Args:
        smiles: ends written `*`, `[Cu]` or `[Au]`.

    Raises:
        InputError: cannot be read, not exactly two ends, or ends bound in different ways.
    """
    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(smiles.replace("[Cu]", "*").replace("[Au]", "*"))
    if molecule is None:
        raise InputError(f"repeat unit '{smiles}' cannot be read as SMILES")
    ends = [atom for atom in molecule.GetAtoms() if atom.GetAtomicNum() == 0]
    if len(ends) != 2 or any(atom.GetDegree() != 1 for atom in ends):
        raise InputError(f"repeat unit '{smiles}' has {len(ends)} ends; write its two ends as * (or [Cu] and [Au])")
    if molecule.GetNumAtoms() < 3 or ends[0].GetNeighbors()[0].GetAtomicNum() == 0:
        raise InputError(f"repeat unit '{smiles}' has no atom between its ends")
    if len({atom.GetBonds()[0].GetBondType() for atom in ends}) != 1:
        raise InputError(f"the ends of repeat unit '{smiles}' are bound in different ways; they cannot be joined")
    for atom in ends:
        atom.SetIsotope(0)
        atom.SetAtomMapNum(0)
    Chem.RemoveStereochemistry(molecule)
    return molecule


@dataclass(frozen=True, eq=False)
class Chain:
    """An oligomer and its middle unit.

    Attributes:
        molecule: the oligomer, ends capped with carbon.
        middle: atoms of the middle unit, in the order of the repeat unit.
        following: atoms of the next unit, in the same order.
        backbone: atoms of the middle unit on a path from end to end, rings of the path included.
    """

    molecule: Chem.Mol
    middle: tuple[int, ...]
    following: tuple[int, ...]
    backbone: frozenset[int]

    @classmethod
    def of(cls, smiles: str) -> Chain:
        """Oligomer long enough that the middle unit does not see its ends.

        Raises:
            InputError: see `read_unit`.
        """
        unit = read_unit(smiles)
        head, tail = (atom for atom in unit.GetAtoms() if atom.GetAtomicNum() == 0)
        first, last = head.GetNeighbors()[0].GetIdx(), tail.GetNeighbors()[0].GetIdx()
        kept = [atom.GetIdx() for atom in unit.GetAtoms() if atom.GetAtomicNum() != 0]
        n_side = max(1, -(-_REACH // len(kept)))
        n_units, n_atoms = 2 * n_side + 1, unit.GetNumAtoms()
        whole = Chem.RWMol(unit)
        for _ in range(n_units - 1):
            whole.InsertMol(unit)
        for copy, atom in itertools.product(range(n_units), range(n_atoms)):
            whole.GetAtomWithIdx(copy * n_atoms + atom).SetIntProp(_LOCAL, copy * n_atoms + atom)
        kind = head.GetBonds()[0].GetBondType()
        for copy in range(n_units - 1):
            whole.AddBond(copy * n_atoms + last, (copy + 1) * n_atoms + first, kind)
        whole.GetAtomWithIdx(head.GetIdx()).SetAtomicNum(6)
        whole.GetAtomWithIdx((n_units - 1) * n_atoms + tail.GetIdx()).SetAtomicNum(6)
        for atom in sorted((a.GetIdx() for a in whole.GetAtoms() if a.GetAtomicNum() == 0), reverse=True):
            whole.RemoveAtom(atom)
        molecule = whole.GetMol()
        Chem.SanitizeMol(molecule)
        place = {atom.GetIntProp(_LOCAL): atom.GetIdx() for atom in molecule.GetAtoms()}
        middle = tuple(place[n_side * n_atoms + atom] for atom in kept)
        following = tuple(place[(n_side + 1) * n_atoms + atom] for atom in kept)
        local = _backbone(unit, first, last)
        return cls(molecule, middle, following, frozenset(place[n_side * n_atoms + atom] for atom in local))

    def middle_atoms(self) -> list[Chem.Atom]:
        """Atoms of the middle unit in the order of the repeat unit."""
        return [self.molecule.GetAtomWithIdx(i) for i in self.middle]

    def bonds(self) -> list[tuple[int, int, Chem.Bond]]:
        """Bonds of the periodic unit by positions in the unit, the one to the next unit included."""
        own = {atom: i for i, atom in enumerate(self.middle)}
        after = {atom: i for i, atom in enumerate(self.following)}
        found = []
        for bond in self.molecule.GetBonds():
            a, b = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
            if b in own and a not in own:
                a, b = b, a
            if a in own and (b in own or b in after):
                found.append((own[a], own[b] if b in own else after[b], bond))
        return found

    def matches(self, smarts: str) -> set[int]:
        """Atoms of the middle unit that are the first atom of a match."""
        hits = self.molecule.GetSubstructMatches(query(smarts), uniquify=False, maxMatches=1_000_000)
        return {hit[0] for hit in hits} & set(self.middle)


@functools.lru_cache(maxsize=512)
def chain_of(smiles: str) -> Chain:
    """Chain of a repeat unit however its SMILES is written; the last few are kept, as several models ask for each.

    Raises:
        InputError: see `read_unit`.
    """
    return Chain.of(Chem.MolToSmiles(read_unit(smiles)))


@functools.cache
def query(smarts: str) -> Chem.Mol:
    """Pattern of substructures."""
    found = Chem.MolFromSmarts(smarts)
    assert found is not None, smarts
    return found


def _backbone(unit: Chem.Mol, first: int, last: int) -> set[int]:
    """Atoms on a simple path between the ends: the block that holds the bond which joins them."""
    if first == last:
        return {first}
    graph = nx.Graph((b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in unit.GetBonds())
    graph.remove_nodes_from([a.GetIdx() for a in unit.GetAtoms() if a.GetAtomicNum() == 0])
    graph.add_edges_from([(first, -1), (-1, last)])
    block: set[int] = next(set(b) for b in nx.biconnected_components(graph) if -1 in b)
    return block - {-1}
