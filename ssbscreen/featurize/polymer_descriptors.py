"""Descriptors of repeat units, salts and formulations that do not depend on how the repeat unit is written.

Everything that is counted is counted in the middle unit of an oligomer and divided by that unit's size, so that a
unit cut elsewhere or written twice has the same descriptors.
"""

from __future__ import annotations

import functools

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from ssbscreen.core.candidate import Polymer
from ssbscreen.core.errors import InputError
from ssbscreen.featurize.polymer_chain import Chain, chain_of

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


@functools.lru_cache(maxsize=512)
def chain_descriptors(chain: Chain) -> np.ndarray:
    """Descriptors of a polymer, about 0 to 2 each; shared by all who ask for the same chain.  # (len(CHAIN_NAMES),)"""
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
    chain = chain_of(smiles)
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
