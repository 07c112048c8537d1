"""What the ranking must know of each candidate besides predictions: names, class, family, volume, price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.recognition import classify, family_from_label, recognise_family

GLASS_WORDS = ("glass", "amorphous")


@dataclass(frozen=True)
class Facts:
    """Arrays with one entry a candidate.

    Attributes:
        candidate_ids: unique.  # (n,) str
        formula, chemistry_class, family: as printed.  # (n,) str
        volume_per_atom: cubic angstrom, NaN without a crystal.  # (n,)
        density: g/cm3 from the crystal, NaN without one.  # (n,)
        is_crystalline: False for polymers and glasses.  # (n,) bool
        temperature_c: at which conductivity was predicted, degree C.  # (n,)
        n_li: Li per reduced formula, NaN for polymers.  # (n,)
        molar_mass: of the reduced formula, g/mol, NaN for polymers.  # (n,)
        raw_material_cost: USD/kg of the elements, NaN where a price is missing and for polymers.  # (n,)
        supply_risk: Herfindahl-Hirschman index of the elements' production, NaN likewise.  # (n,)
    """

    candidate_ids: np.ndarray
    formula: np.ndarray
    chemistry_class: np.ndarray
    family: np.ndarray
    volume_per_atom: np.ndarray = field(repr=False)
    density: np.ndarray = field(repr=False)
    is_crystalline: np.ndarray = field(repr=False)
    temperature_c: np.ndarray = field(repr=False)
    n_li: np.ndarray = field(repr=False)
    molar_mass: np.ndarray = field(repr=False)
    raw_material_cost: np.ndarray = field(repr=False)
    supply_risk: np.ndarray = field(repr=False)

    def __post_init__(self) -> None:
        lengths = {f.name: len(getattr(self, f.name)) for f in fields(self)}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"Facts of unequal length: {lengths}.")
        if len(set(self.candidate_ids)) != len(self.candidate_ids):
            raise ValueError("Facts with a candidate_id given twice.")

    def __len__(self) -> int:
        return len(self.candidate_ids)

    def take(self, rows: np.ndarray) -> Facts:
        """The rows of an index array, in its order."""
        return Facts(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def facts_of(candidates: Sequence[Candidate]) -> Facts:
    """Read the facts off candidates; class and family are recognised from composition and structure.

    A source's own family name wins where it is one of ours. A candidate whose provenance or family says glass or
    amorphous is not treated as a crystal.
    """
    volume, density, crystalline = [], [], []
    for candidate in candidates:
        words = f"{candidate.provenance} {candidate.family_hint} {candidate.label}".lower()
        has_cell = candidate.crystal is not None
        volume.append(candidate.crystal.volume / candidate.crystal.n_atoms if candidate.crystal else np.nan)
        density.append(candidate.crystal.density if candidate.crystal else np.nan)
        crystalline.append(candidate.polymer is None and (has_cell or not any(w in words for w in GLASS_WORDS)))
    return Facts(
        _text([c.candidate_id for c in candidates]),
        _text([c.formula for c in candidates]),
        _text([classify(c.composition, c.polymer is not None) for c in candidates]),
        _text([_family(c) for c in candidates]),
        np.array(volume, dtype=float), np.array(density, dtype=float), np.array(crystalline, dtype=bool),
        np.array([c.temperature_c for c in candidates], dtype=float),
        np.array([_reduced(c).get("Li", np.nan) for c in candidates], dtype=float),
        np.array([_molar_mass(c) for c in candidates], dtype=float),
        np.full(len(candidates), np.nan), np.full(len(candidates), np.nan),
    )


def _family(candidate: Candidate) -> str:
    if candidate.family_hint and (named := family_from_label(candidate.family_hint)):
        return named
    smiles = candidate.polymer.smiles if candidate.polymer else None
    return recognise_family(candidate.composition, candidate.space_group, smiles)


def _reduced(candidate: Candidate) -> dict[str, float]:
    if candidate.composition is None:
        return {}
    return {str(el): float(x) for el, x in candidate.composition.reduced_composition.items()}


def _molar_mass(candidate: Candidate) -> float:
    if candidate.composition is None:
        return float("nan")
    return float(candidate.composition.reduced_composition.weight)


def _text(values: Sequence[str]) -> np.ndarray:
    return np.array(list(values), dtype=object)
