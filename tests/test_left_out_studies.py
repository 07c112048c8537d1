"""Leave one study out: the shipped table holds what the page on evidence says."""

import sys
from pathlib import Path

import numpy as np
import pytest

from ssbscreen.ranking.posterior import Study
from ssbscreen.ranking.scatter import Scatter, load_scatter
from ssbscreen.ranking.studies import Activation
from ssbscreen.screening.evidence.reported import reported

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from left_out_studies import MaterialStudies, fit_scatter, left_out, studies_of_materials

KEY = "ionic_conductivity"


def test_one_more_laboratory_lies_in_the_interval_as_often_as_it_says():
    scatter = load_scatter()[KEY]
    values = [
        v
        for v in reported([KEY])
        if v.source == "literature" and v.candidate.polymer is None and abs((v.temperature_c or 25.0) - 25.0) <= 40.0
    ]
    materials = studies_of_materials(values, scatter, 25.0, Activation(0.38, 0.22))
    table = left_out(materials, scatter)
    assert len(table) >= 35
    assert {"Li6PS5Cl", "Li1.3Al0.3Ti1.7(PO4)3"} <= set(table["label"])
    assert 0.85 <= table["inside"].mean() <= 0.95
    assert table["width"].median() < 1.5


def test_scatter_is_found_again_where_the_truth_is_known():
    rng = np.random.default_rng(1)
    truth = Scatter(scale=0.3, spread=0.5, dof=8.0, prior_std=2.0, source="test")
    materials = []
    for i in range(150):
        value = rng.normal(-4.0, 1.5)
        scale = np.exp(np.log(0.3) + 0.5 * rng.standard_normal())
        drawn = value + scale * rng.standard_t(8.0, 4)
        materials.append(MaterialStudies(f"m{i}", "oxide", tuple(Study(float(v)) for v in drawn)))
    found, likelihood = fit_scatter(materials, truth.model_copy(update={"scale": 0.6}), ("scale",))
    assert found.scale == pytest.approx(0.3, rel=0.15)
    assert np.isfinite(likelihood)
    assert left_out(materials[:60], found)["inside"].mean() == pytest.approx(0.90, abs=0.06)
