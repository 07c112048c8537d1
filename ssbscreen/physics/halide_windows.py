"""What corrections and errors of calculated halides do to a window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

import numpy as np

from ssbscreen.core.anion_correction import CORRECTION, anion_correction
from ssbscreen.core.formula import parse_formula
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.phase_stability import NOTICED_SHARE, stability_draws
from ssbscreen.physics.shipped_table import shipped_rows

_HALOGENS: Final = ("Cl", "Br", "I")
_CHARGE: Final[Mapping[str, float]] = {
    **dict.fromkeys(("F", *_HALOGENS), 1.0),
    **dict.fromkeys(("O", "S", "Se", "Te"), 2.0),
    "N": 3.0,
}


def reduction_error(amounts: Mapping[str, float]) -> float:
    """Error of a calculated reduction limit that the metals of chlorides, bromides and iodides bring, V.

    MX_z + z Li = M + z LiX: what the halide of the metal is off for each halogen, less what LiX is off, is what the
    voltage is off (`halide_metals.csv`). The limit itself is not moved by it: it would leave what is printed for
    chlorides and oxychlorides, whose energies hold the same error (docs/failed.md).

    Args:
        amounts: by element symbol.

    Returns:
        Of the metal that is off most among those that make a twentieth of the cations beside lithium, in the share
        of the negative charge that these halogens carry; 0 without them.
    """
    negative = {s: _CHARGE[s] * n for s, n in amounts.items() if s in _CHARGE}
    halide = sum(negative.get(s, 0.0) for s in _HALOGENS)
    if halide <= 0.0:
        return 0.0
    cations = {s: n for s, n in amounts.items() if s not in _CHARGE and s != "Li"}
    table, least = metal_shifts(), NOTICED_SHARE * sum(cations.values())
    off = [abs(table[s] - table["Li"]) for s, n in cations.items() if s in table and n >= least]
    return max(off, default=0.0) * halide / sum(negative.values())


@lru_cache(maxsize=1)
def metal_shifts() -> Mapping[str, float]:
    """By metal, median of calculated less measured enthalpies of its chlorides, bromides and iodides, eV per halogen.

    Source: mp_formation_energies, anions corrected, against the measured enthalpies that pymatgen ships,
    `benchmarks/fit_reference_scale.py halides`.
    """
    return {row["element"]: float(row["shift_eV_per_halogen"]) for row in shipped_rows("halide_metals.csv")}


def uncorrected_window(formula: str, library: PhaseLibrary, energy: float | None = None) -> tuple[float, float] | None:
    """Limits from energies without the correction of bromides, iodides, selenides and tellurides.

    Most printed windows of these were computed so.

    Args:
        formula: of a material whose charges balance.
        library: competing phases with the correction.
        energy: its formation energy with the correction, eV/atom; None for the equilibrium of its composition.

    Returns:
        Reduction and oxidation limit, V; None where it holds no such anion.
    """
    amounts = parse_formula(formula)
    if not CORRECTION.keys() & amounts.keys():
        return None
    phases = library.reference.within(frozenset(amounts) | {"Li"})
    taken_out = [anion_correction(parse_formula(name)) for name in phases.formulas]
    plain = PhaseLibrary(replace(phases, formation_energy=phases.formation_energy - np.array(taken_out)))
    own = None if energy is None else np.array([energy - anion_correction(amounts)])
    draws = stability_draws(plain.path(amounts), own)
    return float(draws.reduction_limit[0]), float(draws.oxidation_limit[0])
