"""Reactions of pairs while they are sintered together, at the temperature that densifies the electrolyte's family."""

from __future__ import annotations

import numpy as np

from ssbscreen.core.cathode import Cathode
from ssbscreen.core.errors import InputError
from ssbscreen.physics.co_sintering import co_sintering_energy, furnace
from ssbscreen.physics.gibbs import is_sintered_oxide
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.ranking.pairs import Pairing
from ssbscreen.screening.contacts.cathode_contacts import Electrolytes


def with_furnace(contact: np.ndarray, sintered: np.ndarray) -> np.ndarray:
    """The stronger reaction of each contact, as two oxides touch by having been in the furnace together.

    Args:
        contact: eV/atom, NaN where unknown, which it stays.  # (n, n_draws)
        sintered: NaN of what is not sintered together.  # (n, 1)
    """
    return np.where(np.isnan(sintered), contact, np.minimum(contact, sintered))


class CoSintering:
    """Strongest reactions of the electrolytes of a pool with a panel of cathodes; equal pairs are computed once."""

    def __init__(self, electrolytes: Electrolytes, panel: tuple[Cathode, ...]) -> None:
        """Take over the electrolytes; furnaces are made when they are asked for."""
        self._electrolytes, self._panel = electrolytes, panel
        self._furnaces: dict[float, PhaseLibrary] = {}
        self._seen: dict[tuple[str, int, float], float] = {}

    def of(self, i: int, j: int) -> float:
        """Electrolyte `i` with cathode `j`, eV/atom.

        NaN where one of them is no oxide that is sintered in air, or the temperature was not read.
        """
        formula = self._electrolytes.formulas[i]
        celsius = float(self._electrolytes.quantities.facts.processing_temperature[i])
        if formula is None or not np.isfinite(celsius):
            return float("nan")
        if not all(is_sintered_oxide(name) for name in (formula, self._panel[j].formula)):
            return float("nan")
        key = (formula, j, celsius)
        if key not in self._seen:
            self._seen[key] = self._energy(formula, self._panel[j], celsius)
        return self._seen[key]

    def table(self, pairing: Pairing) -> np.ndarray:
        """Of pairs, where nothing lies between both; with two electrolytes that of the one at the cathode.

        # (n_pairs, 1) float32
        """
        rows = zip(pairing.catholyte, pairing.cathode, pairing.coating, strict=True)
        found = [float("nan") if coating else self.of(int(i), int(j)) for i, j, coating in rows]
        return np.array(found, dtype=np.float32)[:, None]

    def _energy(self, formula: str, cathode: Cathode, celsius: float) -> float:
        if celsius not in self._furnaces:
            self._furnaces[celsius] = furnace(self._electrolytes.library, celsius)
        try:
            return co_sintering_energy(formula, cathode.formula, self._furnaces[celsius])
        except InputError:
            return float("nan")
