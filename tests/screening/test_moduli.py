"""Bulk and shear modulus beside a measured Young's modulus."""

from dataclasses import replace

import numpy as np
import pytest

from ssbscreen.core.evidence import Evidence, EvidenceKind
from ssbscreen.core.prediction import Predictions, PropertyPrediction
from ssbscreen.physics.elasticity import poisson_ratio, youngs_modulus
from ssbscreen.screening.moduli import with_stiffness


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
    """Two argyrodites predicted as the review found them (K 54.7, G 30.9 GPa); E of the first is measured, 22 GPa."""
    columns = (
        _column("bulk_modulus", [np.log10(54.7)] * 2, 0.1),
        _column("shear_modulus", [np.log10(30.9)] * 2, 0.1),
        _column("youngs_modulus", [22.0, 78.0], 2.0),
    )
    kinds = np.array([EvidenceKind.MEASURED, EvidenceKind.PREDICTED], dtype=object)
    predictions = Predictions(("a", "b"), {c.property: c for c in columns})
    return predictions, {"youngs_modulus": Evidence(kinds, np.array([2, 0]))}


def test_moduli_give_the_measured_one_and_keep_their_ratio():
    """DFT finds K 28.7 and G 8.1 GPa for Li6PS5Cl (Deng et al., 10.1149/2.0061602jes); G comes near it."""
    found, evidence = with_stiffness(*_given())
    bulk, shear = (10.0 ** found.by_property[key].mean for key in ("bulk_modulus", "shear_modulus"))
    assert youngs_modulus(bulk[0], shear[0]) == pytest.approx(22.0)
    assert poisson_ratio(bulk[0], shear[0]) == pytest.approx(poisson_ratio(54.7, 30.9))
    assert shear[0] == pytest.approx(8.1, rel=0.2)
    assert (bulk[1], shear[1]) == pytest.approx((54.7, 30.9))
    assert list(evidence["shear_modulus"].kind) == [EvidenceKind.MEASURED, EvidenceKind.PREDICTED]
    assert found.by_property["shear_modulus"].note[0] == "from its Young's modulus"


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
