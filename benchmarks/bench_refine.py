"""Distances to the hull by a potential against those of the reference, on lithium compounds with small cells.

Every compound stands against the phases that compete with it, itself left out, once with the reference's energies and
once with those of the potential, everything relaxed or (--static) at the geometry of the data set. What was computed is
kept, so that a larger --n goes on where a smaller one ended.

    python benchmarks/bench_refine.py sevenn-l3i5 --n 200 --anions --static
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from arguments import parse, run
from ase import Atoms
from pymatgen.core import Composition

from ssbscreen.calculation import kept
from ssbscreen.calculation.calculated import check_scale
from ssbscreen.calculation.competing import Phase, competing, equilibrium, fractions_of
from ssbscreen.calculation.hull_distance import energy_of
from ssbscreen.calculation.kept import name_of
from ssbscreen.calculation.phase_structures import PhaseStructures
from ssbscreen.calculation.potentials import POTENTIALS, Potential
from ssbscreen.calculation.refine_settings import RefineSettings, load_refine_settings
from ssbscreen.calculation.straining import primitive
from ssbscreen.calculation.workbench import Workbench
from ssbscreen.core.anion_correction import anion_correction
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import SYMBOLS, Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.files.paths import cache_dir
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.screening.hulls.references import load_reference
from ssbscreen.sources.snapshot import SOURCE

SMALL = {"within": 0.01, "n_competing": 6}  # fewer phases than a refinement takes, so that many compounds can be had
NEAR = 0.10  # eV/atom above the hull of the reference, up to which a compound is taken
THERMAL = 0.025  # eV/atom
LEAST = 3  # compounds of which a line is printed
ANIONS = ("O", "S", "Cl", "F", "N", "Br", "I", "Se", "Te", "P")


@dataclass(frozen=True)
class Row:
    """A compound and its distances to the hull, eV/atom."""

    formula: str
    reference: float
    distance: float


@dataclass(frozen=True)
class Static:
    """Energy of a crystal as it is given, eV/atom."""

    energy: float


def main() -> None:
    """Compute what is lacking and print the errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("potential", nargs="?", choices=tuple(POTENTIALS), default="sevenn-l3i5")
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--max-atoms", type=int, default=14)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--static", action="store_true", help="energies at the given geometries, nothing relaxed")
    parser.add_argument("--anions", action="store_true", help=f"only compounds that hold one of {', '.join(ANIONS)}")
    given = parse(parser, n=1)
    torch.set_num_threads(1)
    library = PhaseLibrary(load_reference("embedded"))
    bench, potential = Workbench(cache_dir() / "calculated"), POTENTIALS[given.potential]
    settings = load_refine_settings()
    settings = settings.model_copy(
        update={"hull": settings.hull.model_copy(update=SMALL | {"max_atoms": 2 * given.max_atoms})}
    )
    structures: PhaseStructures | None = None
    rows: list[Row] = []
    n_tried = 0
    for candidate, energy in compounds(given.max_atoms, given.seed):
        if len(rows) == given.n:
            break
        assert candidate.composition is not None
        assert candidate.crystal is not None
        amounts = {str(el): float(x) for el, x in candidate.composition.get_el_amt_dict().items()}
        if given.anions and not set(ANIONS) & set(amounts):
            continue
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
        try:
            if given.static:
                own = static(candidate.crystal, bench, potential)
                values = [(phase, static_of(phase, bench, potential, settings, structures)) for phase in named]
            else:
                found = bench.at_rest(candidate.crystal, potential, settings.relax.effort())
                if found.reason:
                    raise InputError(found.reason)
                own = found.energy
                values = [(phase, energy_of(phase, bench, potential, settings, structures)) for phase in named]
            phases = [Phase(p.formula, p.fractions, value, p.above_plane) for p, value in values if value is not None]
            distance = own - equilibrium(fractions_of(amounts), phases).energy
        except InputError as error:
            print(f"  {candidate.candidate_id} {candidate.formula}: {error}", flush=True)
            continue
        rows.append(Row(candidate.formula, reference, distance))
        print(f"{len(rows)} {candidate.candidate_id} {candidate.formula}: {reference:+.3f} {distance:+.3f}", flush=True)
    report(potential.title + (", static" if given.static else ", relaxed"), rows, n_tried)


def static(crystal: Crystal, bench: Workbench, potential: Potential) -> float:
    """Energy of the primitive cell as it is given, kept, eV/atom."""
    path = cache_dir() / "calculated" / potential.name / "static" / f"{name_of(crystal=crystal)}.json"
    found = kept.read(Static, path)
    if found is None:
        lattice, frac, numbers = primitive(crystal)
        atoms = Atoms(numbers=numbers, scaled_positions=frac, cell=lattice, pbc=True)
        atoms.calc = bench.calculator(potential)
        found = Static(float(atoms.get_potential_energy()) / len(atoms))
        kept.keep(found, path)
    return found.energy


def static_of(
    phase: Phase, bench: Workbench, potential: Potential, given: RefineSettings, structures: PhaseStructures
) -> float | None:
    """Least energy of a phase's crystals as they are given, eV/atom; None where none is known."""
    crystals = [c.crystal for c in structures.of(phase.fractions, given.hull.max_atoms) if c.crystal is not None]
    return min((static(crystal, bench, potential) for crystal in crystals), default=None)


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


def report(title: str, rows: list[Row], n_tried: int) -> None:
    """Errors in all, by anion, and of those that lie near the hull and those that do not."""
    error = np.array([row.distance - row.reference for row in rows])
    print(f"{title}: {len(rows)} of {n_tried} compounds; {words(error)}")
    groups = {f"with {symbol}": [symbol in Composition(row.formula) for row in rows] for symbol in ANIONS}
    groups["without an anion"] = [not any(el in Composition(row.formula) for el in ANIONS) for row in rows]
    groups["at most 25 meV/atom above the hull"] = [row.reference <= THERMAL for row in rows]
    groups["farther above it"] = [row.reference > THERMAL for row in rows]
    for name, inside in groups.items():
        if sum(inside) >= LEAST:
            print(f"  {name}: {sum(inside)}; {words(error[np.array(inside)])}")


def words(error: np.ndarray) -> str:
    """Mean, spread and tails, meV/atom."""
    e = 1e3 * error
    return (
        f"mean {e.mean():+.0f}, mean absolute {np.abs(e).mean():.0f}, median absolute {np.median(np.abs(e)):.0f}, root "
        f"mean square {np.sqrt((e**2).mean()):.0f}, nine tenths within {np.quantile(np.abs(e), 0.9):.0f} meV/atom"
    )


if __name__ == "__main__":
    run(main)
