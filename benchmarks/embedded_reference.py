"""Makes `data/reference_phases/materials_project.csv.gz`, the competing phases that everybody gets.

Of `mp_formation_energies` it keeps every phase on the hull of its own chemical system and the lowest polymorph of
every compound with lithium. A hull of any system is made of phases that lie on the hull of their own system, so
windows, decomposition and reaction energies equal those of the whole set.

Run: SSBSCREEN_DATA_MIRROR=... python benchmarks/embedded_reference.py --out FILE
"""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Sequence
from pathlib import Path

from ssbscreen.core.formula import parse_formula
from ssbscreen.download.origin import gzipped
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.sources.reference_phases import LARGE, SOURCE

ON_HULL = 1e-5  # eV/atom
_N_KEPT = (
    50  # chemical systems in memory; formulas come sorted by their elements, so the same one is asked for in a row
)


def kept(library: PhaseLibrary) -> list[tuple[str, float]]:
    """Formula and energy (eV/atom) of the phases worth keeping."""
    rows = []
    reference = library.reference
    pairs = [
        (parse_formula(f), f, float(e)) for f, e in zip(reference.formulas, reference.formation_energy, strict=True)
    ]
    for amounts, formula, energy in sorted(pairs, key=lambda row: (sorted(row[0]), row[1])):
        if len(amounts) > 1 and ("Li" in amounts or (energy < 0.0 and is_on_hull(library, amounts, energy))):
            rows.append((formula, energy))
    return sorted(rows)


def is_on_hull(library: PhaseLibrary, amounts: dict[str, float], energy: float) -> bool:
    """Whether nothing else of its chemical system lies below it."""
    system = library.closed_system(frozenset(amounts))
    target = system.vector(amounts)
    return energy <= float(system.segment_between(target, target).energy[0]) + ON_HULL


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    rows = kept(PhaseLibrary(SOURCE.load_phases(LARGE), n_cached=_N_KEPT))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["formula", "formation_energy_eV_per_atom"])
    writer.writerows((formula, f"{energy:.4f}") for formula, energy in rows)
    with gzipped(options.out) as stream:
        stream.write(text.getvalue())
    print(f"{len(rows)} phases, {options.out.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
