"""Energies of the elements by each potential, in the crystal that is the most stable one by the labels.

The crystal of the element in the data set `mp_crystals` with the least formation energy; where none has one within
`GROUND` of 0, or there is no crystal, also the one that ASE tabulates (fcc, bcc, hcp, diamond). The lower energy is
taken.
Writes data/potentials/elements.csv after each element; elements that are there already are kept.

    python benchmarks/elemental_energies.py sevenn-l3i5 sevenn chgnet
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import torch
from ase.build import bulk
from ase.data import reference_states

from ssbscreen.calculation.potential_loading import load_calculator
from ssbscreen.calculation.potentials import ELEMENTS, POTENTIALS
from ssbscreen.calculation.straining import Effort, check_crystal, primitive, relax
from ssbscreen.core.crystal import ATOMIC_NUMBER, SYMBOLS, Crystal
from ssbscreen.download import fetch
from ssbscreen.files.csv_table import csv_rows
from ssbscreen.files.paths import data_dir
from ssbscreen.files.writing import write_atomic
from ssbscreen.readers.structure_json import candidate_of
from ssbscreen.sources.snapshot import SOURCE

EFFORT = Effort(max_atoms=32, max_seconds=600.0, force=0.01, stress=0.1, max_volume_change=0.8)
GROUND = 0.02  # eV/atom
N_EQUAL = 5  # crystals of a gas carry the same label, 0, whatever they are; so many small ones are tried
FIRST = "Li O S P Cl F H N Br I Na K Mg Ca Al Si Ge Sn Ti Zr La Mn Fe Co Ni V Nb Ta Y B C Zn Cu Cr Ga In Sb Se".split()
COLUMNS = ("potential", "element", "energy_eV_per_atom", "crystal", "n_atoms")


def main() -> None:
    """Relax and write after each element."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("potentials", nargs="+", choices=tuple(POTENTIALS))
    names = parser.parse_args().potentials
    torch.set_num_threads(1)
    path = data_dir() / "potentials" / ELEMENTS
    rows: dict[tuple[str, str], dict[str, str]] = {}
    if path.is_file():
        rows = {(row["potential"], row["element"]): row for row in csv_rows(path)}
    crystals = labelled()
    for name in names:
        calculator: Any = load_calculator(POTENTIALS[name])
        for symbol in [*FIRST, *(s for s in SYMBOLS[1:95] if s not in FIRST)]:
            if (name, symbol) in rows:
                continue
            energy, *known = crystals.get(symbol, (1.0,))
            found = least([*known, *(simple(ATOMIC_NUMBER[symbol]) if energy > GROUND else ())], calculator)
            if found is None:
                print(f"{name} {symbol}: none")
                continue
            energy, crystal, n_atoms = found
            rows[name, symbol] = dict(zip(COLUMNS, (name, symbol, f"{energy:.5f}", crystal, str(n_atoms)), strict=True))
            print(f"{name} {symbol}: {energy:.4f} eV/atom ({crystal})", flush=True)
            text = io.StringIO()
            writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows[key] for key in sorted(rows))
            write_atomic(path, lambda p, text=text: p.write_text(text.getvalue(), encoding="utf-8"))


def labelled() -> dict[str, tuple[Any, ...]]:
    """Least labelled formation energy of each element, and the crystals that have it with their ids."""
    folder = fetch.locate(SOURCE.card)
    labels = pd.read_csv(folder / "labels.csv.gz", dtype={"material_id": str}).set_index("material_id")
    energies = labels["formation_energy_eV_per_atom"].dropna().to_dict()
    found: dict[str, list[tuple[float, int, str, Crystal]]] = {}
    with gzip.open(folder / "structures.jsonl.gz", "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            if len(set(record["species"])) > 1 or record["id"] not in energies:
                continue
            crystal = candidate_of(record, source=SOURCE.name).crystal
            assert crystal is not None
            size, energy = len(primitive(crystal)[1]), round(energies[record["id"]], 6)
            symbol = record["species"][0]
            if size <= EFFORT.max_atoms:
                found.setdefault(symbol, []).append((energy, size, record["id"], crystal))
    chosen: dict[str, tuple[Any, ...]] = {}
    for symbol, known in found.items():
        least_energy = min(one[0] for one in known)
        equal = sorted(one[:3] for one in known if one[0] == least_energy)[:N_EQUAL]
        by_id = {one[2]: one[3] for one in known}
        chosen[symbol] = (least_energy, *((name, by_id[name]) for _, _, name in equal))
    return chosen


def simple(z: int) -> Iterator[tuple[str, Crystal]]:
    """The crystal that ASE tabulates, where it is a simple one."""
    state = reference_states[z]
    if state is None or state.get("symmetry") not in ("fcc", "bcc", "hcp", "diamond"):
        return
    atoms = bulk(SYMBOLS[z])
    yield f"ase {state['symmetry']}", Crystal.ordered(np.array(atoms.cell), atoms.get_scaled_positions(), atoms.numbers)


def least(crystals: list[tuple[str, Crystal]], calculator: Any) -> tuple[float, str, int] | None:
    """Least energy at rest, its crystal and the atoms of its primitive cell."""
    best: tuple[float, str, int] | None = None
    for name, crystal in crystals:
        try:
            check_crystal(crystal, EFFORT)
            relaxed = relax(crystal, calculator, EFFORT)
        except Exception as error:  # a potential raises whatever an element it does not know leads to
            print(f"  {name}: {error}")
            continue
        if best is None or relaxed.energy < best[0]:
            best = relaxed.energy, name, relaxed.crystal.n_sites
    return best


if __name__ == "__main__":
    main()
