"""How often the gate against soft frameworks stops what was made: phonons of known lithium compounds at rest.

Two groups, smallest cells first: the ordered structure types of this project, whose structures were published, and, of
every compound of lithium with an anion that is on record as made, the polymorph of least energy in `mp_crystals`.
Settings are those of `refine`. What was computed is kept, so that a larger --n goes on where a smaller one ended.

    python benchmarks/bench_soft.py sevenn-l3i5 --n 60
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import torch
from arguments import parse, run
from scipy.stats import binomtest

from ssbscreen.calculation import steps
from ssbscreen.calculation.kept import name_of
from ssbscreen.calculation.phonons import Phonons
from ssbscreen.calculation.potentials import POTENTIALS
from ssbscreen.calculation.refine_settings import load_refine_settings
from ssbscreen.calculation.straining import primitive
from ssbscreen.calculation.workbench import Failure, Workbench
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import DataUnavailable
from ssbscreen.files.paths import cache_dir
from ssbscreen.generation.known_compounds import composition_key, made_compounds
from ssbscreen.sources.prototypes import load_prototypes
from ssbscreen.sources.snapshot import SOURCE

ANIONS = frozenset("H B C N O F P S Cl Se Br Te I".split())
MOST_ELEMENTS = 3  # of the second group


def main() -> None:
    """Compute what is lacking and print how many are called soft."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("potential", nargs="?", choices=tuple(POTENTIALS), default="sevenn-l3i5")
    parser.add_argument("--n", type=int, default=60, help="compounds of both groups together")
    parser.add_argument("--max-atoms", type=int, default=16, help="of the primitive cell")
    parser.add_argument("--config", type=Path, help="settings in the form of configs/refine.yaml")
    given = parse(parser, n=1)
    torch.set_num_threads(1)
    settings, potential = load_refine_settings(given.config), POTENTIALS[given.potential]
    bench = Workbench(cache_dir() / "calculated" / potential.name)
    compounds = sorted([*published(given.max_atoms), *on_record(given.max_atoms)], key=lambda row: (row[0], row[1]))
    found: dict[str, list[Phonons]] = {}
    for n_atoms, name, group, crystal in compounds[: given.n]:
        rested = bench.at_rest(crystal, potential, settings.relax.effort())
        if rested.reason or rested.crystal is None:
            print(f"  {name}: {rested.reason}", flush=True)
            continue
        at_rest = Crystal.from_record(rested.crystal)
        key = name_of(crystal=at_rest, weights=potential.sha256, given=settings.phonons.model_dump(exclude={"top"}))
        result = bench.result(
            "phonons", Phonons, key, lambda at=at_rest: steps.soft_modes(at, bench, potential, settings)
        )
        if isinstance(result, Failure):
            print(f"  {name}: {result.reason}", flush=True)
            continue
        found.setdefault(group, []).append(result)
        verdict = "SOFT" if result.is_soft else "imaginary, mobile" if result.lowest < 0.0 else "stands"
        print(f"{name} ({n_atoms} atoms, {group}): {verdict}; {result.words()}", flush=True)
    for group, results in found.items():
        report(group, results)
    report("all", [one for results in found.values() for one in results])


def published(max_atoms: int) -> Iterator[tuple[int, str, str, Crystal]]:
    """Ordered structure types of this project with lithium."""
    for row in load_prototypes():
        crystal = row.primitive.crystal
        if crystal.is_ordered and "Li" in row.composition and (n := len(primitive(crystal)[1])) <= max_atoms:
            yield n, row.name, "published structure", crystal


def on_record(max_atoms: int) -> Iterator[tuple[int, str, str, Crystal]]:
    """Compounds with an anion on record as made, none of the first group, each as its polymorph of least energy."""
    taken = {composition_key(row.composition) for row in load_prototypes()}
    made = {composition_key(c.composition) for c in made_compounds() if c.composition is not None} - taken
    try:
        records = SOURCE.load(("formation_energy",))
    except DataUnavailable:
        return
    energies = {m.candidate_id: m.value for m in records.measurements}
    best: dict[object, Candidate] = {}
    for c in records.candidates:
        composition = c.composition
        if composition is None or "Li" not in composition or not 2 <= len(composition) <= MOST_ELEMENTS:
            continue
        if not ANIONS & {str(element) for element in composition}:
            continue
        if (key := composition_key(composition)) in made:
            held = best.get(key)
            if held is None or energies[c.candidate_id] < energies[held.candidate_id]:
                best[key] = c
    for c in best.values():
        assert c.crystal is not None
        assert c.composition is not None
        if c.crystal.n_sites <= 2 * max_atoms and (n := len(primitive(c.crystal)[1])) <= max_atoms:
            yield n, f"{c.composition.reduced_formula} {c.candidate_id}", "composition on record", c.crystal


def report(group: str, results: list[Phonons]) -> None:
    """Share that is called soft, with Wilson's 95 % interval."""
    n_soft, n = sum(one.is_soft for one in results), len(results)
    if n:
        interval = binomtest(n_soft, n).proportion_ci(method="wilson")
        n_imaginary = sum(one.lowest < 0.0 and not one.is_soft for one in results)
        print(
            f"{group}: {n_soft} of {n} called soft, {n_soft / n:.0%} ({interval.low:.0%} to {interval.high:.0%}); "
            f"{n_imaginary} more have an imaginary mode that does not count"
        )


if __name__ == "__main__":
    run(main)
