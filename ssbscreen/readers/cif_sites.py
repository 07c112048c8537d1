"""The atoms that a CIF lists: elements, positions, occupancies, alternatives."""

from __future__ import annotations

import re
from dataclasses import dataclass

import gemmi
import numpy as np

from ssbscreen.core.crystal import ATOMIC_NUMBER
from ssbscreen.core.errors import InputError
from ssbscreen.readers.contacts import FULL
from ssbscreen.readers.plausibility import looks_cartesian

_NUMBER = re.compile(r"^([+-]?(?:\d+[.,]?\d*|[.,]\d+))(?:\(\d+\))?$")
_FRACTION = re.compile(r"^(\d+)/(\d+)$")
_TYPE = re.compile(r"^([A-Za-z]{1,2})(?:\d*[.]?\d*[+-]?|[+-]\d*|_\w+)$")  # Li, Li1+, Li+1, Li_sv
_UNKNOWN = ("", "?", ".")
_SAME_COORDINATE = 1e-4  # of listed atoms, fractional
_WATER = re.compile(r"^(wat|h2o|ow\d*h)", re.IGNORECASE)


@dataclass(frozen=True)
class ListedSites:
    """Sites as the file lists them, before any symmetry.

    Attributes:
        labels: of the sites.
        frac: fractional coordinates.  # (n, 3)
        numbers: atomic numbers.  # (n,)
        occupancy: in (0, 1].  # (n,)
        multiplicity: of each position, as the file says it; 0 where it does not.  # (n,)
        digits: decimals that the coordinates of a site are written with, the fewest of the three.  # (n,)
    """

    labels: tuple[str, ...]
    frac: np.ndarray
    numbers: np.ndarray
    occupancy: np.ndarray
    multiplicity: np.ndarray
    digits: np.ndarray

    def take(self, keep: np.ndarray) -> ListedSites:
        """Some of the sites."""
        index = np.flatnonzero(keep)
        return ListedSites(
            tuple(self.labels[int(i)] for i in index),
            self.frac[index],
            self.numbers[index],
            self.occupancy[index],
            self.multiplicity[index],
            self.digits[index],
        )


def listed_sites(block: gemmi.cif.Block, max_rows: int = 10_000) -> ListedSites:
    """Sites of a data block; dummies and empty sites are left out, of alternatives without occupancy the first stays.

    Raises:
        InputError: too many rows, a coordinate, occupancy or element cannot be read, or hydrogens are declared without
            positions.
    """
    n_rows = max(len(block.find_loop(f"_atom_site{dot}fract_x")) for dot in "_.")
    if n_rows > max_rows:
        raise InputError(f"the file lists {n_rows} atoms; at most {max_rows} are read, of a cell with fewer sites")
    columns = _columns(block)
    rows = range(len(columns["fract_x"]))
    is_real = [columns["calc_flag"][i].lower() not in ("dum", "dummy") for i in rows]
    frac, digits = np.full((len(rows), 3), np.nan), np.zeros(len(rows), dtype=int)
    numbers, occupancy, multiplicity = (np.zeros(len(rows)) for _ in range(3))
    for i in rows:
        if not is_real[i]:
            continue
        label = columns["label"][i]
        if columns["attached_hydrogens"][i] not in (*_UNKNOWN, "0"):
            raise InputError(
                f"atom '{label}' carries {columns['attached_hydrogens'][i]} hydrogen atoms without positions; "
                "give them positions, or take them out of the formula"
            )
        parts = [columns[f"fract_{axis}"][i] for axis in "xyz"]
        frac[i] = [_coordinate(text, label) for text in parts]
        digits[i] = min(len(text.split("(")[0].partition(".")[2]) for text in parts)
        numbers[i] = _element(columns["type_symbol"][i], label)
        occupancy[i] = _occupancy(columns["occupancy"][i], label)
        multiplicity[i] = _multiplicity(columns["multiplicity"][i])
    sites = ListedSites(tuple(columns["label"]), frac, numbers.astype(int), occupancy, multiplicity.astype(int), digits)
    keep = np.array(is_real, dtype=bool) & (occupancy > 0) & _first_alternatives(columns)
    if not keep.any():
        raise InputError("every atom has occupancy 0" if any(is_real) else "the CIF lists no atoms but dummies")
    return sites.take(keep)


def check_listed(sites: ListedSites, lattice: np.ndarray) -> None:
    """Refuse lists that no symmetry can make sense of.

    Raises:
        InputError: a full atom stands twice with the same coordinates, or the coordinates are in angstrom.
    """
    if looks_cartesian(sites.frac, lattice):
        raise InputError(
            f"the fractional coordinates reach {sites.frac.max():.2f} and would make sense in angstrom; divide them by "
            "the cell"
        )
    full = np.flatnonzero(sites.occupancy >= FULL)
    keys = np.column_stack([sites.numbers[full], np.round(sites.frac[full] / _SAME_COORDINATE)])
    order = np.lexsort(keys.T)
    if twice := np.flatnonzero((np.diff(keys[order], axis=0) == 0).all(axis=1)).tolist():
        one, other = (sites.labels[int(full[order[twice[0] + i]])] for i in (0, 1))
        raise InputError(f"atoms '{one}' and '{other}' are listed on one position")


def _columns(block: gemmi.cif.Block) -> dict[str, list[str]]:
    """Text of the columns of the atom loop; those that are missing are "?" throughout."""
    names = {
        "label": ("label",),
        "type_symbol": ("type_symbol",),
        "fract_x": ("fract_x",),
        "fract_y": ("fract_y",),
        "fract_z": ("fract_z",),
        "occupancy": ("occupancy",),
        "multiplicity": ("site_symmetry_multiplicity", "symmetry_multiplicity"),
        "calc_flag": ("calc_flag",),
        "attached_hydrogens": ("attached_hydrogens",),
        "disorder_assembly": ("disorder_assembly",),
        "disorder_group": ("disorder_group",),
    }
    found: dict[str, list[str]] = {}
    n = 0
    for name, tags in names.items():
        for tag in tags:
            column = block.find_loop(f"_atom_site_{tag}") or block.find_loop(f"_atom_site.{tag}")
            if column:
                found[name] = [gemmi.cif.as_string(text).strip() for text in column]
                n = max(n, len(found[name]))
                break
    if odd := sorted(name for name, column in found.items() if len(column) != n):
        raise InputError(f"the atoms stand in several lists of unequal length ({', '.join(odd)}); give one loop")
    if "label" not in found and "type_symbol" in found:
        found["label"] = found["type_symbol"]
    return {name: found.get(name, ["?"] * n) for name in names}


def _coordinate(text: str, label: str) -> float:
    if text in _UNKNOWN:
        raise InputError(f"atom '{label}' has no coordinates")
    value = _number(text)
    if value is None or not abs(value) < 1e3:
        raise InputError(f"the coordinate '{text}' of atom '{label}' is no number")
    return value


def _occupancy(text: str, label: str) -> float:
    """1 only where the file leaves it open; everything else is read or refused."""
    if text in _UNKNOWN:
        return 1.0
    value = _number(text)
    if value is None:
        raise InputError(f"the occupancy '{text}' of atom '{label}' cannot be read; write a number from 0 to 1")
    if not 0 <= value <= 1.05:
        raise InputError(f"the occupancy {value:g} of atom '{label}' does not lie between 0 and 1")
    return value


def _number(text: str) -> float | None:
    if match := _NUMBER.match(text):
        return float(match.group(1).replace(",", "."))
    if (match := _FRACTION.match(text)) and int(match.group(2)):
        return int(match.group(1)) / int(match.group(2))
    try:
        value = float(text)  # exponents
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _multiplicity(text: str) -> int:
    return int(text) if text.isdigit() and 0 < int(text) <= 192 else 0


def _element(symbol: str, label: str) -> int:
    """Atomic number by type symbol, else by the letters at the start of the label."""
    if symbol not in _UNKNOWN:
        match = _TYPE.match(symbol)
        z = ATOMIC_NUMBER.get(match.group(1).capitalize(), 0) if match else 0
        if z == 0:
            raise InputError(f"atom '{label}' of type '{symbol}' is no element that is known here")
        return z
    if _WATER.match(label):
        raise InputError(f"atom '{label}' looks like water; write its oxygen and hydrogen atoms")
    letters = re.match(r"[A-Za-z]*", label).group(0)  # type: ignore[union-attr]  # matches always
    for guess in (letters[:2].capitalize(), letters[:1].upper()):
        if z := ATOMIC_NUMBER.get(guess, 0):
            return z
    raise InputError(f"atom '{label}' is no element that is known here; give _atom_site_type_symbol")


def _first_alternatives(columns: dict[str, list[str]]) -> np.ndarray:
    """Rows that stay where disorder groups are alternatives of unknown share: those of the first.  # (n,) bool"""
    keep = np.ones(len(columns["label"]), dtype=bool)
    first: dict[str, str] = {}
    for i, (assembly, group) in enumerate(zip(columns["disorder_assembly"], columns["disorder_group"], strict=True)):
        if group in _UNKNOWN or columns["occupancy"][i] not in _UNKNOWN:
            continue
        keep[i] = first.setdefault(assembly, group) == group
    return keep
