"""Diffusion in known lithium conductors by molecular dynamics with a pretrained potential, against published values.

Ordered structures of the data set `mp_crystals` (data fetch mp_crystals) and prototypes; cells relaxed by the same
potential. Runs are kept, so that the same command goes on where it was stopped.

    python benchmarks/bench_diffusion.py --run Li6PS5Cl --potential chgnet
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from arguments import parse, run

from ssbscreen.calculation import dynamics
from ssbscreen.calculation.dynamics import Dynamics
from ssbscreen.calculation.potentials import POTENTIALS, load_calculator
from ssbscreen.calculation.straining import Effort, relax
from ssbscreen.core.crystal import Crystal
from ssbscreen.featurize.ordering import ordered_state
from ssbscreen.files.paths import cache_dir
from ssbscreen.sources.prototypes import SOURCE as PROTOTYPES
from ssbscreen.sources.snapshot import SOURCE as SNAPSHOT

STRUCTURES = {  # conductor -> mp_crystals id or prototype, temperatures in K, least distance of images in angstrom
    "Li6PS5Cl": ("mp-985592", (750.0, 900.0), 8.5),
    "Li10GeP2S12": ("mp-696128", (850.0, 1050.0), 8.5),
    "Li3YCl6": ("prototype li3ycl6", (750.0, 900.0), 6.0),
    "Li3N": ("mp-2251", (800.0, 1000.0), 7.0),
    "Li7La3Zr2O12": ("mp-942733", (1200.0, 1500.0), 8.5),
}
EFFORT = Dynamics(picoseconds=4.0, equilibration_ps=0.8, max_atoms=120)


def main() -> None:
    """Run what is lacking."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", choices=tuple(STRUCTURES), action="append")
    parser.add_argument("--potential", choices=tuple(POTENTIALS), default="chgnet")
    given = parse(parser)
    torch.set_num_threads(1)
    calculator = load_calculator(POTENTIALS[given.potential])
    for name in given.run or STRUCTURES:
        source, temperatures, length = STRUCTURES[name]
        crystal = structure_of(source)
        at_rest = relax(crystal, calculator, Effort(max_atoms=200, max_seconds=3600.0, force=0.02, stress=0.2)).crystal
        effort = replace(EFFORT, min_length=length)
        cell = dynamics.supercell(at_rest, effort)
        print(name, cell.get_chemical_formula(), cell.cell.lengths().round(2), flush=True)
        for kelvin in reversed(temperatures):
            path = folder_of(given.potential, name) / f"{kelvin:.0f}K.npz"
            found = dynamics.run(cell, calculator, kelvin, effort, path, 1e6)
            print(f"  {kelvin:g} K: {found.picoseconds:.1f} ps in {found.seconds:.0f} s", flush=True)


def folder_of(potential: str, name: str) -> Path:
    """Where runs are kept."""
    return cache_dir() / "diffusion" / potential / name


def structure_of(source: str) -> Crystal:
    """Ordered structure of a conductor."""
    if source.startswith("prototype "):
        wanted = source.removeprefix("prototype ")
        found = next(c for c in PROTOTYPES.load().candidates if wanted in c.candidate_id)
        assert found.crystal is not None
        return ordered_state(found.crystal)
    found = next(c for c in SNAPSHOT.pool().candidates if c.candidate_id == source)
    assert found.crystal is not None
    return found.crystal


if __name__ == "__main__":
    run(main)
