"""Which reported values are of which candidate: by composition and structure type, polymers by their formulation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.chemistry import STRUCTURE_TYPES
from ssbscreen.core.evidence import Reported
from ssbscreen.core.identity import COMPOSITION_TOLERANCE, StructureType, structure_type_of

MOLALITY_TOLERANCE = 0.1  # relative; 1.26 and 1.3 mol/kg are one formulation
# Families whose name alone says which structure it is; the others hold several polymorphs of one composition.
_OF_ONE_STRUCTURE = {family.key for family in STRUCTURE_TYPES} - {
    "glass", "li3ps4", "lipon", "lisicon", "perovskite", "thio_lisicon",
}  # fmt: skip
_Key = tuple[str, ...]


class Matcher:
    """Finds the values that are of a candidate's material."""

    def __init__(self, values: Sequence[Reported]) -> None:
        self._values = values
        rows: dict[_Key, list[int]] = defaultdict(list)
        for i, value in enumerate(values):
            rows[_key(value.candidate)].append(i)
        self._rows = rows
        self._shares = {
            key: np.array([_shares(values[i].candidate, key) for i in members])
            for key, members in rows.items()
            if values[members[0]].candidate.polymer is None
        }
        self._types: dict[str, StructureType] = {}

    def of(self, candidate: Candidate, stands_for_made: bool = False) -> list[int]:
        """Positions of the values of the candidate's material, in their order.

        Args:
            candidate: of a pool.
            stands_for_made: whether its structure is taken for that of a made material without one on record.
        """
        key = _key(candidate)
        members = self._rows.get(key)
        if not members:
            return []
        if candidate.polymer is not None:
            return [i for i in members if _same_molality(candidate, self._values[i].candidate)]
        near = np.abs(self._shares[key] - _shares(candidate, key)).max(axis=1) <= COMPOSITION_TOLERANCE
        found = [i for i, is_near in zip(members, near, strict=True) if is_near]
        return self._of_structure(candidate, found, stands_for_made) if found else []

    def _of_structure(self, candidate: Candidate, found: list[int], stands_for_made: bool) -> list[int]:
        """Those whose structure type is the candidate's.

        A name that states a polymorph, such as "LLZO (tetragonal)", makes the plain name that of the others: values and
        candidates that state nothing are not of a polymorph that a name of the same composition states.
        """
        own = structure_type_of(candidate)
        types = self._told_apart({i: self._type(self._values[i].candidate) for i in found})
        agreeing = [
            i
            for i, kind in types.items()
            if kind.agrees_with(own) and (stands_for_made or _may_be_one(candidate, own, kind))
        ]
        named = [kind for kind in types.values() if kind.words]
        if _states(own):
            is_named = any(_overlap(kind, own) for kind in named)
            return [i for i in agreeing if _states(types[i]) or not is_named]
        plain = [i for i in agreeing if not any(_overlap(kind, types[i]) for kind in named)]
        return plain or agreeing

    def _told_apart(self, types: dict[int, StructureType]) -> dict[int, StructureType]:
        """Without compiled values that do not say which of several polymorphs they are of.

        Collections list tetragonal and cubic LLZO under one formula; a paper that was read speaks of the one it made.
        """
        stated = [kind for kind in types.values() if _states(kind)]
        if all(kind.agrees_with(stated[0]) for kind in stated):
            return types
        return {i: kind for i, kind in types.items() if _states(kind) or not self._values[i].is_compiled}

    def _type(self, candidate: Candidate) -> StructureType:
        if candidate.candidate_id not in self._types:
            self._types[candidate.candidate_id] = structure_type_of(candidate)
        return self._types[candidate.candidate_id]


def _key(candidate: Candidate) -> _Key:
    if candidate.polymer is not None:
        polymer = candidate.polymer
        return ("polymer", polymer.smiles, polymer.salt_smiles or "", polymer.plasticiser)
    assert candidate.composition is not None
    return tuple(sorted(str(element) for element in candidate.composition.elements))


def _shares(candidate: Candidate, elements: _Key) -> np.ndarray:
    """Atomic fractions in the order of the elements.  # (n_elements,)"""
    assert candidate.composition is not None
    amounts = candidate.composition.get_el_amt_dict()
    shares = np.array([amounts.get(name, 0.0) for name in elements])
    return np.asarray(shares / shares.sum())


def _same_molality(one: Candidate, other: Candidate) -> bool:
    assert one.polymer is not None
    assert other.polymer is not None
    a, b = one.polymer.molality, other.polymer.molality
    if a is None or b is None:
        return a is b and one.polymer.salt_smiles is None
    return abs(a - b) <= MOLALITY_TOLERANCE * max(a, b)


def _states(kind: StructureType) -> bool:
    """Whether a polymorph is stated, by name or space group."""
    return bool(kind.words or kind.space_group)


def _overlap(one: StructureType, other: StructureType) -> bool:
    """Whether both state the same polymorph."""
    return bool(one.systems & other.systems) or bool(one.words & other.words)


def _may_be_one(candidate: Candidate, own: StructureType, kind: StructureType) -> bool:
    """Whether a structure that nobody is known to have made is the one that was measured, not only its composition."""
    if candidate.is_known or candidate.crystal is None or own.systems & kind.systems:
        return True
    return own.family in _OF_ONE_STRUCTURE
