"""Laws that both halves share."""

import numpy as np
import pytest
import torch

from ssbscreen.core.constants import BOLTZMANN_EV
from ssbscreen.core.laws import decades_per_ev, kelvin, split_normal


def test_arrhenius_takes_numbers_arrays_and_tensors_alike():
    celsius = [-40.0, 25.0, 60.0, 300.0]
    expected = [
        (np.log10(np.exp(1.0 / BOLTZMANN_EV / kelvin(t))) - np.log10(np.exp(1.0 / BOLTZMANN_EV / 298.15)))
        for t in celsius
    ]
    array = decades_per_ev(np.array(celsius))
    tensor = decades_per_ev(torch.tensor(celsius, dtype=torch.float64))
    assert isinstance(tensor, torch.Tensor)
    assert array == pytest.approx(expected, abs=1e-9)
    assert tensor.tolist() == pytest.approx(array.tolist(), abs=1e-12)
    assert decades_per_ev(60.0) == pytest.approx(array[2])
    assert decades_per_ev(60.0, 60.0) == 0.0


def test_split_normal_has_the_given_median_and_central_90_percent():
    drawn = split_normal(np.random.default_rng(0).standard_normal(200_000), 2.0, 1.0, 5.0)
    assert np.quantile(drawn, (0.05, 0.5, 0.95)) == pytest.approx([1.0, 2.0, 5.0], abs=0.03)
