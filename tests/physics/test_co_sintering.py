"""Oxides sintered with cathodes against what was seen in furnaces; the embedded phases suffice."""

import csv
from functools import lru_cache

import pytest

from ssbscreen.core.formula import parse_formula
from ssbscreen.files.paths import data_dir
from ssbscreen.physics.co_sintering import SUPPORT_ELEMENTS, co_sintering_energy, furnace, on_supports
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interfaces import interface
from ssbscreen.sources.reference_phases import EMBEDDED, SOURCE


@lru_cache(maxsize=1)
def phases():
    return SOURCE.load_phases(EMBEDDED)


def near(*formulas):
    elements = frozenset(el for formula in formulas for el in parse_formula(formula))
    return PhaseLibrary(phases().within(elements | {"O"}))


def seen():
    with (data_dir() / "validation" / "co_sintering.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("row", seen(), ids=lambda r: f"{r['electrolyte']}-{r['partner']}-{r['temperature_C']}")
def test_pairs_that_react_in_the_furnace_and_pairs_that_hold(row):
    hot = furnace(near(row["electrolyte"], row["partner"]), float(row["temperature_C"]))
    energy = co_sintering_energy(row["electrolyte"], row["partner"], hot)
    assert energy < -0.05 if row["reacts"] == "1" else energy > -0.01


def test_products_are_those_that_were_found():
    """LATP and LiCoO2 below 500 degree C: Co3O4, Li3PO4 and titania (10.1021/acs.jpcc.5c02329)."""
    latp = "Li1.3Al0.3Ti1.7(PO4)3"
    found = interface(latp, "LiCoO2", furnace(near(latp, "LiCoO2"), 500.0))
    text = found.reactions[found.worst].text()
    assert all(product in text for product in ("Co3O4", "Li3PO4", "TiO2"))


def test_garnet_stands_on_magnesia_and_loses_lithium_to_alumina():
    hot = furnace(PhaseLibrary(phases().within(frozenset(parse_formula("Li7La3Zr2O12")) | SUPPORT_ELEMENTS)), 1100.0)
    found = on_supports("Li7La3Zr2O12", hot)
    assert [one.support for one in found] == ["MgO", "ZrO2", "Al2O3", "SiO2"]
    assert found[0].energy > -0.001
    assert found[0].reaction == ""
    assert "LiAlO2" in found[2].reaction
