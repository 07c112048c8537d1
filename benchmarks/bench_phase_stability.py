"""Candidates per second of one core (processor time) of every hull quantity, 50 energy draws each.

Run: SSBSCREEN_DATA_MIRROR=... python benchmarks/bench_phase_stability.py [--n 2000]
"""

from __future__ import annotations

import argparse
import collections
import gzip
import json
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from arguments import parse, run

from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import parse_formula
from ssbscreen.download import fetch
from ssbscreen.files.data_card import card_of
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interfaces import interface
from ssbscreen.physics.lithium_interphase import li_outcome
from ssbscreen.physics.moisture import moisture_energy_draws
from ssbscreen.physics.pair_reactions import PairScanner
from ssbscreen.physics.phase_stability import evaluate
from ssbscreen.physics.voltage_profile import voltage_profile
from ssbscreen.screening.hulls.references import air_library
from ssbscreen.sources.reference_cathodes import SOURCE as CATHODES
from ssbscreen.sources.reference_phases import LARGE, SOURCE

N_DRAWS = 50


def read_candidates(n: int, seed: int) -> tuple[list[str], np.ndarray]:
    """A seeded sample of the Li structures of mp_crystals: formulas and labelled energies (NaN without a label)."""
    folder = fetch.locate(card_of("mp_crystals"))
    with gzip.open(folder / "li_candidates.txt.gz", "rt", encoding="utf-8") as file:
        wanted = set(file.read().split())
    with gzip.open(folder / "labels.csv.gz", "rt", encoding="utf-8") as file:
        names = next(file).rstrip().split(",")
        column = names.index("formation_energy_eV_per_atom")
        energy = {row[0]: float(row[column] or "nan") for row in (line.rstrip("\n").split(",") for line in file)}
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


def timed(title: str, n: int, work: Callable[[], Any]) -> Any:
    """Print processor time and rate of a stage; returns what it made."""
    start = time.process_time()
    result = work()
    spent = time.process_time() - start
    print(
        f"{title:42s}{n:6d} in {spent:6.1f} s: {n / max(spent, 1e-9):8.0f} a second, "
        f"{1000 * spent / n:6.2f} s a thousand",
        flush=True,
    )
    return result


def attempt(work: Callable[[], Any]) -> Any:
    """None where the reference lacks an element."""
    try:
        return work()
    except InputError:
        return None


def pymatgen_pair(formula: str, library: PhaseLibrary) -> int:
    """Kinks with LiCoO2 by pymatgen's own classes, from the same phases."""
    from pymatgen.analysis.interface_reactions import InterfacialReactivity
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition

    elements = frozenset(parse_formula(formula)) | frozenset(("Li", "Co", "O"))
    entries = [
        PDEntry(Composition(name), energy * Composition(name).num_atoms) for name, _, energy in library.phases(elements)
    ]
    found = InterfacialReactivity(
        Composition(formula), Composition("LiCoO2"), PhaseDiagram(entries), use_hull_energy=True
    )
    return len(found.get_kinks())


def main() -> None:
    """Print the rate of each stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=2000, help="candidates to evaluate")
    parser.add_argument("--seed", type=int, default=0)
    options = parse(parser, n=20)
    formulas, energy = read_candidates(options.n, options.seed)
    draws = energy[:, None] + np.random.default_rng(options.seed).normal(0.0, 0.05, (len(formulas), N_DRAWS))
    n, few = len(formulas), min(len(formulas), 100)
    SOURCE.load_phases(LARGE)  # makes the copy on disk
    reference = timed("phases read from the copy on disk", 95118, lambda: SOURCE.load_phases(LARGE))
    library = timed("phases sorted", len(reference.formulas), lambda: PhaseLibrary(reference))
    table = timed("hull, window, decomposition at 0 V", n, lambda: evaluate(formulas, draws, library))
    outcome = timed("outcome on lithium", n, lambda: li_outcome(table))
    air = timed("phases in humid air", len(reference.formulas), lambda: air_library(reference))
    timed(
        "reaction with moisture",
        n,
        lambda: [
            attempt(lambda f=f, e=e: moisture_energy_draws(parse_formula(f), air, e))
            for f, e in zip(formulas, draws, strict=True)
        ],
    )
    panel = CATHODES.load_panel()
    states = [state for cathode in panel for state in (cathode.formula, cathode.half_lithiated)]
    scanner = PairScanner(library, states)
    timed(f"reaction with {len(states)} states of cathodes", n, lambda: [scanner.kinks(f) for f in formulas])
    timed(
        "whole diagram with LiCoO2, in words",
        few,
        lambda: [attempt(lambda f=f: interface(f, "LiCoO2", library)) for f in formulas[:few]],
    )
    timed(
        "the same with pymatgen, sulfides",
        3,
        lambda: [pymatgen_pair(f, library) for f in ("Li3PS4", "Li6PS5Cl", "Li10GeP2S12")],
    )
    timed(
        "all equilibria over the voltage, in words",
        few,
        lambda: [attempt(lambda f=f: voltage_profile(f, library)) for f in formulas[:few]],
    )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"without answer {sum(path is None for path in table.paths)}, without own energy "
        f"{int(table.uses_hull_energy.sum())}, with outcome {int(np.isfinite(outcome.p_stable).sum())}; "
        f"peak memory {memory:.0f} MiB"
    )


if __name__ == "__main__":
    run(main)
