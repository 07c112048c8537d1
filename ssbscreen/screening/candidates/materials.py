"""Which material each candidate of a pool is, which row stands for it, and which structures nobody made."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.chemical_formula import formula_of
from ssbscreen.core.identity import Materials, StructureType, composition_groups, series_of, structure_type_of
from ssbscreen.core.symmetry import space_group_of
from ssbscreen.generation.known_compounds import made_compounds
from ssbscreen.screening.candidates.polymorphs import Polymorph, made_polymorphs, polymorph_of
from ssbscreen.sources.prototypes import load_prototypes

log = logging.getLogger(__name__)
_MOLALITY_DIGITS = 2  # of two polymers with one salt that are one formulation


def materials_of(
    candidates: Sequence[Candidate], energies: np.ndarray | None = None, records: Sequence[Candidate] | None = None
) -> Materials:
    """Materials of a pool: known ones first, structures that nobody made behind the made ones of their composition.

    Args:
        candidates: n of any kind.
        energies: formation energy of each, eV/atom, NaN where not known; decides which of several structures that
            nobody made stands for their composition, and which is meant by a composition on record.  # (n,)
        records: compounds on record as made; those of the project when None. Candidates that their source calls known
            are on record, too.
    """
    made = made_compounds() if records is None else records
    finder = _Finder(candidates, np.full(len(candidates), np.nan) if energies is None else energies)
    everything = [c.composition for c in candidates] + [r.composition for r in made]
    on_record: dict[int, list[Candidate]] = defaultdict(list)
    groups: dict[int, list[int]] = defaultdict(list)
    for i, number in enumerate(composition_groups(everything)):
        if i >= len(candidates):
            on_record[int(number)].append(made[i - len(candidates)])
        elif candidates[i].polymer is None:
            groups[int(number)].append(i)
    for number, rows in groups.items():
        known = {(r.source, r.candidate_id) for r in on_record[number]}
        own = [c for c in (candidates[i] for i in rows) if c.is_known and (c.source, c.candidate_id) not in known]
        finder.settle(rows, [*on_record[number], *own])
    finder.settle_polymers()
    found = finder.materials()
    log.info(
        "materials: %d rows, %d materials, %d made", len(found), found.is_representative.sum(), found.is_made.sum()
    )
    return found


class _Finder:
    """What is filled composition by composition."""

    def __init__(self, candidates: Sequence[Candidate], energies: np.ndarray) -> None:
        n = len(candidates)
        self._candidates, self._energies = candidates, energies
        self._material, self._variant_of, self._source, self._label, self._series = (
            np.full(n, "", dtype=object) for _ in range(5)
        )
        self._is_made = np.zeros(n, dtype=bool)

    def settle(self, rows: list[int], records: Sequence[Candidate]) -> None:
        """Materials of the rows of one composition."""
        polymorphs = made_polymorphs(records)
        kinds = {i: self._kind(i, bool(polymorphs)) for i in rows}
        at_home = {(r.source, r.candidate_id): p for p in polymorphs for r in p.records}
        left: list[int] = []
        for i in rows:
            c = self._candidates[i]
            home = at_home.get((c.source, c.candidate_id)) or polymorph_of(c, kinds[i], polymorphs)
            (home.rows if home is not None else left).append(i)
        for polymorph in polymorphs:
            if not polymorph.kind.is_glass and not any(self._candidates[i].crystal is not None for i in polymorph.rows):
                self._give_structure(polymorph, left, kinds)
        self._write_made(polymorphs)
        self._write_unmade(left, kinds, self._usual(polymorphs))

    def settle_polymers(self) -> None:
        """Polymers: one repeat unit with one salt in one amount is one material."""
        groups: dict[Polymer, list[int]] = defaultdict(list)
        for i, c in enumerate(self._candidates):
            if c.polymer is not None:
                molality = None if c.polymer.molality is None else round(c.polymer.molality, _MOLALITY_DIGITS)
                groups[replace(c.polymer, molality=molality, molar_mass=None)].append(i)
        for rows in groups.values():
            known = [i for i in rows if self._candidates[i].is_known]
            first = self._candidates[(known or rows)[0]]
            for i in rows:
                self._label[i] = first.label or formula_of(first)
                self._material[i] = formula_of(first)
                self._series[i] = structure_type_of(first).family
                self._is_made[i] = bool(known)
                self._source[i] = first.provenance if known else ""
                self._variant_of[i] = "" if self._candidates[i] is first else first.candidate_id

    def materials(self) -> Materials:
        """What was found."""
        return Materials(self._material, self._variant_of, self._series, self._is_made, self._source, self._label)

    def _kind(self, i: int, needs_group: bool) -> StructureType:
        """Structure type; the space group is computed where a made polymorph may have it and nobody stated it."""
        candidate = self._candidates[i]
        if needs_group and candidate.crystal is not None and candidate.space_group is None:
            candidate = replace(candidate, space_group=space_group_of(candidate.crystal) or None)
        return structure_type_of(candidate)

    def _give_structure(self, polymorph: Polymorph, left: list[int], kinds: dict[int, StructureType]) -> None:
        """Take the likeliest structure for a material whose structure is not on record: that of lowest energy."""
        fitting = [
            i
            for i in left
            if self._candidates[i].crystal is not None
            and kinds[i].family == polymorph.kind.family
            and kinds[i].agrees_with(polymorph.kind)
        ]
        if fitting:
            chosen = min(fitting, key=self._order)
            left.remove(chosen)
            polymorph.rows.append(chosen)

    def _order(self, i: int) -> tuple[bool, float, str]:
        """Whether a row knows its structure, then its energy, then its id: the first stands for the others."""
        c = self._candidates[i]
        return c.crystal is None, float(np.nan_to_num(self._energies[i], nan=np.inf)), c.candidate_id

    def _first(self, polymorph: Polymorph) -> int:
        """Row that stands for a made material: a structure on record, else the likeliest."""
        own = {(r.source, r.candidate_id) for r in polymorph.records if r.crystal is not None}

        def order(i: int) -> tuple[bool, bool, float, str]:
            c = self._candidates[i]
            return (c.source, c.candidate_id) not in own, *self._order(i)

        return min(polymorph.rows, key=order)

    def _usual(self, polymorphs: list[Polymorph]) -> int | None:
        """Row of the made material that is meant by the formula alone; None where the pool holds no made one."""
        present = [p for p in polymorphs if p.rows and not p.kind.is_glass]
        if not present:
            return None
        return self._first(min(present, key=lambda p: (not p.has_plain_name, self._order(self._first(p)))))

    def _write_made(self, polymorphs: list[Polymorph]) -> None:
        n_crystals = sum(not p.kind.is_glass for p in polymorphs)
        for polymorph in (p for p in polymorphs if p.rows):
            first = self._first(polymorph)
            label, kind = polymorph.label(n_crystals < 2), structure_type_of(self._candidates[first])
            for i in polymorph.rows:
                self._label[i], self._material[i] = label, f"{label}, {kind.family}"
                self._series[i] = _series(self._candidates[first], kind)
                self._is_made[i], self._source[i] = True, polymorph.source
                self._variant_of[i] = "" if i == first else self._candidates[first].candidate_id

    def _write_unmade(self, rows: list[int], kinds: dict[int, StructureType], made: int | None) -> None:
        """Structures that nobody made: the likeliest stands for its composition unless a made material does."""
        if not rows:
            return
        first = min(rows, key=self._order)
        above = self._candidates[first if made is None else made].candidate_id
        for i in rows:
            c, kind = self._candidates[i], kinds[i]
            self._label[i] = c.label or formula_of(c)
            group = f" {kind.space_group}" if kind.space_group else ""
            self._material[i] = f"{self._label[i]}, {kind.family}{group}"
            self._series[i] = _series(c, kind)
            is_own = (made is None and i == first) or kind.is_glass
            self._variant_of[i] = "" if is_own else above


def _series(candidate: Candidate, kind: StructureType) -> str:
    """Family series, a structure type called by its formula: "silicate Li2SiO3 type"."""
    name = series_of(candidate, kind)
    if not name.endswith(f" {candidate.prototype}") or candidate.prototype not in _formulas():
        return name
    return f"{name.removesuffix(candidate.prototype)}{_formulas()[candidate.prototype]} type"


@cache
def _formulas() -> dict[str, str]:
    """Formula of each structure type by its key."""
    return {row.record.name: row.record.formula for row in load_prototypes()}
