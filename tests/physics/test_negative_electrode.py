"""Negative electrodes: published capacities, what they cost a stack, what an electrolyte meets at their potential."""

from dataclasses import replace

import numpy as np
import pytest

from ssbscreen.core.errors import UsageError
from ssbscreen.physics.cell import Stack, areal_capacity_for, cell_energy_grav, cell_energy_vol, thickness_swing
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.lithium_interphase import li_outcome
from ssbscreen.physics.negative_electrode import negative_electrode, negative_electrodes
from ssbscreen.physics.phase_stability import evaluate
from ssbscreen.sources.reference_phases import EMBEDDED, SOURCE

DENSITY = np.array(1.86)  # Li6PS5Cl, g/cm3


def stack_with(key, **changes):
    electrode = negative_electrode(key)
    names = ("host_mass", "host_thickness", "stored_thickness", "layer_mass")
    values = {name: getattr(electrode, name) for name in names}
    excess = 30.0 if electrode.has_excess_lithium else 0.0
    base = Stack(excess_li_thickness=excess, layer_thickness=electrode.layer_thickness, **values)
    return replace(base, average_voltage=3.8 - electrode.potential, **changes)


def test_published_capacities_and_room():
    """Indium stores one Li an atom: 233 mAh/g and half its volume again; lithium metal needs 4.85 um for 1 mAh/cm2."""
    indium = negative_electrode("lithium_indium")
    assert 1e3 / indium.host_mass == pytest.approx(233.4, abs=0.2)
    assert indium.stored_thickness / indium.host_thickness == pytest.approx(0.5, abs=0.03)
    assert negative_electrode("lithium").stored_thickness == pytest.approx(4.85, abs=0.01)


def test_what_each_costs_in_energy():
    energy = {key: float(cell_energy_grav(5.0, DENSITY, stack_with(key))) for key in negative_electrodes()}
    assert energy["anode_free"] > energy["silver_carbon"] > energy["lithium"] > energy["lithium_indium"]
    assert energy["lipon_interlayer"] == pytest.approx(energy["lithium"], rel=0.002)
    # by hand: 5 mAh/cm2 of 3.8 V, 31.25 of composite, 3.72 of separator, 1.602 of lithium, 4.04 of foils
    assert energy["lithium"] == pytest.approx(5 * 3.8 / (31.25 + 3.72 + 1.602 + 2.688 + 1.35) * 1e3, rel=1e-4)
    assert energy["lithium_indium"] == pytest.approx(5 * 3.18 / (31.25 + 3.72 + 5 * 4.284 + 4.038) * 1e3, rel=1e-3)


def test_the_silver_carbon_pouch():
    """More than 900 Wh/L with packaging at 6.8 mAh/cm2 (10.1038/s41560-020-0575-z); without it has to be more."""
    stack = stack_with("silver_carbon", separator_thickness=30.0)
    assert 950 < float(cell_energy_vol(6.8, DENSITY, stack)) < 1350


def test_capacity_for_a_target_is_that_at_which_the_stack_reaches_it():
    for key in ("lithium", "silver_carbon", "anode_free"):
        stack = stack_with(key)
        capacity = areal_capacity_for(400.0, DENSITY, stack)
        assert cell_energy_grav(capacity, DENSITY, stack) == pytest.approx(400.0)
    assert np.isnan(areal_capacity_for(400.0, DENSITY, stack_with("lithium_indium")))


def test_a_host_swells_less_than_lithium_plates():
    swing = [float(thickness_swing(1.0, np.array(0.0), stack_with(key))) for key in ("lithium_indium", "lithium")]
    assert swing == pytest.approx([3.0, 4.85], abs=0.1)


def test_products_at_a_potential_are_those_of_least_grand_potential():
    library = PhaseLibrary(SOURCE.load_phases(EMBEDDED))
    for formula in ("Li3YCl6", "Li10GeP2S12", "Li6PS5Cl", "Li1.3Al0.3Ti1.7P3O12"):
        path = evaluate([formula], np.full((1, 1), np.nan), library).paths[0]
        for potential in (0.0, 0.3, 0.62, 1.5):
            best = int(np.argmin(path.energy + potential * path.li))
            assert path.down_to(potential).phases[-1] == path.phases[best]


def test_chlorides_bear_indium_where_their_metal_is_hard_to_reduce():
    library = PhaseLibrary(SOURCE.load_phases(EMBEDDED))
    formulas = ["Li3YCl6", "Li3InCl6", "Li10GeP2S12"]

    def found(potential):
        table = evaluate(formulas, np.full((3, 1), np.nan), library, potential)
        return table.li_decomposition_energy[:, 0], li_outcome(table, potential=potential).p_mixed_conducting

    (at_lithium, growing_0), (at_indium, growing) = found(0.0), found(0.62)
    assert (at_indium >= at_lithium).all()
    assert growing[0] < 0.2 < 0.5 < growing_0[0]
    assert growing[1] > 0.5
    assert growing[2] > 0.5


def test_what_lives_with_lithium_lives_with_indium():
    library = PhaseLibrary(SOURCE.load_phases(EMBEDDED))
    formulas = ["Li6PS5Cl", "Li7La3Zr2O12", "Li3YCl6", "Li10GeP2S12", "Li7P3S11", "Li3ErCl6"]
    lithium, indium = (
        li_outcome(evaluate(formulas, np.full((6, 1), np.nan), library, potential), potential=potential)
        for potential in (0.0, 0.62)
    )
    assert (indium.p_mixed_conducting <= lithium.p_mixed_conducting).all()
    assert (indium.p_stable >= lithium.p_stable).all()
    assert indium.p_mixed_conducting[0] == lithium.p_mixed_conducting[0] < 0.01  # its reports on lithium decide
    assert (indium.n_reports > 0).tolist() == [True, False, False, False, True, False]
    total = indium.p_stable + indium.p_passivating + indium.p_mixed_conducting
    assert total == pytest.approx(1.0)


def test_an_unknown_electrode_is_refused_by_name():
    with pytest.raises(UsageError, match="lithium_indium"):
        negative_electrode("lithium_indum")
