"""Draws of the lithium side: what a profile changes in a cell, what is unknown, and what is refused."""

import numpy as np
import pytest
from pydantic import ValidationError
from ranking_pools import column, facts, plain_profile, pool

from ssbscreen.core.evidence import EvidenceKind
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
    columns = [column("critical_current", [1e-3] * 4), column("stack_pressure", [3.0, 7.0, 3.0, 3.0])]
    columns.append(column("critical_overpotential", [0.5, 0.5, 1.0, np.nan]))
    return block(pool(of, columns, profile=with_operating(**operating)), slice(None))


def median(b, key):
    return np.median(b.natural(key), axis=1)


def test_what_nobody_measured_stays_unknown():
    b = drawn()
    for key in ("interphase_resistance", "lithium_lost", "capacity_kept"):
        assert np.isnan(b.natural(key)).all(axis=1).tolist() == [False, False, True, True]
    assert np.isnan(b.natural("kinetic_oxidation_limit")).all(axis=1).tolist() == [False, False, True, True]
    assert np.isnan(b.natural("stripping_pressure")).all(axis=1).tolist() == [False, False, False, True]


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
    current = median(drawn(), "critical_stripping_current")
    assert current[:3] == pytest.approx([2e-4, 1e-3, 2e-4], rel=0.2)


def test_a_larger_cell_shorts_earlier():
    small, large = (median(drawn(cell_capacity=x), "large_cell_current")[0] for x in (0.003, 10.0))
    assert small == pytest.approx(1e-3, rel=0.1)  # 0.6 cm2
    assert large < 0.1 * small
    risk = [median(drawn(cell_capacity=x, current_density=1e-4), "short_probability")[0] for x in (0.003, 0.1, 10.0)]
    assert risk == sorted(risk)
    assert risk[0] < 0.01


def test_molten_lithium_is_refused():
    values = plain_profile().operating.model_dump()
    values["temperature_c"]["value"] = 190.0
    with pytest.raises(ValidationError, match=r"lithium melts at 180\.5"):
        Operating.model_validate(values)
