"""Writes a pool of made-up candidates of any size: half crystals, the rest compositions and polymers.

    python benchmarks/made_up_pool.py FOLDER --rows 20000

Crystals are those that the generator substitutes into prototypes, each at a volume of its own, in `crystals.jsonl.gz`;
compositions are random shares of their elements, polymers the generator's chains and salts at any molality, in
`others.csv`. For timing and killing, not for reading.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
from pathlib import Path

import numpy as np

from ssbscreen.core.crystal import SYMBOLS, Crystal
from ssbscreen.generation.polymer_pool import generate as polymers
from ssbscreen.generation.substitution import generate as substituted

METALS = ("Al", "Ge", "Si", "P", "Ti", "Zr", "La", "Y", "In", "Sn", "Mg", "Zn", "Ta", "Nb", "Sc", "B")
ANIONS = ("O", "S", "Cl", "Br", "I", "F")
WIDEST = 0.03  # of the edges of a cell


def make_pool(folder: Path, rows: int, seed: int = 0) -> list[Path]:
    """Write a pool; its files.

    Args:
        folder: made where it does not exist.
        rows: candidates.
        seed: of all that is random.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    crystals = [c.crystal for c in substituted(2000, 0) if c.crystal is not None and c.crystal.is_ordered]
    chains = [c.polymer for c in polymers(None, 0) if c.polymer is not None]
    n_crystals = rows // 2
    with gzip.open(folder / "crystals.jsonl.gz", "wt", compresslevel=1) as stream:
        for i in range(n_crystals):
            known = crystals[int(rng.integers(len(crystals)))]
            stream.write(_line(f"crystal{i}", known, 1.0 + WIDEST * float(rng.uniform(-1.0, 1.0))))
    with (folder / "others.csv").open("w", newline="", encoding="utf-8") as table:
        writer = csv.writer(table)
        writer.writerow(("candidate_id", "composition", "smiles", "salt_smiles", "molality"))
        for i in range(n_crystals, rows):
            if i % 2:
                chain = chains[int(rng.integers(len(chains)))]
                writer.writerow((f"polymer{i}", "", chain.smiles, chain.salt_smiles, f"{rng.uniform(0.2, 3.0):.3f}"))
            else:
                writer.writerow((f"formula{i}", _formula(rng), "", "", ""))
    return [folder / "crystals.jsonl.gz", folder / "others.csv"]


def _line(name: str, crystal: Crystal, scale: float) -> str:
    lattice = crystal.lattice * scale
    lengths = np.linalg.norm(lattice, axis=1)
    unit = lattice / lengths[:, None]
    angles = [float(np.degrees(np.arccos(np.clip(unit[i] @ unit[j], -1, 1)))) for i, j in ((1, 2), (0, 2), (0, 1))]
    species = [SYMBOLS[z] for z in crystal.occupant_z]
    frac = crystal.frac[crystal.occupant_site]
    content = {"id": name, "lattice": [*lengths.tolist(), *angles], "species": species, "frac": frac.tolist()}
    return json.dumps(content) + "\n"


def _formula(rng: np.random.Generator) -> str:
    """Lithium, one or two metals and one or two anions, with balanced charges left to chance."""
    names = [
        "Li",
        *rng.choice(METALS, int(rng.integers(1, 3)), False),
        *rng.choice(ANIONS, int(rng.integers(1, 3)), False),
    ]
    return "".join(f"{name}{rng.integers(1, 13)}" for name in names)


def main() -> None:
    """Write one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    for path in make_pool(given.folder, given.rows, given.seed):
        print(f"{path}: {path.stat().st_size / 1024**2:.1f} MiB")


if __name__ == "__main__":
    main()
