"""Polymers as papers name them: PEO, P(EO)20LiTFSI, PEO:LiTFSI (EO:Li = 16:1), or the repeat unit in BigSMILES.

Names are those of `data/polymers/repeat_units.csv`; what is no such name is left to the other readers.
"""

from __future__ import annotations

import functools
import re

from ssbscreen.core.errors import InputError
from ssbscreen.core.printable import shown
from ssbscreen.files.csv_table import csv_rows
from ssbscreen.files.paths import data_dir
from ssbscreen.readers.salt_names import all_salt_names

_ALSO = {
    "peg": "peo",
    "ppg": "ppo",
    "pei": "lpei",
    "pvdfhfp": "pvdfhfpunit",
    "polyethyleneglycol": "peo",
    "polycaprolactone": "pcl",
}
_DESCRIPTOR = r"\[[$<>]?\d*\]"
_NUMBER = r"\d+(?:\.\d+)?"
_COUNTED = re.compile(rf"^(?P<name>.*?[^\d.])(?P<units>{_NUMBER})?$")
_RATIO = re.compile(rf"(?:=\s*)?(?P<a>{_NUMBER})\s*[:/]\s*(?P<b>{_NUMBER})|=\s*(?P<one>{_NUMBER})")
_LITHIUM_FIRST = re.compile(r"\bLi\W+(?:EO|[A-Z]{1,4})\b")
_LONGEST = 200


def repeat_unit_of(text: str) -> str | None:
    """SMILES of the repeat unit behind a name or a BigSMILES; None where the text is neither.

    Args:
        text: such as `PEO`, `poly(ethylene oxide)` or `{[][$]CCO[$][]}`; short names in capitals, as `PCl` is a salt.

    Raises:
        InputError: a BigSMILES that does not hold one repeat unit with two ends.
    """
    given = text.strip()
    if given.startswith("{"):
        return _of_bigsmiles(given)
    key = _key(given)
    is_title = key.startswith("poly")
    return _units().get(_ALSO.get(key, key)) if is_title or given.upper() == given else None


def named_formulation(text: str) -> dict[str, str] | None:
    """Fields of a polymer's row for a formulation by name, without those that it leaves open.

    Args:
        text: such as `P(EO)20LiTFSI`, `PEO-LiClO4` or `PEO:LiTFSI (EO:Li = 16:1)`.

    Returns:
        `smiles`, and where given `salt_smiles` and `molality` (mol/kg of polymer); None where no polymer is named.

    Raises:
        InputError: a ratio that is no number of repeat units per lithium.
    """
    if len(text) > _LONGEST:
        return None
    given = " ".join(text.split())
    if given.startswith(("*", "[*")):
        return {"smiles": given}
    if (unit := repeat_unit_of(given)) is not None:
        return {"smiles": unit}
    for salt in all_salt_names():
        head, found, rest = given.partition(salt)
        if not found:
            continue
        host = re.sub(r"(?:\s+(?:with|and))?[\s:/+\u00b7\u2013-]*$", "", head)
        match = _COUNTED.match(host)
        unit = repeat_unit_of(match["name"].rstrip(" _")) if match else None
        if match is None or unit is None:
            return None
        if match["units"] and rest.strip(" .,;()"):
            raise InputError(
                f"'{shown(given)}' names more than polymer and salt ('{shown(rest.strip())}'); composites are not read"
            )
        fields = {"smiles": unit, "salt_smiles": salt}
        units = float(match["units"]) if match["units"] else _units_per_lithium(rest, given)
        return fields | ({"molality": f"{1000.0 / (units * _molar_mass(unit)):.6g}"} if units else {})
    return None


def _units_per_lithium(rest: str, given: str) -> float | None:
    """Repeat units for each lithium from what stands behind the salt; None where nothing does."""
    if not rest.strip(" ,;()"):
        return None
    match = _RATIO.search(rest)
    if match is None or "%" in rest:
        raise InputError(
            f"'{shown(given)}' does not say how many repeat units there are for each lithium; write EO:Li = 20:1, or "
            "give the molality in mol/kg of polymer"
        )
    above, below = float(match["one"] or match["a"]), float(match["b"] or 1.0)
    if above <= 0 or below <= 0:
        raise InputError(f"'{shown(given)}' has a ratio of zero; write EO:Li = 20:1")
    return below / above if _LITHIUM_FIRST.search(rest) else above / below


def _of_bigsmiles(text: str) -> str | None:
    """Repeat unit of a BigSMILES; None for a composition in braces."""
    if not re.search(_DESCRIPTOR, text):
        return None
    inside = re.fullmatch(r"\{(.*)\}", text)
    body = inside.group(1).split(";")[0] if inside else ""
    body = re.sub(rf"^{_DESCRIPTOR}(?={_DESCRIPTOR})|(?<=\]){_DESCRIPTOR}$", "", body)
    unit = re.sub(_DESCRIPTOR, "*", body)
    if unit.count("*") != 2 or "," in unit or "{" in unit:
        raise InputError(f"BigSMILES '{shown(text)}' holds not one repeat unit with two ends; write {{[$]CCO[$]}}")
    return unit


@functools.cache
def _units() -> dict[str, str]:
    """Name without its marks -> SMILES of the repeat unit."""
    rows = csv_rows(data_dir() / "polymers" / "repeat_units.csv")
    return {_key(row[column]): row["smiles"] for column in ("title", "name") for row in rows}


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


@functools.cache
def _molar_mass(unit: str) -> float:
    """Of a repeat unit without its ends, g/mol."""
    from rdkit import Chem

    return float(sum(atom.GetMass() for atom in Chem.AddHs(Chem.MolFromSmiles(unit)).GetAtoms()))
