"""What an electrode is apart from its lithium, and which energies a test of voltages must not have seen.

A voltage is a difference of two energies. Whoever knows the energy of any structure of a framework, at whatever
lithium content, knows part of its voltage, so that no such energy may enter the training of a model that is scored
on that framework.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Measurement
from ssbscreen.core.errors import UsageError

ENERGY_LIKE = frozenset(
    {
        "formation_energy",
        "energy_above_hull",
        "stability_charge",
        "stability_discharge",
        "average_voltage",
        "energy_grav",
        "energy_vol",
    }
)
"""Properties that are energies, or from which an energy follows by stoichiometry."""


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


def leaks(
    candidates: Iterable[Candidate], measurements: Iterable[Measurement], held_out: Collection[str]
) -> tuple[Measurement, ...]:
    """Measurements of energies in held-out framework systems among those that a training would see."""
    known = {c.candidate_id: c.composition for c in candidates}
    found = [m for m in measurements if m.property in ENERGY_LIKE]
    bad = forbidden_energies([known.get(m.candidate_id) for m in found], held_out)
    return tuple(m for m, is_bad in zip(found, bad, strict=True) if is_bad)


def check_no_leak(
    candidates: Iterable[Candidate], measurements: Iterable[Measurement], held_out: Collection[str]
) -> None:
    """Refuse training records that hold an energy of a held-out framework system.

    Raises:
        UsageError: there is one; the message names the first few.
    """
    found = leaks(candidates, measurements, held_out)
    if found:
        names = ", ".join(f"{m.source}:{m.candidate_id} {m.property}" for m in found[:3])
        raise UsageError(
            f"{len(found)} energies of held-out framework systems are among the training records "
            f"({names}, ...); leave out all rows that `forbidden_energies` marks."
        )
