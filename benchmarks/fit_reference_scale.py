"""Fits `oxyanions.csv` and `scale.csv` of `data/reference_phases`, and `element_volumes.csv`, `halide_metals.csv`,
`soft_anion_voltages.csv` and `sulfur_couples.csv` of `ssbscreen/physics`.

Run: SSBSCREEN_DATA_MIRROR=... python benchmarks/fit_reference_scale.py TABLE > FILE
TABLE is oxyanions, scale, volumes, halides, voltages or sulfur.
"""

from __future__ import annotations

import argparse
import collections
import csv
import gzip
import itertools
import json
import sys

import numpy as np
from pymatgen.core import Composition, Element
from scipy.optimize import nnls

from ssbscreen.core.formula import composition_key, parse_formula
from ssbscreen.core.recognition import classify
from ssbscreen.core.redox import RANGE
from ssbscreen.download import fetch
from ssbscreen.files.data_card import card_of
from ssbscreen.sources.reference_phases import LARGE, MEASURED, SOURCE

FORMERS = {"H": 0.5, "C": 2.0, "N": 3.0, "S": 3.0, "P": 3.0, "Cl": 3.0, "B": 2.0, "Si": 2.0}  # least O per atom
NO_METALS = frozenset("H B C N O F Si P S As Se Te Ge Cl Br I".split())
HEAVY_HALOGENS = ("Cl", "Br", "I")
Table = dict[tuple[tuple[str, float], ...], float]
SIMPLE_ANIONS = frozenset("N O S Se Te F Cl Br I".split())

# Sulfides whose metal keeps its charge while S2- becomes (S2)2-: sulfur an atom of metal before and after
PAIRED_SULFUR = {
    "Na": (0.5, 1.0),
    "K": (0.5, 1.0),
    "Mn": (1.0, 2.0),
    "Fe": (1.0, 2.0),
    "Ni": (1.0, 2.0),
    "U": (2.0, 3.0),
}


def oxyanions() -> list[tuple[str, str, str, int]]:
    """Median and robust spread of Materials Project minus experiment per atom of the former of an oxyanion."""
    large, measured = SOURCE.load_phases(LARGE), SOURCE.load_phases(MEASURED)
    energy = {composition_key(parse_formula(f)): e for f, e in zip(large.formulas, large.formation_energy, strict=True)}
    rows = []
    for former, least in FORMERS.items():
        shifts = []
        for formula, e in zip(measured.formulas, measured.formation_energy, strict=True):
            amounts = parse_formula(formula)
            others = amounts.keys() - {former, "O"}
            key = composition_key(amounts)
            if (
                key in energy
                and former in amounts
                and len(others) == 1
                and not others & FORMERS.keys()
                and amounts.get("O", 0.0) >= least * amounts[former]
            ):
                shifts.append((energy[key] - e) * sum(amounts.values()) / amounts[former])
        middle = float(np.median(shifts))
        spread = 1.4826 * float(np.median(np.abs(np.array(shifts) - middle)))
        rows.append((former, f"{least:g}", f"{middle:.3f}", f"{spread:.3f}", len(shifts)))
    return rows


def scale() -> list[tuple[str, int, str, str]]:
    """Median and robust spread of the Materials Project's energies minus measured enthalpies, by class."""
    large, measured = SOURCE.load_phases(LARGE), SOURCE.load_phases(MEASURED)
    energy = {composition_key(parse_formula(f)): e for f, e in zip(large.formulas, large.formation_energy, strict=True)}
    found: dict[str, list[float]] = collections.defaultdict(list)
    for formula, e in zip(measured.formulas, measured.formation_energy, strict=True):
        key = composition_key(parse_formula(formula))
        if key in energy:
            found[classify(Composition(formula))].append(energy[key] - float(e))
    rows = []
    for chemistry_class, differences in found.items():
        middle = float(np.median(differences))
        spread = 1.4826 * float(np.median(np.abs(np.array(differences) - middle)))
        rows.append((chemistry_class, len(differences), f"{middle:.3f}", f"{spread:.3f}"))
    return rows


def differences() -> list[tuple[str, str, float]]:
    """Metal, halogen and calculated less measured enthalpy (eV per halogen) of binary halides of metals."""
    large, measured = SOURCE.load_phases(LARGE), SOURCE.load_phases(MEASURED)
    energy = {composition_key(parse_formula(f)): e for f, e in zip(large.formulas, large.formation_energy, strict=True)}
    rows = []
    for formula, e in zip(measured.formulas, measured.formation_energy, strict=True):
        amounts, key = parse_formula(formula), composition_key(parse_formula(formula))
        for halogen in amounts.keys() & set(HEAVY_HALOGENS):
            metals = amounts.keys() - {halogen}
            if key in energy and len(metals) == 1 and not metals & NO_METALS:
                off = (energy[key] - float(e)) * sum(amounts.values()) / amounts[halogen]
                rows.append((next(iter(metals)), halogen, float(off)))
    return rows


def halides() -> list[tuple[str, str, int]]:
    """Median of each metal; prints how well the other halogens of a metal predict one that is left out."""
    rows = differences()
    for left_out in HEAVY_HALOGENS:
        pairs = []
        for metal, halogen, off in rows:
            others = [x for m, h, x in rows if m == metal and h != halogen]
            if halogen == left_out and others:
                pairs.append((off, off - float(np.median(others))))
        before, after = np.abs(np.array(pairs)).mean(axis=0)
        print(f"{left_out} left out, {len(pairs)}: {before:.3f} to {after:.3f} eV per halogen", file=sys.stderr)
    found = {metal: [x for m, _, x in rows if m == metal] for metal in sorted({m for m, _, _ in rows})}
    return [(metal, f"{float(np.median(values)):.3f}", len(values)) for metal, values in found.items()]


def energies(which: str) -> Table:
    """Formation energies by composition, eV/atom."""
    phases = SOURCE.load_phases(which)
    return {
        composition_key(parse_formula(f)): float(e)
        for f, e in zip(phases.formulas, phases.formation_energy, strict=True)
    }


def energy(table: Table, amounts: dict[str, float]) -> float:
    """Of the amounts, eV; NaN where unknown."""
    return table.get(composition_key(amounts), float("nan")) * sum(amounts.values())


def sulfur() -> list[tuple[str, str, str, str, str]]:
    """Measured and calculated voltage of M S(high) + Li = M S(low) with Li2S, the metal keeping its charge."""
    rows = []
    for metal, (low, high) in PAIRED_SULFUR.items():
        both = []
        for table in (energies(MEASURED), energies(LARGE)):
            less, more, salt = (
                energy(table, a) for a in ({metal: 1.0, "S": low}, {metal: 1.0, "S": high}, {"Li": 2.0, "S": 1.0})
            )
            both.append((more - less - (high - low) * salt) / (2.0 * (high - low)))
        if np.isfinite(both[0]):
            rows.append((metal, f"{low:.1f}", f"{high:.1f}", f"{both[0]:.2f}", f"{both[1]:.2f}"))
    return rows


def voltages() -> list[tuple[str, str, str, str, str, str]]:
    """Measured and calculated voltage of M X(low) + Li = M X(high) with LiX, of halides, sulfides and selenides."""
    rows = []
    large, measured = energies(LARGE), energies(MEASURED)
    for anion, charge in (("Cl", 1), ("Br", 1), ("I", 1), ("S", 2), ("Se", 2)):
        for metal in sorted(
            m for m in RANGE if Element(m).block != "f"
        ):  # no cathode is of those, and ytterbium is 2 V off
            ratios = [n / 12 for n in range(1, 73) if np.isfinite(energy(measured, {metal: 1.0, anion: n / 12}))]
            for low, high in itertools.pairwise(ratios):
                both = []
                for table in (measured, large):
                    less, more = (energy(table, {metal: 1.0, anion: n}) for n in (low, high))
                    salt = energy(table, {"Li": float(charge), anion: 1.0})
                    both.append((more - less - (high - low) * salt) / (charge * (high - low)))
                if np.isfinite(both).all():
                    rows.append((metal, anion, f"{low:.3f}", f"{high:.3f}", f"{both[0]:.2f}", f"{both[1]:.2f}"))
    return rows


def volumes() -> list[tuple[str, str, int]]:
    """Volume of each element by weighted least squares over all cells with a simple anion."""
    cells = []
    with gzip.open(fetch.locate(card_of("mp_crystals")) / "structures.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            a, b, c, *angles = row["lattice"]
            ca, cb, cc = np.cos(np.radians(angles))
            volume = a * b * c * np.sqrt(1 - ca * ca - cb * cb - cc * cc + 2 * ca * cb * cc)
            counts = collections.Counter(row["species"])
            if len(counts) > 1 and SIMPLE_ANIONS & counts.keys():
                cells.append((counts, volume))
    elements = sorted({element for counts, _ in cells for element in counts})
    matrix = np.array([[counts.get(element, 0) / volume for element in elements] for counts, volume in cells])
    weight = np.ones(len(cells))
    for _ in range(6):  # cells with large voids count less
        found, _ = nnls(matrix * weight[:, None], weight)
        error = matrix @ found - 1.0
        weight = 1.0 / np.sqrt(1.0 + (error / 0.08) ** 2)
    print(f"{len(cells)} cells, median error {np.median(np.abs(error)):.1%}", file=sys.stderr)
    n = (matrix > 0).sum(axis=0)
    return [(element, f"{v:.2f}", int(k)) for element, v, k in zip(elements, found, n, strict=True) if k >= 10]


def main() -> None:
    """Write one of the six tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", choices=("oxyanions", "scale", "volumes", "halides", "voltages", "sulfur"))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    table = parser.parse_args().table
    if table == "oxyanions":
        writer.writerow(["element", "least_oxygen", "shift_eV_per_atom", "std_eV_per_atom", "n_formulas"])
        writer.writerows(oxyanions())
    elif table == "scale":
        writer.writerow(["chemistry_class", "n_formulas", "offset_eV_per_atom", "std_eV_per_atom"])
        writer.writerows(scale())
    elif table == "halides":
        writer.writerow(["element", "shift_eV_per_halogen", "n_formulas"])
        writer.writerows(halides())
    elif table == "voltages":
        writer.writerow(["element", "anion", "low", "high", "measured_V", "calculated_V"])
        writer.writerows(voltages())
    elif table == "sulfur":
        writer.writerow(["element", "low", "high", "measured_V", "calculated_V"])
        writer.writerows(sulfur())
    else:
        writer.writerow(["element", "volume_A3", "n_structures"])
        writer.writerows(volumes())


if __name__ == "__main__":
    main()
