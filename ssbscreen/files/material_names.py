"""What people call a material on the command line: a formula, an abbreviation, a cathode of the panel, a pair id."""

from __future__ import annotations

import difflib
import functools
import re
from dataclasses import dataclass

from pymatgen.core import Composition

from ssbscreen.core.chemical_formula import chemical_formula
from ssbscreen.core.composition_text import parse_composition
from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import MAX_LENGTH, composition_key, parse_formula
from ssbscreen.core.neutral import written
from ssbscreen.core.printable import shown
from ssbscreen.core.recognition import recognise_family
from ssbscreen.files.csv_table import csv_rows
from ssbscreen.files.paths import data_dir

ABBREVIATIONS = {
    "LGPS": "Li10GeP2S12",
    "LPS": "Li3PS4",
    "LPSCL": "Li6PS5Cl",
    "LPSBR": "Li6PS5Br",
    "LPSI": "Li6PS5I",
    "LSPS": "Li10SiP2S12",
    "LSNPS": "Li10SnP2S12",
    "LPS711": "Li7P3S11",
    "LLZO": "Li7La3Zr2O12",
    "Al-LLZO": "Li6.25Al0.25La3Zr2O12",
    "LLZTO": "Li6.4La3Zr1.4Ta0.6O12",
    "LLTO": "Li0.33La0.557TiO3",
    "LATP": "Li1.3Al0.3Ti1.7(PO4)3",
    "LAGP": "Li1.5Al0.5Ge1.5(PO4)3",
    "LTP": "LiTi2(PO4)3",
    "LIPON": "Li2PO2N",
    "LYC": "Li3YCl6",
    "LYB": "Li3YBr6",
    "LIC": "Li3InCl6",
    "LZC": "Li2ZrCl6",
    "LSC": "Li3ScCl6",
    "LNO": "LiNbO3",
    "LNOC": "LiNbOCl4",
    "LTOC": "LiTaOCl4",
    "LZP": "LiZr2(PO4)3",
    "LPO": "Li3PO4",
    "LTO": "Li4Ti5O12",
    "LZO": "Li2ZrO3",
    "LCO": "LiCoO2",
    "LFP": "LiFePO4",
    "LMP": "LiMnPO4",
    "LCP": "LiCoPO4",
    "LMO": "LiMn2O4",
    "LNMO": "LiNi0.5Mn1.5O4",
    "NMC111": "LiNi0.333333Mn0.333333Co0.333333O2",
    "NMC532": "LiNi0.5Mn0.3Co0.2O2",
    "NMC622": "LiNi0.6Mn0.2Co0.2O2",
    "NMC811": "LiNi0.8Mn0.1Co0.1O2",
    "NCA": "LiNi0.8Co0.15Al0.05O2",
}
"""LiPON as Li2PO2N, the crystal that Zhu, He, Mo 2015 take for it, 10.1021/acsami.5b07517. LNO here is the niobate."""
_OTHERS = {
    "ALLLZO": "Al-LLZO",
    "ARGYRODITE": "LPSCL",
    "GARNET": "LLZO",
    "NMC": "NMC111",
    "NCM111": "NMC111",
    "NCM622": "NMC622",
    "NCM811": "NMC811",
    "LI6PS5CL": "LPSCL",
    "LPSC": "LPSCL",
    "LPSB": "LPSBR",
    "LIPO2N": "LIPON",
}

_POLYMORPH = re.compile(
    r"^(?:[\u03b1-\u03c9]['\u2032]?|alpha|beta|gamma|delta|[acto])\s*[-\u2010-\u2013](?=[A-Z])"
    r"|^(?:[\u03b1-\u03c9]['\u2032]?|alpha|beta|gamma|delta)\s+(?=[A-Z])"
    r"|^(?:cubic|tetragonal|orthorhombic|monoclinic|trigonal|rhombohedral|hexagonal)[\s-]+(?=[A-Z])"
)
_BOTH = re.compile(r"^(\S+?)\s*\((\S+)\)$")
_NICKEL_OXIDE = re.compile(r"^(NMC|NCM|NCA)(\d{3,4})$")
_NO_COMPOSITION = (
    dict.fromkeys(("LISICON", "THIOLISICON", "NASICON", "ANTIPEROVSKITE"), "a family of materials")
    | dict.fromkeys(("LITFSI", "LIFSI", "LIBOB", "LITF", "LIDFOB", "LIBETI", "TFSI", "FSI"), "a salt")
    | dict.fromkeys(
        (
            "PEO",
            "PVDF",
            "PVDFHFP",
            "PAN",
            "PMMA",
            "PTFE",
            "PPC",
            "PEC",
            "PTMC",
            "PCL",
            "PVA",
            "PVC",
            "PDMS",
            "PPO",
            "PEG",
        ),
        "a polymer",
    )
)


@dataclass(frozen=True)
class Named:
    """A material as asked for.

    Attributes:
        name: as given.
        formula: that it stands for.
    """

    name: str
    formula: str

    @property
    def title(self) -> str:
        """Formula, with the name it was asked by."""
        return self.formula if self.name == self.formula else f"{self.formula} ({self.name})"


def named(text: str) -> Named:
    """Formula behind a name; abbreviations first, then formulas and mixtures, then labels of the literature tables.

    Raises:
        InputError: it is none of them; the nearest names are given.
    """
    given = text.strip()
    if formula := formula_of_name(given):
        return Named(given, formula)
    key, labels = _key(given), _literature_labels()
    try:
        composition = composition_of(given)
    except InputError as error:
        near = [
            *(difflib.get_close_matches(key, ABBREVIATIONS, n=2) or _of_kind(key)),
            *difflib.get_close_matches(given, labels, n=1, cutoff=0.8),
        ]
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise InputError(
            f"'{text}' is neither a formula such as Li6PS5Cl nor a known name such as LLZO ({error}).{hint}"
        ) from error
    return Named(given, _formula(given, composition))


def _of_kind(key: str) -> list[str]:
    """Abbreviations with the letters of another one, such as NMC811 beside NMC999."""
    letters = key.rstrip("0123456789")
    return [name for name in ABBREVIATIONS if len(letters) > 2 and name.rstrip("0123456789") == letters]


def _formula(given: str, composition: Composition) -> str:
    """A formula as it was given where it reads the same as a plain one, else the sum of the mixture or the like."""
    try:
        if composition_key(parse_formula(given)) == composition_key(composition.get_el_amt_dict()):
            return given
    except InputError:
        pass
    text = chemical_formula(composition, recognise_family(composition))
    exact = composition.reduced_composition.get_el_amt_dict()
    return text if composition_key(parse_formula(text)) == composition_key(exact) else written(exact)


def is_polymer_name(text: str) -> bool:
    """Whether a text is the short name of a polymer, which may read as a formula, too (PPO)."""
    return _NO_COMPOSITION.get(re.sub(r"[\s-]", "", text).upper()) == "a polymer"


def composition_of(text: str) -> Composition:
    """Composition of what people write for a material: a name in use such as LGPS or LLZO, else a formula or mixture.

    Raises:
        InputError: as `parse_composition`, or the name of a polymer or a salt.
    """
    if len(text) > MAX_LENGTH:  # refused there, before any pattern runs over it
        return parse_composition(text)
    key = re.sub(r"[\s-]", "", text).upper()
    if (kind := _NO_COMPOSITION.get(key)) is not None:
        raise InputError(
            f"'{text}' is the name of {kind}, no formula; give "
            + ("the formula of one of them" if kind.endswith("materials") else "the SMILES of the repeat unit")
        )
    if (formula := formula_of_name(text)) is not None:
        return parse_composition(formula)
    bare = _POLYMORPH.sub("", text.strip())
    if match := _BOTH.match(bare):  # Li10GeP2S12 (LGPS), LLZO (Li7La3Zr2O12)
        for name, other in ((match[1], match[2]), (match[2], match[1])):
            if (formula := formula_of_name(name)) is not None and formula_of_name(other) is None:
                return _called(other, name, parse_composition(formula))
    if bare != text.strip() and (formula := formula_of_name(bare)) is not None:
        return parse_composition(formula)
    try:
        return parse_composition(bare)
    except InputError as error:
        words = [word for word in re.split(r"[^\w.]+", bare) if word.upper() in ABBREVIATIONS]
        if not words:
            raise
        known = f"{words[0]} stands for {ABBREVIATIONS[words[0].upper()]}; write the formula of this sample"
        raise InputError(f"{error}; {known}") from error


def _called(text: str, name: str, usual: Composition) -> Composition:
    """Composition of a formula that stands beside a name, as in LLZO (Li6.4La3Zr1.4Ta0.6O12).

    Raises:
        InputError: it lacks more than one element of what the name stands for, as in LLZTO (Ta0.6).
    """
    lacking: set[str] = set()
    try:
        found = parse_composition(text)
        lacking = {el.symbol for el in usual.elements} - {el.symbol for el in found.elements}
    except InputError:
        found = None
    if found is None or len(lacking) > 1:
        raise InputError(
            f"'{shown(text)}' beside the name {name} is no formula of it; write the formula alone, such as "
            f"{usual.formula.replace(' ', '')}"
        )
    return found


def formula_of_name(text: str) -> str | None:
    """Formula behind an abbreviation or a label of the literature tables; None where it is neither."""
    key = _key(text)
    found = ABBREVIATIONS.get(_OTHERS.get(key, key)) or _literature_labels().get(text.strip())
    return found or _nickel_oxide(key)


def _nickel_oxide(key: str) -> str | None:
    """Formula of a layered oxide named by its shares: NCM523 and NMC532, NMC9055, NCA811; None for any other name.

    The letters behind N say which share is manganese's, cobalt's or aluminium's.
    """
    match = _NICKEL_OXIDE.match(key)
    if match is None:
        return None
    digits = match[2]
    nickel = int(digits[:-2]) if len(digits) == 4 else 10 * int(digits[0])
    others = [int(digits[-2]), int(digits[-1])]
    if nickel + sum(others) != 100:  # tenths, as in 523; 955 and 9055 are hundredths
        others = [10 * share for share in others]
    if nickel + sum(others) != 100 or (len(digits) == 4 and nickel < 10):
        return None
    shares = dict(zip(match[1], (nickel, *others), strict=True))
    metal = {"N": "Ni", "M": "Mn", "C": "Co", "A": "Al"}
    parts = "".join(f"{metal[m]}{shares[m] / 100:g}" for m in "NMCA" if shares.get(m))
    return f"Li{parts}O2"


def _key(text: str) -> str:
    return text.strip().upper().replace("-", "").replace(" ", "")


def split_pair(electrolyte: str, cathode: str | None, coating: str | None) -> tuple[str, str, str | None]:
    """Names of a pair given apart or as an id of the ranking.

    Args:
        electrolyte: its name, or `ELECTROLYTE|CATHODE` or `ELECTROLYTE|COATING|CATHODE`.
        cathode: None where the first one is an id.
        coating: between them, if any.

    Raises:
        InputError: the cathode is missing or given twice.
    """
    parts = [part.strip() for part in electrolyte.split("|")]
    if cathode is None and len(parts) in (2, 3):
        return parts[0], parts[-1], parts[1] if len(parts) == 3 else coating
    if cathode is None or len(parts) > 1:
        raise InputError(
            "A pair needs an electrolyte and a cathode, such as: ssbscreen pair Li6PS5Cl NMC811, or one "
            "id such as 'Li6PS5Cl|NMC811'."
        )
    return electrolyte, cathode, coating


@functools.cache
def _literature_labels() -> dict[str, str]:
    path = data_dir() / "literature" / "electrolytes.csv"
    if not path.is_file():
        return {}
    return {
        row["material"]: row["composition"]
        for row in csv_rows(path)
        if row["composition"] and row["material"] != row["composition"]
    }
