"""Makes `data/reference_cathodes/calculated_couples.csv.gz`: calculated voltages of insertion couples with known ends.

Two kinds of rows. An insertion pair has both structures in `mp_electrodes`, so that its ends are one host. Of the
others both compositions are in `mp_formation_energies`, and each end is the lowest structure of its composition: the
voltage lies at or below that of the host where the emptied end found a better structure.

Run: SSBSCREEN_DATA_MIRROR=... python benchmarks/known_couples.py --out FILE
     SSBSCREEN_DATA_MIRROR=... python benchmarks/known_couples.py --couples
"""

from __future__ import annotations

import argparse
import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
from pymatgen.core import Composition

from ssbscreen.core.candidate import reduced_formula
from ssbscreen.core.formula import parse_formula
from ssbscreen.core.insertion import exchanged_lithium, signed_volume_change
from ssbscreen.core.redox import charges, exchanged_electrons, removable_lithium, surroundings
from ssbscreen.download.origin import gzipped
from ssbscreen.physics.electrode import average_voltage, max_delta_volume
from ssbscreen.sources.electrodes import SOURCE as ELECTRODES
from ssbscreen.sources.reference_phases import LARGE
from ssbscreen.sources.reference_phases import SOURCE as PHASES

COLUMNS = (
    "discharged", "charged", "average_voltage", "max_delta_volume", "stability_discharge", "stability_charge",
    "structure",
)  # fmt: skip
_LEAST_PURE = 0.8  # share of the electrons that one couple gives


def insertion_pairs() -> Iterator[tuple[object, ...]]:
    """Rows of `mp_electrodes`."""
    records = ELECTRODES.load()
    table = pd.DataFrame([(m.candidate_id, m.property, m.value) for m in records.measurements])
    values = table.pivot_table(index=0, columns=1, values=2).to_dict("index")
    ids = pd.read_csv(ELECTRODES.folder() / "pairs.csv", index_col="battery_id")["id_discharge"]
    for candidate in records.candidates:
        own = values[candidate.candidate_id]
        if candidate.crystal is None or candidate.charged is None or "average_voltage" not in own:
            continue
        discharged, charged = candidate.crystal.composition, candidate.charged.composition
        change = float(max_delta_volume(np.array(signed_volume_change(candidate.crystal, candidate.charged))))
        assert exchanged_lithium(candidate.crystal, candidate.charged) > 0
        yield (
            reduced_formula(discharged),
            reduced_formula(charged),
            f"{own['average_voltage']:.3f}",
            f"{change:.4f}",
            f"{max(own.get('stability_discharge', np.nan), 0.0):.4f}",
            f"{max(own.get('stability_charge', np.nan), 0.0):.4f}",
            ids[candidate.candidate_id],
        )


def lowest_structures() -> Iterator[tuple[object, ...]]:
    """Couples of one framework whose two compositions have a formation energy, as far as the metals give lithium."""
    reference = PHASES.load_phases(LARGE)
    frameworks: dict[str, list[tuple[float, str, float]]] = defaultdict(list)
    for formula, energy in zip(reference.formulas, reference.formation_energy, strict=True):
        amounts = parse_formula(formula)
        size = sum(amount for name, amount in amounts.items() if name != "Li")
        if size > 0.0:
            rest = Composition({name: amount for name, amount in amounts.items() if name != "Li"}).reduced_formula
            total = float(energy) * sum(amounts.values()) / size
            frameworks[rest].append((amounts.get("Li", 0.0) / size, formula, total))  # per atom of the framework
    for ends in frameworks.values():
        for (li, discharged, energy), (left, charged, emptied) in permutations(ends, 2):
            if li <= left:
                continue
            amounts = parse_formula(discharged)
            size = sum(amounts.values()) / (1.0 + li)
            if li - left > removable_lithium(amounts) / size + 1e-6:
                continue
            voltage = float(average_voltage(np.array(energy), np.array(emptied), np.array(li - left)))
            names = [Composition(formula).reduced_formula for formula in (discharged, charged)]
            yield *names, f"{voltage:.3f}", "", "", "", ""


def couples_alone() -> pd.DataFrame:
    """Calculated voltages of the pairs in which one couple gives most electrons: number and quartiles."""
    rows = []
    for discharged, charged, voltage, *_ in insertion_pairs():
        ends = [parse_formula(str(formula)) for formula in (discharged, charged)]
        size = [sum(a for name, a in end.items() if name != "Li") for end in ends]
        full = {name: amount * size[0] / size[1] for name, amount in ends[1].items()}
        electrons = exchanged_electrons(charges(ends[0]), charges(full))
        first = max(electrons, key=lambda couple: abs(electrons[couple]))
        if abs(electrons[first]) >= _LEAST_PURE * sum(abs(e) for e in electrons.values()):
            rows.append((surroundings(ends[0]), *first, float(str(voltage))))
    table = pd.DataFrame(rows, columns=["surroundings", "element", "charge", "voltage"])
    found = table.groupby(["surroundings", "element", "charge"])["voltage"].describe()[["count", "25%", "50%", "75%"]]
    return found[found["count"] >= 3]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the table, or print the voltages of single couples."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--couples", action="store_true")
    options = parser.parse_args(arguments)
    if options.couples:
        print(couples_alone().round(2).to_string())
    if options.out is None:
        return
    rows = sorted({*insertion_pairs(), *lowest_structures()}, key=str)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    with gzipped(options.out) as stream:
        stream.write(text.getvalue())


if __name__ == "__main__":
    main()
