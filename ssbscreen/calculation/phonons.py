"""Whether a crystal at rest is stable against small displacements: phonons by finite displacements."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ssbscreen.calculation.straining import _Clock, primitive
from ssbscreen.core.crystal import ATOMIC_NUMBER, Crystal
from ssbscreen.core.errors import InputError

SOFT = 0.5  # THz; imaginary modes below are noise of small supercells and of a potential
_MOBILE = 0.5  # share of a soft mode that is of the mobile ion, from which on the framework is not what gives way


@dataclass(frozen=True)
class Phonons:
    """Softest mode at the wave vectors that a supercell holds exactly.

    Attributes:
        lowest: frequency, THz; below 0 it is imaginary.
        mobile_share: of the squared displacements in that mode, of the mobile ion.
        n_atoms: of the supercell.
        n_displacements: forces computed.
        seconds: of processor time.
    """

    lowest: float
    mobile_share: float
    n_atoms: int
    n_displacements: int
    seconds: float = 0.0

    @property
    def is_soft(self) -> bool:
        """Whether the framework gives way; a soft mode of the mobile ion alone is what conductors have."""
        return self.lowest < -SOFT and self.mobile_share < _MOBILE

    def words(self) -> str:
        """What the softest mode is."""
        kind = "imaginary " if self.lowest < 0.0 else ""
        return f"softest mode {kind}{abs(self.lowest):.2f} THz, {self.mobile_share:.0%} of it by the mobile ion"


def phonons(
    crystal: Crystal,
    calculator: Any,
    *,
    min_length: float = 8.0,
    max_atoms: int = 200,
    max_seconds: float = 1800.0,
    displacement: float = 0.02,
    ion: str = "Li",
) -> Phonons:
    """Phonons of a crystal at rest.

    Args:
        crystal: ordered, forces zero.
        calculator: of ASE.
        min_length: least length of the vectors of the supercell, angstrom.
        max_atoms: of the supercell.
        max_seconds: in all.
        displacement: angstrom.
        ion: the mobile one.

    Raises:
        InputError: the supercell is too large, or it takes too long.

    Source: A. Togo, J. Phys. Soc. Jpn. 92, 012001 (2023), 10.7566/JPSJ.92.012001 (phonopy).
    """
    from ase import Atoms
    from phonopy import Phonopy
    from phonopy.structure.atoms import PhonopyAtoms

    begin = time.process_time()
    lattice, frac, numbers = primitive(crystal)
    repeats = np.maximum(1, np.ceil(min_length / np.linalg.norm(lattice, axis=1) - 1e-6)).astype(int)
    if (n_atoms := len(numbers) * int(repeats.prod())) > max_atoms:
        raise InputError(
            f"phonons need a supercell of {n_atoms} atoms, {max_atoms} are allowed; raise max_atoms or lower min_length"
        )
    cell = PhonopyAtoms(numbers=numbers, scaled_positions=frac, cell=lattice)
    model = Phonopy(cell, supercell_matrix=np.diag(repeats), primitive_matrix=np.eye(3), log_level=0)
    model.generate_displacements(distance=displacement)
    clock, forces = _Clock(max_seconds), []
    for displaced in model.supercells_with_displacements or []:
        atoms = Atoms(displaced.numbers, scaled_positions=displaced.scaled_positions, cell=displaced.cell, pbc=True)
        atoms.calc = calculator
        forces.append(np.array(atoms.get_forces()))
        clock()
    model.forces = np.array(forces) - np.mean(forces, axis=1, keepdims=True)
    model.produce_force_constants()
    model.symmetrize_force_constants()
    found = _softest(model, repeats, np.asarray(numbers) == ATOMIC_NUMBER[ion], n_atoms, len(forces))
    return replace(found, seconds=time.process_time() - begin)


def _softest(model: Any, repeats: np.ndarray, is_ion: np.ndarray, n_atoms: int, n_displacements: int) -> Phonons:
    lowest, share = np.inf, 0.0
    for index in itertools.product(*map(range, repeats)):
        frequencies, modes = model.get_frequencies_with_eigenvectors(np.array(index) / repeats)
        start = 3 if not any(index) else 0  # three modes at the centre move the crystal as a whole
        order = np.argsort(np.abs(frequencies)) if start else np.arange(len(frequencies))
        for mode in order[start:]:
            if frequencies[mode] < lowest:
                weight = (np.abs(modes[:, mode]) ** 2).reshape(-1, 3).sum(axis=1) / model.primitive.masses
                lowest, share = float(frequencies[mode]), float(weight[is_ion].sum() / weight.sum())
    return Phonons(lowest, share, n_atoms, n_displacements)
