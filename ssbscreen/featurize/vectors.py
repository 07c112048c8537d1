"""Vectors for trees: descriptors of a composition; descriptors or fingerprints of a polymer with its conditions."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import numpy as np
from pymatgen.core import Composition
from rdkit import Chem
from torch import Tensor

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import InputError, unknown
from ssbscreen.core.laws import kelvin
from ssbscreen.featurize.base import COMPOSITION, POLYMER, EachAlone, Encoded, encode_each, stack
from ssbscreen.featurize.composition import amounts_of, extras, fractions, magpie
from ssbscreen.featurize.polymer_chain import chain_of, read_unit
from ssbscreen.featurize.polymer_descriptors import SALT_NAMES, chain_descriptors, conditions, salt_descriptors

_SETS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "magpie": magpie,
    "extras": extras,
    "fractions": lambda amounts: fractions(amounts)[:, 1:],
}
MISSING = -1.0  # in vectors for trees: below every real value of an extra except the framework charge


class CompositionVectors:
    """Representation of a composition as one vector of descriptors for trees and plain networks.

    Args:
        features: sets joined by "+": "magpie" (132), "extras" (53), "fractions" (103 element shares).
    """

    name = "composition"
    kind = COMPOSITION

    def __init__(self, features: str = "magpie") -> None:
        self.sets = tuple(features.split("+"))
        for key in self.sets:
            if key not in _SETS:
                raise unknown("set of composition descriptors", key, _SETS)

    def vectors(self, amounts: np.ndarray) -> np.ndarray:
        """Descriptors side by side; a missing statistic is marked by a value of its own.  # (n, n_features)"""
        return np.nan_to_num(np.concatenate([_SETS[key](amounts) for key in self.sets], axis=1), nan=MISSING)

    def encode(self, candidates: Sequence[Candidate]) -> Encoded:
        """One vector a candidate with a composition."""
        found = encode_each(candidates, COMPOSITION, lambda c: amounts_of(_composition(c)))
        if not found.items:
            return found
        return Encoded(tuple(self.vectors(np.stack(found.items))), found.rows, found.rejected)

    def size(self, item: np.ndarray) -> int:
        """Every vector costs the same."""
        return 1

    def collate(self, items: Sequence[np.ndarray]) -> Tensor:
        """Vectors as rows of a tensor.  # (n, n_features)"""
        return stack(items)


def _composition(candidate: Candidate) -> Composition:
    assert candidate.composition is not None  # encode_each lets nothing else through
    return candidate.composition


class PolymerVectors(EachAlone):
    """Representation for forests: descriptors or Morgan fingerprints of polymer and salt, with the conditions.

    Args:
        features: "fingerprints" (the plain baseline), "descriptors", or both joined by "+".
    """

    name = "polymer_vectors"
    kind = POLYMER
    SETS = ("fingerprints", "descriptors")

    def __init__(self, features: str = "fingerprints") -> None:
        self.features = tuple(features.split("+"))
        for name in self.features:
            if name not in self.SETS:
                raise InputError(f"polymer features '{name}' are not known; allowed: {', '.join(self.SETS)}")

    def collate(self, items: Sequence[np.ndarray]) -> Tensor:
        """Vectors as rows.  # (n, n_features) float32"""
        return stack(items)

    def encode_one(self, candidate: Candidate) -> np.ndarray:
        """One vector of a polymer that can be read; a missing condition is 0 beside its flag."""
        polymer = candidate.polymer
        assert polymer is not None  # encode_each lets nothing else through
        plain = [
            np.array(
                [
                    np.nan_to_num(value) if value is not None else 0.0
                    for value in (polymer.molality, polymer.molar_mass, candidate.temperature_c)
                ]
                + [float(polymer.molality is not None), float(polymer.molar_mass is not None)]
            )
        ]
        parts: list[np.ndarray] = []
        if "fingerprints" in self.features:
            parts += [*plain, morgan(polymer.smiles, True), morgan(polymer.salt_smiles or "", False)]
        if "descriptors" in self.features:
            salt = _salt_vector(polymer.salt_smiles) if polymer.salt_smiles else np.zeros(len(SALT_NAMES))
            parts += [
                np.array([1000.0 / kelvin(candidate.temperature_c)]),
                conditions(polymer),
                _chain_vector(polymer.smiles),
                salt,
            ]
        return np.concatenate(parts).astype(np.float32)


@functools.lru_cache(maxsize=50_000)
def morgan(smiles: str, is_unit: bool, n_bits: int = 1024, radius: int = 2) -> np.ndarray:
    """Counts of hashed circular environments; zeros for an empty SMILES.  # (n_bits,)

    Source: Rogers and Hahn, J. Chem. Inf. Model. 50, 742 (2010).
    """
    from rdkit.Chem import rdFingerprintGenerator

    if not smiles:
        return np.zeros(n_bits)
    molecule = read_unit(smiles) if is_unit else Chem.MolFromSmiles(smiles)
    if molecule is None:
        raise InputError(f"SMILES '{smiles}' cannot be read")
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=radius, fpSize=n_bits)
    return np.asarray(generator.GetCountFingerprintAsNumPy(molecule), dtype=float)


@functools.lru_cache(maxsize=50_000)
def _chain_vector(smiles: str) -> np.ndarray:
    return chain_descriptors(chain_of(smiles))


@functools.lru_cache(maxsize=10_000)
def _salt_vector(smiles: str) -> np.ndarray:
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        raise InputError(f"salt SMILES '{smiles}' cannot be read")
    return salt_descriptors(molecule)
