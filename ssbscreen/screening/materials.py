"""Which material each candidate of a pool is, which row stands for it, and which structures nobody made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.identity import Materials, StructureType, composition_groups, series_of, structure_type_of


def materials_of(candidates: Sequence[Candidate], energies: np.ndarray | None = None) -> Materials:
    """Materials of a pool.

    Args:
        candidates: n of any kind.
        energies: formation energy of each, eV/atom, NaN where not known; decides which of several structures that
            nobody made stands for their composition.  # (n,)
    """
    n = len(candidates)
    types = [structure_type_of(c) for c in candidates]
    energy = np.full(n, np.nan) if energies is None else energies
    material, variant = np.full(n, "", dtype=object), np.full(n, "", dtype=object)
    groups: dict[object, list[int]] = defaultdict(list)
    for i, number in enumerate(composition_groups([c.composition for c in candidates])):
        groups[candidates[i].polymer or int(number)].append(i)
    for rows in groups.values():
        for polymorph in _polymorphs(rows, candidates, types, energy):
            first = polymorph[0]
            material[polymorph] = _text(candidates[first], types[first])
            variant[polymorph[1:]] = candidates[first].candidate_id
    is_made = np.array([c.is_known for c in candidates], dtype=bool)
    return Materials(
        material=material,
        variant_of=variant,
        family_series=np.array([series_of(kind) for kind in types], dtype=object),
        is_made=is_made,
        made_source=np.array([c.provenance if c.is_known else "" for c in candidates], dtype=object),
        label=np.array([c.label or c.formula for c in candidates], dtype=object),
    )


def _polymorphs(
    rows: list[int], candidates: Sequence[Candidate], types: list[StructureType], energy: np.ndarray
) -> list[list[int]]:
    """Rows of one composition by material, the one that stands for it first."""

    def order(i: int) -> tuple[bool, bool, float, str]:
        c = candidates[i]
        return not c.is_known, c.crystal is None, np.nan_to_num(energy[i], nan=np.inf), c.candidate_id

    found: list[list[int]] = []
    for i in sorted(rows, key=order):
        home = next((members for members in found if types[members[0]].agrees_with(types[i])), None)
        if home is None and found and not candidates[i].is_known:
            home = found[0]
        if home is None:
            found.append([i])
        else:
            home.append(i)
    return found


def _text(candidate: Candidate, kind: StructureType) -> str:
    return candidate.label or f"{candidate.formula} ({kind.family})"
