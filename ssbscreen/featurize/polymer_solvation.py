"""Whether a polymer can dissolve a lithium salt: its donor groups against the lithium that asks for them.

A salt dissolves where lone pairs of the host replace the anions around lithium. Ethers, carbonyls, nitriles, amines and
phosphoryls do (donor numbers 14 to 39 kcal/mol); fluorinated carbon, hydrocarbons and siloxane oxygen do not.

Source: donor numbers of small molecules with these groups, Gutmann, The Donor-Acceptor Approach to Molecular
Interactions (1978), 10.1007/978-1-4615-8825-2; about five ether oxygens around lithium in poly(ethylene oxide), Mao et
al., Phys. Rev. Lett. 84, 5536 (2000), 10.1103/PhysRevLett.84.5536.
"""

from __future__ import annotations

from functools import cache

from ssbscreen.core.candidate import Polymer
from ssbscreen.core.recognition import chains_of, readable_smiles

# Pattern -> strength beside an aliphatic ether (diethyl ether 19, tetrahydrofuran 20 kcal/mol).
_DONORS = {
    "[OX2;!$(O[Si]);!$(O[#6]~[F]);!$(OC=[O,S,N]);!$(Oc)]([#6,#0])[#6,#0]": 1.0,  # ether, also where units join
    "[OX2;!$(O[#6]~[F])]([Si])[#6]": 0.5,  # silyl ether: silicon draws on the lone pairs
    "[OX2](c)[#6]": 0.3,  # aryl ether
    "[CX3]=[OX1]": 1.0,  # ester, carbonate, amide, ketone: propylene carbonate 15, ethyl acetate 17, DMF 27
    "C#N": 1.0,  # acetonitrile 14
    "[NX3;!$(N[#6,#16,#15]=[O,S,N])]": 1.0,  # amine
    "[#16X3]=O": 1.0,  # sulfoxide 30
    "[#16X4](=O)=O": 0.7,  # sulfolane 15
    "[P]=[O,N]": 1.0,  # trimethyl phosphate 23; phosphazene
    "n": 1.0,  # pyridine 33
    "[OX2H]": 0.5,  # alcohol 19, which binds its own kind
    "[#16X2]([#6])[#6]": 0.3,  # thioether
}
DONORS_PER_LITHIUM = 2.0  # fewer leave the salt undissolved; assumption, under the five of a dilute solution
_ENDS = 2  # of a chain
_MOLALITY = 1.0  # mol/kg, where the amount of salt is not given
# mol/kg that ask for donors at most: in more salt its anions surround lithium, and it conducts with little polymer
# (Angell et al., Nature 362, 137 (1993), 10.1038/362137a0).
_MOST_ASKED = 3.0


@cache
def donors(smiles: str) -> float:
    """Donor groups of a host, mol per kg, each by its strength; 0 for a host that cannot be read.

    Args:
        smiles: repeat unit with ends written `*`; parts of a mixture are separated by dots and count together.
    """
    found, mass = 0.0, 0.0
    for chain in chains_of(smiles):
        found += sum(strength * len(chain.GetSubstructMatches(pattern)) for pattern, strength in _patterns())
        mass += _mass(chain)
    return 1000.0 * found / mass if mass > 0 else 0.0


def dissolved_share(polymer: Polymer) -> float:
    """Share of the salt that finds enough donors, 0 to 1; 1 for a polymer that carries its own ions or a liquid, 0 for
    one that holds neither ions nor a salt, and for a salt whose anions do not let go of lithium.

    The two ends of a chain of given molar mass count as donors, since nothing says what they are: oligomers of
    perfluoropolyethers (1.8 kg/mol, ChemArr) conduct 8e-7 S/cm by their ends alone.
    """
    if not polymer.salt_smiles:
        return float(bool(polymer.plasticiser) or has_ions(polymer.smiles))
    if holds_lithium(polymer.salt_smiles):
        return float(bool(polymer.plasticiser))
    molality = min(polymer.molality or _MOLALITY, _MOST_ASKED)
    ends = 0.0 if polymer.molar_mass is None else 1000.0 * _ENDS / polymer.molar_mass
    return min(1.0, (donors(polymer.smiles) + ends) / (DONORS_PER_LITHIUM * molality))


@cache
def holds_lithium(salt: str) -> bool:
    """Whether the anions of a salt are small or highly charged, as in LiF, Li2O, LiOH, Li2S, Li2CO3, Li2SO4 and Li3PO4.

    Their lattices are too strong for a polymer. None of the 42 salts in measured films (ChemArr) has such an anion;
    chloride is the hardest there, and trifluoroacetate. Where to draw the line is a judgement.
    """
    from rdkit import Chem

    molecule = readable_smiles(salt)
    if molecule is None:
        return False
    for anion in Chem.GetMolFrags(molecule, asMols=True):
        symbols = [atom.GetSymbol() for atom in anion.GetAtoms() if atom.GetSymbol() != "H"]
        charge = Chem.GetFormalCharge(anion)
        if charge < 0 and (symbols in ([], ["F"], ["O"], ["S"], ["N"]) or (charge <= -2 and symbols.count("C") <= 1)):
            return True
    return False


@cache
def has_ions(smiles: str) -> bool:
    """Whether a chain carries charges or lithium of its own, as single-ion conductors do."""
    atoms = [atom for chain in chains_of(smiles) for atom in chain.GetAtoms()]
    return any(atom.GetFormalCharge() != 0 or atom.GetSymbol() == "Li" for atom in atoms)


@cache
def _patterns():  # type: ignore[no-untyped-def]  # rdkit ships no usable types
    from rdkit import Chem

    return tuple((Chem.MolFromSmarts(smarts), strength) for smarts, strength in _DONORS.items())


def _mass(chain) -> float:  # type: ignore[no-untyped-def]
    from rdkit.Chem import Descriptors

    return float(Descriptors.MolWt(chain))  # type: ignore[attr-defined]
