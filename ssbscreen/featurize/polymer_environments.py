"""Neat polymers by the environments of their atoms and by descriptors, with the make-up of an added salt."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors
from torch import Tensor

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import InputError
from ssbscreen.featurize.base import POLYMER, EachAlone
from ssbscreen.featurize.polymer_chain import Chain, chain_of
from ssbscreen.featurize.polymer_descriptors import chain_descriptors, check_amounts, unit_mass

N_BITS = (512, 2048)  # of the two sets of environments
_RADII = (1, 2)  # bonds that their environments reach
ELEMENTS = ("C", "H", "N", "O", "F", "S", "Cl", "Br", "P", "Si", "B", "I")  # those of polymers and anions; then others


@dataclass(frozen=True)
class NeatPolymer:
    """A repeat unit, and what a salt adds to it.

    Attributes:
        environments: atoms of the unit by hashed environment, near ones and wider ones.  # (sum(N_BITS),) uint8
        descriptors: see `CHAIN_NAMES`.  # (n_descriptors,) float32
        elements: atoms of the unit by element.  # (len(ELEMENTS) + 1,) float32
        mass: of the unit, g/mol.
        salt_mass: g salt per g polymer, NaN where there is a salt of unknown amount.
        salt_elements: mol of atoms in the anions per g polymer.  # (len(ELEMENTS) + 1,) float32
    """

    environments: np.ndarray
    descriptors: np.ndarray
    elements: np.ndarray
    mass: float
    salt_mass: float
    salt_elements: np.ndarray


@dataclass(frozen=True)
class PolymerBatch:
    """Columns of several `NeatPolymer`, one row each."""

    environments: Tensor
    descriptors: Tensor
    elements: Tensor
    mass: Tensor
    salt_mass: Tensor
    salt_elements: Tensor

    def to(self, device: torch.device | str) -> PolymerBatch:
        """The same on a device."""
        return PolymerBatch(**{f.name: getattr(self, f.name).to(device) for f in fields(self)})


class PolymerEnvironments(EachAlone):
    """Representation for `architectures.polymer_modulus`."""

    name = "polymer_environments"
    kind = POLYMER

    def encode_one(self, candidate: Candidate) -> NeatPolymer:
        """A polymer whose repeat unit and salt can be read."""
        polymer = candidate.polymer
        assert polymer is not None  # nothing else has this kind
        check_amounts(polymer)
        environments, descriptors, elements, mass = _unit(polymer.smiles)
        salt_mass, salt_elements = 0.0, np.zeros(len(ELEMENTS) + 1, dtype=np.float32)
        if polymer.salt_smiles:
            per_mol, atoms = _salt(polymer.salt_smiles)
            amount = np.nan if polymer.molality is None else polymer.molality / 1000.0  # mol per g polymer
            salt_mass, salt_elements = amount * per_mol, (amount * atoms).astype(np.float32)
        return NeatPolymer(environments, descriptors, elements, mass, salt_mass, salt_elements)

    def collate(self, items: Sequence[NeatPolymer]) -> PolymerBatch:
        """Items as rows."""
        return PolymerBatch(
            **{
                f.name: torch.from_numpy(
                    np.stack(
                        [
                            np.asarray(getattr(i, f.name), dtype=np.uint8 if f.name == "environments" else np.float32)
                            for i in items
                        ]
                    )
                )
                for f in fields(PolymerBatch)
            }
        )


@functools.lru_cache(maxsize=50_000)
def _unit(smiles: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    chain = chain_of(smiles)
    return (
        environments(chain),
        chain_descriptors(chain).astype(np.float32),
        _by_element(chain.middle_atoms()).astype(np.float32),
        unit_mass(chain),
    )


@functools.lru_cache(maxsize=10_000)
def _salt(smiles: str) -> tuple[float, np.ndarray]:
    """Molar mass of the formula unit, and the atoms of its anions."""
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        raise InputError(f"salt SMILES '{smiles}' cannot be read")
    anion = [a for a in molecule.GetAtoms() if not (a.GetFormalCharge() > 0 and a.GetDegree() == 0)]
    return float(rdMolDescriptors.CalcExactMolWt(molecule)), _by_element(anion)


def environments(chain: Chain) -> np.ndarray:
    """How many atoms of the middle unit have which environment, in an endless chain; at most 255 each.

    # (sum(N_BITS),) uint8

    Source: Rogers and Hahn, J. Chem. Inf. Model. 50, 742 (2010).
    """
    parts = []
    for n_bits, radius in zip(N_BITS, _RADII, strict=True):
        generator = rdFingerprintGenerator.GetMorganGenerator(
            radius=radius, fpSize=n_bits, includeRedundantEnvironments=True
        )
        seen = rdFingerprintGenerator.AdditionalOutput()
        seen.AllocateAtomToBits()
        generator.GetCountFingerprint(chain.molecule, additionalOutput=seen)
        by_atom = seen.GetAtomToBits()
        counts = np.bincount([bit for atom in chain.middle for bit in by_atom[atom]], minlength=n_bits)
        parts.append(np.minimum(counts, 255).astype(np.uint8))
    return np.concatenate(parts)


def _by_element(atoms: Sequence[Chem.Atom]) -> np.ndarray:
    """Atoms by element, implicit hydrogen counted.  # (len(ELEMENTS) + 1,)"""
    found = np.zeros(len(ELEMENTS) + 1)
    for atom in atoms:
        symbol = atom.GetSymbol()
        found[ELEMENTS.index(symbol) if symbol in ELEMENTS else -1] += 1
        found[ELEMENTS.index("H")] += atom.GetTotalNumHs()
    return found
