"""Phases that lithium makes of an electrolyte: whether they conduct electrons, and how much room they take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from pymatgen.core import Element

from ssbscreen.core.constants import AVOGADRO
from ssbscreen.core.formula import parse_formula, reduced_formula
from ssbscreen.physics.hull import ANIONS
from ssbscreen.physics.lithiation import LithiationPath
from ssbscreen.physics.lithium_contact import standard_potentials
from ssbscreen.physics.shipped_table import number, shipped_rows

METALS_ONLY: Final[str] = (
    "Materials Project PBE gap, MEGNet 2018 labels (Chen et al., Chem. Mater. 31, 3564, 2019): "
    "597 of 620 Li compounds without any anion former have no gap, 9721 of 9905 of all"
)


@dataclass(frozen=True, slots=True)
class Product:
    """A phase of the interphase.

    Attributes:
        phase: reduced formula.
        conducts: electrons: True, False, or None where it is not known.
        volume_per_atom: cubic angstrom; NaN where the table has none.
        reason, source: behind the entry.
    """

    phase: str
    conducts: bool | None
    volume_per_atom: float
    reason: str
    source: str


@lru_cache(maxsize=1)
def product_table() -> Mapping[str, Product]:
    """The table `li_products.csv`, by reduced formula."""
    table = {}
    for row in shipped_rows("li_products.csv"):
        volume = number(row["volume_per_atom_A3"])
        conducts = {"yes": True, "no": False, "unknown": None}[row["conducts"]]
        phase = reduced_formula(row["phase"])
        table[phase] = Product(phase, conducts, volume, row["reason"], row["source"])
    return table


@lru_cache(maxsize=100_000)
def product_of(phase: str) -> Product:
    """Table entry of a phase; an alloy conducts by rule; everything else is unknown.

    A volume that the table lacks is the sum of those of the elements. That is good to about a tenth for alloys of
    transition metals; alloys of Li shrink by a quarter, so the common ones stand in the table.
    """
    known = product_table().get(phase)
    if known is not None and np.isfinite(known.volume_per_atom):
        return known
    amounts = parse_formula(phase)
    volume = sum(x * _element_volume(symbol) for symbol, x in amounts.items()) / sum(amounts.values())
    if known is not None:
        return Product(phase, known.conducts, volume, known.reason, known.source)
    if not ANIONS & set(amounts):
        return Product(phase, True, volume, "compound of metals only", METALS_ONLY)
    return Product(phase, None, volume, "not in the table", "")


@lru_cache(maxsize=200)
def _element_volume(symbol: str) -> float:
    """Volume per atom of an element, cubic angstrom; gases count as the oxide ion of a close packing."""
    volume = Element(symbol).molar_volume  # cm3/mol
    solid = volume is not None and 2.0 < float(volume) < 80.0
    return float(volume) / AVOGADRO * 1e24 if solid else 12.0


def product_volume(path: LithiationPath) -> float:
    """Volume of the products at 0 V per atom of electrolyte, cubic angstrom."""
    volumes = np.array([product_of(phase).volume_per_atom for phase in path.phases[-1]])
    return float((volumes * np.array(path.amounts[-1])).sum())


def blocking_share(path: LithiationPath) -> float:
    """Volume share of LiF and LiCl among the products at 0 V, which block electrons and bind lithium least."""
    volumes = np.array([product_of(phase).volume_per_atom for phase in path.phases[-1]]) * np.array(path.amounts[-1])
    is_salt = np.array([set(parse_formula(phase)) in ({"Li", "F"}, {"Li", "Cl"}) for phase in path.phases[-1]])
    return float(volumes[is_salt].sum() / volumes.sum())


def conducting_by_metal(path: LithiationPath) -> dict[str, float]:
    """Volume share of the products at 0 V that conducts electrons, by the metals in it; of unknown ones half counts."""
    volumes = np.array([product_of(phase).volume_per_atom for phase in path.phases[-1]]) * np.array(path.amounts[-1])
    found: dict[str, float] = {}
    for phase, share in zip(path.phases[-1], volumes / volumes.sum(), strict=True):
        conducts = product_of(phase).conducts
        metals = {m: x for m, x in parse_formula(phase).items() if m in standard_potentials()}
        if conducts is False or not metals:
            continue
        total = sum(metals.values())
        for metal, amount in metals.items():
            found[metal] = found.get(metal, 0.0) + (1.0 if conducts else 0.5) * float(share) * amount / total
    return found


def describe(products: Sequence[str]) -> str:
    """Products with their conduction, for a report: `Li2S (no), Li15Ge4 (yes)`."""
    word = {True: "yes", False: "no", None: "unknown"}
    return ", ".join(f"{phase} ({word[product_of(phase).conducts]})" for phase in products)


def products_text(path: LithiationPath) -> str:
    """Phases in equilibrium with lithium metal, as shares of the atoms of the products."""
    pairs = [(name, share) for name, share in zip(path.phases[-1], path.amounts[-1], strict=True) if share > 1e-4]
    total = sum(share for _, share in pairs)
    pairs.sort(key=lambda pair: -pair[1])
    return " + ".join(f"{share / total:.0%} {reduced_formula(name)}" for name, share in pairs)
