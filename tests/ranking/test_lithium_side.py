"""Draws of the lithium side: what a profile changes in a cell, what is unknown, and what is refused."""

import numpy as np
import pytest
from pydantic import ValidationError
from ranking_pools import column, facts, plain_profile, pool

from ssbscreen.core.errors import UsageError
from ssbscreen.core.evidence import EvidenceKind
from ssbscreen.physics import stripping
from ssbscreen.ranking.derived import block
from ssbscreen.ranking.operating import Operating, Sampled

FORMULAS = np.array(["Li6PS5Cl", "Li10GeP2S12", "Li3YCl6", "*CCO*"], dtype=object)
CLASSES = ["sulfide", "sulfide", "halide", "polymer"]


def with_operating(**values):
    profile = plain_profile()
    changed = {key: Sampled(value=value, source="test") for key, value in values.items()}
    return profile.model_copy(update={"operating": profile.operating.model_copy(update=changed)})


def drawn(**operating):
    of = facts(CLASSES, formula=FORMULAS)
    columns = [column("critical_current", [-3.0] * 4), column("stack_pressure", [3.0, 7.0, 3.0, 3.0])]
    columns.append(column("critical_overpotential", [0.5, 0.5, 1.0, np.nan]))
    return block(pool(of, columns, profile=with_operating(**operating)), slice(None))


def median(b, key):
    return np.median(b.natural(key), axis=1)


def test_what_nobody_measured_stays_unknown():
    b = drawn()
    for key in ("interphase_resistance", "lithium_lost", "capacity_kept"):
        assert np.isnan(b.natural(key)).all(axis=1).tolist() == [False, False, True, True]
    assert np.isnan(b.natural("kinetic_oxidation_limit")).all(axis=1).tolist() == [False, False, True, True]
    for key in ("stripping_pressure", "large_cell_current", "short_probability"):  # of solids that keep voids and flaws
        assert np.isnan(b.natural(key)).all(axis=1).tolist() == [False, False, False, True]


def test_known_rates_count_as_measured_and_windows_as_calculated():
    b = drawn()
    assert b.evidence_of("lithium_lost").kind[0] == EvidenceKind.MEASURED
    assert b.evidence_of("kinetic_oxidation_limit").kind[0] == EvidenceKind.CALCULATED


def test_without_excess_lithium_a_growing_interphase_costs_capacity():
    rich, poor = (median(drawn(excess_lithium=x), "capacity_kept") for x in (30.0, 0.0))
    assert rich[0] == 1.0  # Li6PS5Cl binds 0.9 mAh/cm2 in ten years, less than the excess
    assert poor[0] == pytest.approx(1 - 0.003 * (10 * 8766) ** 0.5 / 5, abs=0.01)
    assert poor[1] == 0.0  # Li10GeP2S12 binds more than there is


def test_pressure_of_the_own_stack_bears_the_current():
    current = median(drawn(), "stripping_current")
    assert current[:3] == pytest.approx([2e-4, 1e-3, 2e-4], rel=0.6)


def test_the_law_of_stripping_is_surer_of_the_electrolyte_that_it_was_measured_on():
    """At its own 3 and 7 MPa Li6PS5Cl strips 0.2 and 1.0 mA/cm2 (10.1038/s41563-019-0438-9), within laboratories."""
    b = drawn()
    low, high = np.quantile(np.log10(b.natural("stripping_current")), [0.05, 0.95], axis=1)
    width = (high - low)[:2]
    assert width[0] == pytest.approx(2 * 1.645 * 0.35, rel=0.25)
    assert width[1] > 1.25 * width[0]
    assert low[0] < np.log10(2e-4) < high[0]
    assert not stripping.is_law_of("Li6PS5Br")
    assert not stripping.is_law_of("*CCO*")


def test_a_larger_cell_shorts_earlier():
    small, large = (median(drawn(cell_capacity=x), "large_cell_current")[0] for x in (0.003, 10.0))
    assert small == pytest.approx(1e-3, rel=0.1)  # 0.6 cm2
    assert large < 0.1 * small
    risk = [median(drawn(cell_capacity=x, current_density=1e-4), "short_probability")[0] for x in (0.003, 0.1, 10.0)]
    assert risk == sorted(risk)
    assert risk[0] < 0.01


def with_electrode(key):
    profile = plain_profile()
    values = profile.operating.model_dump() | {"negative_electrode": key}
    return profile.model_copy(update={"operating": Operating.model_validate(values)})


def cell(key):
    columns = [column("density", [1.86]), column("reduction_limit", [0.6]), column("oxidation_limit", [4.0])]
    columns += [column("raw_material_cost", [20.0]), column("ionic_conductivity", [-3.0])]
    of = facts(["sulfide"], formula=np.array(["Li6PS5Cl"], dtype=object))
    return block(pool(of, columns, profile=with_electrode(key)), slice(None))


def test_a_host_costs_voltage_and_weight_and_spares_the_electrolyte():
    lithium, indium, free = (cell(key) for key in ("lithium", "lithium_indium", "anode_free"))
    energy = [median(b, "cell_energy_grav")[0] for b in (free, lithium, indium)]
    assert energy == sorted(energy, reverse=True)
    assert energy[2] < 0.65 * energy[1]
    assert [round(median(b, "reduction_margin")[0], 2) for b in (lithium, indium)] == [-0.6, 0.02]
    assert median(indium, "cell_cost")[0] > 2 * median(lithium, "cell_cost")[0]


def test_a_film_adds_its_resistance():
    lithium, film = (cell(key).natural("area_specific_resistance") for key in ("lithium", "lipon_interlayer"))
    assert film - lithium == pytest.approx(np.full(film.shape, 5.0), abs=1e-3)


def test_what_was_measured_on_lithium_says_nothing_of_a_host():
    assert np.isnan(cell("lithium_indium").natural("lithium_lost")).all()
    assert median(cell("anode_free"), "capacity_kept")[0] < 0.9 < median(cell("lithium"), "capacity_kept")[0]


def test_a_name_that_does_not_exist_is_refused():
    values = plain_profile().operating.model_dump() | {"negative_electrode": "graphit"}
    with pytest.raises(ValidationError, match="Unknown negative electrode 'graphit'"):
        Operating.model_validate(values)


def test_indium_melts_before_lithium():
    values = plain_profile().operating.model_dump() | {"negative_electrode": "lithium_indium"}
    values["temperature_c"]["value"] = 160.0
    with pytest.raises(ValidationError, match=r"'lithium_indium' melts at 156\.6"):
        Operating.model_validate(values)


def test_a_profile_is_not_taken_where_its_electrode_melts():
    profile = with_electrode("lithium_indium")
    assert profile.at(80.0).operating.temperature_c.value == 80.0
    with pytest.raises(UsageError, match=r"melts at 156\.6"):
        profile.at(160.0)


def test_molten_lithium_is_refused():
    values = plain_profile().operating.model_dump()
    values["temperature_c"]["value"] = 190.0
    with pytest.raises(ValidationError, match=r"'lithium' melts at 180\.5"):
        Operating.model_validate(values)
