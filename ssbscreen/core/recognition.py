"""Class and family of a material from its composition, space group or repeat unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from pymatgen.core import Composition

from ssbscreen.core.chemistry import CLASSES, FAMILIES, ChemistryClass, Family, Pattern
from ssbscreen.core.errors import InputError, unknown

OTHER_FAMILY = "other"

_HALOGENS = ("F", "Cl", "Br", "I", "At")
_OXOANION_FORMERS = frozenset("B C N Si P S Se Te As H".split())  # whose oxygen is part of an anion of its own
_CHALCOGENS = ("S", "Se", "Te")
_NO_BRIDGE = frozenset(
    "O F Cl Br I At Li Na K Rb Cs Mg Ca Sr Ba".split()
)  # nothing that oxygen would bind to in chains
_DUMMY_ENDS = re.compile(r"\[(?:Cu|Au)\]")  # how some tables mark the two ends of a repeat unit


def chemistry_class(key: str) -> ChemistryClass:
    """The class row with this key.

    Raises:
        UsageError: when there is no such class.
    """
    for row in CLASSES:
        if row.key == key:
            return row
    raise unknown("chemistry class", key, (row.key for row in CLASSES))


def family(key: str) -> Family:
    """The family row with this key.

    Raises:
        UsageError: when there is no such family.
    """
    for row in FAMILIES:
        if row.key == key:
            return row
    raise unknown("family", key, (row.key for row in FAMILIES), "ssbscreen/core/chemistry.py has them")


def element_amounts(composition: Composition) -> dict[str, float]:
    """Amount by element symbol; oxidation states and isotopes are dropped."""
    return dict(composition.get_el_amt_dict())


def is_hydroborate(amounts: Mapping[str, float]) -> bool:
    """Whether H sits on B (BH4, closo-borates) rather than on O: B rich in H and poor in O."""
    boron = amounts.get("B", 0.0)
    return boron > 0 and amounts.get("H", 0.0) >= 0.7 * boron and amounts.get("O", 0.0) < 1.5 * boron


def anion_charges(amounts: Mapping[str, float]) -> dict[str, float]:
    """Negative charge by class key, from nominal anion charges (see the table's class rule)."""
    hydrogen, boron, oxygen, nitrogen = (amounts.get(name, 0.0) for name in ("H", "B", "O", "N"))
    charges = {
        "sulfide": 2.0 * sum(amounts.get(name, 0.0) for name in _CHALCOGENS),
        "halide": sum(amounts.get(name, 0.0) for name in _HALOGENS),
        "oxide": 2.0 * oxygen,
        "nitride": 3.0 * nitrogen - 2.0 * min(nitrogen, 2.0 * amounts.get("C", 0.0)),  # CN2 carries two charges
        "hydride": 0.0,
    }
    present = {name for name, n in amounts.items() if n > 0}
    if oxygen < charges["halide"] and not _OXOANION_FORMERS & present and present - _NO_BRIDGE:
        charges["oxide"] = min(charges["oxide"], 0.99 * charges["halide"])  # bridges between metals of an oxyhalide
    if is_hydroborate(amounts):
        is_tetrahedral = hydrogen >= 3 * boron
        groups = min(boron, hydrogen / 4.0) if is_tetrahedral else boron / 6.0  # B12H12 carries two charges
        charges["nitride"], charges["hydride"] = 0.0, groups + nitrogen  # N sits in NH2 or NH3 beside BH4
    elif hydrogen > 0 and oxygen == 0:
        if nitrogen > 0 and hydrogen >= nitrogen:
            charges["nitride"], charges["hydride"] = 0.0, 2.0 * nitrogen
        elif nitrogen == 0:
            charges["hydride"] = hydrogen / 4.0 if amounts.get("Al", 0.0) + amounts.get("Ga", 0.0) > 0 else hydrogen
    return charges


def is_organic(amounts: Mapping[str, float]) -> bool:
    """Whether it is a molecular crystal or organic salt: C with H (no B cage), with S and F, or CN, SCN, N(CN)2 anions.

    Cyanamides and carbodiimides, with two N on each C, are none: CN2 links metals as oxygen does.
    """
    carbon, nitrogen = amounts.get("C", 0.0), amounts.get("N", 0.0)
    if carbon <= 0:
        return False
    if 0.9 * carbon <= nitrogen < 1.9 * carbon and amounts.get("H", 0.0) <= 0:
        return True
    has_hydrogen = amounts.get("H", 0.0) > 0 and not is_hydroborate(amounts)
    return has_hydrogen or (amounts.get("S", 0.0) > 0 and amounts.get("F", 0.0) > 0)


def classify(composition: Composition | None, is_polymer: bool = False) -> str:
    """Class key of a material.

    Args:
        composition: None only for polymers.
        is_polymer: whether the candidate is a polymer; composition is then ignored.

    Returns:
        Key of a row of `CLASSES`; "other" where no anion of the table occurs.
    """
    if is_polymer:
        return "polymer"
    if composition is None:
        return "other"
    return _classify(element_amounts(composition))


def _classify(amounts: Mapping[str, float]) -> str:
    if is_organic(amounts):
        return "other"
    charges = anion_charges(amounts)
    highest = max(charges.values())
    if highest <= 0:
        return "other"
    return next(row.key for row in CLASSES if charges.get(row.key, 0.0) >= highest - 1e-9)


def fits(pattern: Pattern, amounts: Mapping[str, float], space_group: int | None = None) -> bool:
    """Whether a composition and, where known, its space group fit a pattern.

    Space group 1 says nothing about the structure type (supercells, shifted coordinates) and is treated
    like an unknown one.
    """
    known = space_group if space_group not in (None, 0, 1) else None
    if known is None and pattern.needs_space_group:
        return False
    if known is not None and pattern.space_groups and known not in pattern.space_groups:
        return False
    total = sum(amounts.get(name, 0.0) for name in pattern.per)
    if total <= 0:
        return False
    scale = pattern.amount / total
    for window in pattern.windows:
        amount = scale * sum(value for name, value in amounts.items() if name in window.elements)
        if not window.low - 1e-6 <= amount <= window.high + 1e-6:
            return False
    named = _named(pattern)
    rest = scale * sum(value for name, value in amounts.items() if name not in named)
    return rest <= pattern.rest * pattern.amount + 1e-6


@cache
def _named(pattern: Pattern) -> frozenset[str]:
    return pattern.named


@cache
def _families_of(class_key: str) -> tuple[Family, ...]:
    return tuple(row for row in FAMILIES if class_key in row.classes)


def recognise_family(
    composition: Composition | None, space_group: int | None = None, polymer_smiles: str | None = None
) -> str:
    """Family key of a material.

    Args:
        composition: None only for polymers.
        space_group: international number 1 to 230; None when not known.
        polymer_smiles: repeat unit with ends `*` (or `[Cu]` and `[Au]`); several units joined by `.` are
            classed by the first, except that bound ions in any of them count.

    Returns:
        Key of a row of `FAMILIES`, "other" where none fits.
    """
    if polymer_smiles is not None:
        return _polymer_family(polymer_smiles)
    if composition is None:
        return OTHER_FAMILY
    amounts = element_amounts(composition)
    for row in _families_of(_classify(amounts)):
        if any(fits(pattern, amounts, space_group) for pattern in row.patterns):
            return row.key
    return OTHER_FAMILY


def _normalised(label: str) -> str:
    text = re.sub(r"[^a-z0-9]", "", label.lower())
    return text.removesuffix("type").rstrip("s")


@cache
def _labels() -> dict[str, str]:
    table: dict[str, str] = {}
    for row in FAMILIES:
        for name in (row.key, row.title, *row.aliases):
            table.setdefault(_normalised(name), row.key)
    return table


def family_from_label(label: str) -> str | None:
    """Family key for a spelling used in a data table; None where the label names no family of ours.

    Case, hyphens, blanks, a plural s and a trailing "type" do not matter. Labels that name only a class
    ("oxides", "halides") give None.
    """
    return _labels().get(_normalised(label))


@cache
def _compiled(query: str):  # type: ignore[no-untyped-def]  # rdkit ships no usable types
    from rdkit import Chem  # heavy, and only polymers need it

    pattern = Chem.MolFromSmarts(query)
    if pattern is None:
        raise InputError(f"SMARTS '{query}' of the family table cannot be read.")
    return pattern


@cache
def _polymer_family(smiles: str) -> str:
    from rdkit import Chem

    mol = readable_smiles(smiles)
    if mol is None:
        return OTHER_FAMILY
    chains = [unit for unit in Chem.GetMolFrags(mol, asMols=True) if len(_ends(unit)) >= 2]
    if not chains:
        return OTHER_FAMILY
    # One block with bound ions makes the whole copolymer an ionomer; else the first block names the family.
    for row in _families_of("polymer"):
        if row.is_ionic and any(_holds(unit, row) for unit in chains):
            return row.key
    chain = _doubled(chains[0])
    for row in _families_of("polymer"):
        if not row.is_ionic and _holds(chain, row):
            return row.key
    return OTHER_FAMILY


def readable_smiles(smiles: str):  # type: ignore[no-untyped-def]
    """A repeat unit or salt as an rdkit molecule, its ends as `*`; None where it cannot be read, which is no error."""
    from rdkit import Chem, rdBase

    with rdBase.BlockLogs():
        return Chem.MolFromSmiles(_DUMMY_ENDS.sub("*", smiles))


def chains_of(smiles: str):  # type: ignore[no-untyped-def]
    """The parts of a repeat unit as rdkit molecules, each chain twice head to tail; empty where it cannot be read."""
    from rdkit import Chem

    mol = readable_smiles(smiles)
    if mol is None:
        return []
    return [_doubled(unit) if len(_ends(unit)) >= 2 else unit for unit in Chem.GetMolFrags(mol, asMols=True)]


def _holds(chain, row: Family) -> bool:  # type: ignore[no-untyped-def]
    from rdkit import Chem

    ends = _ends(chain)
    backbone = set(Chem.GetShortestPath(chain, ends[0], ends[-1])) - set(ends)
    for smarts in row.smarts:
        matches = chain.GetSubstructMatches(_compiled(smarts.query))
        if any(not smarts.is_backbone or match[0] in backbone for match in matches):
            return True
    return False


def _ends(mol) -> list[int]:  # type: ignore[no-untyped-def]
    return [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]


def _doubled(mol):  # type: ignore[no-untyped-def]
    """Two repeat units joined head to tail, so that groups across the junction are seen."""
    from rdkit import Chem

    head, tail = _ends(mol)[0], _ends(mol)[-1]
    n_atoms = mol.GetNumAtoms()
    pair = Chem.RWMol(Chem.CombineMols(mol, mol))
    left = pair.GetAtomWithIdx(tail).GetNeighbors()[0].GetIdx()
    right = pair.GetAtomWithIdx(head + n_atoms).GetNeighbors()[0].GetIdx()
    order = mol.GetAtomWithIdx(tail).GetBonds()[0].GetBondType()
    pair.AddBond(left, right, order)
    for index in sorted((tail, head + n_atoms), reverse=True):
        pair.RemoveAtom(index)
    joined = pair.GetMol()
    Chem.SanitizeMol(joined)
    return joined
