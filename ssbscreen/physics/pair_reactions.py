"""Strongest reaction of one material with a partner, fast enough for every electrolyte with every cathode.

`interfaces.interface` gives the whole diagram with reactions in words. Ranking needs its minimum only, so the kinks
are followed from the partner's side just as far as the energy still falls; a more stable material only cuts off kinks
beyond, so the same kinks serve every draw of its energy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import parse_formula
from ssbscreen.physics.equilibrium import ClosedSystem
from ssbscreen.physics.hull import PhaseLibrary, recent
from ssbscreen.physics.simplex import shaken

_N_STARTS: Final = 2000  # equilibria of partners within chemical systems that a scanner keeps


@dataclass(frozen=True)
class Kinks:
    """Kinks of the pseudo-binary hull from the partner up to the strongest reaction.

    Attributes:
        fraction: atomic fraction of the material, ascending from 0.  # (n_kinks,)
        energy: of the hull, eV per atom of mixture.  # (n_kinks,)
        end_energy: of the hull at the material itself, eV/atom.
    """

    fraction: np.ndarray
    energy: np.ndarray
    end_energy: float

    def strongest(self, own_energy: np.ndarray) -> np.ndarray:
        """Strongest mutual reaction for draws of the material's energy, eV per atom of mixture, never positive.

        Args:
            own_energy: eV/atom; NaN and what lies above the hull take the hull.  # (n_draws,)
        """
        base = np.fmin(np.asarray(own_energy, float), self.end_energy)
        x = self.fraction[:, None]
        mutual = self.energy[:, None] - x * base - (1.0 - x) * self.energy[0]
        return np.minimum(mutual.min(axis=0), 0.0)


def kinks(
    system: ClosedSystem, material: np.ndarray, partner: np.ndarray, end_energy: float, basis: np.ndarray
) -> Kinks:
    """Kinks from the partner towards the material, as far as the mutual energy falls.

    Args:
        system: competing phases of both.
        material, partner: element amounts per atom.  # (n_elements,)
        end_energy: of the hull at the material, eV/atom.
        basis: phases in equilibrium at the partner.
    """
    step = material - partner
    xs: list[float] = []
    levels: list[float] = []
    before: np.ndarray | None = None
    for piece in system.walk(shaken(partner), step, basis):
        xs.append(piece.start)
        levels.append(float((piece.potentials if before is None else before) @ (partner + piece.start * step)))
        # the slope of h(x) along this piece against that of the straight line between the ends
        if float(piece.potentials @ step) >= end_energy - levels[0]:
            break
        before = piece.potentials
    return Kinks(np.array(xs), np.array(levels), end_energy)


class PairScanner:
    """Reactions of many materials with a few partners; what the partners share is computed once.

    Source: minimum of the pseudo-binary hull as in `interfaces`, whose values it equals (tests).
    """

    def __init__(self, library: PhaseLibrary, partners: Sequence[str]) -> None:
        """Find the equilibrium of each partner alone.

        Args:
            library: competing phases.
            partners: formulas, such as the states of cathodes.
        """
        self.library = library
        self.partners = tuple(parse_formula(formula) for formula in partners)
        self._bases: list[tuple[str, ...] | None] = []
        for amounts in self.partners:
            try:
                system = library.closed_system(frozenset(amounts))
            except InputError:
                self._bases.append(None)
                continue
            found = system.equilibrium(system.vector(amounts))
            self._bases.append(tuple(system.formulas[i] for i in found))
        self._starts: dict[tuple[int, tuple[str, ...]], np.ndarray] = {}

    def kinks(self, formula: str) -> list[Kinks | None]:
        """Kinks of a material with every partner; None where the reference does not know one of the elements."""
        amounts = parse_formula(formula)
        try:
            own = self.library.closed_system(frozenset(amounts))
        except InputError:
            return [None] * len(self.partners)
        end_energy = own.hull_energy(own.vector(amounts))
        found: list[Kinks | None] = []
        for k, (partner, phases) in enumerate(zip(self.partners, self._bases, strict=True)):
            if phases is None:
                found.append(None)
                continue
            system = self.library.closed_system(frozenset(amounts) | frozenset(partner))
            start = recent(self._starts, (k, system.elements), partial(self._start, k, system), _N_STARTS)
            found.append(kinks(system, system.vector(amounts), system.vector(partner), end_energy, start))
        return found

    def _start(self, k: int, system: ClosedSystem) -> np.ndarray:
        """Phases in equilibrium at one partner within a larger system.  # (n_elements,)"""
        partner, phases = self.partners[k], self._bases[k] or ()
        basis = [system.formulas.index(name) for name in phases]
        basis += [i for i, element in enumerate(system.elements) if element not in partner]
        return system.equilibrium(system.vector(partner), np.array(basis))
