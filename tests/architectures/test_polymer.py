"""The polymer network: invariances of its input carry through, temperature obeys the law, and it learns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ssbscreen.architectures.base import HeadOutput, architecture, make_options
from ssbscreen.architectures.forest import ForestOptions
from ssbscreen.architectures.forest import Model as ForestModel
from ssbscreen.architectures.polymer import LEAST_K, Model, PolymerOptions
from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.featurize.polymer_graph import PolymerGraphs

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
