"""Prior of a property from the values reported of other materials: of a family, its class and all, by their number.

Values of a family weigh n / (n + 1) where n of its materials have one, the rest is what its class says, and what all
materials say the rest of that, as in `ranking/imputation.py`; one material more makes no step.

The activation energy of a material whose conductivity was measured follows from it: in the law of Arrhenius,
sigma T = A exp(-E/kT), the prefactors A of a class differ far less than the conductivities.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from ssbscreen.core.candidate import Bound, Candidate
from ssbscreen.core.constants import BOLTZMANN_EV, ROOM_TEMPERATURE_C, ZERO_CELSIUS
from ssbscreen.core.evidence import Reported
from ssbscreen.core.identity import family_of
from ssbscreen.core.recognition import OTHER_FAMILY, classify
from ssbscreen.ranking.imputation import CONCENTRATION
from ssbscreen.ranking.posterior import Normal
from ssbscreen.ranking.scatter import Scatter

MIN_MATERIALS = 5  # whose prefactors make a distribution
ACTIVATION, CONDUCTIVITY = "activation_energy", "ionic_conductivity"
_ROOM = 15.0  # degree C from room temperature
_KELVIN = ROOM_TEMPERATURE_C + ZERO_CELSIUS
_EV_A_DECADE = BOLTZMANN_EV * _KELVIN * float(np.log(10.0))  # by which E grows where the conductivity falls by ten


class GroupPrior:
    """Distributions of measured values, one a formula."""

    def __init__(self, values: Sequence[Reported], scatter: Mapping[str, Scatter]) -> None:
        self._scatter = scatter
        self._values: dict[str, list[Reported]] = defaultdict(list)
        for value in values:
            if _counts(value):
                self._values[value.property].append(value)
        self._tables: dict[tuple[str, str], dict[str, tuple[str, float]]] = {}
        self._classes_of: dict[str, list[str]] = {}

    def expected(self, key: str, chemistry_class: str, family: str, candidate: Candidate) -> Normal | None:
        """Mean and standard deviation over the other materials; None where there are none.

        Args:
            key: property.
            chemistry_class, family: of the candidate.
            candidate: whose own values are left out.
        """
        own_name = _name(candidate)
        if key == ACTIVATION and (found := self._by_conductivity(chemistry_class, own_name)):
            return found
        others = {
            name: (own, value, one_class)
            for one_class in self._classes(key)
            for name, (own, value) in self._table(key, one_class).items()
            if name != own_name
        }
        if not others:
            return None
        scatter = self._scatter[key]
        found = Normal(float(np.median([value for _, value, _ in others.values()])), scatter.prior_std)
        of_class = [(own, value) for own, value, one in others.values() if one == chemistry_class]
        of_family = [value for own, value in of_class if own == family and family != OTHER_FAMILY]
        for numbers in ([value for _, value in of_class], of_family):
            found = _mixed(numbers, found, scatter.scale)
        return found

    def _classes(self, key: str) -> list[str]:
        """Chemistry classes of the materials with a value, sorted."""
        if key not in self._classes_of:
            self._classes_of[key] = sorted({_class_of(value.candidate) for value in self._values[key]})
        return self._classes_of[key]

    def _by_conductivity(self, chemistry_class: str, own_name: str) -> Normal | None:
        """Activation energy that goes with a measured conductivity and the prefactors of the other materials."""
        energies, conductivities = (self._table(key, chemistry_class) for key in (ACTIVATION, CONDUCTIVITY))
        if own_name not in conductivities or chemistry_class == "polymer":  # whose law is that of Vogel
            return None
        others = [name for name in energies.keys() & conductivities.keys() if name != own_name]
        if len(others) < MIN_MATERIALS:
            return None
        decades = np.array([conductivities[n][1] + energies[n][1] / _EV_A_DECADE for n in others])  # log10 of A/T
        mean = (float(np.median(decades)) - conductivities[own_name][1]) * _EV_A_DECADE
        return Normal(mean, max(float(np.std(decades)) * _EV_A_DECADE, self._scatter[ACTIVATION].scale))

    def _table(self, key: str, chemistry_class: str) -> dict[str, tuple[str, float]]:
        """Formula -> family and median of its undisputed values near room temperature, of one class."""
        if (key, chemistry_class) not in self._tables:
            found: dict[str, list[float]] = defaultdict(list)
            families: dict[str, str] = {}
            for value in self._values[key]:
                scaled = self._scatter[key].scaled(value.value)
                if np.isfinite(scaled) and _class_of(value.candidate) == chemistry_class:
                    name = _name(value.candidate)
                    found[name].append(scaled)
                    families.setdefault(name, family_of(value.candidate))
            self._tables[key, chemistry_class] = {n: (families[n], float(np.median(v))) for n, v in found.items()}
        return self._tables[key, chemistry_class]


def _mixed(numbers: Sequence[float], larger: Normal, narrowest: float) -> Normal:
    """Mean and standard deviation of the values of a group mixed with what the next larger group says.

    Args:
        numbers: one of each material; there may be none.
        larger: of the larger group.
        narrowest: least standard deviation of a group.
    """
    if not numbers:
        return larger
    share = len(numbers) / (len(numbers) + CONCENTRATION)
    own, std = float(np.median(numbers)), max(float(np.std(numbers)), narrowest)
    mean = share * own + (1.0 - share) * larger.mean
    variance = share * (std**2 + (own - mean) ** 2) + (1.0 - share) * (larger.std**2 + (larger.mean - mean) ** 2)
    return Normal(mean, float(np.sqrt(variance)))


def _counts(value: Reported) -> bool:
    warm = value.temperature_c
    is_near = warm is None or abs(warm - ROOM_TEMPERATURE_C) <= _ROOM
    return is_near and value.bound is Bound.EXACT and not (value.refusal or value.dispute)


def _class_of(candidate: Candidate) -> str:
    return classify(candidate.composition, candidate.polymer is not None)


def _name(candidate: Candidate) -> str:
    """The same for all ways to write a composition; a polymer's repeat unit with its salt."""
    if candidate.polymer is not None:
        return candidate.formula
    assert candidate.composition is not None
    amounts = candidate.composition.get_el_amt_dict()
    total = sum(amounts.values())
    return " ".join(f"{el}{amount / total:.3f}" for el, amount in sorted(amounts.items()))
