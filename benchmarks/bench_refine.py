"""Distances to the hull by a potential against those of the reference, on lithium compounds with small cells.

Every compound stands against the phases that compete with it, itself left out, once with the reference's energies and
once with everything relaxed by the potential. Cells at rest are kept, so that a larger --n goes on where a smaller one
ended.

    python benchmarks/bench_refine.py sevenn-l3i5 --n 200
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
import torch
from arguments import parse, run
from pymatgen.core import Composition

from ssbscreen.calculation.calculated import check_scale
from ssbscreen.calculation.competing import Phase, competing, equilibrium, fractions_of
from ssbscreen.calculation.phase_structures import PhaseStructures
from ssbscreen.calculation.potentials import POTENTIALS
from ssbscreen.calculation.refine_settings import load_refine_settings
from ssbscreen.calculation.steps import energy_of
from ssbscreen.calculation.straining import primitive
from ssbscreen.calculation.workbench import Workbench
from ssbscreen.core.anion_correction import anion_correction
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import SYMBOLS
from ssbscreen.core.errors import InputError
from ssbscreen.files.paths import cache_dir
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.screening.references import load_reference
from ssbscreen.sources.snapshot import SOURCE

SMALL = {"within": 0.01, "n_competing": 6}  # fewer phases than a refinement takes, so that many compounds can be had
NEAR = 0.10  # eV/atom above the hull of the reference, up to which a compound is taken
ANIONS = ("O", "S", "Cl", "F", "N", "Br", "I")


def main() -> None:
    """Compute what is lacking and print the errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("potential", nargs="?", choices=tuple(POTENTIALS), default="sevenn-l3i5")
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--max-atoms", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    given = parse(parser, n=1)
    torch.set_num_threads(1)
    library = PhaseLibrary(load_reference("embedded"))
    bench, potential = Workbench(cache_dir() / "calculated"), POTENTIALS[given.potential]
    settings = load_refine_settings()
    settings = settings.model_copy(
        update={"hull": settings.hull.model_copy(update=SMALL | {"max_atoms": 2 * given.max_atoms})}
    )
    structures: PhaseStructures | None = None
    rows: list[tuple[str, float, float]] = []
    n_tried = 0
    for candidate, energy in compounds(given.max_atoms, given.seed):
        if len(rows) == given.n:
            break
        assert candidate.composition is not None
        assert candidate.crystal is not None
        amounts = {str(el): float(x) for el, x in candidate.composition.get_el_amt_dict().items()}
        try:
            check_scale(set(amounts), potential)
            named = competing(amounts, library, settings.hull.within, settings.hull.n_competing)
            reference = energy + anion_correction(amounts) - equilibrium(fractions_of(amounts), named).energy
        except InputError:
            continue
        if not -0.2 < reference < NEAR:
            continue
        structures = structures or PhaseStructures(ALL)
        if not all(structures.of(phase.fractions, settings.hull.max_atoms) for phase in named if not phase.above_plane):
            continue
        n_tried += 1
        found = bench.at_rest(candidate.crystal, potential, settings.relax.effort())
        values = [(phase, energy_of(phase, bench, potential, settings, structures)) for phase in named]
        phases = [Phase(p.formula, p.fractions, value, p.above_plane) for p, value in values if value is not None]
        try:
            if found.reason:
                raise InputError(found.reason)
            distance = found.energy - equilibrium(fractions_of(amounts), phases).energy
        except InputError as error:
            print(f"  {candidate.candidate_id} {candidate.formula}: {error}", flush=True)
            continue
        rows.append((candidate.formula, reference, distance))
        print(f"{len(rows)} {candidate.candidate_id} {candidate.formula}: {reference:+.3f} {distance:+.3f}", flush=True)
    report(potential.title, rows, n_tried)


ALL = SYMBOLS[1:]


def compounds(max_atoms: int, seed: int) -> Iterator[tuple[Candidate, float]]:
    """Labelled lithium compounds with small cells in random order, and their labels in eV/atom."""
    records = SOURCE.load(("formation_energy",))
    labels = {m.candidate_id: m.value for m in records.measurements}
    own = [
        c for c in records.candidates if c.composition is not None and "Li" in c.composition and len(c.composition) > 1
    ]
    for row in np.random.default_rng(seed).permutation(len(own)):
        candidate = own[int(row)]
        assert candidate.crystal is not None
        if candidate.crystal.n_sites <= 2 * max_atoms and len(primitive(candidate.crystal)[1]) <= max_atoms:
            yield candidate, labels[candidate.candidate_id]


def report(title: str, rows: list[tuple[str, float, float]], n_tried: int) -> None:
    """Errors in all and by anion."""
    error = np.array([distance - reference for _, reference, distance in rows])
    print(f"{title}: {len(rows)} of {n_tried} compounds; {words(error)}")
    for symbol in ANIONS:
        own = np.array([symbol in Composition(formula) for formula, _, _ in rows])
        if own.sum() >= 3:
            print(f"  with {symbol}: {int(own.sum())}; {words(error[own])}")


def words(error: np.ndarray) -> str:
    """Mean, spread and tails, meV/atom."""
    e = 1e3 * error
    return (
        f"mean {e.mean():+.0f}, mean absolute {np.abs(e).mean():.0f}, median absolute {np.median(np.abs(e)):.0f}, root "
        f"mean square {np.sqrt((e**2).mean()):.0f}, nine tenths within {np.quantile(np.abs(e), 0.9):.0f} meV/atom"
    )


if __name__ == "__main__":
    run(main)
