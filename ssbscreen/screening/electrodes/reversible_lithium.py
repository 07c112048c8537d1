"""Reversible lithium of candidates, from the shares that were measured for other cathodes of their kind."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pymatgen.core import Composition

from ssbscreen.core.identity import COMPOSITION_TOLERANCE, composition_groups
from ssbscreen.core.recognition import element_amounts, recognise_family
from ssbscreen.core.redox import MORE_THAN_METAL, fixed_charge
from ssbscreen.physics.reversible_lithium import Host, Known, ReversibleShare, Share, host_of, share_of_capacity
from ssbscreen.sources.reference_cathodes import SOURCE


@dataclass(frozen=True)
class Reversible:
    """Reversible lithium of one composition.

    Attributes:
        host: what its lithium is bound to, in the amounts of the composition.
        share: of the host's lithium, expected from others than the composition itself.
        molar_mass: of the same amounts, g/mol.
        is_partly_counted: whether sulfide or selenide ions could give electrons for lithium that is left.
    """

    host: Host
    share: Share
    molar_mass: float
    is_partly_counted: bool = False

    @property
    def lithium(self) -> float:
        """Expected lithium that leaves and comes back, in the amounts of the composition."""
        return self.share.mean * self.host.lithium

    @property
    def of_metals(self) -> float:
        """Expected share of the lithium that the metals pay for; at most 1, anions pay for the rest."""
        return min(self.lithium / self.host.metals, 1.0) if self.host.metals > 0.0 else 0.0

    @property
    def note(self) -> str:
        """The assumption in words."""
        family, element = self.host.group
        alike = self.share.n_alike
        known = f"{alike} known {family} with {element}" if alike else "known cathodes as a whole"
        anions = self.lithium - self.host.metals
        name = "sulfur" if self.host.sulfur > 0.0 else "oxygen"
        beside = f"; {anions / self.lithium:.0%} of it by oxidation of {name}" if anions > 0.01 * self.lithium else ""
        left = (
            "; what its sulfur or selenium would give beyond the metals is not counted"
            if self.is_partly_counted
            else ""
        )
        return f"{self.share.mean:.0%} of the lithium that could leave is reversible, as of {known}{beside}{left}"


@lru_cache(maxsize=1)
def reversible_share() -> ReversibleShare:
    """Shares of the known cathodes of `data/reference_cathodes/measured.csv`, mean over the studies of each."""
    rows = [m for m in SOURCE.load_measured() if m.property == "capacity_grav"]
    studies: dict[int, list[float]] = defaultdict(list)
    first: dict[int, Composition] = {}
    for row, number in zip(rows, composition_groups([m.discharged for m in rows]), strict=True):
        studies[int(number)].append(row.value)
        first.setdefault(int(number), row.discharged)
    known = []
    for number, composition in first.items():
        host = host_of(element_amounts(composition), recognise_family(composition))
        if host is not None:
            share = share_of_capacity(float(np.mean(studies[number])), float(composition.weight), host)
            known.append(Known(_fractions(composition), host.group, share))
    return ReversibleShare(known)


def reversible_lithium(composition: Composition, family: str) -> Reversible | None:
    """Reversible lithium of a discharged cathode; None where neither a metal nor counted sulfur can be oxidised."""
    amounts = element_amounts(composition)
    host = host_of(amounts, family)
    if host is None:
        return None
    soft = any((fixed_charge(name, amounts) or 0) < 0 for name in amounts.keys() & {"S", "Se"})
    is_partly = soft and host.sulfur <= 0.0 and amounts["Li"] > MORE_THAN_METAL * host.lithium
    share = reversible_share().of(host, _fractions(composition), COMPOSITION_TOLERANCE)
    return Reversible(host, share, float(composition.weight), is_partly)


def _fractions(composition: Composition) -> dict[str, float]:
    amounts = element_amounts(composition)
    total = sum(amounts.values())
    return {name: amount / total for name, amount in amounts.items()}
