"""Competing phases and distances to the hull against pymatgen's phase diagrams."""

import numpy as np
import pytest
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core import Composition

from ssbscreen.calculation.competing import Phase, competing, equilibrium, fractions_of
from ssbscreen.core.errors import InputError
from ssbscreen.core.reference import ReferencePhases
from ssbscreen.physics.hull import PhaseLibrary

FORMULAS = {"Li2S": -1.4, "P2S5": -0.7, "Li3PS4": -1.05, "Li7PS6": -1.18, "Li3P": -0.8, "Li4P2S6": -1.0, "LiS4": -0.45}


def library():
    return PhaseLibrary(ReferencePhases(tuple(FORMULAS), np.array(list(FORMULAS.values())), "made up", "1"))


def amounts(formula):
    return {str(el): float(x) for el, x in Composition(formula).get_el_amt_dict().items()}


@pytest.mark.parametrize("formula", ["Li3PS4", "Li7PS6", "Li2S", "Li7P3S11", "LiPS3"])
def test_distances_are_those_of_pymatgen(formula):
    phases = competing(amounts(formula), library(), 10.0, 100)
    assert not any(Composition(p.formula).reduced_formula == Composition(formula).reduced_formula for p in phases)
    found = equilibrium(fractions_of(amounts(formula)), phases)
    others = [f for f in FORMULAS if Composition(f).reduced_formula != Composition(formula).reduced_formula]
    entries = [PDEntry(Composition(el), 0.0) for el in ("Li", "P", "S")]
    entries += [PDEntry(Composition(f), FORMULAS[f] * Composition(f).num_atoms) for f in others]
    assert found.energy == pytest.approx(PhaseDiagram(entries).get_hull_energy_per_atom(Composition(formula)))
    share = {el: sum(x * p.fractions.get(el, 0.0) for p, x in found.products) for el in amounts(formula)}
    assert share == pytest.approx(fractions_of(amounts(formula)))


def test_a_phase_left_out_could_not_have_mattered():
    """An energy that errs by less than `within` brings no phase into the equilibrium that was left out."""
    wanted = amounts("Li3PS4")
    near = {p.formula for p in competing(wanted, library(), 0.1, 100)}
    for formula in set(FORMULAS) - near - {"Li3PS4"}:
        shifted = FORMULAS | {formula: FORMULAS[formula] - 0.09}
        other = PhaseLibrary(ReferencePhases(tuple(shifted), np.array(list(shifted.values())), "made up", "2"))
        assert formula not in {
            p.formula for p, _ in equilibrium(fractions_of(wanted), competing(wanted, other, 10.0, 100)).products
        }
    products = {p.formula for p, _ in equilibrium(fractions_of(wanted), competing(wanted, library(), 10, 100)).products}
    assert products <= {p.formula for p in competing(wanted, library(), 0.0, 1)}


def test_phases_that_do_not_span_a_composition_are_no_equilibrium():
    with pytest.raises(InputError, match="do not span"):
        equilibrium({"Li": 0.5, "S": 0.5}, [Phase("Li", {"Li": 1.0}, 0.0)])


def test_products_are_written_as_the_field_writes_them():
    phase = Phase("ClLi", {"Cl": 0.5, "Li": 0.5}, -2.0)
    assert equilibrium({"Cl": 0.5, "Li": 0.5}, [phase]).words() == "1.00 LiCl of the atoms"
