"""The made polymorphs of one composition, from what is on record, and which structures of a pool are one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.chemical_formula import formula_of
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.core.fingerprint import difference, structure_fingerprint
from ssbscreen.core.formula import parse_formula
from ssbscreen.core.identity import ONE_STRUCTURE, StructureType, polymorph_words, structure_type_of
from ssbscreen.measurements.rows import SOURCE_NAME as MEASUREMENTS

_NEAR = 0.15  # difference of two fingerprints of frameworks below which a relaxed cell is taken for its aristotype


@dataclass
class Polymorph:
    """One made material of a composition.

    Attributes:
        records: what is on record of it, those with a structure first.
        kind: structure type of the record that says most.
        rows: of the pool that are this material.
    """

    records: list[Candidate]
    kind: StructureType
    rows: list[int] = field(default_factory=list)

    @property
    def crystals(self) -> list[Crystal]:
        """Its structures on record."""
        return [record.crystal for record in self.records if record.crystal is not None]

    @property
    def has_plain_name(self) -> bool:
        """Whether a record without a structure calls it by its composition alone, as what is meant by the formula."""
        return any(r.crystal is None and not structure_type_of(r).words for r in self.records)

    @property
    def words(self) -> frozenset[str]:
        """Polymorph words of all its records."""
        return frozenset().union(*(structure_type_of(r).words for r in self.records))

    @property
    def letters(self) -> frozenset[str]:
        """Greek letters of its records."""
        return frozenset().union(*(structure_type_of(r).letters for r in self.records))

    def label(self, is_only: bool) -> str:
        """Name in use: of its records the shortest, with its crystal system where a formula alone would be ambiguous.

        Args:
            is_only: whether it is the only made crystal of its composition.
        """
        names = [r.label for r in self.records if r.label and r.source != MEASUREMENTS]  # not by a sample's name
        worded = [name for name in names if polymorph_words(name)]
        plain = [name for name in names if not _is_formula(name)] or [formula_of(self.records[0])]
        label = min(worded or plain, key=lambda name: (len(name), name))
        system = next(iter(sorted(self.kind.systems - {"rhombohedral"})), "")
        return label if is_only or worded or not system else f"{label} ({system})"

    @property
    def source(self) -> str:
        """Where it is said to have been made."""
        best = next((r for r in self.records if r.source == "literature"), self.records[0])
        return best.provenance


def made_polymorphs(records: Sequence[Candidate]) -> list[Polymorph]:
    """Polymorphs that records of one composition tell apart.

    Structures come first, then names that say which polymorph is meant, then plain formulas, which go to a structure
    that no name has claimed: of cubic and tetragonal Li7La3Zr2O12, the second of which is named, the plain one is the
    cubic. A record of the composition alone makes a polymorph only where there is none.
    """
    found: list[Polymorph] = []

    def order(record: Candidate) -> tuple[bool, bool, bool]:
        kind = structure_type_of(record)
        return record.crystal is None, not kind.words, not kind.is_stated

    for record in sorted(records, key=order):
        kind = structure_type_of(record)
        fitting = [p for p in found if p.kind.agrees_with(kind) and _may_claim(record, kind, p)]
        if not kind.is_stated:
            fitting = fitting or [p for p in found if not p.kind.is_glass]
        home = min(fitting, key=lambda p: _misfit(p, record, kind), default=None)
        if home is None:
            found.append(Polymorph([record], kind))
        else:
            home.records.append(record)
    return found


def _may_claim(record: Candidate, kind: StructureType, polymorph: Polymorph) -> bool:
    """Whether a record may be one of a polymorph that it does not contradict.

    A Greek letter names a polymorph of that letter only; a plain name beside another name in the literature is
    another material.
    """
    if record.crystal is not None or not kind.is_stated:
        return True
    if kind.letters:
        return kind.letters == polymorph.letters
    return polymorph.has_plain_name or all(r.crystal is not None for r in polymorph.records) or bool(kind.words)


def _misfit(polymorph: Polymorph, record: Candidate, kind: StructureType) -> tuple[bool, bool, bool]:
    """What speaks against a record being of a polymorph, the weightiest first."""
    is_other_group = bool(kind.space_group) and kind.space_group != polymorph.kind.space_group
    is_taken = record.crystal is None and not kind.words and polymorph.has_plain_name
    is_named_otherwise = polymorph.words != kind.words
    return is_other_group, is_named_otherwise, is_taken


def polymorph_of(candidate: Candidate, kind: StructureType, made: Sequence[Polymorph]) -> Polymorph | None:
    """The made polymorph that a candidate of their composition is; None for a structure that nobody made.

    A bare formula is what the formula usually means. A structure belongs to a polymorph of its family. An ordered
    cell may be an approximant of a disordered one in a lower symmetry; of several polymorphs the one with its space
    group is taken, else the one with the most similar framework.
    """
    if candidate.crystal is None:
        fitting = [p for p in made if p.kind.agrees_with(kind)] or ([] if kind.is_stated else list(made))
        return min(fitting, key=lambda p: (p.words != kind.words, not p.has_plain_name), default=None)
    fitting = [p for p in made if p.kind.is_stated and not p.kind.is_glass and _may_be(candidate, kind, p)]
    if len(fitting) < 2:
        return fitting[0] if fitting else None
    same_group = [p for p in fitting if p.kind.space_group and p.kind.space_group == kind.space_group]
    return same_group[0] if same_group else min(fitting, key=lambda p: _distance(candidate.crystal, p.crystals))


def _may_be(candidate: Candidate, kind: StructureType, polymorph: Polymorph) -> bool:
    if kind.family != polymorph.kind.family:
        return False
    if kind.family not in ONE_STRUCTURE:  # a group of compounds: only a structure on record tells
        is_group = bool(kind.space_group) and kind.space_group == polymorph.kind.space_group
        return is_group or _distance(candidate.crystal, polymorph.crystals) < _NEAR
    assert candidate.crystal is not None
    is_approximant = candidate.crystal.is_ordered and not all(crystal.is_ordered for crystal in polymorph.crystals)
    systems, others = kind.systems, polymorph.kind.systems
    return is_approximant or not systems or not others or bool(systems & others)


def _distance(crystal: Crystal | None, others: Iterable[Crystal]) -> float:
    """Smallest difference of the framework, the structure without lithium, to those of others; inf for none."""
    own = _framework(crystal)
    known = [found for other in others if (found := _framework(other)) is not None]
    if own is None or not known:
        return float("inf")
    mine = structure_fingerprint(own)
    return min(difference(mine, structure_fingerprint(other)) for other in known)


def _framework(crystal: Crystal | None) -> Crystal | None:
    if crystal is None:
        return None
    keep = crystal.occupant_z != 3
    if not keep.any():
        return None
    sites, index = np.unique(crystal.occupant_site[keep], return_inverse=True)
    return Crystal(crystal.lattice, crystal.frac[sites], index, crystal.occupant_z[keep], crystal.occupancy[keep])


def _is_formula(name: str) -> bool:
    try:
        parse_formula(name)
    except InputError:
        return False
    return True
