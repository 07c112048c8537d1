"""What plates and rods leave of a cell's energy, by stack pressure: the table of docs/how/making.md.

python benchmarks/bench_fixture.py
"""

from __future__ import annotations

import argparse

from arguments import parse, run

from ssbscreen.physics.fixture import energy_with_fixture, fixture_mass

WIDTH, HEIGHT, BOW = 10.0, 15.0, 1e-3  # cm, cm and share of the width: the medians of configs/profiles/_base.yaml
ENERGY_GRAV, ENERGY_VOL = 450.0, 1000.0  # Wh/kg and Wh/L of the stack alone


def main() -> None:
    """Print one line a pressure."""
    parse(argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter))
    for pressure in (0.1, 1.0, 5.0, 20.0, 50.0):
        mass = float(fixture_mass(pressure, WIDTH, HEIGHT, BOW))
        left = float(energy_with_fixture(ENERGY_GRAV, ENERGY_VOL, mass, HEIGHT))
        print(f"{pressure:g} MPa: {mass:.0f} kg/m2, {left:.0f} Wh/kg")


if __name__ == "__main__":
    run(main)
