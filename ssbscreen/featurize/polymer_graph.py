"""Polymers as periodic graphs of their repeat unit, salts as graphs, and the conditions of a formulation.

The two ends of a repeat unit are joined by a bond. Every atom of such a graph has the neighbours that it has inside
a long chain, so nothing depends on where the unit is cut or whether it is written twice. Atom features and
descriptors are taken from the middle unit of an oligomer for the same reason.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import torch
from pymatgen.core import Element
from rdkit import Chem, rdBase
from torch import Tensor

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.errors import InputError
from ssbscreen.featurize.base import POLYMER, Encoded, encode_each
from ssbscreen.featurize.polymer_descriptors import (
    CHAIN_NAMES,
    CONDITION_NAMES,
    SALT_NAMES,
    Chain,
    chain_descriptors,
    conditions,
    read_unit,
    salt_descriptors,
)

_ELEMENTS = (1, 3, 5, 6, 7, 8, 9, 11, 13, 14, 15, 16, 17, 20, 33, 35, 51, 53)  # one column each, one for the others
_BONDS = (Chem.BondType.SINGLE, Chem.BondType.DOUBLE, Chem.BondType.TRIPLE, Chem.BondType.AROMATIC)
_HYBRIDS = (Chem.HybridizationType.SP, Chem.HybridizationType.SP2, Chem.HybridizationType.SP3)
N_ATOM = len(_ELEMENTS) + 1 + len(_HYBRIDS) + 9
N_BOND = len(_BONDS) + 2
ZERO_C = 273.15  # K


@dataclass(frozen=True)
class MoleculeGraph:
    """Atoms and bonds of a repeat unit or a salt.

    Attributes:
        atoms: features.  # (n_atoms, N_ATOM) float32
        edges: source and target of both directions of every bond.  # (2, n_edges) int64
        bonds: features of the edges.  # (n_edges, N_BOND) float32
        whole: descriptors of the whole.  # (n_descriptors,) float32
    """

    atoms: np.ndarray
    edges: np.ndarray
    bonds: np.ndarray
    whole: np.ndarray


@dataclass(frozen=True)
class Formulation:
    """One polymer electrolyte at one temperature.

    Attributes:
        polymer: of the repeat unit.
        salt: None where there is none.
        conditions: amounts of salt and molar mass, see `CONDITION_NAMES`.  # (n_conditions,) float32
        kelvin: temperature.
    """

    polymer: MoleculeGraph
    salt: MoleculeGraph | None
    conditions: np.ndarray
    kelvin: float


@dataclass(frozen=True)
class GraphBatch:
    """Distinct graphs of a batch, atoms of all one after the other.

    Attributes:
        atoms, edges, bonds: as in `MoleculeGraph`.
        graph: graph of each atom.  # (n_atoms,)
        whole: # (n_graphs, n_descriptors)
        row: graph of each formulation, -1 where it has none.  # (batch,)
    """

    atoms: Tensor
    edges: Tensor
    bonds: Tensor
    graph: Tensor
    whole: Tensor
    row: Tensor

    @classmethod
    def of(cls, graphs: Sequence[MoleculeGraph | None], n_descriptors: int) -> Self:
        """Each distinct graph once; the same graph is the same object, since graphs are cached."""
        distinct: dict[int, int] = {}
        kept: list[MoleculeGraph] = []
        row = np.full(len(graphs), -1, dtype=np.int64)
        for i, graph in enumerate(graphs):
            if graph is None:
                continue
            if id(graph) not in distinct:
                distinct[id(graph)] = len(kept)
                kept.append(graph)
            row[i] = distinct[id(graph)]
        counts = np.array([len(g.atoms) for g in kept], dtype=np.int64)
        starts = np.cumsum(counts) - counts

        def joined(parts: list[np.ndarray], empty: tuple[int, ...], axis: int = 0) -> Tensor:
            return torch.from_numpy(np.concatenate(parts, axis=axis) if parts else np.zeros(empty, np.float32))

        edges = [g.edges + start for g, start in zip(kept, starts, strict=True)]
        return cls(
            joined([g.atoms for g in kept], (0, N_ATOM)), joined(edges, (2, 0), axis=1).long(),
            joined([g.bonds for g in kept], (0, N_BOND)), torch.from_numpy(np.repeat(np.arange(len(kept)), counts)),
            joined([g.whole[None] for g in kept], (0, n_descriptors)), torch.from_numpy(row),
        )

    def to(self, device: torch.device | str) -> GraphBatch:
        """The same on a device."""
        return GraphBatch(**{f.name: getattr(self, f.name).to(device) for f in fields(self)})


@dataclass(frozen=True)
class FormulationBatch:
    """A batch of formulations.

    Attributes:
        polymers, salts: distinct graphs.
        conditions: # (batch, n_conditions)
        kelvin: # (batch,)
    """

    polymers: GraphBatch
    salts: GraphBatch
    conditions: Tensor
    kelvin: Tensor

    def to(self, device: torch.device | str) -> FormulationBatch:
        """The same on a device."""
        return FormulationBatch(self.polymers.to(device), self.salts.to(device), self.conditions.to(device),
                                self.kelvin.to(device))


class PolymerGraphs:
    """Representation of polymer electrolytes for `architectures.polymer`."""

    name = "polymer_graph"
    kind = POLYMER

    def encode(self, candidates: Sequence[Candidate]) -> Encoded:
        """One formulation a polymer whose repeat unit and salt can be read."""
        return encode_each(candidates, POLYMER, _formulation)

    def size(self, item: Formulation) -> int:
        """1: graphs are shared by the formulations of a batch, so a formulation costs about the same."""
        return 1

    def collate(self, items: Sequence[Formulation]) -> FormulationBatch:
        """Distinct graphs once, conditions of every formulation."""
        return FormulationBatch(
            GraphBatch.of([i.polymer for i in items], len(CHAIN_NAMES)),
            GraphBatch.of([i.salt for i in items], len(SALT_NAMES)),
            torch.from_numpy(np.stack([i.conditions for i in items])),
            torch.tensor([i.kelvin for i in items], dtype=torch.float32),
        )


def _formulation(candidate: Candidate) -> Formulation:
    polymer = candidate.polymer
    assert polymer is not None  # encode_each lets nothing else through
    kelvin = candidate.temperature_c + ZERO_C
    if not np.isfinite(kelvin) or kelvin <= 0:
        raise InputError(f"temperature {candidate.temperature_c} degree C; give one above -273.15")
    return Formulation(
        polymer_graph(polymer.smiles), salt_graph(polymer.salt_smiles) if polymer.salt_smiles else None,
        formulation_conditions(polymer), float(kelvin),
    )


def formulation_conditions(polymer: Polymer) -> np.ndarray:
    """Amounts of salt and molar mass, missing ones flagged.  # (n_conditions,) float32"""
    found = conditions(polymer)
    assert len(found) == len(CONDITION_NAMES)
    return found.astype(np.float32)


@functools.lru_cache(maxsize=50_000)
def polymer_graph(smiles: str) -> MoleculeGraph:
    """Periodic graph of a repeat unit.

    Args:
        smiles: with two ends `*`, `[Cu]` or `[Au]`.

    Raises:
        InputError: cannot be read, or has not two ends.
    """
    return _chain_graph(Chem.MolToSmiles(read_unit(smiles)))


@functools.lru_cache(maxsize=50_000)
def _chain_graph(canonical: str) -> MoleculeGraph:
    chain = Chain.of(canonical)
    atoms = np.array([atom_features(a, a.GetIdx() in chain.backbone) for a in chain.middle_atoms()])
    return _graph(atoms, chain.bonds(), chain_descriptors(chain))


@functools.lru_cache(maxsize=10_000)
def salt_graph(smiles: str) -> MoleculeGraph:
    """Graph of all ions of a salt.

    Raises:
        InputError: cannot be read.
    """
    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(smiles)
    if molecule is None or molecule.GetNumAtoms() == 0:
        raise InputError(f"salt SMILES '{smiles}' cannot be read")
    bonds = [(b.GetBeginAtomIdx(), b.GetEndAtomIdx(), b) for b in molecule.GetBonds()]
    return _graph(np.array([atom_features(a, False) for a in molecule.GetAtoms()]), bonds, salt_descriptors(molecule))


def _graph(atoms: np.ndarray, bonds: Sequence[tuple[int, int, Chem.Bond]], whole: np.ndarray) -> MoleculeGraph:
    pairs = [pair for i, j, _ in bonds for pair in ((i, j), (j, i))]  # a bond to its own image counts twice
    features = [f for _, _, bond in bonds for f in [bond_features(bond)] * 2]
    return MoleculeGraph(
        atoms.astype(np.float32), np.array(pairs, dtype=np.int64).reshape(-1, 2).T,
        np.array(features, dtype=np.float32).reshape(-1, N_BOND), whole.astype(np.float32),
    )


@functools.cache
def _element_numbers(number: int) -> tuple[float, float, float]:
    """Electronegativity (Pauling), covalent and van der Waals radius (angstrom), centred on carbon."""
    table = Chem.GetPeriodicTable()
    x = float(Element.from_Z(number).X) if number > 0 else 2.55
    return ((x if np.isfinite(x) else 2.55) - 2.55, table.GetRcovalent(number) - 0.76, table.GetRvdw(number) - 1.7)


def atom_features(atom: Chem.Atom, is_backbone: bool) -> list[float]:
    """Element, surroundings and place of an atom.  # (N_ATOM,)"""
    number = atom.GetAtomicNum()
    one_hot = [float(number == z) for z in _ELEMENTS]
    return [
        *one_hot, float(number not in _ELEMENTS), *(float(atom.GetHybridization() == h) for h in _HYBRIDS),
        atom.GetDegree() / 4, atom.GetTotalNumHs() / 3, float(atom.GetFormalCharge()), float(atom.GetIsAromatic()),
        float(atom.IsInRing()), float(is_backbone), *_element_numbers(number),
    ]


def bond_features(bond: Chem.Bond) -> list[float]:
    """Order, conjugation and ring membership.  # (N_BOND,)"""
    return [*(float(bond.GetBondType() == t) for t in _BONDS), float(bond.GetIsConjugated()), float(bond.IsInRing())]
