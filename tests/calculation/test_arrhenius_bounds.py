"""Arrhenius lines with upper bounds, against sampling by rejection."""

import numpy as np
import pytest

from ssbscreen.calculation.diffusivity import Diffusivity
from ssbscreen.calculation.transport import Prior, conductivity, transport
from ssbscreen.core.errors import InputError

KT = 8.617333262e-5
DENSITY = 2e22
LN_D0, ACTIVATION = np.log(2e-2), 0.3


def ln_d(kelvin, activation=ACTIVATION):
    return LN_D0 - activation / (KT * kelvin)


def value(kelvin, error=0.4, off=0.0):
    low, middle, high = np.exp(ln_d(kelvin) + off + error * 1.6448536 * np.array([-1.0, 0.0, 1.0]))
    return Diffusivity(kelvin, kelvin, (low, middle, high), (low, middle, high), 10.0, 20.0, 0.3, 0.0)


def bound(kelvin, cm2_s):
    tracer = (0.1 * cm2_s, 0.5 * cm2_s, cm2_s)
    return Diffusivity(kelvin, kelvin, tracer, tracer, 5.0, 4.0, 0.3, 0.0, "too few hops", at_most=cm2_s)


def test_a_bound_is_no_point():
    for prior in (None, Prior(0.3, 0.1)):
        found = [value(900.0), bound(450.0, 1e-5)] if prior is None else [bound(900.0, 1e-5), bound(450.0, 1e-5)]
        with pytest.raises(InputError, match=r"of 2 temperatures count"):
            transport(found, DENSITY, prior)


def test_a_bound_high_above_the_line_says_nothing():
    alone = transport([value(600.0), value(900.0)], DENSITY)
    beside = transport([value(600.0), value(900.0), bound(450.0, 1.0)], DENSITY)
    assert beside.conductivity == pytest.approx(alone.conductivity, abs=0.03)
    assert beside.conductivity_std == pytest.approx(alone.conductivity_std, rel=0.03)
    assert (alone.n_bounds, beside.n_bounds, beside.n_temperatures) == (0, 1, 2)


def test_a_bound_cuts_off_the_lines_above_it():
    """Against lines drawn one by one from both values and thrown away where they pass above the bound."""
    runs, limit = [value(700.0, 0.3, 0.4), value(1000.0, 0.2)], np.exp(ln_d(450.0))
    rng, left = np.random.default_rng(1), []
    for _ in range(40000):
        y = np.array([rng.normal(ln_d(700.0) + 0.4, 0.3), rng.normal(ln_d(1000.0), 0.2)])
        activation = (y[1] - y[0]) / (1 / (KT * 700.0) - 1 / (KT * 1000.0))
        offset = y[1] + activation / (KT * 1000.0)
        if offset - activation / (KT * 450.0) < rng.normal(np.log(limit), 0.1):
            diffusion = np.exp(offset - activation / (KT * 298.15))
            left.append((activation, np.log10(conductivity(diffusion, DENSITY, 298.15))))
    left, found = np.array(left), transport([*runs, bound(450.0, limit)], DENSITY)
    assert found.activation_energy == pytest.approx(left[:, 0].mean(), abs=0.004)
    assert found.activation_std == pytest.approx(left[:, 0].std(), rel=0.04)
    assert found.conductivity == pytest.approx(left[:, 1].mean(), abs=0.04)
    assert found.conductivity_std == pytest.approx(left[:, 1].std(), rel=0.04)
    assert found.activation_energy > transport(runs, DENSITY).activation_energy + 0.03


def test_motion_within_cages_taken_for_a_value_flattens_the_line_and_as_a_bound_does_not():
    """The fault of short runs: at 450 K the coefficient comes out thirty times too large."""
    runs, cold = [value(750.0, 0.2), value(1000.0, 0.15)], value(450.0, 0.2, np.log(30.0))
    truth = np.log10(conductivity(np.exp(ln_d(298.15)), DENSITY, 298.15))
    as_value = transport([*runs, cold], DENSITY)
    as_bound = transport([*runs, bound(450.0, cold.tracer[2])], DENSITY)
    assert as_value.conductivity - truth > 4.0 * as_value.conductivity_std
    assert as_bound.conductivity == pytest.approx(truth, abs=as_bound.conductivity_std)
    assert as_bound.conductivity_std > 2.0 * as_value.conductivity_std


def test_a_line_above_its_bounds_is_refused():
    with pytest.raises(InputError, match=r"allow at most \(1.0e-10 cm2/s at 500 K\)"):
        transport([value(600.0, 0.1), value(900.0, 0.1), bound(500.0, 1e-10)], DENSITY)
