"""New measurements against a model that has not seen them: are they foreign, and are they plausible?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssbscreen.core.dataset import EXACT
from ssbscreen.core.prediction import PropertyPrediction
from ssbscreen.core.properties import get_property
from ssbscreen.training.metrics import censored_error, spearman

MIN_ROWS = 8  # fewer say nothing about a table as a whole
FOREIGN_SHARE = 0.5  # of rows outside the domain, from which on a table counts as new chemistry
SHIFT_STD = 1.5  # a common shift of so many stated stds is no sampling of materials but a factor on all values
MIN_ORDERED = 20  # fewer exact values do not separate shuffled ones from an unlucky draw
_ORDER = 0.15  # rank correlation below which predictions say nothing about the values


@dataclass(frozen=True)
class Drift:
    """New values of one property beside the predictions of a model that has not seen them; stored units.

    Attributes:
        property: key.
        n: values with a prediction.
        outside: share outside the training domain.
        mae: mean absolute error, bounds counted as 0 on their own side.
        mae_median: of the table's own median as a prediction.
        coverage: of the 90 % interval; NaN without exact values.
        shift: median of (measured - predicted).
        shift_std: the same over the median stated std.
        rank_correlation: of prediction and measurement; NaN for fewer than 3 exact values.
        is_suspect: whether the table as a whole looks wrong rather than new.
        text: in words.
    """

    property: str
    n: int
    outside: float
    mae: float
    mae_median: float
    coverage: float
    shift: float
    shift_std: float
    rank_correlation: float
    is_suspect: bool
    text: str


def drift(key: str, predicted: PropertyPrediction, value: np.ndarray, bound: np.ndarray) -> Drift:
    """Compare new values with predictions.

    A table is suspect when all its values are shifted together by more than `SHIFT_STD` stated stds (a unit), or
    when the model, inside its domain, does worse on it than the table's own median and does not even order it (values
    that belong to other samples).

    Args:
        key: of the property.
        predicted: for the candidates of the values.
        value, bound: measured, stored units and codes of `core.dataset`.  # each (n,)
    """
    present = np.isfinite(predicted.mean)
    mean, value, bound = predicted.mean[present], value[present], bound[present]
    std = np.hypot(predicted.std_aleatoric, predicted.std_epistemic)[present]
    exact = bound == EXACT
    n = len(mean)
    unit = get_property(key).stored_unit
    if n == 0:
        return Drift(
            key,
            0,
            np.nan,
            np.nan,
            np.nan,
            np.nan,
            np.nan,
            np.nan,
            np.nan,
            False,
            f"{key}: the model predicts none of the new values.",
        )
    outside = float(1.0 - np.asarray(predicted.in_domain, dtype=bool)[present].mean())
    error = censored_error(mean, value, bound)
    mae = float(error.mean())
    own = float(np.abs(value[exact] - np.median(value[exact])).mean()) if exact.any() else np.nan
    inside = (value >= predicted.lower[present]) & (value <= predicted.upper[present])
    covered = float(inside[exact].mean()) if exact.any() else np.nan
    shift = float(np.median((value - mean)[exact])) if exact.any() else np.nan
    shift_std = shift / float(np.median(std[exact])) if exact.any() else np.nan
    rho = spearman(mean, value, bound)
    text = (
        f"{key}: {n} new values, {outside:.0%} outside the domain, error {mae:.3g} {unit}, "
        f"90 % interval covers {covered:.0%}, median shift {shift:+.2g} ({shift_std:+.1f} std)."
    )
    is_suspect, why = False, ""
    if exact.sum() >= MIN_ROWS:
        if abs(shift_std) > SHIFT_STD:
            is_suspect, why = True, " All values are shifted together; check the unit."
        elif exact.sum() >= MIN_ORDERED and outside < FOREIGN_SHARE and mae > own and rho < _ORDER:
            is_suspect, why = True, " The values are not even ordered as predicted; do they belong to these samples?"
        elif outside >= FOREIGN_SHARE:
            why = " Mostly new chemistry: the model's errors there are not known."
        elif covered < 0.7:
            why = " The stated intervals are too narrow for these samples."
    return Drift(key, n, outside, mae, own, covered, shift, shift_std, rho, is_suspect, text + why)
