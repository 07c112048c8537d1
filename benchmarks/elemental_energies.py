"""Energies of the elements by each potential: the least one of the element's crystals at rest.

Crystals: those of the Materials Project in the data set `mp_crystals`, and fcc, bcc, hcp and diamond at the lattice
constant that ASE tabulates. The potential's own most stable crystal counts, so that all formation energies are those of
one scale. Writes data/potentials/elements.csv; elements that are there already are kept.

    python benchmarks/elemental_energies.py sevenn chgnet
"""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from ase.build import bulk
from ase.data import reference_states

from ssbscreen.app.potentials import ELEMENTS, POTENTIALS, load_calculator
from ssbscreen.app.straining import Effort, check_crystal, relax
from ssbscreen.core.crystal import SYMBOLS, Crystal
from ssbscreen.core.paths import data_dir
from ssbscreen.query.store import write_atomic
from ssbscreen.sources.snapshot import SOURCE

EFFORT = Effort(max_atoms=32, max_seconds=600.0, force=0.01, stress=0.1, max_volume_change=0.8)
N_TRIED = 3  # crystals relaxed, those of the least energy a atom as they are given
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
        with path.open(encoding="utf-8", newline="") as lines:
            rows = {(row["potential"], row["element"]): row for row in csv.DictReader(lines)}
    crystals: dict[str, list[tuple[str, Crystal]]] = {}
    for candidate in _everything():
        assert candidate.crystal is not None
        symbol = SYMBOLS[int(candidate.crystal.occupant_z[0])]
        crystals.setdefault(symbol, []).append((candidate.candidate_id, candidate.crystal))
    for name in names:
        calculator: Any = load_calculator(POTENTIALS[name])
        for z in range(1, 95):
            symbol = SYMBOLS[z]
            if (name, symbol) in rows:
                continue
            found = least(crystals.get(symbol, []) + list(simple(z)), calculator)
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


def _everything() -> Iterator[Any]:
    """All crystals of one element; the file is read once."""
    from ssbscreen.sources import fetch

    candidates, _ = SOURCE._read(fetch.locate(SOURCE.card) / "structures.jsonl.gz", None)
    for candidate in candidates:
        if candidate.crystal is not None and len(np.unique(candidate.crystal.occupant_z)) == 1:
            yield candidate


def simple(z: int) -> Iterator[tuple[str, Crystal]]:
    """The crystal that ASE tabulates, where it is a simple one."""
    state = reference_states[z]
    if state is None or state.get("symmetry") not in ("fcc", "bcc", "hcp", "diamond"):
        return
    atoms = bulk(SYMBOLS[z])
    yield f"ase {state['symmetry']}", Crystal.ordered(np.array(atoms.cell), atoms.get_scaled_positions(), atoms.numbers)


def least(crystals: list[tuple[str, Crystal]], calculator: Any) -> tuple[float, str, int] | None:
    """Least energy at rest of the most promising crystals, its crystal and the atoms of its primitive cell."""
    from ase import Atoms

    from ssbscreen.app.straining import primitive

    tried: list[tuple[float, str, Crystal]] = []
    for name, crystal in crystals:
        try:
            check_crystal(crystal, EFFORT)
            lattice, frac, numbers = primitive(crystal)
            atoms = Atoms(numbers=numbers, scaled_positions=frac, cell=lattice, pbc=True)
            atoms.calc = calculator
            tried.append((atoms.get_potential_energy() / len(atoms), name, crystal))
        except Exception as error:  # a potential raises whatever an element it does not know leads to
            print(f"  {name}: {error}")
    best: tuple[float, str, int] | None = None
    for _, name, crystal in sorted(tried, key=lambda one: one[0])[:N_TRIED]:
        try:
            relaxed = relax(crystal, calculator, EFFORT)
        except Exception as error:
            print(f"  {name}: {error}")
            continue
        if best is None or relaxed.energy < best[0]:
            best = relaxed.energy, name, relaxed.crystal.n_sites
    return best


if __name__ == "__main__":
    main()
