"""Volume that electrode hosts gain for each inserted lithium, by class: the numbers of physics/partial_volume.py.

Run: python benchmarks/li_partial_volume.py FOLDER, with pairs.csv and structures.jsonl.gz of mp_electrodes.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
from pymatgen.core import Lattice

MAX_CHANGE = 0.25  # of the framework's volume; beyond, the ends are other structures


def class_of(framework: str) -> str:
    """Class by the anions of a framework's chemical system."""
    elements = set(framework.split("-"))
    if "O" in elements:
        return "oxide"
    if elements & {"S", "Se"}:
        return "sulfide"
    return "halide" if elements & {"F", "Cl", "Br", "I"} else "other"


def main(folder: Path) -> None:
    """Print median, 84th percentile and number of pairs of each class, cubic angstrom per Li."""
    cells = {}
    with gzip.open(folder / "structures.jsonl.gz", "rt") as lines:
        for line in lines:
            row = json.loads(line)
            cells[row["id"]] = (Lattice.from_parameters(*row["lattice"]).volume, Counter(row["species"]))
    found = []
    for pair in pd.read_csv(folder / "pairs.csv").itertuples():
        if pair.id_charge not in cells or pair.id_discharge not in cells:
            continue
        per_atom = []
        for volume, species in (cells[pair.id_charge], cells[pair.id_discharge]):
            n_framework = sum(n for symbol, n in species.items() if symbol != "Li")
            per_atom.append((volume / n_framework, species["Li"] / n_framework))
        (charged, li_charged), (discharged, li_discharged) = per_atom
        if li_discharged > li_charged and abs(discharged / charged - 1.0) < MAX_CHANGE:
            gain = (discharged - charged) / (li_discharged - li_charged)
            found.append((class_of(pair.framework_chemsys), gain))
    table = pd.DataFrame(found, columns=["class", "volume_A3"]).groupby("class")["volume_A3"]
    print(pd.DataFrame({"median": table.median(), "p84": table.quantile(0.84), "pairs": table.size()}).round(2))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
