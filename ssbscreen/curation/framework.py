"""What an electrode is apart from its lithium, and which energies a test of voltages must not have seen.

A voltage is a difference of two energies. Whoever knows the energy of any structure of a framework, at whatever
lithium content, knows part of its voltage, so that no such energy may enter the training of a model that is scored
on that framework.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from pymatgen.core import Composition


def framework_chemsys(composition: Composition, working_ion: str = "Li") -> str:
    """Elements without the working ion, sorted and joined by "-"; empty for the ion alone.

    The same for every way to write a formula: any lithium content, supercell, charge label or order of elements.
    """
    symbols = {getattr(species, "symbol", str(species)) for species, amount in composition.items() if amount > 1e-8}
    return "-".join(sorted(symbols - {working_ion}))


def forbidden_energies(compositions: Sequence[Composition | None], held_out: Collection[str]) -> np.ndarray:
    """Which compositions must not bring an energy into a training that is scored on held-out framework systems.

    Args:
        compositions: of the structures whose energies could be used; None (a polymer) is never forbidden.
        held_out: framework systems of test and validation rows.

    Returns:
        # (n,) bool
    """
    systems = {"-".join(sorted(system.split("-"))) for system in held_out}
    return np.array([c is not None and framework_chemsys(c) in systems for c in compositions], dtype=bool)
