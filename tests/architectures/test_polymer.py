"""The polymer network: invariances of its input carry through, temperature obeys the law, and it learns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ssbscreen.architectures.base import HeadOutput, Targets, architecture, make_options
from ssbscreen.architectures.forest import ForestOptions
from ssbscreen.architectures.forest import Model as ForestModel
from ssbscreen.architectures.polymer import LEAST_K, Model, PolymerOptions, coordinate
from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.featurize.polymer_graph import PolymerGraphs, polymer_graph, salt_graph

LITFSI = "O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F.[Li+]"


def candidate(smiles: str, salt: str | None = LITFSI, molality: float | None = 1.0, mass: float | None = 1e5,
              celsius: float = 60.0) -> Candidate:
    return Candidate("x", polymer=Polymer(smiles, salt, molality, mass), temperature_c=celsius)


def asked(model: Model, pool: list[Candidate]) -> HeadOutput:
    representation = PolymerGraphs()
    with torch.no_grad():
        return model.eval()(representation.collate(representation.encode(pool).items))


@pytest.fixture(params=["vft", "arrhenius"])
def model(request: pytest.FixtureRequest) -> Model:
    torch.manual_seed(0)
    found = Model(PolymerOptions(head=request.param), 1)
    with torch.no_grad():  # weights as large as trained ones, so that an input that should not matter would show
        for p in found.parameters():
            p.mul_(1.5)
    return found


@pytest.mark.parametrize(("one", "other"), [
    ("*CCO*", "*OCC*"), ("*CCO*", "*COC*"), ("*CCO*", "[Cu]CCO[Au]"), ("*CCO*", "*CCOCCO*"), ("*C*", "*CCC*"),
    ("*CC(*)C(=O)OCCOC", "COCCOC(=O)C(*)C*"), ("*CCOC(=O)O*", "*OCCOC(=O)*"), ("*Oc1ccc(*)cc1", "*c1ccc(O*)cc1"),
])
def test_one_polymer_one_prediction(model: Model, one: str, other: str) -> None:
    found = asked(model, [candidate(one), candidate(other), candidate("*CC(*)C#N")])
    assert found.mean[0, 0] == pytest.approx(float(found.mean[1, 0]), abs=1e-4)
    assert found.log_variance[0, 0] == pytest.approx(float(found.log_variance[1, 0]), abs=1e-4)
    assert abs(found.mean[0, 0] - found.mean[2, 0]) > 1e-3


def test_salt_spelling_does_not_matter(model: Model) -> None:
    found = asked(model, [candidate("*CCO*", "[Li+].FC(F)(F)S(=O)(=O)[N-]S(=O)(=O)C(F)(F)F"), candidate("*CCO*")])
    assert found.mean[0, 0] == pytest.approx(float(found.mean[1, 0]), abs=1e-5)


def test_every_condition_matters(model: Model) -> None:
    base = candidate("*CCO*")
    others = [
        candidate("*CCO*", None, None), candidate("*CCO*", "[Li+].[I-]"), candidate("*CCO*", molality=2.0),
        candidate("*CCO*", molality=None), candidate("*CCO*", mass=None), candidate("*CCO*", mass=500.0),
        replace(base, temperature_c=80.0),
    ]
    mean = asked(model, [base, *others]).mean[:, 0].numpy()
    assert (np.abs(mean[1:] - mean[0]) > 1e-4).all(), mean


def test_alone_or_in_company(model: Model) -> None:
    pool = [candidate("*CCO*"), candidate("*CC(*)C#N", None, None), candidate("*CCOC(=O)O*", "[Li+].[I-]")]
    together = asked(model, pool).mean[:, 0]
    for i, one in enumerate(pool):
        assert asked(model, [one]).mean[0, 0] == pytest.approx(float(together[i]), abs=1e-5)


def test_temperature_follows_the_law(model: Model) -> None:
    kelvin = np.array([230.0, 260.0, 300.0, 333.15, 380.0, 450.0])
    mean = asked(model, [candidate("*CCO*", celsius=t - 273.15) for t in kelvin]).mean[:, 0].double().numpy()
    assert (np.diff(mean) > 0).all()
    if model.options.head == "arrhenius":
        np.testing.assert_allclose(np.polyval(np.polyfit(1 / kelvin, mean, 1), 1 / kelvin), mean, atol=1e-4)
        return
    # some pole makes the law exact, and it is a freezing temperature below all of these
    residuals = {pole: np.polyfit(1 / (kelvin - pole), mean, 1, full=True)[1][0] for pole in np.arange(0.0, 200.0, 0.5)}
    best = min(residuals, key=lambda pole: residuals[pole])
    assert residuals[best] < 1e-6 < residuals[0.0]


def test_deep_cold_stays_finite(model: Model) -> None:
    mean = asked(model, [candidate("*CCO*", celsius=t - 273.15) for t in (LEAST_K, 150.0, 1.0)]).mean[:, 0]
    assert torch.isfinite(mean).all()
    assert mean[1] == mean[0] == mean[2]


def test_saved_and_rebuilt(model: Model) -> None:
    again = Model.from_state(model.options, 1, model.state_dict())
    pool = [candidate("*CCO*"), candidate("*CC(*)C#N", None, None)]
    torch.testing.assert_close(asked(again, pool).mean, asked(model, pool).mean)


@pytest.mark.parametrize("graphs", [True, False])
def test_learns_a_rule_on_new_polymers(graphs: bool) -> None:
    """Ether-rich polymers conduct better, more so when hot: a rule that a text match could not carry over."""
    torch.manual_seed(0)
    sides = ["C" * i + "OC" * j + "C" * k for i in range(1, 4) for j in range(4) for k in range(1, 3)]
    units = [f"*CC(*){side}" for side in sides]

    def rule(smiles: str, celsius: float) -> float:
        share = smiles.count("O") / smiles.count("C")
        return 4.0 * share - 2.0 + (celsius - 60.0) / 40.0

    def part(chosen: list[str]) -> tuple[list[Candidate], torch.Tensor]:
        pairs = [(u, t) for u in chosen for t in (20.0, 60.0, 100.0)]
        return [candidate(u, celsius=t) for u, t in pairs], torch.tensor([[rule(u, t)] for u, t in pairs])

    train, held_out = part(units[::2] + units[1::4]), part(units[3::4])
    learner = Model(PolymerOptions(dim=16, n_layers=2, hidden=32, dropout=0.0, graphs=graphs), 1)
    representation = PolymerGraphs()
    batch = representation.collate(representation.encode(train[0]).items)
    optimizer = torch.optim.AdamW(learner.parameters(), lr=5e-3)
    for _ in range(150):
        optimizer.zero_grad()
        (learner(batch).mean - train[1]).square().mean().backward()
        optimizer.step()
    error = (asked(learner, held_out[0]).mean - held_out[1]).abs().mean()
    spread = (held_out[1] - train[1].median()).abs().mean()
    assert error < 0.3 * spread


def test_forest_on_fingerprints_reads_polymers() -> None:
    representation = ForestModel.representation(ForestOptions(features="polymer_fingerprints"))
    encoded = representation.encode([candidate("*CCO*"), candidate("*CCO*", mass=None), candidate("*CC(*)C#N")])
    assert representation.kind == "polymer"
    assert len(encoded.items) == 3
    assert not np.array_equal(encoded.items[0], encoded.items[1])


def test_registered_by_name() -> None:
    assert architecture("polymer") is Model
    assert make_options(Model, {"dim": 32}).dim == 32


def formulations(n: int, seed: int) -> tuple[list[Candidate], np.ndarray]:
    rng = np.random.default_rng(seed)
    units = ["*CCO*", "*CC(*)C#N", "*CCOC(=O)O*", "*CC(*)OCCOC", "*CC(*)C(=O)OC"]
    salts = [LITFSI, "[Li+].[I-]", None]
    pool = [candidate(units[rng.integers(5)], salts[rng.integers(3)], float(rng.uniform(0.2, 3)),
                      float(10 ** rng.uniform(3, 6)), float(rng.uniform(0, 120))) for _ in range(n)]
    return pool, rng.normal(size=(n, 1))


def fitted(weight: float, n: int = 30) -> tuple[Model, list[Candidate], np.ndarray]:
    torch.manual_seed(0)
    model = Model(PolymerOptions(dim=8, n_layers=1, hidden=16, process_weight=weight), 1)
    pool, values = formulations(n, 1)
    model.fit(PolymerGraphs().encode(pool).items, Targets(values, np.zeros_like(values, dtype=np.int8)), 0)
    return model, pool, values


def test_process_is_the_conditional_gaussian() -> None:
    """Against the textbook formula, the covariance written out row by row."""
    model, _, _ = fitted(1.0)
    process = model.process
    assert process is not None
    new, _ = formulations(6, 2)
    batch = PolymerGraphs().collate(PolymerGraphs().encode(new).items)
    found = model.embed(batch)[:, :3].double().detach().numpy()
    at = coordinate(batch.kelvin, model.options.process_freezing).double().numpy()
    salts = np.zeros((6, 14))
    for i, c in enumerate(new):
        if c.polymer is not None and c.polymer.salt_smiles:
            salts[i] = salt_graph(c.polymer.salt_smiles).whole
    raw = np.hstack([np.stack([polymer_graph(c.polymer.smiles).whole for c in new if c.polymer]), salts,
                     batch.conditions.numpy()])
    rows = (raw - process.centre.numpy()) / process.scale.numpy()
    s, p, q = process.settings, 39, 39 + 14

    def k(a: np.ndarray, b: np.ndarray) -> float:
        d = np.abs(a - b)
        one = np.exp(-d[:p].mean() / s.polymer)
        two = np.exp(-d[p:q].mean() / s.salt)
        three = np.exp(-0.5 * (d[q:] ** 2).mean() / s.conditions**2)
        return (s.alone_polymer * one + s.alone_salt * two + s.alone_conditions * three + s.offset
                + three * (s.polymer_conditions * one + s.salt_conditions * two + s.formulation * one * two))

    train, t, y = process.views.numpy(), process.coordinate.numpy(), process.target.numpy() - process.mean
    n = len(train)
    own = np.array([[k(a, b) for b in train] for a in train]) * (1 + s.slope * np.outer(t, t)) + s.noise * np.eye(n)
    cross = np.array([[k(a, b) for b in train] for a in rows]) * (1 + s.slope * np.outer(at, t))
    mean = process.mean + cross @ np.linalg.solve(own, y)
    own_variance = np.array([k(a, a) for a in rows]) * (1 + s.slope * at**2) + s.noise
    variance = own_variance - np.einsum("ij,ji->i", cross, np.linalg.solve(own, cross.T))
    np.testing.assert_allclose(found[:, 0] + found[:, 1] * at, mean, atol=1e-4)
    np.testing.assert_allclose(found[:, 2], variance, atol=1e-4)


@pytest.mark.parametrize("weight", [0.5, 1.0])
def test_process_never_falls_with_temperature_and_is_saved(weight: float) -> None:
    model, pool, _ = fitted(weight)
    for one in pool[:8]:
        mean = asked(model, [replace(one, temperature_c=t) for t in (-20.0, 20.0, 60.0, 120.0)]).mean[:, 0].numpy()
        assert (np.diff(mean) >= 0).all()
    again = Model.from_state(model.options, 1, {k: v.clone() for k, v in model.state_dict().items()})
    torch.testing.assert_close(asked(again, pool).mean, asked(model, pool).mean, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(asked(again, pool).log_variance, asked(model, pool).log_variance, atol=1e-4, rtol=1e-4)


def test_process_takes_few_rows_of_a_common_polymer() -> None:
    pool = [candidate("*CCO*", molality=0.1 + 0.05 * i) for i in range(50)] + [candidate("*CC(*)C#N")]
    model = Model(PolymerOptions(dim=8, n_layers=1, hidden=16, process_rows=7), 1)
    values = np.linspace(-1, 1, 51)[:, None]
    model.fit(PolymerGraphs().encode(pool).items, Targets(values, np.zeros((51, 1), dtype=np.int8)), 0)
    assert model.process is not None
    assert len(model.process.target) == 8
