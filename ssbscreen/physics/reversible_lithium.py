"""How much of its lithium a cathode gives and takes back in a cell: the share that was measured for its kind.

The share is that of the lithium that the metals can give below about 5.1 V (`core.redox.removable_lithium`). In layered
and rock-salt oxides with more lithium than metal, oxygen gives electrons too, as far as was seen there; in other
structures it is not counted. In lithium-rich sulfides sulfur gives some (`core.redox.sulfur_electrons`). Families
and, within them, metals have shares of their own, drawn towards those of all by as much as they scatter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from ssbscreen.core.constants import COULOMB_PER_MAH, FARADAY
from ssbscreen.core.nested_effects import NestedVariance, group_level, nested_variance
from ssbscreen.core.redox import MORE_THAN_METAL, fixed_charge, removable_lithium, sulfur_electrons, surroundings
from ssbscreen.physics.voltage_shift import oxidised_element

LITHIUM_RICH = "lithium-rich oxide"
SULFUR_GIVES = "lithium-rich sulfide"
_OXYGEN_GIVES_IN = ("layered", "rock_salt")  # families in which it was measured
# Electrons an oxygen atom gives and takes back: Li1.2Ni0.2Mn0.6O2 and Li1.2Ni0.13Co0.13Mn0.54O2 reach 0.19, and
# Li1.23Mn0.4Ti0.37O1.69F0.31 0.17 (`data/reference_cathodes/measured.csv`); none of the others more
_ELECTRONS_OF_OXYGEN = 0.2


@dataclass(frozen=True)
class Host:
    """What the lithium of a composition is bound to.

    Attributes:
        lithium: that could leave, in the amounts of the composition.
        metals: part of it that the metals pay for; the rest is paid by oxygen, in sulfides by sulfur.
        group: family and metal whose shares it takes.
    """

    lithium: float
    metals: float
    group: tuple[str, str]

    @property
    def sulfur(self) -> float:
        """Part of the lithium that sulfur pays for."""
        return self.lithium - self.metals if self.group[0] == SULFUR_GIVES else 0.0


@dataclass(frozen=True)
class Known:
    """A cathode with a measured reversible share.

    Attributes:
        composition: atomic fractions by element.
        group: as of its `Host`.
        share: of the lithium that could leave, mean over its studies.
    """

    composition: Mapping[str, float]
    group: tuple[str, str]
    share: float


@dataclass(frozen=True)
class Share:
    """Share of the lithium that is reversible: mean and standard deviation, and of how many known cathodes alike."""

    mean: float
    std: float
    n_alike: int


def host_of(amounts: Mapping[str, float], family: str) -> Host | None:
    """Lithium that could leave; None where neither a metal nor counted sulfur can be oxidised.

    Args:
        amounts: by element, discharged state.
        family: key of the family table.
    """
    lithium = amounts.get("Li", 0.0)
    metals = removable_lithium(amounts) if lithium > 0.0 else 0.0
    sulfur = sulfur_electrons(amounts)
    if sulfur > 0.0:
        total = min(metals + sulfur, lithium)
        return Host(
            total, metals, (SULFUR_GIVES, oxidised_element(amounts, lithium - (metals if metals > 1e-6 else total)))
        )
    if metals < 1e-6:
        return None
    element = oxidised_element(amounts, lithium - metals)
    cations = sum(a for s, a in amounts.items() if s != "Li" and (fixed_charge(s, amounts) or 1) > 0)
    oxygen = _ELECTRONS_OF_OXYGEN * amounts.get("O", 0.0)
    is_rich = lithium > MORE_THAN_METAL * cations and oxygen > 0.0 and surroundings(amounts) == "other"
    if not is_rich or family not in _OXYGEN_GIVES_IN:
        return Host(metals, metals, (family, element))
    return Host(min(metals + oxygen, lithium), metals, (LITHIUM_RICH, element))


def share_of_capacity(capacity: float, molar_mass: float, host: Host) -> float:
    """Share of the lithium that a capacity uses.

    Args:
        capacity: mAh per g of the discharged state.
        molar_mass: of the amounts of the host, g/mol.
        host: of the same amounts.

    Source: Faraday's law.
    """
    return capacity * COULOMB_PER_MAH * molar_mass / FARADAY / host.lithium


class ReversibleShare:
    """Shares of known cathodes, and what they let expect of others."""

    def __init__(self, known: Sequence[Known]) -> None:
        """Fit the variances between families, metals and single cathodes."""
        self._known = tuple(known)
        self._values = np.array([k.share for k in known])
        self._labels = [np.array([k.group[level] for k in known]) for level in (0, 1)]
        self._variance: NestedVariance = nested_variance(self._values, self._labels)
        self._found: dict[tuple[tuple[str, str], bytes], Share] = {}

    def of(self, host: Host, composition: Mapping[str, float], tolerance: float) -> Share:
        """What is expected of a cathode, from others than itself.

        Args:
            host: of the cathode.
            composition: its atomic fractions.
            tolerance: largest difference of a fraction up to which a known cathode is this one and left out.
        """
        others = np.array([not _same(k.composition, composition, tolerance) for k in self._known])
        key = (host.group, others.tobytes())
        if key not in self._found:
            self._found[key] = self._expected(host, others)
        return self._found[key]

    def _expected(self, host: Host, others: np.ndarray) -> Share:
        labels = [label[others] for label in self._labels]
        found = group_level(self._values[others], labels, self._variance, host.group)
        std = float(np.sqrt(found.std_coarse**2 + found.std_fine**2 + self._variance.rest))
        n_alike = int(((labels[0] == host.group[0]) & (labels[1] == host.group[1])).sum())
        return Share(*_between_0_and_1(found.mean, std), n_alike)


def _same(one: Mapping[str, float], other: Mapping[str, float], tolerance: float) -> bool:
    return all(abs(one.get(s, 0.0) - other.get(s, 0.0)) <= tolerance for s in {*one, *other})


def _between_0_and_1(mean: float, std: float) -> tuple[float, float]:
    """Mean and standard deviation of a normal variable truncated to what a share can be."""
    low, high = -mean / std, (1.0 - mean) / std
    mass = norm.cdf(high) - norm.cdf(low)
    first = (norm.pdf(low) - norm.pdf(high)) / mass
    second = 1.0 + (low * norm.pdf(low) - high * norm.pdf(high)) / mass - first**2
    return float(mean + std * first), float(std * np.sqrt(max(second, 0.0)))
