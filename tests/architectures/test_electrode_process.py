"""The process against its formulas, and what a voltage model must be able to do."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from ssbscreen.architectures.electrode_process import ElectrodeProcessOptions, Model, larger_ratio
from ssbscreen.core.errors import UsageError
from ssbscreen.featurize.electrode import PAIR_NAMES, SINGLE_NAMES, Electrode
from ssbscreen.featurize.redox import COUPLES, REDOX_NAMES
from ssbscreen.model_parts.base import Targets
from ssbscreen.model_parts.electrode_process import (
    LITHIUM,
    ElectrodeKernel,
    ElectrodePair,
    FitOptions,
    Term,
    fit,
    tails,
)
from ssbscreen.model_parts.gaussian_process import LandmarkProcess, pivots
from ssbscreen.model_parts.kernels import root_mean_square

TERMS = (Term("x", 0), Term("x", -1))


def inputs(n, seed=0):
    rng = np.random.default_rng(seed)
    return {"x": torch.from_numpy(rng.normal(size=(n, 3))), LITHIUM: torch.from_numpy(rng.uniform(0.4, 2.5, size=n))}


def process_of(train, y, terms=TERMS, n_landmarks=32, **how):
    found = LandmarkProcess(ElectrodeKernel(terms), n_landmarks)
    fit(found, train, y, FitOptions(**how))
    return found


def asked(process, rows, train):
    """Mean and variance, noise included."""
    kernel = process.kernel
    mean, variance = process.predict(kernel.compare(rows, train), kernel.variance(rows))
    return mean, variance + kernel.noise_variance(rows[LITHIUM])


def by_hand(a, b, p):
    """Covariance written out."""
    total = np.zeros((len(a[LITHIUM]), len(b[LITHIUM])))
    for i, term in enumerate(TERMS):
        for r in range(len(a[LITHIUM])):
            for c in range(len(b[LITHIUM])):
                d = np.sqrt(np.mean((a["x"][r].numpy() - b["x"][c].numpy()) ** 2))
                s = np.sqrt(3) * d / np.exp(float(p.kernel.length[i]))
                k = np.exp(float(p.kernel.amplitude[i])) * (1 + s) * np.exp(-s)
                total[r, c] += k * (float(a[LITHIUM][r]) * float(b[LITHIUM][c])) ** term.power
    return total


def noise_by_hand(a, p):
    x = a[LITHIUM].numpy()
    return sum(np.exp(float(n)) * x ** (2 * power) for n, power in zip(p.kernel.noise, (0, -1, 1), strict=True))


@pytest.fixture(scope="module")
def fitted():
    train = inputs(40)
    y = train["x"][:, 0] + 0.1 * torch.from_numpy(np.random.default_rng(1).normal(size=40))
    y[3] = torch.nan
    return train, y, process_of(train, y, n_landmarks=39, clip=5.0)


def test_mean_and_variance_are_those_of_the_textbook(fitted):
    train, y, process = fitted
    query = inputs(7, seed=5)
    keep = np.flatnonzero(np.isfinite(y.numpy()))
    own = {name: view[keep] for name, view in train.items()}
    full = by_hand(own, own, process) + np.diag(noise_by_hand(own, process) + 1e-6)
    cross = by_hand(query, own, process)
    centre = float(y[keep].median())
    mean, variance = asked(process, query, train)
    assert np.allclose(mean, centre + cross @ np.linalg.solve(full, y[keep].numpy() - centre), atol=1e-6)
    exact = np.diag(by_hand(query, query, process) - cross @ np.linalg.solve(full, cross.T))
    # with every row a landmark the approximation is exact but for the single precision that is stored
    assert np.allclose(variance, exact + noise_by_hand(query, process), rtol=2e-3, atol=2e-3)


def test_scatter_grows_as_less_lithium_moves():
    rng = np.random.default_rng(0)
    train = inputs(300)
    y = train["x"][:, 0] + 0.5 / train[LITHIUM] * torch.from_numpy(rng.normal(size=300))
    process = process_of(train, y, (Term("x", 0),), n_landmarks=64, clip=9.0)
    assert process.kernel.noise[1] > process.kernel.noise[0]
    few = {"x": torch.zeros(2, 3, dtype=torch.float64), LITHIUM: torch.tensor([0.4, 2.0], dtype=torch.float64)}
    _, variance = asked(process, few, train)
    assert variance[0] > 3 * variance[1]


def test_one_failed_calculation_does_not_rule_its_neighbours():
    train = inputs(60)
    y = train["x"][:, 0].clone()
    y[0] = 40.0
    calm, _ = asked(process_of(train, y, clip=3.0), train, train)
    assert (calm - y)[1:].abs().mean() < 0.4


def odd_rows(n=160, n_odd=12):
    """Rows of which some are far off."""
    train = inputs(n)
    y = train["x"][:, 0] + 0.05 * torch.from_numpy(np.random.default_rng(1).normal(size=n))
    y[torch.from_numpy(np.random.default_rng(2).permutation(n)[:n_odd])] += 2.5
    return train, y


def test_students_errors_see_through_odd_rows():
    train, y = odd_rows()
    query = inputs(200, seed=9)
    error = {}
    for degrees, n_rounds in ((0.0, 1), (4.0, 1), (0.0, 3), (4.0, 3)):
        process = process_of(train, y, clip=9.0, degrees_of_freedom=degrees, n_rounds=n_rounds)
        found = asked(process, query, train)[0]
        error[degrees, n_rounds] = float((found - query["x"][:, 0]).abs().mean())
    assert error[4.0, 1] < error[0.0, 1]
    # and the lengths are no longer short for their sake, which as many steps alone do not bring about
    assert error[4.0, 3] < 0.3 * min(error[0.0, 1], error[0.0, 3])


def test_noise_factors_are_those_of_students_distribution():
    # without a covariance the latent value is 0, and the factor has a closed form
    y = torch.tensor([0.0, 1.0, -6.0], dtype=torch.float64)
    kernel = ElectrodeKernel((Term("x", 0),))
    kernel.amplitude = torch.full((1,), -90.0, dtype=torch.float64)
    kernel.noise = torch.tensor([0.5, 0.0, 0.0], dtype=torch.float64).log()
    one = torch.ones(3, dtype=torch.float64)
    found = tails(kernel, ElectrodePair((torch.zeros(3, 3, dtype=torch.float64),), one, one), y, one, 4.0)
    core = 0.64 * 0.5
    assert found.numpy() == pytest.approx([0.64 * (4 + v * v / core) / 5 for v in y.tolist()], rel=1e-4)


@pytest.mark.parametrize(("signed", "std"), [(-0.03, 0.02), (0.001, 0.03), (-0.15, 0.01), (0.08, 0.05)])
def test_the_larger_ratio_is_the_median_of_draws(signed, std):
    drawn = np.exp(np.log1p(signed) + std / (1 + signed) * np.random.default_rng(0).normal(size=400_000))
    median = np.median(np.maximum(drawn, 1 / drawn) - 1)
    found = larger_ratio(torch.tensor([signed], dtype=torch.float64), torch.tensor([std], dtype=torch.float64))
    assert float(found) == pytest.approx(median, rel=0.01)


def test_pivots_are_spread_out():
    x = torch.cat([torch.zeros(50, 1), torch.ones(50, 1) * 5, torch.ones(2, 1) * 9]).double()
    covariance = torch.exp(-root_mean_square(x, x))
    assert {float(x[i]) for i in pivots(covariance, 3)} == {0.0, 5.0, 9.0}


def electrodes(n, names, seed=0, hidden=()):
    rng = np.random.default_rng(seed)
    items = []
    for i in range(n):
        redox = rng.normal(size=len(REDOX_NAMES))
        redox[REDOX_NAMES.index("electrons per atom")] = rng.uniform(0.05, 0.2)
        redox[REDOX_NAMES.index("Li share")] = rng.uniform(0.1, 0.3)
        sites = np.full(len(names), np.nan) if i in hidden else rng.normal(size=len(names))
        items.append(Electrode(rng.normal(size=len(COUPLES)), redox, rng.normal(size=132), sites))
    return items


def train(is_pair, n_targets=1, hidden=(), **options):
    names = PAIR_NAMES if is_pair else SINGLE_NAMES
    items = electrodes(60, names, hidden=hidden)
    values = np.stack([[item.redox[0], item.redox[1]][:n_targets] for item in items])
    model = Model(ElectrodeProcessOptions(is_pair=is_pair, n_landmarks=32, **options), n_targets)
    model.fit(items, Targets(values, np.zeros(values.shape, dtype=int)), seed=0)
    return model, items, values


def ask(model, items):
    with torch.inference_mode():
        return model(model.representation(model.options).collate(items))


@pytest.mark.parametrize(
    ("is_pair", "n_targets", "options"),
    [(True, 1, {}), (False, 2, {}), (False, 2, {"degrees_of_freedom": 4.0, "n_rounds": 2, "is_ranked": True})],
)
def test_it_learns_its_rows_and_survives_storage(is_pair, n_targets, options):
    model, items, values = train(is_pair, n_targets, **options)
    output = ask(model, items)
    assert np.abs(output.mean.numpy() - values).mean() < 0.3 * np.abs(values).mean()
    again = Model.from_state(model.options, n_targets, model.state_dict())
    stored = ask(again, items)
    assert torch.equal(output.mean, stored.mean)
    assert torch.equal(output.log_variance, stored.log_variance)
    one = ask(again, items[:1])
    assert torch.allclose(one.mean, output.mean[:1], atol=1e-9)


def test_rows_without_a_structure_are_predicted_by_the_process_of_compositions():
    model, items, _ = train(False, hidden=(1, 2))
    output = ask(model, items)
    assert torch.isfinite(output.mean).all()
    bare = [Electrode(i.couples, i.redox, i.magpie, np.full(len(SINGLE_NAMES), np.nan)) for i in items[:5]]
    assert not torch.allclose(ask(model, bare).mean, output.mean[:5][:, :1])
    assert torch.allclose(ask(model, bare).mean[1], output.mean[1])  # it had none before either


def test_bounds_are_refused():
    items = electrodes(5, PAIR_NAMES)
    with pytest.raises(UsageError, match="exact"):
        Model(ElectrodeProcessOptions(), 1).fit(items, Targets(np.ones((5, 1)), np.ones((5, 1), dtype=int)), 0)


def test_weights_of_descriptors_are_used_and_kept():
    plain, items, values = train(True)
    found = ask(plain, items[:5]).mean
    for changed in ({"couple_weight": 2.0}, {"redox_weight": 0.5}, {"composition_weight": 2.0}, {"site_weight": 0.5}):
        model = Model(ElectrodeProcessOptions(is_pair=True, n_landmarks=32, **changed), 1)
        model.fit(items, Targets(values, np.zeros(values.shape, dtype=int)), seed=0)
        own = ask(model, items[:5]).mean
        assert (own - found).abs().max() > 1e-4, changed
        again = Model.from_state(model.options, 1, {k: v.clone() for k, v in model.state_dict().items()})
        torch.testing.assert_close(ask(again, items[:5]).mean, own)


def test_ranks_of_descriptors_are_those_of_the_training_rows():
    model, items, _ = train(True, is_ranked=True)
    far = [replace(item, sites=np.sign(item.sites) * item.sites**2 + 0.0) for item in items]
    again, _, _ = train(True)
    assert model.scores is not None
    assert again.scores is None
    assert model.rows.dtype == torch.uint8  # a byte holds one
    assert not torch.allclose(ask(model, items).mean, ask(again, items).mean)
    assert torch.isfinite(ask(model, far).mean).all()


def test_the_logarithm_takes_its_share_from_the_signed_change():
    items = electrodes(60, SINGLE_NAMES)
    signed = np.array([0.04 * item.redox[0] for item in items])
    values = np.stack([signed, np.abs(signed) + 1e-3], axis=1)
    offset, scale = values.mean(axis=0), values.std(axis=0)
    said = {}
    for share in (0.0, 0.5, 1.0):
        model = Model(
            ElectrodeProcessOptions(is_pair=False, n_landmarks=32, log_target=1, change_target=0, change_share=share), 2
        )
        model.prepare(offset, scale)
        model.fit(items, Targets((values - offset) / scale, np.zeros(values.shape, dtype=int)), seed=0)
        output = ask(model, items)
        said[share] = output.mean.numpy() * scale + offset
    std = np.exp(0.5 * output.log_variance[:, 0].numpy()) * scale[0]
    own = larger_ratio(torch.from_numpy(said[1.0][:, 0]), torch.from_numpy(0.5 * std)).numpy()
    assert np.allclose(said[1.0][:, 1], np.maximum(own, 1e-4))
    assert np.allclose(said[0.5][:, 1], np.sqrt(said[0.0][:, 1] * said[1.0][:, 1]))
