"""A known Young's modulus says how stiff bulk and shear modulus are: one material has one elasticity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ssbscreen.core.constants import Z90
from ssbscreen.core.evidence import Evidence, EvidenceKind
from ssbscreen.core.prediction import Predictions, PropertyPrediction
from ssbscreen.physics.elasticity import youngs_modulus

E, K, G = "youngs_modulus", "bulk_modulus", "shear_modulus"
KNOWN = (EvidenceKind.MEASURED, EvidenceKind.CALCULATED)
_ROUNDS = 8  # of linearisation; the relation is smooth, four are enough


def with_stiffness(
    predictions: Predictions, evidence: Mapping[str, Evidence]
) -> tuple[Predictions, dict[str, Evidence]]:
    """Bulk and shear modulus conditioned on the known Young's modulus, each as far as its own error allows.

    E of most solids is close to 3 G, so that it says much of G and little of K. Rows whose bulk or shear modulus is
    known itself, or whose Young's modulus is not, stay as they are.

    Args:
        predictions: with posteriors.
        evidence: property -> on what each value rests.

    Source: conditional distribution of normal errors in log10 K and log10 G with their correlation, the relation
    linearised again at each solution (iterated Kalman update).
    """
    columns, found = dict(predictions.by_property), dict(evidence)
    if E not in evidence or K not in columns or G not in columns:
        return predictions, found
    young, bulk, shear = columns[E], columns[K], columns[G]
    moved = _is_known(evidence, E, len(young.mean)) & bulk.is_present & shear.is_present & (young.mean > 0)
    for key in (K, G):
        moved &= ~_is_known(evidence, key, len(young.mean))
    if not moved.any():
        return predictions, found
    pair = predictions.correlation
    correlation = pair.get((K, G), pair.get((G, K), 0.0))
    for key, column in zip((K, G), _conditioned(bulk, shear, young, np.flatnonzero(moved), correlation), strict=True):
        columns[key] = column
        before = evidence.get(key) or Evidence.uniform(EvidenceKind.PREDICTED, len(young.mean))
        found[key] = before.where(moved, evidence[E])
    return replace(predictions, by_property=columns), found


def _is_known(evidence: Mapping[str, Evidence], key: str, n: int) -> np.ndarray:
    return evidence[key].rests_on(*KNOWN) if key in evidence else np.zeros(n, dtype=bool)


def _conditioned(
    bulk: PropertyPrediction, shear: PropertyPrediction, young: PropertyPrediction, rows: np.ndarray, correlation: float
) -> tuple[PropertyPrediction, PropertyPrediction]:
    """Both columns with some rows conditioned on E.

    Args:
        bulk, shear: log10 of GPa.
        young: GPa.
        rows: to condition.  # (m,)
        correlation: of the errors of both.
    """
    prior = np.stack([bulk.mean[rows], shear.mean[rows]], axis=1)  # (m, 2)
    std = np.stack([bulk.std[rows], shear.std[rows]], axis=1)
    covariance = std[:, :, None] * std[:, None, :] * np.array([[1.0, correlation], [correlation, 1.0]])
    known = np.log10(young.mean[rows])
    noise = young.std[rows] / (young.mean[rows] * np.log(10.0))
    here = prior
    for _ in range(_ROUNDS):
        k, g = 10.0**here.T
        slope = np.stack([g, 3.0 * k], axis=1) / (3.0 * k + g)[:, None]  # of log E by log K and log G
        gain = np.einsum("mij,mj->mi", covariance, slope)
        total = np.einsum("mi,mi->m", slope, gain) + noise**2
        gain = gain / np.maximum(total, 1e-12)[:, None]
        off = known - np.log10(youngs_modulus(k, g)) - np.einsum("mi,mi->m", slope, prior - here)
        here = prior + gain * off[:, None]
    left = covariance - np.einsum("mi,mj->mij", gain, np.einsum("mij,mj->mi", covariance, slope))
    error = np.sqrt(np.maximum(np.diagonal(left, axis1=1, axis2=2), 0.0))
    return _set(bulk, rows, here[:, 0], error[:, 0]), _set(shear, rows, here[:, 1], error[:, 1])


def _set(column: PropertyPrediction, rows: np.ndarray, mean: np.ndarray, std: np.ndarray) -> PropertyPrediction:
    """A column with mean and error of some rows replaced."""
    new = {"mean": mean, "std_aleatoric": 0.0, "std_epistemic": std, "std_class": 0.0, "std_family": 0.0}
    new |= {"lower": mean - Z90 * std, "upper": mean + Z90 * std}
    arrays = {name: getattr(column, name).copy() for name in (*new, "note")}
    for name, values in new.items():
        arrays[name][rows] = values
    for i in rows:
        arrays["note"][i] = "; ".join(filter(None, (str(column.note[i]), "from its Young's modulus")))
    return replace(column, **arrays)
