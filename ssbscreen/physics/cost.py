"""Raw-material cost and supply risk from element tables.

Both are weight-averaged over the elements of a formula. They say what the elements in a kilogram cost and how
concentrated their supply is; synthesis, yield and purity are not in them. Polymers have no value here: their
price is that of monomers and salts, not of carbon and hydrogen.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from pymatgen.analysis.hhi import HHIModel
from pymatgen.core import Composition, Element

from ssbscreen.core.recognition import element_amounts

N_ELEMENTS = 103
SYMBOLS: tuple[str, ...] = tuple(Element.from_Z(z).symbol for z in range(1, N_ELEMENTS + 1))
_COLUMN = {symbol: column for column, symbol in enumerate(SYMBOLS)}

# Flagged by name in reports: small world production or a by-product of another metal.
SCARCE_ELEMENTS = frozenset({"Ge", "Ta", "Sc", "In", "Ga"})


@dataclass(frozen=True, slots=True)
class Price:
    """Price of an element in USD/kg as quoted for a year."""

    symbol: str
    usd_per_kg: float
    year: int


# pymatgen's table dates from 2013. It quotes laboratory packs of F, Na, K, P and C, rare earths near their price
# peak, and Li far below any traded form. These elements of electrolytes, where it is off by more than a factor of
# three, are replaced by a later compilation (Wikipedia's list of element prices as copied at
# https://github.com/jacksund/simmate/blob/ca76c703f8992054623df0a86a90d87acc48d219/
# src/simmate/apps/price_catalog/data/wikipedia_prices_of_elements.csv). Li, Na and La stand on a second
# page within a factor of two: http://leonland.de/elements_by_price/list (Li 115.7, Na 3.04) and
# http://www.stansenergy.com/Elemental_Edu (La2O3 5.1).
REVISED_PRICES: tuple[Price, ...] = (
    Price("Li", 83.5, 2020),
    Price("B", 3.68, 2019),
    Price("C", 0.122, 2018),
    Price("N", 0.14, 2001),
    Price("O", 0.154, 2001),
    Price("F", 2.0, 2017),
    Price("Na", 3.0, 2020),
    Price("P", 2.69, 2019),
    Price("Cl", 0.082, 2013),
    Price("K", 12.85, 2020),
    Price("Sc", 3460.0, 2020),
    Price("Se", 21.4, 2019),
    Price("Br", 4.39, 2019),
    Price("Sr", 6.605, 2019),
    Price("Y", 31.0, 2019),
    Price("Zr", 36.4, 2020),
    Price("Nb", 73.5, 2020),
    Price("In", 167.0, 2019),
    Price("Ga", 148.0, 2019),
    Price("Te", 63.5, 2019),
    Price("La", 4.85, 2020),
    Price("Ce", 4.64, 2020),
    Price("Pr", 103.0, 2019),
    Price("Nd", 57.5, 2019),
    Price("Sm", 13.9, 2019),
    Price("Eu", 31.4, 2020),
    Price("Gd", 28.6, 2020),
    Price("Ho", 57.1, 2020),
    Price("Er", 26.4, 2020),
    Price("Yb", 17.1, 2020),
    Price("Lu", 643.0, 2020),
    Price("Bi", 6.36, 2019),
)


@cache
def shipped_prices() -> np.ndarray:
    """USD/kg by column of `SYMBOLS` as pymatgen ships them, NaN where it has none.  # (103,)

    Source: pymatgen `costdb_elements.csv` (quotes of 2013).
    """
    # read as a file: the module of pymatgen that reads it loads phase diagrams and two plotting libraries, a second
    text = (files("pymatgen") / "analysis" / "costdb_elements.csv").read_text(encoding="utf-8")
    prices = np.full(N_ELEMENTS, np.nan)
    for symbol, usd_per_kg, *_ in csv.reader(text.splitlines(), quotechar="|"):
        if (column := _COLUMN.get(symbol)) is not None:
            prices[column] = np.fmin(prices[column], float(usd_per_kg))
    prices.setflags(write=False)
    return prices


@cache
def element_prices() -> np.ndarray:
    """USD/kg by column of `SYMBOLS`: the shipped ones with `REVISED_PRICES` on top, NaN where unknown.  # (103,)"""
    prices = shipped_prices().copy()
    for price in REVISED_PRICES:
        prices[_COLUMN[price.symbol]] = price.usd_per_kg
    prices.setflags(write=False)
    return prices


@cache
def element_hhi() -> np.ndarray:
    """Herfindahl-Hirschman index of each element's production, 0 to 10,000, NaN where unknown.  # (103,)

    Source: Gaultois et al., Chem. Mater. (2013), as pymatgen ships it (`hhi_data.csv`).
    """
    production = [HHIModel().get_hhi(symbol)[0] for symbol in SYMBOLS]
    return np.array([np.nan if value is None else value for value in production], dtype=float)


@cache
def _atomic_masses() -> np.ndarray:
    return np.array([float(Element(symbol).atomic_mass) for symbol in SYMBOLS])


def element_matrix(compositions: Sequence[Composition | None]) -> np.ndarray:
    """Amounts by column of `SYMBOLS`; a row of NaN where there is no composition.  # (n, 103)"""
    matrix = np.zeros((len(compositions), N_ELEMENTS))
    for row, composition in enumerate(compositions):
        if composition is None:
            matrix[row] = np.nan
            continue
        for symbol, amount in element_amounts(composition).items():
            matrix[row, _COLUMN[symbol]] = amount
    return matrix


def weight_average(amounts: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Mean of an element quantity by weight; NaN where an element that is present has none.  # (n,)

    Args:
        amounts: atoms of each element, >= 0.  # (n, 103)
        values: of each element, per unit of mass.  # (103,)
    """
    weights = amounts * _atomic_masses()
    total = weights.sum(axis=1)
    known = np.nan_to_num(values)
    has_gap = (amounts[:, np.isnan(values)] > 0).any(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = weights @ known / total
    return np.where(has_gap | ~(total > 0), np.nan, mean)


def raw_material_costs(
    compositions: Sequence[Composition | None], class_keys: Sequence[str] | None = None
) -> np.ndarray:
    """Cost of the elements in a kilogram, USD/kg; NaN for polymers and where a price is missing.  # (n,)

    Args:
        compositions: None for candidates without one.
        class_keys: chemistry classes, to leave out polymers that carry a composition.
    """
    costs = weight_average(element_matrix(compositions), element_prices())
    return _without_polymers(costs, class_keys)


def supply_risks(compositions: Sequence[Composition | None], class_keys: Sequence[str] | None = None) -> np.ndarray:
    """Herfindahl-Hirschman index of production, weight-averaged, 0 to 10,000.  # (n,)

    NaN for polymers and where an element has no index; hydrogen has none in the table.

    Source: strategy of Gaultois et al., Chem. Mater. (2013), as in pymatgen's `HHIModel`.
    """
    risks = weight_average(element_matrix(compositions), element_hhi())
    return _without_polymers(risks, class_keys)


def _without_polymers(values: np.ndarray, class_keys: Sequence[str] | None) -> np.ndarray:
    if class_keys is None:
        return values
    return np.where(np.asarray(class_keys) == "polymer", np.nan, values)


def raw_material_cost(composition: Composition | None) -> float:
    """Cost of the elements in a kilogram of one compound, USD/kg; NaN where unknown."""
    return float(raw_material_costs([composition])[0])


def scarce_elements(composition: Composition) -> tuple[str, ...]:
    """Elements of a compound to flag in a report, alphabetical."""
    return tuple(sorted(SCARCE_ELEMENTS & set(element_amounts(composition))))


def separator_cost(cost: np.ndarray, density: np.ndarray, thickness: np.ndarray) -> np.ndarray:
    """Raw materials of a separator, USD/m2; synthesis, shaping, dry room and scrap are not in it.

    Args:
        cost: of the elements, USD/kg.
        density: g/cm3.
        thickness: micrometre.
    """
    return np.asarray(cost, float) * np.asarray(density, float) * np.asarray(thickness, float) * 1e-3


def coating_cost(
    cost: np.ndarray,
    density: np.ndarray,
    thickness: np.ndarray,
    particle_diameter: np.ndarray,
    active_density: np.ndarray,
    active_capacity: np.ndarray,
    voltage: np.ndarray,
) -> np.ndarray:
    """Raw materials of a film on the particles of the cathode, USD/kWh; a film needs some grams a kWh.

    Args:
        cost: of the elements, USD/kg.
        density: of the film, g/cm3.
        thickness: of the film, nm.
        particle_diameter: micrometre.
        active_density: g/cm3.
        active_capacity: mAh/g.
        voltage: of the cell, V.

    Source: geometry, a thin film on spheres: its volume is 6 t / d of theirs.
    """
    active_kg = 1e3 / (np.asarray(active_capacity, float) * np.asarray(voltage, float))  # of active material a kWh
    share = 6e-3 * np.asarray(thickness, float) / np.asarray(particle_diameter, float)  # by volume
    return np.asarray(cost, float) * active_kg / np.asarray(active_density, float) * share * np.asarray(density, float)
