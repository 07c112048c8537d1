"""Candidates per second of one core (processor time) and memory of the phase stability, 50 energy draws each.

Run: SSBSCREEN_DATA_MIRROR=... python benchmarks/bench_phase_stability.py [--n 2000]
"""

from __future__ import annotations

import argparse
import collections
import csv
import gzip
import json
import os
import resource
import time
from pathlib import Path

import numpy as np

from ssbscreen.core.reference import ReferencePhases
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.lithium_interphase import li_outcome
from ssbscreen.physics.phase_stability import evaluate

N_DRAWS = 50


def read_reference(mirror: Path) -> ReferencePhases:
    """Formation energies of the Materials Project from the data mirror."""
    path = mirror / "mp_formation_energies" / "formation_energies.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [(r["composition"], float(r["formation_energy_eV_per_atom"])) for r in csv.DictReader(file)]
    return ReferencePhases(
        tuple(formula for formula, _ in rows),
        np.array([energy for _, energy in rows]),
        path.parent.name,
        "mirror",
    )


def read_candidates(mirror: Path, n: int, seed: int) -> tuple[list[str], np.ndarray]:
    """A seeded sample of the Li structures of mp_crystals: formulas and labelled energies (NaN without a label)."""
    folder = mirror / "mp_crystals"
    with gzip.open(folder / "li_candidates.txt.gz", "rt", encoding="utf-8") as file:
        wanted = set(file.read().split())
    with gzip.open(folder / "labels.csv.gz", "rt", encoding="utf-8") as file:
        energy = {
            r["material_id"]: float(r["formation_energy_eV_per_atom"] or "nan") for r in csv.DictReader(file)
        }
    formulas, energies = [], []
    with gzip.open(folder / "structures.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if row["id"] in wanted:
                counts = collections.Counter(row["species"])
                formulas.append(" ".join(f"{element}{count}" for element, count in counts.items()))
                energies.append(energy.get(row["id"], float("nan")))
    chosen = np.random.default_rng(seed).permutation(len(formulas))[:n]
    return [formulas[i] for i in chosen], np.array(energies)[chosen]


def main() -> None:
    """Print the rate of each stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=2000, help="candidates to evaluate")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    mirror = Path(os.environ["SSBSCREEN_DATA_MIRROR"])
    reference = read_reference(mirror)
    formulas, energy = read_candidates(mirror, options.n, options.seed)
    draws = energy[:, None] + np.random.default_rng(options.seed).normal(0.0, 0.05, (len(formulas), N_DRAWS))
    start = time.process_time()
    library = PhaseLibrary(reference)
    built = time.process_time()
    table = evaluate(formulas, draws, library)
    evaluated = time.process_time()
    outcome = li_outcome(table)
    done = time.process_time()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    n = len(formulas)
    print(f"reference      {len(reference.formulas)} phases sorted in {built - start:.1f} s")
    print(
        f"stability      {n} candidates x {N_DRAWS} draws in {evaluated - built:.1f} s: "
        f"{n / (evaluated - built):.0f} candidates/s"
    )
    print(f"Li outcome     {done - evaluated:.1f} s: {n / (done - evaluated):.0f} candidates/s")
    print(
        f"without answer {sum(path is None for path in table.paths)}, without own energy "
        f"{int(table.uses_hull_energy.sum())}, with outcome {int(np.isfinite(outcome.p_stable).sum())}"
    )
    print(f"peak memory    {memory:.0f} MiB")


if __name__ == "__main__":
    main()
