"""Descriptors of repeat units, salts and formulations that do not depend on how the repeat unit is written.

Everything that is counted is counted in the middle unit of an oligomer and divided by that unit's size, so that a
unit cut elsewhere or written twice has the same descriptors. The file is long because the lists of descriptors of
chain, salt and formulation are read together.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdMolDescriptors

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.errors import InputError
from ssbscreen.core.laws import kelvin
from ssbscreen.featurize.base import POLYMER, Encoded, encode_each, stack

_REACH = 8  # atoms on each side of the middle unit, more than any pattern or ring perception looks at
_LOCAL = "ssbscreen_local"
# share of the atoms that are the first atom of a match
_PATTERNS = {
    "ether oxygen": "[OX2;!$(OC=[O,S,N]);!$(O[B,Al,P,S,Si]);!$(Oc)]([#6])[#6]",
    "ether oxygen two carbons from another": "[OX2;!$(OC=O)]([#6])[CX4][CX4][OX2;!$(OC=O)][#6]",
    "carbonyl oxygen": "[OX1]=[#6]",
    "ester oxygen": "[OX2]([#6])C(=O)[#6]",
    "carbonate oxygen": "[OX2]([#6])C(=O)[OX2]",
    "oxygen on Si, B, P, Al or S": "O[Si,B,P,Al,S]",
    "hydroxyl": "[OX2H]",
    "amide nitrogen": "[NX3]C(=O)",
    "amine nitrogen": "[NX3;!$(N[C,S]=[O,S,N]);!$(Nc)]",
    "nitrile": "[NX1]#C",
    "aromatic nitrogen": "n",
    "thioether": "[SX2]([#6])[#6]",
    "sulfonyl": "[SX4](=O)=O",
    "fluorine": "F",
    "silicon": "[Si]",
    "phosphorus": "P",
    "boron or aluminium": "[B,Al]",
    "hydrogen donor": "[N,O,S;!H0]",
    "anionic atom": "[-,-2,-3]",
    "cationic atom": "[+,+2,+3]",
    "methyl": "[CH3]",
    "methylene": "[CX4H2]",
    "branching carbon": "[CX4;H1,H0]",
    "double-bonded carbon": "[CX3]=[CX3]",
    "aromatic atom": "a",
    "ring atom": "[R]",
}
_COORDINATING = "[$([OX2;!$(O[Si])]),$([OX1]=[#6]),$([NX1]#C),$([NX3;!$(NC=O);!$(N[C,S]=[O,S,N])]),$([SX2])]"
CHAIN_NAMES = (
    *_PATTERNS,
    "backbone atoms",
    "backbone ether oxygen",
    "rotatable bonds",
    "rotatable backbone bonds",
    "mean depth of side atoms",
    "deepest side atom",
    "mass per backbone atom",
    "mass per atom",
    "polar surface",
    "lipophilicity",
    "molar refractivity",
    "coordinating atoms per kg",
    "anions per kg",
)
SALT_NAMES = (
    "cations",
    "heavier cation",
    "anion atoms",
    "fluorine",
    "oxygen",
    "nitrogen",
    "sulfur",
    "boron or phosphorus",
    "halide",
    "aromatic atoms",
    "charge per anion atom",
    "polar surface",
    "lipophilicity",
    "mass",
)
CONDITION_NAMES = (
    "has salt",
    "has molality",
    "log molality",
    "molality",
    "log salt cations per coordinating atom",
    "salt mass fraction",
    "log ions per kg",
    "has molar mass",
    "log molar mass",
    "reciprocal molar mass",
)


def read_unit(smiles: str) -> Chem.Mol:
    """Repeat unit with its two ends as atoms of number 0, without stereochemistry.

    Args:
        smiles: ends written `*`, `[Cu]` or `[Au]`.

    Raises:
        InputError: cannot be read, not exactly two ends, or ends bound in different ways.
    """
    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(smiles.replace("[Cu]", "*").replace("[Au]", "*"))
    if molecule is None:
        raise InputError(f"repeat unit '{smiles}' cannot be read as SMILES")
    ends = [atom for atom in molecule.GetAtoms() if atom.GetAtomicNum() == 0]
    if len(ends) != 2 or any(atom.GetDegree() != 1 for atom in ends):
        raise InputError(f"repeat unit '{smiles}' has {len(ends)} ends; write its two ends as * (or [Cu] and [Au])")
    if molecule.GetNumAtoms() < 3 or ends[0].GetNeighbors()[0].GetAtomicNum() == 0:
        raise InputError(f"repeat unit '{smiles}' has no atom between its ends")
    if len({atom.GetBonds()[0].GetBondType() for atom in ends}) != 1:
        raise InputError(f"the ends of repeat unit '{smiles}' are bound in different ways; they cannot be joined")
    for atom in ends:
        atom.SetIsotope(0)
        atom.SetAtomMapNum(0)
    Chem.RemoveStereochemistry(molecule)
    return molecule


@dataclass(frozen=True)
class Chain:
    """An oligomer and its middle unit.

    Attributes:
        molecule: the oligomer, ends capped with carbon.
        middle: atoms of the middle unit, in the order of the repeat unit.
        following: atoms of the next unit, in the same order.
        backbone: atoms of the middle unit on a path from end to end, rings of the path included.
    """

    molecule: Chem.Mol
    middle: tuple[int, ...]
    following: tuple[int, ...]
    backbone: frozenset[int]

    @classmethod
    def of(cls, smiles: str) -> Chain:
        """Oligomer long enough that the middle unit does not see its ends.

        Raises:
            InputError: see `read_unit`.
        """
        unit = read_unit(smiles)
        head, tail = (atom for atom in unit.GetAtoms() if atom.GetAtomicNum() == 0)
        first, last = head.GetNeighbors()[0].GetIdx(), tail.GetNeighbors()[0].GetIdx()
        kept = [atom.GetIdx() for atom in unit.GetAtoms() if atom.GetAtomicNum() != 0]
        n_side = max(1, -(-_REACH // len(kept)))
        n_units, n_atoms = 2 * n_side + 1, unit.GetNumAtoms()
        whole = Chem.RWMol(unit)
        for _ in range(n_units - 1):
            whole.InsertMol(unit)
        for copy, atom in itertools.product(range(n_units), range(n_atoms)):
            whole.GetAtomWithIdx(copy * n_atoms + atom).SetIntProp(_LOCAL, copy * n_atoms + atom)
        kind = head.GetBonds()[0].GetBondType()
        for copy in range(n_units - 1):
            whole.AddBond(copy * n_atoms + last, (copy + 1) * n_atoms + first, kind)
        whole.GetAtomWithIdx(head.GetIdx()).SetAtomicNum(6)
        whole.GetAtomWithIdx((n_units - 1) * n_atoms + tail.GetIdx()).SetAtomicNum(6)
        for atom in sorted((a.GetIdx() for a in whole.GetAtoms() if a.GetAtomicNum() == 0), reverse=True):
            whole.RemoveAtom(atom)
        molecule = whole.GetMol()
        Chem.SanitizeMol(molecule)
        place = {atom.GetIntProp(_LOCAL): atom.GetIdx() for atom in molecule.GetAtoms()}
        middle = tuple(place[n_side * n_atoms + atom] for atom in kept)
        following = tuple(place[(n_side + 1) * n_atoms + atom] for atom in kept)
        local = _backbone(unit, first, last)
        return cls(molecule, middle, following, frozenset(place[n_side * n_atoms + atom] for atom in local))

    def middle_atoms(self) -> list[Chem.Atom]:
        """Atoms of the middle unit in the order of the repeat unit."""
        return [self.molecule.GetAtomWithIdx(i) for i in self.middle]

    def bonds(self) -> list[tuple[int, int, Chem.Bond]]:
        """Bonds of the periodic unit by positions in the unit, the one to the next unit included."""
        own = {atom: i for i, atom in enumerate(self.middle)}
        after = {atom: i for i, atom in enumerate(self.following)}
        found = []
        for bond in self.molecule.GetBonds():
            a, b = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
            if b in own and a not in own:
                a, b = b, a
            if a in own and (b in own or b in after):
                found.append((own[a], own[b] if b in own else after[b], bond))
        return found

    def matches(self, smarts: str) -> set[int]:
        """Atoms of the middle unit that are the first atom of a match."""
        hits = self.molecule.GetSubstructMatches(_query(smarts), uniquify=False, maxMatches=1_000_000)
        return {hit[0] for hit in hits} & set(self.middle)


@functools.cache
def _query(smarts: str) -> Chem.Mol:
    query = Chem.MolFromSmarts(smarts)
    assert query is not None, smarts
    return query


def _backbone(unit: Chem.Mol, first: int, last: int) -> set[int]:
    """Atoms on a simple path between the ends: the block that holds the bond which joins them."""
    if first == last:
        return {first}
    graph = nx.Graph((b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in unit.GetBonds())
    graph.remove_nodes_from([a.GetIdx() for a in unit.GetAtoms() if a.GetAtomicNum() == 0])
    graph.add_edges_from([(first, -1), (-1, last)])
    block: set[int] = next(set(b) for b in nx.biconnected_components(graph) if -1 in b)
    return block - {-1}


def chain_descriptors(chain: Chain) -> np.ndarray:
    """Descriptors of a polymer, about 0 to 2 each.  # (len(CHAIN_NAMES),)"""
    molecule, middle, backbone = chain.molecule, set(chain.middle), chain.backbone
    n = len(middle)
    shares = [(len(chain.matches(smarts)) / n) ** 0.5 for smarts in _PATTERNS.values()]
    rotatable = [(chain.middle[a], chain.middle[c]) for a, c, bond in chain.bonds() if _is_rotatable(bond)]
    mass = unit_mass(chain)
    depth = _side_depths(chain)
    crippen = np.array(rdMolDescriptors._CalcCrippenContribs(molecule))[list(chain.middle)]
    polar = np.array(rdMolDescriptors._CalcTPSAContribs(molecule))[list(chain.middle)]
    n_ether = len(chain.matches(_PATTERNS["ether oxygen"]) & backbone)
    return np.array(
        [
            *shares,
            len(backbone) / n,
            (n_ether / n) ** 0.5,
            len(rotatable) / n,
            sum(a in backbone and c in backbone for a, c in rotatable) / len(backbone),
            np.log1p(sum(depth) / len(depth)) if depth else 0.0,
            np.log1p(max(depth, default=0)) / 2,
            np.log10(mass / len(backbone)) - 1.0,
            mass / n / 20.0,
            polar.sum() / n / 10.0,
            crippen[:, 0].sum() / n * 2.0,
            crippen[:, 1].sum() / n / 5.0,
            n_coordinating(chain) / mass * 30.0,
            (len(chain.matches(_PATTERNS["anionic atom"])) / mass * 100.0) ** 0.5,
        ]
    )


def _is_rotatable(bond: Chem.Bond) -> bool:
    """Single bond outside rings between atoms that each have a further neighbour."""
    ends = (bond.GetBeginAtom(), bond.GetEndAtom())
    return (
        bond.GetBondType() == Chem.BondType.SINGLE
        and not bond.IsInRing()
        and all(a.GetDegree() > 1 and not _ends_in_triple(a) for a in ends)
    )


def _ends_in_triple(atom: Chem.Atom) -> bool:
    return any(b.GetBondType() == Chem.BondType.TRIPLE for b in atom.GetBonds())


def _side_depths(chain: Chain) -> list[int]:
    """Bonds between each side atom and the backbone; counter-ions without a bond to it are left out."""
    own = set(chain.middle)
    depth = dict.fromkeys(chain.backbone, 0)
    front = list(chain.backbone)
    while front:
        reached = [b.GetIdx() for a in front for b in chain.molecule.GetAtomWithIdx(a).GetNeighbors()]
        front = [b for b in dict.fromkeys(reached) if b in own and b not in depth]
        step = max(depth.values()) + 1
        depth |= dict.fromkeys(front, step)
    return [d for d in depth.values() if d > 0]


def unit_mass(chain: Chain) -> float:
    """Mass of the repeat unit, g/mol."""
    hydrogen = Chem.GetPeriodicTable().GetAtomicWeight(1)
    return float(sum(a.GetMass() + a.GetTotalNumHs() * hydrogen for a in chain.middle_atoms()))


def n_coordinating(chain: Chain) -> int:
    """Atoms of the repeat unit that can bind a cation: ether, carbonyl, nitrile, amine and thioether."""
    return len(chain.matches(_COORDINATING))


def salt_descriptors(molecule: Chem.Mol) -> np.ndarray:
    """Descriptors of a salt per formula unit.  # (len(SALT_NAMES),)"""
    atoms = list(molecule.GetAtoms())
    cations = [a for a in atoms if a.GetFormalCharge() > 0 and a.GetDegree() == 0]
    anion = [a for a in atoms if not (a.GetFormalCharge() > 0 and a.GetDegree() == 0)]
    n, n_cations = max(len(anion), 1), max(len(cations), 1)
    numbers = [a.GetAtomicNum() for a in anion]

    def share(*elements: int) -> float:
        return (sum(z in elements for z in numbers) / n) ** 0.5

    return np.array(
        [
            len(cations) / 2.0,
            float(np.mean([a.GetAtomicNum() > 3 for a in cations])) if cations else 0.0,
            np.log(n / n_cations) / 2.0,
            share(9),
            share(8),
            share(7),
            share(16),
            share(5, 15),
            share(17, 35, 53),
            sum(a.GetIsAromatic() for a in anion) / n,
            n_cations / n,
            rdMolDescriptors.CalcTPSA(molecule) / n / 20.0,
            float(np.clip(rdMolDescriptors.CalcCrippenDescriptors(molecule)[0] / n, -1.0, 1.0)) * 2.0,
            np.log10(rdMolDescriptors.CalcExactMolWt(molecule) / n_cations) - 2.0,
        ]
    )


@functools.lru_cache(maxsize=50_000)
def _amounts(smiles: str) -> tuple[float, float, float]:
    """Mass of the repeat unit, its coordinating atoms and its anions."""
    chain = Chain.of(Chem.MolToSmiles(read_unit(smiles)))
    return unit_mass(chain), float(n_coordinating(chain)), float(len(chain.matches(_PATTERNS["anionic atom"])))


@functools.lru_cache(maxsize=10_000)
def _salt_amounts(smiles: str) -> tuple[float, int]:
    """Mass of the formula unit and its cations."""
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        raise InputError(f"salt SMILES '{smiles}' cannot be read")
    n_cations = sum(a.GetFormalCharge() for a in molecule.GetAtoms() if a.GetFormalCharge() > 0 and not a.GetDegree())
    return float(rdMolDescriptors.CalcExactMolWt(molecule)), max(n_cations, 1)


def check_amounts(polymer: Polymer) -> None:
    """Refuse a negative amount of salt or a molar mass that is not positive.

    Raises:
        InputError: one of them.
    """
    molality, molar_mass = polymer.molality, polymer.molar_mass
    if molality is not None and not (np.isfinite(molality) and molality >= 0):
        raise InputError(f"molality {molality} mol/kg; give one that is not negative, or leave it out")
    if molar_mass is not None and not (np.isfinite(molar_mass) and molar_mass > 0):
        raise InputError(f"molar mass {molar_mass} g/mol; give one above 0, or leave it out")


def conditions(polymer: Polymer) -> np.ndarray:
    """Amount of salt and molar mass of a formulation; what is missing has its flag and all that rests on it at 0.

    Ions per kg are the cations of the salt, for a polymer without salt the anions it carries itself.

    Raises:
        InputError: a SMILES cannot be read, or an amount is negative.
    """
    mass, n_sites, n_anions = _amounts(polymer.smiles)
    has_salt = bool(polymer.salt_smiles)
    check_amounts(polymer)
    molality, molar_mass = polymer.molality, polymer.molar_mass
    salt_mass, n_cations = _salt_amounts(polymer.salt_smiles) if polymer.salt_smiles else (0.0, 1)
    amount = [0.0] * 4
    ions = n_anions / mass * 1000.0  # mol per kg polymer
    is_known = has_salt and molality is not None
    if is_known and molality is not None:
        cations = molality * n_cations
        per_site = cations * mass / 1000.0 / n_sites if n_sites else cations
        fraction = molality * salt_mass / (1000.0 + molality * salt_mass)
        amount = [
            np.log10(max(molality, 1e-3)),
            min(molality, 10.0) / 3.0,
            np.log10(np.clip(per_site, 1e-4, 10)) + 1.0,
            fraction * 2.0,
        ]
        ions += cations
    weight = [0.0, 0.0]
    if molar_mass is not None:
        weight = [(np.log10(np.clip(molar_mass, 50.0, 1e7)) - 4.5) / 1.5, min(1000.0 / molar_mass, 5.0)]
    log_ions = np.log10(max(ions, 1e-2)) if is_known or not has_salt else 0.0
    return np.array([float(has_salt), float(is_known), *amount, log_ions, float(molar_mass is not None), *weight])


class PolymerVectors:
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

    def encode(self, candidates: Sequence[Candidate]) -> Encoded:
        """One vector a polymer that can be read; a missing condition is 0 beside its flag."""
        return encode_each(candidates, POLYMER, self._one)

    def size(self, item: np.ndarray) -> int:
        """Every vector costs the same."""
        return 1

    def collate(self, items: Sequence[np.ndarray]) -> object:
        """Vectors as rows.  # (n, n_features) float32"""
        return stack(items)

    def _one(self, candidate: Candidate) -> np.ndarray:
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
    return chain_descriptors(Chain.of(Chem.MolToSmiles(read_unit(smiles))))


@functools.lru_cache(maxsize=10_000)
def _salt_vector(smiles: str) -> np.ndarray:
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        raise InputError(f"salt SMILES '{smiles}' cannot be read")
    return salt_descriptors(molecule)
