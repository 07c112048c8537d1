"""Diffusion of trajectories whose coefficient is known: random walks, and ions that move together or not at all."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from ssbscreen.calculation.diffusivity import diffusivity
from ssbscreen.calculation.trajectory import Trajectory
from ssbscreen.calculation.transport import Prior, conductivity, transport
from ssbscreen.core.errors import InputError

pytest.importorskip("kinisi", reason="the extra 'foundation' is not installed")
FRAME_FS, N_ION, N_FRAME = 20.0, 24, 480


def walk(d_cm2_s, *, together=False, melts=False, drifts=0.0, seed=0):
    """A trajectory of ions with independent steps, or all with one step, in a framework that trembles."""
    rng = np.random.default_rng(seed)
    step = np.sqrt(2.0 * d_cm2_s * 1e16 * FRAME_FS * 1e-15)  # angstrom, each axis
    ions = (
        np.repeat(rng.normal(0, step, (N_FRAME, 1, 3)), N_ION, 1)
        if together
        else rng.normal(0, step, (N_FRAME, N_ION, 3))
    )
    framework = rng.normal(0, 0.1, (N_FRAME, N_ION, 3))
    if melts:
        framework = framework + np.cumsum(rng.normal(0, 0.2, (N_FRAME, N_ION, 3)), axis=0)
    start = rng.uniform(0, 12, (2 * N_ION, 3))
    positions = np.concatenate([np.cumsum(ions, axis=0), framework], axis=1) + start
    positions += np.linspace(0, 5, N_FRAME)[:, None, None]  # the whole crystal flows, which is no diffusion
    numbers = np.repeat([3, 17], N_ION)
    energy = rng.normal(0, 0.5, N_FRAME) + drifts * np.linspace(0, 1, N_FRAME) * len(numbers)
    return Trajectory(
        np.eye(3) * 12.0,
        numbers,
        positions,
        energy,
        np.full(N_FRAME, 900.0),
        FRAME_FS,
        np.zeros((2 * N_ION, 3)),
        positions[-1],
        0.0,
    )


@cache
def of_walk(d_cm2_s, kelvin=900.0, **kinds):
    """What is found of a walk; each is looked at once."""
    return diffusivity(walk(d_cm2_s, **kinds), kelvin, 0.0)


def test_a_random_walk_has_its_diffusion_coefficient():
    found = of_walk(5e-5)
    assert found.counts
    assert found.tracer[0] <= 5e-5 <= found.tracer[2]
    assert found.tracer[1] == pytest.approx(5e-5, rel=0.2)
    assert found.charge[0] <= 5e-5 <= found.charge[2]  # independent ions: Haven ratio 1
    assert found.mean_kelvin == 900.0


def test_ions_that_move_together_carry_more_charge_than_their_tracer_says():
    found = of_walk(5e-5, together=True)
    # the centre of n ions that make the same steps diffuses as each of them, so the charge has n times the coefficient
    assert found.haven_ratio < 3.0 / N_ION


def test_a_melting_framework_a_drifting_energy_and_ions_at_rest_do_not_count():
    assert "melts" in of_walk(5e-5, melts=True).warning
    assert "drifts" in of_walk(5e-5, drifts=0.05).warning
    slow = of_walk(1e-8)
    assert "hardly leaves" in slow.warning
    assert 1e-8 < slow.at_most < 1e-5
    assert not of_walk(5e-5, melts=True).is_bound


def test_ions_that_only_rattle_in_wide_cages_give_a_bound_and_no_value():
    """Their displacement goes on growing for picoseconds, which a line alone takes for diffusion."""
    rng, keeps, held = np.random.default_rng(0), np.exp(-FRAME_FS * 1e-3 / 2.0), walk(5e-5)
    at = [rng.normal(0, 1.2, (N_ION, 3))]
    for _ in range(N_FRAME - 1):
        at.append(keeps * at[-1] + np.sqrt(1 - keeps**2) * 1.2 * rng.normal(size=(N_ION, 3)))
    positions = held.positions.copy()
    sites = positions[:, N_ION:].mean(axis=1, keepdims=True) + np.linspace(0, 6, N_ION)[:, None]
    positions[:, :N_ION] = np.array(at) + sites
    found = diffusivity(replace(held, positions=positions), 900.0, 0.0)
    assert not found.counts
    assert found.is_bound
    assert found.at_most >= found.tracer[1]


def test_the_interval_is_no_narrower_than_the_number_of_hops_makes_it():
    found = of_walk(5e-5)
    # hops by the closed form 6 D t n / 9 of the coefficient that was found; 3.43 over their root, plus 0.04
    n = 24 * 6 * found.tracer[1] * 1e4 * (N_FRAME - 1) * 0.02 / 9
    assert found.hops == pytest.approx(n)
    assert np.log(found.tracer[2] / found.tracer[1]) >= 1.6448 * (3.43 / np.sqrt(n) + 0.04)


def test_the_random_numbers_of_others_stay_as_they_are():
    """kinisi seeds numpy's own generator."""
    np.random.seed(7)  # noqa: NPY002
    expected = np.random.RandomState(7).rand(3)
    diffusivity(walk(5e-5), 900.0, 0.0)
    assert np.random.rand(3) == pytest.approx(expected)  # noqa: NPY002


def test_without_ions_or_frames_there_is_no_diffusion():
    with pytest.raises(InputError, match="needs Na"):
        diffusivity(walk(5e-5), 900.0, 0.0, ion="Na")
    with pytest.raises(InputError, match="too few"):
        diffusivity(walk(5e-5), 900.0, 9.5)


def test_an_arrhenius_law_is_found_again_with_its_conductivity():
    law = {t: 2e-2 * np.exp(-0.3 / (8.617333e-5 * t)) for t in (600.0, 800.0, 1000.0)}
    runs = [of_walk(d, t, seed=int(t)) for t, d in law.items()]
    density = 2e22
    found = transport(runs, density)
    assert found.activation_energy == pytest.approx(0.3, abs=2.5 * found.activation_std)
    # n e^2 D / kT in SI units: 2e28 m^-3, D in m2/s, S/m to S/cm
    d = 2e-2 * np.exp(-0.3 / (8.617333e-5 * 298.15)) * 1e-4
    truth = 2e28 * 1.602176634e-19**2 * d / (1.380649e-23 * 298.15) / 100
    assert found.conductivity == pytest.approx(np.log10(truth), abs=2.5 * found.conductivity_std)
    assert conductivity(d * 1e4, density, 298.15) == pytest.approx(truth, rel=1e-5)
    with pytest.raises(InputError, match="temperatures count"):
        transport(runs[:1], density)


def truth_at_25(ln_offset, activation, density):
    """log10 of S/cm by the law that the walks follow."""
    return np.log10(conductivity(np.exp(ln_offset - activation / (8.617333e-5 * 298.15)), density, 298.15))


def test_a_prior_is_one_more_observation_of_the_slope():
    """Against the closed form of two points and a normal prior, and its limits."""
    law = {t: 2e-2 * np.exp(-0.3 / (8.617333e-5 * t)) for t in (600.0, 1000.0)}
    runs = [of_walk(d, t, seed=int(t)) for t, d in law.items()]
    alone, prior = transport(runs, 2e22), Prior(0.36, 0.05)
    both = transport(runs, 2e22, prior)
    weights = np.array([alone.activation_std, prior.std]) ** -2.0
    assert both.activation_energy == pytest.approx(
        weights @ [alone.activation_energy, prior.mean] / weights.sum(), abs=1e-9
    )
    assert both.activation_std == pytest.approx(weights.sum() ** -0.5, rel=1e-9)
    assert both.prior_share == pytest.approx(weights[1] / weights.sum(), rel=1e-9)
    assert alone.prior_share == 0.0
    assert both.conductivity_std < alone.conductivity_std
    vague = transport(runs, 2e22, Prior(0.36, 50.0))
    assert vague.conductivity == pytest.approx(alone.conductivity, abs=1e-3)
    assert vague.conductivity_std == pytest.approx(alone.conductivity_std, rel=1e-3)


def test_one_temperature_and_a_prior_give_25_degrees_as_wide_as_the_prior():
    runs = [of_walk(2e-2 * np.exp(-0.3 / (8.617333e-5 * 800.0)), 800.0, seed=800)]
    prior = Prior(0.33, 0.06)
    found = transport(runs, 2e22, prior)
    assert (found.prior_share, found.activation_energy) == (1.0, pytest.approx(0.33))
    of_the_way = prior.std / 8.617333e-5 * (1 / 298.15 - 1 / 800.0) / np.log(10)
    assert of_the_way < found.conductivity_std < of_the_way + 0.1
    assert found.conductivity == pytest.approx(truth_at_25(np.log(2e-2), 0.3, 2e22), abs=1.7 * found.conductivity_std)


def test_intervals_at_25_degrees_hold_the_truth_as_often_as_they_say():
    """Slopes drawn from the prior, ln D drawn from its stated error: nine tenths of the intervals hold the truth."""
    rng, prior, density = np.random.default_rng(0), Prior(0.33, 0.08), 2e22
    base, inside = of_walk(5e-5), []
    for _ in range(300):
        activation = rng.normal(prior.mean, prior.std)
        runs = []
        for kelvin, doubt in ((650.0, 0.5), (850.0, 0.3)):
            middle = np.log(2e-2) - activation / (8.617333e-5 * kelvin) + rng.normal(0.0, doubt)
            tracer = tuple(np.exp(middle + doubt * 1.6448536 * np.array([-1.0, 0.0, 1.0])))
            runs.append(replace(base, kelvin=kelvin, tracer=tracer))
        try:
            found = transport(runs, density, prior)
        except InputError:
            continue  # at odds with the prior, once in 370
        off = found.conductivity - truth_at_25(np.log(2e-2), activation, density)
        inside.append(abs(off) < 1.6448536 * found.conductivity_std)
    assert len(inside) > 290
    assert np.mean(inside) == pytest.approx(0.9, abs=0.05)


def test_runs_at_odds_with_the_prior_are_refused():
    law = {t: 2e-2 * np.exp(-0.3 / (8.617333e-5 * t)) for t in (600.0, 1000.0)}
    runs = [of_walk(d, t, seed=int(t)) for t, d in law.items()]
    with pytest.raises(InputError, match="at odds with the prior, 0\\.10"):
        transport(runs, 2e22, Prior(0.1, 0.02))
