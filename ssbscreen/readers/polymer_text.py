"""SMILES of repeat units and salts, one spelling each."""

from __future__ import annotations

import functools
import hashlib
import math
import re
from collections import Counter

from ssbscreen.core.candidate import Polymer
from ssbscreen.core.crystal import ATOMIC_NUMBER
from ssbscreen.core.errors import InputError
from ssbscreen.core.printable import shown
from ssbscreen.core.unit_text import written_number
from ssbscreen.readers.polymer_names import repeat_unit_of
from ssbscreen.readers.salt_names import SALT_NAMES, salt_smiles_of

MAX_ATOMS = 1000  # of a repeat unit or salt; the largest unit of the ChemArr collection has below 800
_ATOM = re.compile(r"\[[^\]]*\]|Br|Cl|[BCNOPSFIbcnops*]")
MOST_SALT = 250.0  # mol/kg; the saltiest of the ChemArr collection has 204
_BESIDE, _OF_AMOUNT = " + ", " mol/kg"  # as `Candidate.formula` writes salt and molality
_DRY = frozenset({"", "dry", "none", "no", "0"})
_LONGEST_NAME = 200
_ROUNDS = 24  # bonds that a neighbourhood reaches
_R_GROUP = re.compile(r"\[R\d*'*\]")
_BARE_ATOM = re.compile(r"\[([A-Z][a-z]?)\]")
_SALT_METALS = frozenset("Li Na K Rb Cs Mg Ca Zn Al".split())
_OF_POLYMERS = _SALT_METALS | frozenset("H B C N O F Si P S Cl Ti Fe Ge As Se Br Zr Sn Te I".split())


def formulation(
    smiles: object, salt: object = None, molality: object = None, molar_mass: object = None, plasticiser: object = None
) -> Polymer:
    """Polymer with canonical SMILES; NaN, None and empty text mean not given, for the plasticiser also words for dry.

    Raises:
        InputError: a SMILES that cannot be read, a repeat unit without two ends, or a negative amount.
    """

    def number(value: object, what: str) -> float | None:
        if value is None or value != value or value == "":
            return None
        try:
            out = written_number(value) if isinstance(value, str) else float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError, InputError) as error:
            raise InputError(f"{what} '{shown(str(value))}' is no number") from error
        if not math.isfinite(out):
            raise InputError(f"{what} '{shown(str(value))}' is not finite")
        if out < 0 or (what == "molar_mass" and out == 0):
            raise InputError(f"{what} {out:g} is negative or zero")
        return out

    if not isinstance(smiles, str) or not smiles.strip():
        raise InputError("the SMILES of the repeat unit is missing")
    check_size(smiles)
    check_size(str(salt or ""))
    smiles = repeat_unit_of(smiles) or smiles
    unit, inside = _parted(smiles.strip())
    has_salt = isinstance(salt, str) and salt.strip() != ""
    if inside and has_salt and canonical_salt(inside) != canonical_salt(str(salt).strip()):
        raise InputError(f"the SMILES holds the salt '{shown(inside)}' and salt_smiles names another; give one of them")
    if inside:
        salt, has_salt = inside, True
    amount = number(molality, "molality")
    if amount and not has_salt:
        raise InputError(f"a molality of {amount:g} mol/kg is given without a salt; name it in salt_smiles")
    if amount is not None and amount > MOST_SALT:
        raise InputError(f"{amount:g} mol/kg is more salt than a polymer holds ({MOST_SALT:g} mol/kg); check the unit")
    return Polymer(
        repeat_unit(unit),
        canonical_salt(str(salt).strip()) if has_salt else None,
        amount,
        number(molar_mass, "molar_mass"),
        _plasticiser(plasticiser),
    )


def polymer_of(formula: str) -> Polymer:
    """Polymer behind the formula that a ranking prints: its repeat unit, with the salt and its amount where given.

    Raises:
        InputError: the text is none.
    """
    smiles, _, rest = formula.partition(_BESIDE)
    salt, _, amount = rest.removesuffix(_OF_AMOUNT).rpartition(" ") if rest.endswith(_OF_AMOUNT) else (rest, "", "")
    return formulation(smiles, salt, amount)


def _plasticiser(given: object) -> str:
    """Name of a plasticiser; empty for a dry film."""
    name = given.strip() if isinstance(given, str) else ""
    if len(name) > _LONGEST_NAME:
        raise InputError(f"plasticiser '{shown(name)}' is no name; give at most {_LONGEST_NAME} characters")
    return "" if name.lower() in _DRY else name


def check_size(smiles: str) -> None:
    """Refuse a molecule that is no repeat unit and no salt before its graph is made, whose cost grows steeply.

    Raises:
        InputError: more than `MAX_ATOMS` atoms.
    """
    n_atoms = sum(1 for _ in _ATOM.finditer(smiles[: 10 * MAX_ATOMS]))
    if n_atoms > MAX_ATOMS or len(smiles) > 10 * MAX_ATOMS:
        raise InputError(
            f"SMILES '{shown(smiles)}' has more than {MAX_ATOMS} atoms or {10 * MAX_ATOMS} characters; give the "
            "shortest repeat unit"
        )


def _parted(smiles: str) -> tuple[str, str]:
    """Repeat unit and the salt that is written beside it with a dot; ions that the chain balances stay with it."""
    from rdkit import Chem, rdBase

    parts = smiles.split(".")
    if len(parts) == 1:
        return smiles, ""
    with rdBase.BlockLogs():
        molecules = [Chem.MolFromSmiles(part) for part in _with_ends(smiles).split(".")]
    if any(molecule is None for molecule in molecules):
        return smiles, ""  # reported where the whole is read
    has_ends = [any(atom.GetAtomicNum() == 0 for atom in molecule.GetAtoms()) for molecule in molecules]
    charge = sum(Chem.GetFormalCharge(m) for m, is_chain in zip(molecules, has_ends, strict=True) if is_chain)
    if charge != 0 or not any(has_ends):
        return smiles, ""
    beside = [part for part, is_chain in zip(parts, has_ends, strict=True) if not is_chain]
    return ".".join(part for part, is_chain in zip(parts, has_ends, strict=True) if is_chain), ".".join(beside)


@functools.lru_cache(maxsize=20_000)
def repeat_unit(smiles: str) -> str:
    """Canonical SMILES of a repeat unit with its two ends written `*`.

    Ends may also be written `[*]`, `[1*]`, `[*:1]`, `[R]`, `[R1]`, or with two atoms that no polymer is made of, such
    as `[Cu]` and `[Au]`, or `[Th]` twice.

    Raises:
        InputError: not a SMILES, or not exactly two ends.
    """
    from rdkit import Chem, rdBase

    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(_with_ends(smiles))
    if molecule is None:
        raise InputError(f"SMILES '{shown(smiles)}' cannot be read")
    ends = [atom for atom in molecule.GetAtoms() if atom.GetAtomicNum() == 0]
    if len(ends) != 2 or any(atom.GetDegree() != 1 for atom in ends):
        raise InputError(
            f"repeat unit '{shown(smiles)}' has {len(ends)} ends; write its two ends as * (or [Cu] and [Au])"
        )
    for atom in ends:
        atom.SetIsotope(0)
        atom.SetAtomMapNum(0)
    return str(Chem.MolToSmiles(molecule))


def _with_ends(smiles: str) -> str:
    """SMILES whose ends are all written `*`."""
    smiles = _R_GROUP.sub("*", smiles)
    marks = [symbol for symbol in _BARE_ATOM.findall(smiles) if symbol in ATOMIC_NUMBER and symbol not in _OF_POLYMERS]
    if "*" in smiles or len(marks) != 2:
        return smiles
    return _BARE_ATOM.sub(lambda m: "*" if m.group(1) in marks else m.group(), smiles)


@functools.lru_cache(maxsize=20_000)
def chain_label(smiles: str) -> str:
    """Label of a polymer that depends neither on where its repeat unit is cut nor on how often it is written.

    Atoms of the endless chain are told apart by their neighbourhoods out to `_ROUNDS` bonds; the label holds how many
    there are of each kind in the shortest unit. Stereochemistry is left out.

    Args:
        smiles: as `repeat_unit` returns it.

    Source: Weisfeiler and Leman's refinement of colours.
    """
    from rdkit import Chem

    unit = Chem.MolFromSmiles(smiles)
    kept = [atom for atom in unit.GetAtoms() if atom.GetAtomicNum() > 0]
    neighbours = {
        atom.GetIdx(): [
            (bond.GetOtherAtomIdx(atom.GetIdx()), str(bond.GetBondType()))
            for bond in atom.GetBonds()
            if bond.GetOtherAtom(atom).GetAtomicNum() > 0
        ]
        for atom in kept
    }
    ends = [atom.GetBonds()[0] for atom in unit.GetAtoms() if atom.GetAtomicNum() == 0]
    first, last = (next(a.GetIdx() for a in (b.GetBeginAtom(), b.GetEndAtom()) if a.GetAtomicNum() > 0) for b in ends)
    neighbours[first].append((last, str(ends[0].GetBondType())))
    neighbours[last].append((first, str(ends[1].GetBondType())))
    rings = unit.GetRingInfo()
    colour = {
        atom.GetIdx(): f"{atom.GetSymbol()}{atom.GetTotalNumHs()}{atom.GetFormalCharge():+d}{atom.GetIsAromatic():d}"
        f"{sorted(rings.AtomRingSizes(atom.GetIdx()))}"
        for atom in kept
    }
    for _ in range(_ROUNDS):
        colour = {
            i: _digest(colour[i] + "".join(sorted(kind + colour[j] for j, kind in neighbours[i]))) for i in neighbours
        }
    counts = Counter(colour.values())
    times = math.gcd(*counts.values())
    elements = Counter(atom.GetSymbol() for atom in kept) + Counter(H=sum(atom.GetTotalNumHs() for atom in kept))
    formula = "".join(f"{symbol}{n // times if n > times else ''}" for symbol, n in sorted(elements.items()) if n)
    return f"{formula} {_digest(''.join(f'{c}{n // times};' for c, n in sorted(counts.items())))}"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


@functools.lru_cache(maxsize=5_000)
def canonical_salt(smiles: str) -> str:
    """Canonical SMILES of a salt, given as SMILES or by name: one ion, one spelling (rdkit settles perchlorate).

    Raises:
        InputError: neither SMILES nor a known name, or not a neutral compound of ions.
    """
    from rdkit import Chem, rdBase

    given, smiles = smiles, salt_smiles_of(smiles)
    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        raise InputError(f"salt '{shown(given)}' is no SMILES and no name that is known here ({', '.join(SALT_NAMES)})")
    charges = [atom.GetFormalCharge() for atom in molecule.GetAtoms()]
    has_metal = any(atom.GetSymbol() in _SALT_METALS for atom in molecule.GetAtoms())
    if not has_metal and not (any(c > 0 for c in charges) and any(c < 0 for c in charges) and "." in smiles):
        raise InputError(f"'{shown(smiles)}' is no salt: it holds no ions; write one such as [Li+].[Cl-]")
    if (total := sum(charges)) != 0:
        raise InputError(f"the salt '{shown(smiles)}' has the charge {total:+d}; balance its ions")
    return str(Chem.MolToSmiles(molecule))
