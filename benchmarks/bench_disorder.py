"""One ordered state, and the average, of a disordered crystal against sampled orderings, by the shipped models.

Usage: python benchmarks/bench_disorder.py [--crystals N] [--orderings N] [--seed N]
Crystals with partial occupancies come from the OBELiX source. In each ordering every set of equally occupied sites of
a supercell gets whole atoms in its proportions at random, none closer than 1.2 angstrom to another. Prints moduli (in
log10), gap and energy, and the processor time of each way.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from arguments import parse, run

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.prediction import PropertyPrediction
from ssbscreen.featurize.base import CRYSTAL
from ssbscreen.featurize.neighbours import EXCLUSIVE
from ssbscreen.prediction.loaded_model import load_model
from ssbscreen.prediction.predictor import predict
from ssbscreen.prediction.shared_items import SharedItems
from ssbscreen.sources.obelix import SOURCE
from ssbscreen.training.registry import active_models

PROPERTIES = ("bulk_modulus", "shear_modulus", "band_gap_pbe", "formation_energy")
_MIN_SITES, _MAX_SITES = 40, 250


def supercell(crystal: Crystal) -> tuple[Crystal, np.ndarray]:
    """The crystal repeated along its shortest axes until it has enough sites, and the old site of each new one."""
    times = np.ones(3, dtype=int)
    lengths = np.linalg.norm(crystal.lattice, axis=1)
    while crystal.n_sites * times.prod() < _MIN_SITES:
        times[np.argmin(lengths * times)] += 1
    shifts = np.stack(np.meshgrid(*[np.arange(t) for t in times], indexing="ij"), axis=-1).reshape(-1, 3)
    frac = ((crystal.frac[None] + shifts[:, None]) / times).reshape(-1, 3)
    copies, n = len(shifts), crystal.n_sites
    occupants = np.concatenate([crystal.occupant_site + n * c for c in range(copies)])
    large = Crystal(
        crystal.lattice * times[:, None],
        frac,
        occupants,
        np.tile(crystal.occupant_z, copies),
        np.tile(crystal.occupancy, copies),
    )
    return large, np.tile(np.arange(n), copies)


def ordering(crystal: Crystal, rng: np.random.Generator) -> Crystal | None:
    """One ordered crystal of the same composition, as far as whole atoms allow; None where no room was found."""
    occupants: list[dict[int, float]] = [{} for _ in range(crystal.n_sites)]
    for site, z, share in zip(crystal.occupant_site, crystal.occupant_z, crystal.occupancy, strict=True):
        occupants[site][int(z)] = float(share)
    kinds: dict[tuple[tuple[int, float], ...], list[int]] = {}
    for site, held in enumerate(occupants):
        kinds.setdefault(tuple(sorted((z, round(s, 3)) for z, s in held.items())), []).append(site)
    delta = crystal.frac[:, None] - crystal.frac[None]
    distance = np.linalg.norm((delta - np.round(delta)) @ crystal.lattice, axis=2)
    chosen = np.zeros(crystal.n_sites, dtype=int)
    for kind, sites in sorted(kinds.items(), key=lambda item: -sum(s for _, s in item[0])):
        wanted = [z for z, share in kind for _ in range(round(share * len(sites)))][: len(sites)]
        rng.shuffle(wanted)
        for site in rng.permutation(sites):
            if wanted and not np.any((distance[site] < EXCLUSIVE) & (chosen > 0)):
                chosen[site] = wanted.pop()
        if wanted:
            return None
    kept = np.flatnonzero(chosen)
    return Crystal.ordered(crystal.lattice, crystal.frac[kept], chosen[kept])


def main() -> None:
    """Print one line a property."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crystals", type=int, default=20)
    parser.add_argument("--orderings", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    given = parse(parser, crystals=2, orderings=2)
    rng = np.random.default_rng(given.seed)
    pool = [c for c in SOURCE.load().candidates if c.crystal is not None and not c.crystal.is_ordered]
    averages: list[Candidate] = []
    orderings: list[list[Candidate]] = []
    for number in rng.permutation(len(pool)):
        candidate = pool[int(number)]
        assert candidate.crystal is not None
        large, _ = supercell(candidate.crystal)
        if large.n_sites > _MAX_SITES or len(averages) == given.crystals:
            continue
        found = [made for _ in range(3 * given.orderings) if (made := ordering(large, rng)) is not None]
        if len(found) >= given.orderings:
            averages.append(candidate)
            orderings.append(
                [Candidate(f"{candidate.candidate_id} {i}", crystal=c) for i, c in enumerate(found[: given.orderings])]
            )
    start = time.process_time()
    ordered = predict(averages, PROPERTIES).by_property
    middle = time.process_time()
    average = as_averages(averages)
    end = time.process_time()
    sampled = predict([c for own in orderings for c in own], PROPERTIES).by_property
    print(
        f"{len(averages)} disordered crystals, {given.orderings} orderings each, seed {given.seed}: "
        f"{', '.join(c.formula for c in averages)}"
    )
    print(f"seconds: ordered states {middle - start:.1f}, averages {end - middle:.1f}")
    for key in PROPERTIES:
        each = sampled[key].mean.reshape(len(averages), -1)
        centre = each.mean(axis=1)
        lines = [
            f"{name} {offset(column[key].mean - centre)}"
            for name, column in (("ordered state", ordered), ("average", average))
        ]
        print(
            f"{key} minus mean of sampled orderings: {'; '.join(lines)}; spread of these "
            f"{each.std(axis=1, ddof=1).mean():.3f}, stated std {np.nanmean(ordered[key].std):.3f}"
        )


def offset(difference: np.ndarray) -> str:
    """Mean and root mean square."""
    return f"{difference.mean():+.3f} (rms {np.sqrt((difference**2).mean()):.3f})"


class Averages(SharedItems):
    """Disordered crystals as they are."""

    def seen(self, i: int) -> Candidate:
        """The candidate itself."""
        return self.candidates[i]


def as_averages(candidates: list[Candidate]) -> dict[str, PropertyPrediction]:
    """Predictions of averaged cells."""
    shared, found = Averages(candidates), {}
    for folder, card in active_models():
        wanted = [key for key in card.properties if key in PROPERTIES]
        if wanted and card.kind == CRYSTAL:
            found |= load_model(folder).predict_shared(shared, np.arange(len(candidates)), wanted)
    return found


if __name__ == "__main__":
    run(main)
