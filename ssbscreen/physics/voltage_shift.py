"""By how much calculated voltages of cathodes lie below measured ones, by the metal that is oxidised.

Density functionals with a Hubbard U, as the Materials Project uses them, underestimate most voltages. The difference
is fitted to couples of which both are known, as the sum of a common shift and one of each metal, which is drawn towards
the common one by as much as the metals scatter. Chlorides, bromides, iodides, sulfides and selenides, which the
Materials Project calculates without a U, have shifts of their own, from measured enthalpies of their binaries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from ssbscreen.core.nested_effects import NestedVariance, group_level, nested_variance
from ssbscreen.core.redox import charges, exchanged_electrons, fixed_charge
from ssbscreen.physics.shipped_table import shipped_rows

_ALL = "all"
SOFT_ANIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "chloride": ("Cl",),
    "bromide": ("Br", "I"),
    "sulfide": ("S", "Se"),
}


@dataclass(frozen=True)
class Shift:
    """What is added to a calculated voltage of one metal.

    Attributes:
        mean: V.
        std: of the mean, V: error that all cathodes of the metal share.
        scatter: of single cathodes about it, V.
    """

    mean: float
    std: float
    scatter: float

    @property
    def total(self) -> float:
        """Standard deviation of a corrected voltage, without the error of the calculated one, V."""
        return float(np.hypot(self.std, self.scatter))


class VoltageShift:
    """Measured less calculated voltages, by metal.

    Source: best linear unbiased prediction, Henderson, Biometrics 31, 423 (1975), with variances by restricted maximum
    likelihood.
    """

    def __init__(self, differences: Sequence[float], elements: Sequence[str]) -> None:
        """Fit the shift.

        Args:
            differences: measured less calculated voltage of known couples, V; three at least.
            elements: metal that is oxidised in each.
        """
        self._values = np.asarray(differences, dtype=float)
        self._labels = [np.full(len(self._values), _ALL), np.asarray(elements, dtype=str)]
        self._variance: NestedVariance = nested_variance(self._values, self._labels)
        self._known: dict[str, Shift] = {}

    def of(self, element: str) -> Shift:
        """Shift of a metal; of one without any couple that of all, with the scatter of the metals in its error."""
        if element not in self._known:
            found = group_level(self._values, self._labels, self._variance, (_ALL, element))
            std = float(np.hypot(found.std_coarse, found.std_fine))
            self._known[element] = Shift(found.mean, std, float(np.sqrt(self._variance.rest)))
        return self._known[element]


@lru_cache(maxsize=2)
def soft_anion_shift(kind: str) -> VoltageShift:
    """Shift of couples without a U, fitted to measured enthalpies of binaries.

    Args:
        kind: key of `SOFT_ANIONS`.

    Source: `soft_anion_voltages.csv`, made by `benchmarks/fit_reference_scale.py voltages` from the enthalpies that
    pymatgen ships and the Materials Project's energies of the same compounds (matbench_mp_e_form).
    """
    rows = [row for row in shipped_rows("soft_anion_voltages.csv") if row["anion"] in SOFT_ANIONS[kind]]
    differences = [float(row["measured_V"]) - float(row["calculated_V"]) for row in rows]
    return VoltageShift(differences, [row["element"] for row in rows])


def soft_anion(amounts: Mapping[str, float]) -> str | None:
    """Key of `SOFT_ANIONS` where nothing but such anions of one kind surrounds the metals, else None.

    Args:
        amounts: by element.
    """
    anions = {name for name in amounts if amounts[name] > 0.0 and (fixed_charge(name, amounts) or 0) < 0}
    kinds = {kind for kind, own in SOFT_ANIONS.items() if anions & {*own}}
    is_all = anions <= {name for own in SOFT_ANIONS.values() for name in own}
    return kinds.pop() if is_all and len(kinds) == 1 else None


def oxidised_element(discharged: Mapping[str, float], lithium_left: float) -> str:
    """The metal that gives most of the electrons when lithium leaves; "anion" where the anions do.

    Args:
        discharged: amounts by element.
        lithium_left: in the same amounts.
    """
    charged = {**discharged, "Li": lithium_left}
    electrons = exchanged_electrons(charges(discharged), charges(charged))
    by_element: dict[str, float] = {}
    for (element, _), given in electrons.items():
        by_element[element] = by_element.get(element, 0.0) + given
    return max(by_element, key=lambda element: by_element[element]) if by_element else "anion"
