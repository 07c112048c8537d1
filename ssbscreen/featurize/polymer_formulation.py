"""Polymer electrolytes as vectors: polymer, what simulations say of it, salt, anion, conditions, temperature."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from rdkit import Chem
from rdkit.Chem import rdPartialCharges
from torch import Tensor

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import InputError, IntegrityError
from ssbscreen.core.laws import kelvin
from ssbscreen.featurize.base import POLYMER, EachAlone
from ssbscreen.featurize.polymer_chain import chain_of, query
from ssbscreen.featurize.polymer_descriptors import (
    CHAIN_NAMES,
    SALT_NAMES,
    chain_descriptors,
    conditions,
    salt_descriptors,
)
from ssbscreen.featurize.polymer_environments import N_BITS, environments
from ssbscreen.files.csv_table import csv_rows
from ssbscreen.files.paths import data_dir

PROJECTION_FILE = "simulated_properties.csv"
PROJECTED = ("bulk_modulus", "density", "homo", "lumo")
_LIMIT = 6.0  # standard deviations at which a descriptor stops to count in the projection
_GROUPS = {
    "electron-withdrawing group": "[$(S(=O)=O),$(C#N),$(C(F)(F)F),$([CX4](F)F)]",
    "carboxylate or alkoxide": "[$([O-]C=O),$([O-][CX4,c])]",
    "sulfonate": "[O-]S(=O)(=O)",
    "imide, azolide or carbanion": "[$([N-]S(=O)=O),$([n-]),$([C-]),$([N-]C#N)]",
}
ANION_NAMES = ("largest negative charge", "concentration of negative charge", *_GROUPS, "complex anion")


@dataclass(frozen=True)
class FormulationVector:
    """One polymer electrolyte at one temperature.

    Attributes:
        environments: near atom environments of the unit.  # (N_BITS[0],) uint8
        polymer: descriptors of the chain, then `PROJECTED`.  # (n_polymer,) float32
        salt: descriptors of the salt, then of its anion; zeros where there is none.  # (n_salt,) float32
        conditions: see `CONDITION_NAMES`.  # (n_conditions,) float32
        kelvin: temperature.
    """

    environments: np.ndarray
    polymer: np.ndarray
    salt: np.ndarray
    conditions: np.ndarray
    kelvin: float


@dataclass(frozen=True)
class VectorBatch:
    """Columns of several `FormulationVector`, one row each."""

    environments: Tensor
    polymer: Tensor
    salt: Tensor
    conditions: Tensor
    kelvin: Tensor

    def to(self, device: torch.device | str) -> VectorBatch:
        """The same on a device."""
        return VectorBatch(**{f.name: getattr(self, f.name).to(device) for f in fields(self)})


class PolymerFormulations(EachAlone):
    """Representation for `architectures.polymer_formulation`."""

    name = "polymer_formulation"
    kind = POLYMER

    def encode_one(self, candidate: Candidate) -> FormulationVector:
        """A polymer whose repeat unit and salt can be read."""
        polymer = candidate.polymer
        assert polymer is not None  # nothing else has this kind
        absolute = kelvin(candidate.temperature_c)
        if not np.isfinite(absolute) or absolute <= 0:
            raise InputError(f"temperature {candidate.temperature_c} degree C; give one above -273.15")
        near, chain = _polymer(polymer.smiles)
        salt = _salt(polymer.salt_smiles) if polymer.salt_smiles else np.zeros(len(SALT_NAMES) + len(ANION_NAMES))
        return FormulationVector(
            near, chain, salt.astype(np.float32), conditions(polymer).astype(np.float32), float(absolute)
        )

    def collate(self, items: Sequence[FormulationVector]) -> VectorBatch:
        """Items as rows."""
        columns = {
            name: torch.from_numpy(np.stack([getattr(i, name) for i in items]))
            for name in ("environments", "polymer", "salt", "conditions")
        }
        return VectorBatch(**columns, kelvin=torch.tensor([i.kelvin for i in items], dtype=torch.float32))


@functools.lru_cache(maxsize=50_000)
def _polymer(smiles: str) -> tuple[np.ndarray, np.ndarray]:
    chain = chain_of(smiles)
    descriptors = chain_descriptors(chain)
    return environments(chain)[: N_BITS[0]], np.concatenate([descriptors, simulated(descriptors)]).astype(np.float32)


@functools.lru_cache(maxsize=10_000)
def _salt(smiles: str) -> np.ndarray:
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        raise InputError(f"salt SMILES '{smiles}' cannot be read")
    return np.concatenate([salt_descriptors(molecule), anion_descriptors(molecule)])


def simulated(descriptors: np.ndarray) -> np.ndarray:
    """Bulk modulus (log10 GPa), density and frontier orbitals that simulated polymers suggest for a chain, each in
    standard deviations around the mean of the simulated ones.

    # (len(CHAIN_NAMES),) -> (len(PROJECTED),)
    """
    centre, std, weights, intercept = _projection()
    found: np.ndarray = np.clip((descriptors - centre) / std, -_LIMIT, _LIMIT) @ weights + intercept
    return found


@functools.cache
def _projection() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Ridge regression on PI1070, as `benchmarks/polymer_projection.py` writes it."""
    path = data_dir() / "polymers" / PROJECTION_FILE
    rows = {row["descriptor"]: row for row in csv_rows(path)}
    if tuple(rows) != ("intercept", *CHAIN_NAMES):
        raise IntegrityError(
            f"{path.name} does not name the descriptors of a chain; write it anew with "
            "benchmarks/polymer_projection.py."
        )
    own = [rows[name] for name in CHAIN_NAMES]
    return (
        np.array([float(r["centre"]) for r in own]),
        np.array([float(r["spread"]) for r in own]),
        np.array([[float(r[key]) for key in PROJECTED] for r in own]),
        np.array([float(rows["intercept"][key]) for key in PROJECTED]),
    )


def anion_descriptors(molecule: Chem.Mol) -> np.ndarray:
    """How concentrated the charge of the anions is, and of what kind they are, per charge.  # (len(ANION_NAMES),)

    Partial charges after Gasteiger and Marsili, as in rdkit; where they have no parameters, 0.
    """
    rdPartialCharges.ComputeGasteigerCharges(molecule)
    anion = [a for a in molecule.GetAtoms() if not (a.GetFormalCharge() > 0 and a.GetDegree() == 0)]
    charge = np.nan_to_num(
        [a.GetDoubleProp("_GasteigerCharge") + a.GetDoubleProp("_GasteigerHCharge") for a in anion],
        posinf=0.0,
        neginf=0.0,
    )
    negative = np.clip(-charge, 0.0, None)
    n_charges = max(sum(-a.GetFormalCharge() for a in anion if a.GetFormalCharge() < 0), 1)
    n = [len(molecule.GetSubstructMatches(query(smarts))) for smarts in _GROUPS.values()]
    is_complex = [a.GetFormalCharge() < 0 and a.GetSymbol() in ("B", "P", "As", "Al", "Sb") for a in anion]
    return np.array(
        [
            2.0 * negative.max(initial=0.0),
            (negative**2).sum() / max(negative.sum(), 1e-6) ** 2,
            min(n[0] / n_charges, 6.0) / 3.0,
            *(k / n_charges for k in n[1:]),
            sum(is_complex) / n_charges,
        ]
    )
