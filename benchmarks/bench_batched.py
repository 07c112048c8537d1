"""Crystals relaxed together by torch-sim against the same crystals relaxed one by one: energy, volume, processor time.

The ordered structure types of this project, smallest cells first. Needs Python 3.12 and the extra `batched`.

    python benchmarks/bench_batched.py sevenn-l3i5 --n 12
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from arguments import parse, run

from ssbscreen.calculation.batched import load_model, relax_together
from ssbscreen.calculation.calculated import calculate
from ssbscreen.calculation.potential_loading import load_calculator
from ssbscreen.calculation.potentials import POTENTIALS
from ssbscreen.calculation.refine_settings import load_refine_settings
from ssbscreen.calculation.straining import primitive
from ssbscreen.sources.prototypes import load_prototypes


def main() -> None:
    """Relax both ways and print how far they differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("potential", nargs="?", choices=tuple(POTENTIALS), default="sevenn-l3i5")
    parser.add_argument("--n", type=int, default=12)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    given = parse(parser, n=2)
    torch.set_num_threads(1)
    potential, effort = POTENTIALS[given.potential], load_refine_settings().relax.effort()
    model = load_model(potential, given.device)
    calculator = load_calculator(potential, given.device)
    ordered = [row for row in load_prototypes() if row.primitive.crystal.is_ordered]
    sizes = [(len(primitive(row.primitive.crystal)[1]), row.name, row.primitive.crystal) for row in ordered]
    rows = sorted(sizes, key=lambda row: row[:2])[: given.n]
    begin = time.process_time()
    together = relax_together([crystal for _, _, crystal in rows], model, effort)
    middle = time.process_time()
    singly = [calculate(crystal, calculator, effort, has_tensor=False) for _, _, crystal in rows]
    end = time.process_time()
    energies, volumes = [], []
    for (n, name, _), one, other in zip(rows, together, singly, strict=True):
        if one.reason or other.reason:
            print(f"{name} ({n} atoms): together '{one.reason}', singly '{other.reason}'")
            continue
        energies.append(1e3 * (one.energy - other.energy))
        volumes.append(one.volume / other.volume - 1.0)
        print(f"{name} ({n} atoms): {energies[-1]:+.2f} meV/atom, volume {volumes[-1]:+.2%}")
    if energies:
        print(
            f"{potential.title}: {len(energies)} of {len(rows)} at rest both ways; largest difference "
            f"{np.abs(energies).max():.2f} meV/atom, {np.abs(volumes).max():.2%} of the volume; processor time "
            f"{middle - begin:.0f} s together, {end - middle:.0f} s one by one ({given.device})"
        )


if __name__ == "__main__":
    run(main)
