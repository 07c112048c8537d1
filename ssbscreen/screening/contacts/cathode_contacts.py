"""Reactions of every electrolyte of a pool with every cathode of the panel, bare and through the best coating."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ssbscreen.core.cathode import Cathode
from ssbscreen.core.formula import parse_formula
from ssbscreen.core.noise import noise
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.lithium_interphase import REACTION_STD
from ssbscreen.physics.pair_reactions import Kinks, PairScanner
from ssbscreen.physics.phase_stability import evaluate
from ssbscreen.ranking.quantities import Quantities


@dataclass(frozen=True)
class Electrolytes:
    """A pool of electrolytes as its partners see it.

    Attributes:
        quantities: of the pool.
        formulas: None for polymers.  # n
        energies: draws of their formation energies, eV/atom, NaN where the hull stands in.  # (n, n_draws)
        has_window: whether the reference knows enough phases for a window.  # (n,) bool
        library: competing phases.
    """

    quantities: Quantities
    formulas: tuple[str | None, ...]
    energies: np.ndarray
    has_window: np.ndarray
    library: PhaseLibrary

    def __len__(self) -> int:
        return len(self.formulas)


@dataclass(frozen=True)
class Partners:
    """What electrolytes are paired with.

    Attributes:
        cathodes: the panel.
        coatings: formulas of the films that may stand between.
        library: competing phases.
    """

    cathodes: tuple[Cathode, ...]
    coatings: tuple[str, ...]
    library: PhaseLibrary

    @cached_property
    def coating_limits(self) -> np.ndarray:
        """Oxidation limit of each coating, V, NaN where the reference does not know it.  # (n_coatings,)"""
        if not self.coatings:
            return np.empty(0)
        unknown = np.full((len(self.coatings), 1), np.nan)
        return evaluate(list(self.coatings), unknown, self.library).oxidation_limit[:, 0]


@dataclass(frozen=True)
class Contacts:
    """Strongest reaction energies of electrolytes with cathodes, eV per atom of mixture, with the reference's error.

    Attributes:
        direct: the stronger one of lithiated and half-lithiated cathode; NaN where the phases are not known.
            # (n, n_cathodes, n_draws) float32
        coated: the strongest contact with the best coating between; NaN where none was tried.
            # (n, n_cathodes, n_draws) float32
        coating: index of that coating.  # (n, n_cathodes)
    """

    direct: np.ndarray
    coated: np.ndarray
    coating: np.ndarray


def states_of(cathodes: Sequence[Cathode]) -> list[str]:
    """Formulas of the lithiated and the half-lithiated state of each cathode in turn.  # 2 n_cathodes"""
    return [state for cathode in cathodes for state in (cathode.formula, cathode.half_lithiated)]


def by_system(formulas: Iterable[str]) -> list[str]:
    """Each formula once, those of one chemical system after each other: it is built once for all that share it."""
    return sorted(set(formulas), key=lambda formula: (sorted(parse_formula(formula)), formula))


def kinks_of(formulas: Sequence[str], partners: Sequence[str], library: PhaseLibrary) -> dict[str, list[Kinks | None]]:
    """Kinks of every formula with every partner, whatever the draws of its energy; None where phases are unknown."""
    scanner = PairScanner(library, partners)
    return {formula: scanner.kinks(formula) for formula in formulas}


class Reactions:
    """Reactions of every electrolyte with every cathode, and of some with the best coating between.

    They are filled in formula by formula, so that nobody keeps the kinks of all.
    """

    def __init__(self, electrolytes: Electrolytes, partners: Partners, coated_rows: np.ndarray) -> None:
        """Nothing is known yet.

        Args:
            electrolytes: n.
            partners: cathodes and coatings.
            coated_rows: electrolytes for which coatings are tried; each one costs as much as a cathode.
        """
        n, n_draws = electrolytes.energies.shape
        shape, library = (n, len(partners.cathodes), n_draws), electrolytes.library
        direct, coated = np.full(shape, np.nan, np.float32), np.full(shape, np.nan, np.float32)
        self.contacts = Contacts(direct, coated, np.zeros(shape[:2], dtype=int))
        self._electrolytes, self._n_states = electrolytes, 2 * len(partners.cathodes)
        self._coater = PairScanner(library, partners.coatings)
        self._inner = _coating_contacts(PairScanner(library, states_of(partners.cathodes)), partners.coatings)
        self._is_coated = np.isin(np.arange(n), coated_rows) & bool(len(partners.coatings))
        self._rows: dict[str, list[int]] = {}
        for i in np.flatnonzero(electrolytes.has_window).tolist():
            if (formula := electrolytes.formulas[i]) is not None:
                self._rows.setdefault(formula, []).append(i)

    def take(self, kinks: Mapping[str, Sequence[Kinks | None]]) -> None:
        """Fill in some formulas.

        Args:
            kinks: as `kinks_of` gives them: with the states of the cathodes, then with what else was asked for; a
                formula that is none of these electrolytes is left out.
        """
        for formula, own in kinks.items():
            for i in self._rows.get(formula, ()):
                self._react(i, formula, own[: self._n_states])

    def _react(self, i: int, formula: str, kinks: Sequence[Kinks | None]) -> None:
        quantities, energy, found = self._electrolytes.quantities, self._electrolytes.energies[i], self.contacts
        bare = strongest(kinks, energy)
        error = contact_error(quantities.seed, str(quantities.noise_owners[i]), len(energy))
        found.direct[i] = np.minimum(np.fmin(bare[0::2], bare[1::2]) + error, 0.0)
        if self._is_coated[i]:
            # the weaker of both sides of the film decides; (n_coatings, n_cathodes, n_draws)
            both = np.minimum(strongest(self._coater.kinks(formula), energy)[:, None], self._inner[:, :, None])
            chosen = np.nan_to_num(np.median(both, axis=2), nan=-np.inf).argmax(axis=0)
            best = np.take_along_axis(both, chosen[None, :, None], axis=0)[0]
            found.coating[i], found.coated[i] = chosen, np.minimum(best + error, 0.0)


def contact_error(seed: int, owner: str, n_draws: int) -> np.ndarray:
    """Error of the reactions of an electrolyte, the same with all its partners, eV/atom.  # (n_draws,)"""
    return np.float32(REACTION_STD) * noise(seed, owner, "interface", n_draws)


def strongest(found: Sequence[Kinks | None], energy: np.ndarray) -> np.ndarray:
    """Energies with every partner.  # (n_partners, n_draws)"""
    return np.stack([np.full(len(energy), np.nan) if k is None else k.strongest(energy) for k in found])


def _coating_contacts(scanner: PairScanner, coatings: Sequence[str]) -> np.ndarray:
    """Strongest reaction of each coating with each cathode, either state.  # (n_coatings, n_cathodes)"""
    found = np.full((len(coatings), len(scanner.partners) // 2), np.nan)
    for k, coating in enumerate(coatings):
        energy = strongest(scanner.kinks(coating), np.array([np.nan]))[:, 0]
        found[k] = np.fmin(energy[0::2], energy[1::2])
    return found
