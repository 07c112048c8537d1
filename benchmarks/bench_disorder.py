"""A disordered crystal as an average against sampled orderings of it: moduli, gap and energy from the shipped models.

Usage: python benchmarks/bench_disorder.py [--crystals N] [--orderings N] [--seed N]
Crystals with partial occupancies come from the OBELiX source. In each ordering every set of equally occupied sites of
a supercell gets whole atoms in its proportions at random, none closer than 1.2 angstrom to another.
"""

from __future__ import annotations

import argparse

import numpy as np
from arguments import parse, run

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.prediction.predictor import predict
from ssbscreen.sources.obelix import SOURCE

PROPERTIES = ("bulk_modulus", "shear_modulus", "band_gap_pbe", "formation_energy")
_MIN_SITES, _MAX_SITES = 40, 250
_CLOSEST = 1.2  # angstrom


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
            if wanted and not np.any((distance[site] < _CLOSEST) & (chosen > 0)):
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
    mean = predict(averages, PROPERTIES)
    spread = predict([c for own in orderings for c in own], PROPERTIES)
    print(
        f"{len(averages)} disordered crystals, {given.orderings} orderings each, seed {given.seed}: "
        f"{', '.join(c.formula for c in averages)}"
    )
    for key in PROPERTIES:
        each = spread.by_property[key].mean.reshape(len(averages), -1)
        stated = np.hypot(mean.by_property[key].std_aleatoric, mean.by_property[key].std_epistemic)
        gap = mean.by_property[key].mean - each.mean(axis=1)
        print(
            f"{key}: average minus mean of orderings {gap.mean():+.3f} (mean of sizes {abs(gap).mean():.3f}), "
            f"spread of orderings {each.std(axis=1, ddof=1).mean():.3f}, stated std {stated.mean():.3f}"
        )


if __name__ == "__main__":
    run(main)
