"""What a quick estimate of a score is made from: descriptors without a network, a phase diagram or a draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.chemistry import STRUCTURE_TYPES
from ssbscreen.core.errors import InputError
from ssbscreen.featurize.charge_balance import charge_balance
from ssbscreen.featurize.composition import amount_matrix, extras, fractions, magpie
from ssbscreen.featurize.vectors import MISSING, PolymerVectors, morgan
from ssbscreen.ranking.facts import Facts

INORGANIC, POLYMER = "inorganic", "polymer"
_FAMILIES = tuple(family.key for family in STRUCTURE_TYPES)
_NUMBERS = (
    "volume_per_atom", "density", "is_volume_estimated", "is_crystalline", "temperature_c", "raw_material_cost",
    "supply_risk", "processing_temperature", "practical_thickness", "li_coordination", "h2s_limit", "recyclable_share",
    "glass_former_share", "hazardous_share", "fire_grade",
)  # fmt: skip


@dataclass(frozen=True)
class Described:
    """Candidates of one kind as numbers.

    Attributes:
        rows: position of each in what was given.  # (n,)
        vectors: descriptors, finite.  # (n, n_features) float32
        shares: by which two candidates are near or far: atomic fractions, or of a polymer the circular
            environments of chain and salt.  # (n, n_shares) float32, rows sum to 1
        groups: chemical system, or repeat unit; what is learned of one is tested on others.  # (n,) str
    """

    rows: np.ndarray
    vectors: np.ndarray
    shares: np.ndarray
    groups: np.ndarray

    def take(self, chosen: np.ndarray) -> Described:
        """Some of them, by mask or number."""
        return Described(self.rows[chosen], self.vectors[chosen], self.shares[chosen], self.groups[chosen])

    def numbered(self, rows: np.ndarray) -> Described:
        """The same under other positions."""
        return replace(self, rows=rows)

    @classmethod
    def joined(cls, parts: Sequence[Described]) -> Described:
        """All in turn; at least one."""
        names = ("rows", "vectors", "shares", "groups")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def described(candidates: Sequence[Candidate], facts: Facts, is_measured: np.ndarray) -> dict[str, Described]:
    """Descriptors by kind of candidate; what has none, such as a polymer that cannot be read, is in neither.

    Args:
        candidates: n that passed the gates.
        facts: of those.
        is_measured: whether measured values of each are known.  # (n,) bool
    """
    is_polymer = np.array([c.polymer is not None for c in candidates], dtype=bool)
    own = np.stack([np.asarray(getattr(facts, name), dtype=float) for name in _NUMBERS], axis=1)
    own = np.column_stack([np.nan_to_num(own, nan=MISSING), is_measured])
    found = {}
    if len(rows := np.flatnonzero(~is_polymer)):
        found[INORGANIC] = _inorganic([candidates[i] for i in rows.tolist()], facts.family[rows], own[rows], rows)
    if len(rows := np.flatnonzero(is_polymer)) and (polymers := _polymers(candidates, own, rows)) is not None:
        found[POLYMER] = polymers
    return found


def _inorganic(candidates: Sequence[Candidate], families: np.ndarray, own: np.ndarray, rows: np.ndarray) -> Described:
    amounts = amount_matrix(candidates)
    is_family = families[:, None] == np.array(_FAMILIES, dtype=object)[None, :]
    has_cell = [[c.crystal is not None, c.crystal is not None and c.crystal.is_ordered] for c in candidates]
    parts = [np.nan_to_num(magpie(amounts), nan=MISSING), np.nan_to_num(extras(amounts), nan=MISSING)]
    parts += [charge_balance(amounts), own, np.array(has_cell, dtype=float), is_family]
    shares = fractions(amounts)
    systems = np.array(["-".join(map(str, np.flatnonzero(row))) for row in amounts], dtype=object)
    return Described(rows, np.concatenate(parts, axis=1).astype(np.float32), shares.astype(np.float32), systems)


def _polymers(candidates: Sequence[Candidate], own: np.ndarray, rows: np.ndarray) -> Described | None:
    representation = PolymerVectors("descriptors")
    kept, vectors, shares, units = [], [], [], []
    for i in rows.tolist():
        candidate = candidates[i]
        assert candidate.polymer is not None
        try:
            vector = representation.encode_one(candidate)
            environments = [morgan(candidate.polymer.smiles, True), morgan(candidate.polymer.salt_smiles or "", False)]
        except InputError:
            continue
        kept.append(i)
        vectors.append(np.concatenate([vector, own[i]]))
        both = np.concatenate([part / max(part.sum(), 1.0) for part in environments])
        shares.append(both / both.sum())
        units.append(candidate.polymer.smiles)
    if not kept:
        return None
    return Described(
        np.array(kept),
        np.stack(vectors).astype(np.float32),
        np.stack(shares).astype(np.float32),
        np.array(units, object),
    )
