"""Bulk and shear modulus beside a measured Young's modulus."""

from dataclasses import replace

import numpy as np
import pytest

from ssbscreen.core.evidence import Evidence, EvidenceKind
from ssbscreen.core.prediction import Predictions, PropertyPrediction
from ssbscreen.physics.elasticity import youngs_modulus
from ssbscreen.screening.evidence.moduli import with_stiffness


def _column(key: str, mean: list[float], std: float) -> PropertyPrediction:
    values = np.array(mean, dtype=float)
    n = len(values)
    return PropertyPrediction(
        key,
        values,
        np.full(n, std),
        np.zeros(n),
        values - std,
        values + std,
        np.ones(n, bool),
        "m",
        np.full(n, "", object),
    )


def _given() -> tuple[Predictions, dict[str, Evidence]]:
    """Two argyrodites predicted as their ordered state is (K 27.5, G 14.0 GPa); E of the first is measured, 22 GPa."""
    columns = (
        _column("bulk_modulus", [np.log10(27.5)] * 2, 0.09),
        _column("shear_modulus", [np.log10(14.0)] * 2, 0.11),
        _column("youngs_modulus", [22.0, 36.0], 0.2),
    )
    kinds = np.array([EvidenceKind.MEASURED, EvidenceKind.PREDICTED], dtype=object)
    predictions = Predictions(("a", "b"), {c.property: c for c in columns})
    return predictions, {"youngs_modulus": Evidence.of(kinds, np.array([2, 0]))}


def test_moduli_give_the_measured_one_and_the_shear_modulus_moves_most():
    """DFT finds K 28.7 and G 8.1 GPa for Li6PS5Cl (Deng et al., 10.1149/2.0061602jes); both come near them."""
    found, evidence = with_stiffness(*_given())
    bulk, shear = (10.0 ** found.by_property[key].mean for key in ("bulk_modulus", "shear_modulus"))
    assert youngs_modulus(bulk[0], shear[0]) == pytest.approx(22.0, rel=0.01)
    assert bulk[0] == pytest.approx(28.7, rel=0.15)
    assert shear[0] == pytest.approx(8.1, rel=0.15)
    assert (bulk[1], shear[1]) == pytest.approx((27.5, 14.0))
    assert list(evidence["shear_modulus"].kind) == [EvidenceKind.MEASURED, EvidenceKind.PREDICTED]
    assert found.by_property["shear_modulus"].note[0] == "from its Young's modulus"
    assert found.by_property["shear_modulus"].std[0] < 0.05 < found.by_property["bulk_modulus"].std[0] < 0.09


@pytest.mark.parametrize("correlation", [0.0, 0.6])
def test_as_weighed_random_numbers(correlation: float):
    """Mean and error of K and G among a million random pairs, each weighed by how well it gives E."""
    predictions, evidence = _given()
    young = replace(predictions.by_property["youngs_modulus"], std_aleatoric=np.full(2, 1.5))
    predictions = replace(
        predictions,
        by_property=predictions.by_property | {"youngs_modulus": young},
        correlation={("bulk_modulus", "shear_modulus"): correlation},
    )
    found, _ = with_stiffness(predictions, evidence)
    rng = np.random.default_rng(0)
    covariance = [[0.09**2, correlation * 0.09 * 0.11], [correlation * 0.09 * 0.11, 0.11**2]]
    drawn = rng.multivariate_normal([np.log10(27.5), np.log10(14.0)], covariance, 1_000_000)
    off = (np.log10(youngs_modulus(*(10.0**drawn.T))) - np.log10(22.0)) / (1.5 / 22.0 / np.log(10.0))
    weight = np.exp(-0.5 * off**2)
    for i, key in enumerate(("bulk_modulus", "shear_modulus")):
        mean = np.average(drawn[:, i], weights=weight)
        std = np.sqrt(np.average((drawn[:, i] - mean) ** 2, weights=weight))
        assert found.by_property[key].mean[0] == pytest.approx(mean, abs=0.006)
        assert found.by_property[key].std[0] == pytest.approx(std, rel=0.08)


def test_moduli_that_are_known_themselves_stay():
    predictions, evidence = _given()
    evidence["shear_modulus"] = evidence["youngs_modulus"]
    found, _ = with_stiffness(predictions, evidence)
    assert found is predictions


def test_missing_moduli_stay_missing():
    predictions, evidence = _given()
    bulk = predictions.by_property["bulk_modulus"]
    gone = replace(bulk, mean=np.array([np.nan, bulk.mean[1]]))
    found, _ = with_stiffness(
        replace(predictions, by_property=predictions.by_property | {"bulk_modulus": gone}), evidence
    )
    assert np.isnan(found.by_property["bulk_modulus"].mean[0])
