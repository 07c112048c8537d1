"""The temperature coordinate against the formulas that it stands for."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ssbscreen.model_parts.formulation_process import LEAST_K, MOST_FREEZING_K, REFERENCE_K, coordinate


@pytest.mark.parametrize("freezing", [0.0, 130.0, MOST_FREEZING_K])
def test_a_line_in_the_coordinate_is_the_law_of_vogel_fulcher_and_tammann(freezing: float) -> None:
    kelvin = np.array([230.0, 260.0, 300.0, 333.15, 380.0, 450.0])
    mean = -3.0 - 1.7 * coordinate(torch.tensor(kelvin), freezing).numpy()
    # some pole makes the law exact, and it is the freezing temperature
    residuals = {pole: np.polyfit(1 / (kelvin - pole), mean, 1, full=True)[1][0] for pole in np.arange(0.0, 200.0, 5.0)}
    assert min(residuals, key=lambda pole: residuals[pole]) == freezing
    assert (np.diff(mean) > 0).all()


def test_zero_and_slope_at_the_reference() -> None:
    kelvin = torch.tensor([REFERENCE_K, REFERENCE_K + 0.01], dtype=torch.float64)
    for freezing in (0.0, 130.0):
        at = coordinate(kelvin, freezing)
        assert float(at[0]) == pytest.approx(0.0, abs=1e-12)
        assert float(at[1] - at[0]) / 0.01 == pytest.approx(-1.0 / 100.0, rel=1e-3)


def test_deep_cold_stays_finite() -> None:
    at = coordinate(torch.tensor([LEAST_K, 150.0, MOST_FREEZING_K, 1.0]), MOST_FREEZING_K)
    assert torch.isfinite(at).all()
    assert (at == at[0]).all()
