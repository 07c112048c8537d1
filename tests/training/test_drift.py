"""New values against a model: fine, foreign, shifted by a unit, shuffled."""

import numpy as np
import pytest

from ssbscreen.core.prediction import PropertyPrediction
from ssbscreen.training.drift import drift


def compared(measured, in_domain=True, n=60):
    rng = np.random.default_rng(0)
    mean = rng.normal(-5.0, 1.5, n)
    std = np.full(n, 0.8)
    half = 1.645 * std
    predicted = PropertyPrediction(
        "ionic_conductivity",
        mean=mean,
        std_aleatoric=std,
        std_epistemic=np.zeros(n),
        lower=mean - half,
        upper=mean + half,
        in_domain=np.full(n, in_domain),
        note=np.full(n, "", dtype=object),
        model="m",
    )
    value = measured(mean, rng)
    return drift("ionic_conductivity", predicted, value, np.zeros(n, int))


def test_values_as_predicted_are_fine():
    found = compared(lambda mean, rng: mean + rng.normal(0, 0.8, len(mean)))
    assert not found.is_suspect
    assert found.coverage == pytest.approx(0.9, abs=0.1)
    assert abs(found.shift) < 0.3


def test_a_table_in_the_wrong_unit_is_suspect():
    found = compared(lambda mean, rng: mean + 3 + rng.normal(0, 0.8, len(mean)))
    assert found.is_suspect
    assert "unit" in found.text


def test_shuffled_values_are_suspect():
    found = compared(lambda mean, rng: rng.permutation(mean + rng.normal(0, 0.3, len(mean))))
    assert found.is_suspect
    assert "samples" in found.text


def test_new_chemistry_is_told_and_not_refused():
    found = compared(lambda mean, rng: rng.permutation(mean), in_domain=False)
    assert not found.is_suspect
    assert "new chemistry" in found.text


def test_few_values_decide_nothing():
    assert not compared(lambda mean, rng: mean + 4, n=5).is_suspect
