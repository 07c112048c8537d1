"""The coating or second electrolyte that lowers the strongest reaction of an electrolyte and a cathode most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import parse_formula
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interfaces import interface
from ssbscreen.physics.phase_stability import stability_draws

COATINGS: Final[tuple[str, ...]] = (
    "LiNbO3",
    "LiTaO3",
    "Li3PO4",
    "LiPO3",
    "Li2ZrO3",
    "Li4Ti5O12",
    "Li2TiO3",
    "Al2O3",
    "LiAlO2",
    "Li3BO3",
    "LiBO2",
    "Li2SiO3",
    "Li4SiO4",
    "Li3NbO4",
    "LiTi2(PO4)3",
    "LiH2PO4",
    "Li2WO4",
    "Li2MoO4",
    "LiF",
    "Li3AlF6",
    "LiAlSiO4",
    "LiLa(PO3)4",
    "Li7La3Zr2O12",
    "Li2CO3",
    "Li3InCl6",
)
"""Coatings that have been put on cathode particles or proposed for it; our choice, any other can be named."""

CATHOLYTES: Final[tuple[str, ...]] = (
    "Li3YCl6",
    "Li3InCl6",
    "Li3ScCl6",
    "Li3ErCl6",
    "Li2ZrCl6",
    "Li2HfCl6",
    "Li2.5Y0.5Zr0.5Cl6",
    "Li3YBr6",
    "LiNbOCl4",
    "LiTaOCl4",
    "Li3OCl",
)
"""Pressed electrolytes with a wide window that may stand between another one and the cathode; our choice."""


@dataclass(frozen=True)
class CoatingResult:
    """A coating between one electrolyte and the states of one cathode.

    Attributes:
        formula: of the coating.
        with_electrolyte, with_cathode: strongest mutual reaction on either side, eV per atom of mixture.
        reduction_limit, oxidation_limit: of the coating itself, V against Li/Li+.
    """

    formula: str
    with_electrolyte: float
    with_cathode: float
    reduction_limit: float
    oxidation_limit: float

    @property
    def worst(self) -> float:
        """The stronger of the two reactions, eV/atom."""
        return min(self.with_electrolyte, self.with_cathode)


def evaluate_coatings(
    electrolyte: str, cathode_states: Sequence[str], library: PhaseLibrary, coatings: Sequence[str] = COATINGS
) -> tuple[CoatingResult, ...]:
    """Coatings by the stronger of their two reactions, the weakest first.

    Args:
        electrolyte: formula.
        cathode_states: formulas, such as lithiated and half-lithiated.
        library: competing phases.
        coatings: formulas; those with elements that the reference does not know are left out.
    """
    found = []
    for formula in coatings:
        try:
            inner = interface(electrolyte, formula, library).reaction_energy
            outer = min(interface(formula, state, library).reaction_energy for state in cathode_states)
            window = stability_draws(library.path(parse_formula(formula)), None)
        except InputError:
            continue
        found.append(
            CoatingResult(formula, inner, outer, float(window.reduction_limit[0]), float(window.oxidation_limit[0]))
        )
    return tuple(sorted(found, key=lambda result: (-round(result.worst, 4), -result.oxidation_limit)))
