"""Formation energies by a potential against the labels: what every anion is to be given, and the error that is left.

Random crystals of `mp_crystals` with small cells, of elements whose own energy by the potential is known, one a
formula; compounds of metals with a Hubbard U are left out, as `label` leaves them out. Energies are those of the
labelled cells as they are given. The anion terms are the least absolute differences; the error is that of formulas
left out of the fit. The terms go into the card of the potential.

    python benchmarks/fit_anion_scale.py sevenn-l3i5
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from arguments import parse, run
from ase import Atoms

from ssbscreen.calculation.calculated import check_scale, from_elements
from ssbscreen.calculation.potential_loading import load_calculator
from ssbscreen.calculation.potentials import POTENTIALS, Potential, elemental_energies
from ssbscreen.calculation.straining import primitive
from ssbscreen.core.anion_correction import anion_correction
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.sources.snapshot import SOURCE

ANIONS = ("O", "F", "Cl", "Br", "I", "S", "Se", "N", "H")
N_FOLDS = 5
FLOOR = 0.01  # eV/atom, of the differences that share their weight


def main() -> None:
    """Calculate, fit, and score on formulas left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("potential", nargs="?", choices=tuple(POTENTIALS), default="sevenn-l3i5")
    parser.add_argument("--n", type=int, default=300)
    parser.add_argument("--max-atoms", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    given = parse(parser, n=20)
    torch.set_num_threads(1)
    potential = POTENTIALS[given.potential]
    elements = elemental_energies(potential.name)
    calculator: Any = load_calculator(potential)
    rows, differences, formulas = [], [], []
    for formula, amounts, crystal, label in compounds(potential, elements, given.max_atoms, given.seed):
        lattice, frac, numbers = primitive(crystal)
        atoms = Atoms(numbers=numbers, scaled_positions=frac, cell=lattice, pbc=True, calculator=calculator)
        energy = float(atoms.get_potential_energy()) / len(atoms)
        differences.append(label + anion_correction(amounts) - from_elements(energy, amounts, elements))
        rows.append([anion_correction(amounts, {**dict.fromkeys(ANIONS, 0.0), a: 1.0}) for a in ANIONS])
        formulas.append(formula)
        if len(formulas) == given.n:
            break
    report(np.array(rows), np.array(differences), np.array(formulas))


def compounds(
    potential: Potential, elements: Mapping[str, float], max_atoms: int, seed: int
) -> Iterator[tuple[str, dict[str, float], Crystal, float]]:
    """Labelled compounds in random order: formula, amounts, crystal and label in eV/atom."""
    records = SOURCE.load(("formation_energy",))
    labels = {m.candidate_id: m.value for m in records.measurements}
    seen: set[str] = set()
    for row in np.random.default_rng(seed).permutation(len(records.candidates)):
        candidate = records.candidates[int(row)]
        crystal, formula = candidate.crystal, candidate.formula
        if crystal is None or candidate.composition is None or formula is None or formula in seen:
            continue
        amounts = {str(s): float(n) for s, n in candidate.composition.items()}
        if len(amounts) < 2 or not set(amounts) <= set(elements) or candidate.candidate_id not in labels:
            continue
        try:
            check_scale(set(amounts), potential)
        except InputError:
            continue
        if crystal.n_sites <= 4 * max_atoms and len(primitive(crystal)[1]) <= max_atoms:
            seen.add(formula)
            yield formula, amounts, crystal, labels[candidate.candidate_id]


def report(rows: np.ndarray, differences: np.ndarray, formulas: np.ndarray) -> None:
    """Errors before and after, by anion, and the terms."""
    fold = np.array([zlib.crc32(formula.encode()) % N_FOLDS for formula in formulas])
    left = np.zeros(len(differences))
    for k in range(N_FOLDS):
        left[fold == k] = differences[fold == k] - rows[fold == k] @ least_absolute(
            rows[fold != k], differences[fold != k]
        )
    print(f"{len(formulas)} compounds; without anion terms {words(differences)}; formulas left out {words(left)}")
    terms = least_absolute(rows, differences)
    for name, column, term in zip(ANIONS, rows.T, terms, strict=True):
        if (inside := column > 0).any():
            print(f"  {name}: {term:+.3f} eV per anion; {inside.sum()} compounds, left out {words(left[inside])}")
    if not (rows.sum(axis=1) > 0).all():
        print(f"  without an anion: {words(left[rows.sum(axis=1) == 0])}")
    for i in np.argsort(-np.abs(left))[:8]:
        print(f"  farthest: {formulas[i]} {left[i]:+.3f}")


def words(error: np.ndarray) -> str:
    """Size of differences."""
    size = np.abs(error)
    return (
        f"mean absolute {size.mean():.3f}, median {np.median(size):.3f}, root mean square "
        f"{np.sqrt((error**2).mean()):.3f} eV/atom"
    )


def least_absolute(rows: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Terms of least absolute difference, by reweighted least squares.  # (n_anions,)"""
    weight = np.ones(len(values))
    terms = np.zeros(rows.shape[1])
    for _ in range(100):
        root = np.sqrt(weight)
        terms = np.linalg.lstsq(rows * root[:, None], values * root, rcond=None)[0]
        weight = 1.0 / np.maximum(np.abs(values - rows @ terms), FLOOR)
    return terms


if __name__ == "__main__":
    run(main)
