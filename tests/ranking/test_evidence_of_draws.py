"""Draws say on what they rest: predictions, measurements, tables, formulas, families, or nothing."""

from dataclasses import replace

import numpy as np
import pytest
from ranking_pools import column, facts, pool

from ssbscreen.core.evidence import Evidence, EvidenceKind
from ssbscreen.physics.electronic import fit_extrinsic
from ssbscreen.ranking.derived import block
from ssbscreen.ranking.quantities import DrawTable

ALL = slice(0, None)
NAN = float("nan")
MEASURED, CALCULATED, PREDICTED, FAMILY, IMPUTED, _ = EvidenceKind


def test_predictions_tables_and_gaps():
    q = pool(facts(["oxide"] * 2), [column("ionic_conductivity", [-4.0, NAN], [0.5, NAN])])
    q = replace(q, hull=DrawTable({"oxidation_limit": np.array([[4.0], [NAN]])}))
    b = block(q, ALL)
    assert list(b.evidence_of("ionic_conductivity").kind) == [PREDICTED, IMPUTED]
    assert list(b.evidence_of("oxidation_limit").kind) == [CALCULATED, IMPUTED]
    assert list(b.evidence_of("homo").kind) == [IMPUTED, IMPUTED]


def test_a_formula_rests_on_its_inputs_also_through_another_formula():
    columns = [column("bulk_modulus", [1.9, 1.9], 0.1), column("shear_modulus", [1.6, 1.6], 0.1)]
    of = facts(["oxide"] * 2, volume_per_atom=np.array([11.0, 11.0]))
    measured = Evidence.of(np.array([MEASURED, PREDICTED], dtype=object), np.array([2, 0]))
    both = Evidence.of(np.array([MEASURED, MEASURED], dtype=object), np.array([3, 4]))
    q = replace(pool(of, columns), evidence={"bulk_modulus": both, "shear_modulus": measured})
    b = block(q, ALL)
    for key in ("youngs_modulus", "fracture_toughness", "critical_overpotential"):
        assert list(b.evidence_of(key).kind) == [MEASURED, PREDICTED], key
        assert list(b.evidence_of(key).n_studies) == [2, 0], key


def test_a_shared_stage_passes_its_inputs_on_whoever_asks_first():
    q = pool(facts(["oxide"], density=np.array([5.1])), [column("ionic_conductivity", [-4.0], 0.5)])
    b = block(q, ALL)
    b.stored("cell_cost")
    for key in ("voltage_drop_1mA", "cell_energy_grav"):
        if np.isfinite(b.stored(key)).any():
            assert list(b.evidence_of(key).kind) == [PREDICTED], key


def test_a_value_of_the_class_is_one_of_the_family():
    extrinsic = fit_extrinsic(np.full(5, "oxide"), np.full(5, "garnet"), np.arange(5), np.linspace(8.0, 10.0, 5))
    q = replace(pool(facts(["oxide"]), [column("band_gap", [5.0], 0.3)]), extrinsic=extrinsic)
    assert list(block(q, ALL).evidence_of("electronic_resistivity").kind) == [FAMILY]


def test_evidence_follows_its_rows():
    kinds = Evidence.of(np.array([MEASURED, PREDICTED], dtype=object), np.array([2, 0]))
    q = replace(
        pool(facts(["oxide"] * 2), [column("ionic_conductivity", [-4.0, -5.0], 0.5)]),
        evidence={"ionic_conductivity": kinds},
    )
    turned = q.take(np.array([1, 0]))
    assert list(block(turned, ALL).evidence_of("ionic_conductivity").kind) == [PREDICTED, MEASURED]
    assert list(block(q, slice(1, 2)).evidence_of("ionic_conductivity").kind) == [PREDICTED]


def test_draws_have_the_interval_of_their_column_on_both_sides():
    skewed = replace(
        column("ionic_conductivity", [-2.4, -4.0], 0.9), lower=np.array([-4.8, -5.5]), upper=np.array([-1.8, -2.5])
    )
    kinds = Evidence.of(np.array([MEASURED, PREDICTED], dtype=object), np.array([1, 0]))
    q = replace(pool(facts(["oxide"] * 2), [skewed], n_draws=20_000), evidence={"ionic_conductivity": kinds})
    draws = block(q, ALL).stored("ionic_conductivity")
    low, middle, high = np.quantile(draws, (0.05, 0.5, 0.95), axis=1)
    assert (low[0], middle[0], high[0]) == pytest.approx((-4.8, -2.4, -1.8), abs=0.06)
    assert (low[1], middle[1], high[1]) == pytest.approx((-5.5, -4.0, -2.5), abs=0.06)


def test_the_draws_are_those_of_the_material_and_the_interval_that_of_a_laboratory():
    """Scatter between laboratories of 0.4 beside a doubt of 0.3 about the material: 0.5 for the next laboratory."""
    known = replace(
        column("ionic_conductivity", [-3.0, -3.0], 0.4),
        std_epistemic=np.array([0.3, 0.3]),
        lower=np.full(2, -3.0 - 1.645 * 0.5),
        upper=np.full(2, -3.0 + 1.645 * 0.5),
    )
    kinds = Evidence.of(np.array([MEASURED, PREDICTED], dtype=object), np.array([3, 0]))
    q = replace(pool(facts(["oxide"] * 2), [known], n_draws=20_000), evidence={"ionic_conductivity": kinds})
    drawn = block(q, ALL)
    assert drawn.stored("ionic_conductivity").std(axis=1) == pytest.approx([0.3, 0.5], abs=0.01)
    assert drawn.laboratory("ionic_conductivity").std(axis=1) == pytest.approx([0.5, 0.5], abs=0.01)


def test_a_resistivity_of_the_family_tells_materials_from_laboratories():
    """Two samples of each of 200 studies: laboratories differ by 0.4 decades, samples of one of them by 0.3."""
    rng = np.random.default_rng(0)
    study = np.repeat(np.arange(200), 2)
    value = 8.0 + 0.4 * rng.normal(size=200)[study] + 0.3 * rng.normal(size=400)
    extrinsic = fit_extrinsic(np.full(400, "oxide"), np.full(400, "garnet"), study, value)
    q = replace(pool(facts(["oxide"]), [column("band_gap", [9.0], 0.1)], n_draws=20_000), extrinsic=extrinsic)
    drawn = block(q, ALL)
    assert drawn.stored("electronic_resistivity").std() == pytest.approx(0.3, abs=0.04)
    assert drawn.laboratory("electronic_resistivity").std() == pytest.approx(0.5, abs=0.04)
