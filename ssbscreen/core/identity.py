"""What makes two candidates one material: composition within a tolerance, and structure type.

Supercells, primitive cells and other ways to write a formula change neither. A disordered cell and its ordered
approximants are one material where they have one composition and belong to one family.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, reduced_formula
from ssbscreen.core.chemistry import STRUCTURE_TYPES
from ssbscreen.core.named_family import family_with_anions
from ssbscreen.core.recognition import classify, family_from_label, recognise_family
from ssbscreen.core.redox import charges, removable_lithium

# Largest difference of an atomic fraction that rounding of a formula explains: 0.03 of 24 atoms, so that
# Li6.24La3Zr2Al0.24O11.98 is Li6.24Al0.24La3Zr2O12, while doping steps of 0.1 in a garnet stay apart.
COMPOSITION_TOLERANCE = 0.0013
_ISOTOPES = {"D": "H", "T": "H"}
_GREEK = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "omega")
_SYSTEMS = {
    "triclinic": range(1, 3),
    "monoclinic": range(3, 16),
    "orthorhombic": range(16, 75),
    "tetragonal": range(75, 143),
    "rhombohedral": range(143, 168),
    "trigonal": range(143, 168),
    "hexagonal": range(168, 195),
    "cubic": range(195, 231),
}
ONE_STRUCTURE = frozenset(row.key for row in STRUCTURE_TYPES if row.key != "glass")
_SYMBOLS = dict(zip("αβγδεζηθκω", _GREEK, strict=True))
_TRACE = 0.03  # share of the redox-active metals below which one is a dopant
_ELECTRODE = 0.2  # share of the lithium that the metals of a cathode can give at least; less is a dopant's
_HALOGENS = frozenset("F Cl Br I".split())
_LARGEST_FORMULA = 32  # atoms of a formula of whole amounts that somebody would write
_LITHIUM_RICH = 1.05  # lithium a cation from which on a cathode is called so
GLASS, _CERAMIC = "glass", "ceramic"
_WORD = re.compile(rf"\b({'|'.join((*_GREEK, *_SYSTEMS, GLASS, _CERAMIC, 'amorphous'))})\b", re.IGNORECASE)


@dataclass(frozen=True)
class StructureType:
    """Which structure a candidate has, as far as it says.

    Attributes:
        family: key of the family table, "other" where none is recognised.
        space_group: international number, 0 where it is not known or says nothing (group 1).
        words: what its name says of the polymorph: a Greek letter, a crystal system, "glass"; empty for none.
        is_stated: whether a structure, a space group, a name or the source says so; a family recognised from the
            composition alone is a guess.
    """

    family: str
    space_group: int
    words: frozenset[str]
    is_stated: bool

    @property
    def is_glass(self) -> bool:
        """Whether it is no crystal."""
        return GLASS in self.words or self.family == GLASS

    @property
    def is_ceramic(self) -> bool:
        """Whether it is a glass-ceramic, a glass in part turned into crystals."""
        return _CERAMIC in self.words

    def agrees_with(self, other: StructureType) -> bool:
        """Whether nothing that both say of themselves differs: family, glass or crystal, letter, crystal system."""
        if self.is_glass != other.is_glass or self.is_ceramic != other.is_ceramic:
            return False
        if self.is_stated and other.is_stated and self.family != other.family:
            return False
        if self.letters and other.letters and self.letters != other.letters:
            return False
        systems, theirs = self.systems, other.systems
        return not systems or not theirs or bool(systems & theirs)

    @property
    def letters(self) -> frozenset[str]:
        """Greek letters of its name."""
        return self.words & set(_GREEK)

    @property
    def systems(self) -> frozenset[str]:
        """Crystal systems that the name or, without one there, the space group states; both words for trigonal."""
        named = self.words & set(_SYSTEMS)
        if named & {"trigonal", "rhombohedral"}:
            named |= {"trigonal", "rhombohedral"}
        if named or not self.space_group:
            return frozenset(named)
        return frozenset(name for name, groups in _SYSTEMS.items() if self.space_group in groups)


def structure_type_of(candidate: Candidate) -> StructureType:
    """Structure type as far as a candidate states it: by its family, its space group and its name."""
    number = 0 if candidate.space_group in (None, 1) else int(candidate.space_group or 0)
    words = polymorph_words(f"{candidate.label} {candidate.family_hint}")
    is_named = bool(candidate.family_hint and family_from_label(candidate.family_hint))
    return StructureType(
        family_of(candidate), number, words, candidate.crystal is not None or is_named or number > 0 or bool(words)
    )


def family_of(candidate: Candidate) -> str:
    """Family that a source names where it is one of ours and fits the anions, else the recognised one."""
    if candidate.family_hint and (named := family_from_label(candidate.family_hint)):
        return named if candidate.composition is None else family_with_anions(named, candidate.composition)
    smiles = candidate.polymer.smiles if candidate.polymer else None
    return recognise_family(candidate.composition, candidate.space_group, smiles)


def polymorph_words(name: str) -> frozenset[str]:
    """Greek letter, crystal system and state that a name gives: "beta-Li3PS4" -> beta, "LLZO (cubic)" -> cubic."""
    spelled = "".join(f"{_SYMBOLS[c]}-" if c in _SYMBOLS else c for c in name)
    found = {word.lower() for word in _WORD.findall(spelled)}
    return frozenset(GLASS if word == "amorphous" else word for word in found)


def same_material(one: Candidate, other: Candidate) -> bool:
    """Whether two candidates are one material: same composition within the tolerance and structure types that agree.

    Of pools `Materials` says more: there, polymorphs known for a composition decide what a bare formula stands for.
    """
    if one.polymer is not None or other.polymer is not None:
        return one.polymer == other.polymer
    first, second = composition_groups([one.composition, other.composition])
    return bool(first == second) and structure_type_of(one).agrees_with(structure_type_of(other))


def composition_groups(
    compositions: Sequence[Composition | None], tolerance: float = COMPOSITION_TOLERANCE
) -> np.ndarray:
    """Number of the group of each composition; two belong together where all atomic fractions agree.

    Chains count: a series in steps smaller than the tolerance is one group. Hydrogen isotopes are hydrogen.

    Args:
        compositions: None (a polymer) is a group of its own.
        tolerance: largest difference of an atomic fraction.

    Returns:
        Numbers from 0 on in the order of first appearance.  # (n,)
    """
    parent = list(range(len(compositions)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for members, rows in _by_system(compositions):
        order = np.argsort(rows[:, 0], kind="stable")  # only neighbours in one share can agree in all
        ordered = rows[order]
        ends = np.searchsorted(ordered[:, 0], ordered[:, 0] + tolerance, side="right")
        for at in np.flatnonzero(ends > np.arange(1, len(order) + 1)):
            near = np.abs(ordered[at + 1 : ends[at]] - ordered[at]).max(axis=1) <= tolerance
            for other in np.flatnonzero(near):
                parent[root(members[order[at]])] = root(members[order[at + 1 + other]])
    roots = [root(i) for i in range(len(compositions))]
    number: dict[int, int] = {}
    return np.array([number.setdefault(r, len(number)) for r in roots], dtype=np.int64)


def _by_system(compositions: Sequence[Composition | None]) -> list[tuple[list[int], np.ndarray]]:
    """Positions and atomic fractions of the compositions of each set of elements.  # (m, n_elements)"""
    systems: dict[tuple[str, ...], tuple[list[int], list[list[float]]]] = defaultdict(lambda: ([], []))
    for i, composition in enumerate(compositions):
        if composition is None:
            continue
        shares: dict[str, float] = defaultdict(float)
        for element, amount in composition.get_el_amt_dict().items():
            shares[_ISOTOPES.get(element, element)] += amount / composition.num_atoms
        names = tuple(sorted(shares))
        members, rows = systems[names]
        members.append(i)
        rows.append([shares[name] for name in names])
    return [(members, np.array(rows)) for members, rows in systems.values()]


@dataclass(frozen=True)
class Materials:
    """Which material each candidate of a pool is, aligned with the pool.

    Attributes:
        material: identity as text, equal for equal materials: label, and the structure where the label says none.
            # (n,) str
        variant_of: candidate_id of the row that stands for the material, or, of a structure that nobody made, for
            the made one of its composition; "" for a row that stands for itself and is ranked.  # (n,) str
        family_series: structure type whose chemical variants and doping steps are one series.  # (n,) str
        is_made: whether this very material is on record as synthesised.  # (n,) bool
        made_source: where that is said, "" for what is not on record.  # (n,) str
        label: formula or name as chemists write it.  # (n,) str
    """

    material: np.ndarray
    variant_of: np.ndarray
    family_series: np.ndarray
    is_made: np.ndarray
    made_source: np.ndarray
    label: np.ndarray

    def __post_init__(self) -> None:
        lengths = {f.name: len(getattr(self, f.name)) for f in fields(self)}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"Materials of unequal length: {lengths}.")

    def __len__(self) -> int:
        return len(self.material)

    @property
    def is_representative(self) -> np.ndarray:
        """Rows that stand for themselves, the only ones with a rank.  # (n,) bool"""
        return np.asarray(self.variant_of == "", dtype=bool)

    def take(self, rows: np.ndarray) -> Materials:
        """The rows of an index array, in its order."""
        return Materials(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def series_of(candidate: Candidate, kind: StructureType) -> str:
    """Family series of a material: chemical variants and doping steps of one structure type.

    A family that is one structure type, or one kind of polymer, is a series; of cathodes, whose metals decide more than
    their structure, one with the same redox-active metals. Families that are groups of compounds
    hold many structures; there a series is what has one prototype, else one formula with the elements left open.
    Glasses of one system are a series, and so are the steps of solid solutions with the same elements.
    """
    if candidate.polymer is not None:
        return kind.family
    if kind.family in ONE_STRUCTURE:
        return f"{kind.family}{_redox_metals(candidate)}"
    assert candidate.composition is not None
    if kind.is_glass:
        return f"glass {candidate.composition.chemical_system}"
    if not candidate.prototype and _is_mixture(candidate.composition):
        return f"{kind.family} {_system(candidate.composition)}"
    return f"{kind.family} {candidate.prototype or anonymous_formula(candidate.composition)}"


def _is_mixture(composition: Composition) -> bool:
    """Whether a formula is a step of a solid solution: broken amounts, or halogen beside chalcogen.

    Li2.6Y0.8Ta0.2Cl3.4Br2.6 stays one although five times of it are whole.
    """
    amounts = Composition(reduced_formula(composition)).get_el_amt_dict()
    written = amounts if sum(amounts.values()) <= _LARGEST_FORMULA else composition.get_el_amt_dict()
    is_broken = any(abs(amount - round(amount)) > 1e-6 for amount in written.values())
    return is_broken or bool(_HALOGENS & amounts.keys() and {"S", "Se"} & amounts.keys())


def _system(composition: Composition) -> str:
    """Elements beside lithium without traces, halogens as one, as "P-S-halogen"."""
    amounts = composition.get_el_amt_dict()
    halogen = sum(amounts.pop(name, 0.0) for name in _HALOGENS)
    total = sum(amounts.values()) + halogen
    named = sorted(name for name, amount in amounts.items() if amount >= _TRACE * total and name != "Li")
    return "-".join([*named, *(["halogen"] if halogen >= _TRACE * total else [])])


def _redox_metals(candidate: Candidate) -> str:
    """Metals of a cathode that change their charge, as " Co-Mn-Ni"; empty for what gives up no lithium.

    Cathodes with more lithium than other cations are a series of their own: oxygen takes part in their charge.
    """
    assert candidate.composition is not None
    amounts = candidate.composition.get_el_amt_dict()
    if classify(candidate.composition) == "halide":  # their metals lose electrons beyond the voltage of any cathode
        return ""
    if amounts.get("Li", 0.0) <= 0.0 or removable_lithium(amounts) < _ELECTRODE * amounts["Li"]:
        return ""
    found = charges(amounts)
    total = sum(found.metals.values())
    named = "-".join(sorted(name for name, amount in found.metals.items() if amount >= _TRACE * total))
    others = sum(amounts.values()) - amounts["Li"] - sum(found.anions.values())
    return f" {named}, lithium-rich" if amounts["Li"] > _LITHIUM_RICH * others else f" {named}"


def anonymous_formula(composition: Composition) -> str:
    """Formula with letters for all elements but Li: Li2SnS3 and Li2TiO3 are both Li2AB3."""
    amounts = Composition(reduced_formula(composition)).get_el_amt_dict()
    lithium = amounts.pop("Li", 0.0)
    parts = [
        *([("Li", lithium)] if lithium else []),
        *((chr(65 + i), x) for i, x in enumerate(sorted(amounts.values()))),
    ]
    return "".join(name if x == 1 else f"{name}{x:g}" for name, x in parts)
