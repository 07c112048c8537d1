"""Energies that may be learned before electrodes: planted ones are kept out, and trainings are shared and resumed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.architectures import electrode, electrode_process
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import ATOMIC_NUMBER, Crystal
from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import UsageError
from ssbscreen.training import energies as module
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.energies import Energies, lithium_systems
from ssbscreen.training.execution import Execution
from ssbscreen.training.rows import EncodedRows
from ssbscreen.training.run import train_rows
from ssbscreen.training.tuning import tune

OPTIONS = {"neighbours": 8, "dim": 12, "edge_dim": 8, "n_layers": 1, "n_basis": 8, "head": 8, "is_pooled_widely": True}
CONFIG = ModelConfig.model_validate(
    {
        "name": "energy",
        "properties": ["formation_energy"],
        "sources": ["made_up"],
        "architecture": "orbit",
        "options": OPTIONS,
        "linear_reference": ["formation_energy"],
        "epochs": 2,
        "early_stopping": False,
        "baseline": None,
        "split": {"group": "formula", "validation": 0.2},
        "sampling": {"batch_size": 40},
    }
)
HELD_OUT, LEARNED = ["LiCoO2", "Li2FeSiO4"], ["LiMnO2", "LiTi2O4"]
PLANTED = [
    "CoO2",
    "Li8Co8O16",
    "Li0.5Co3O4",
    "O5Co",
    "LiFeSiO4",
    "FeSiO3",  # frameworks held out
    "LiNiO2",
    "NiO",
    "CrPO4",
]  # others of which a lithium phase is known
INNOCENT = ["LiMnO2", "Mn3O4", "Li4Ti5O12", "TiO2", "NaCl", "MgZn2", "NaCoO2", "GaAs"]


def crystal(formula: str, seed: int) -> Candidate:
    rng = np.random.default_rng(seed)
    amounts = Composition(formula).get_integer_formula_and_factor()[0]
    numbers = [ATOMIC_NUMBER[e.symbol] for e, n in Composition(amounts).items() for _ in range(int(n))]
    side = (14.0 * len(numbers)) ** (1 / 3)
    return Candidate(
        f"{formula} {seed}", crystal=Crystal.ordered(np.eye(3) * side, rng.random((len(numbers), 3)), np.array(numbers))
    )


def electrodes(formulas: list[str]) -> list[Candidate]:
    return [Candidate(f, composition=Composition(f)) for f in formulas]


@pytest.fixture
def energies() -> Energies:
    candidates = tuple(crystal(f, s) for s in range(3) for f in PLANTED + INNOCENT)
    values = np.random.default_rng(0).normal(size=(len(candidates), 1))
    dataset = Dataset(
        "made up",
        candidates,
        ("formation_energy",),
        values,
        np.zeros_like(values, dtype=np.int8),
        np.full(len(values), np.nan),
        {"formula": np.array([c.formula for c in candidates])},
        ("made_up",),
    )
    # the phase LiCrPO4 stands in the pool alone
    systems = lithium_systems([*candidates, *electrodes(["LiCrPO4", "ZrO2"])])
    return Energies(CONFIG, dataset, systems)


def names(energies: Energies, rows: np.ndarray) -> set[str]:
    return {energies.table.candidates[i].candidate_id.split()[0] for i in rows}


def test_planted_energies_are_kept_out_and_nothing_else(energies: Energies) -> None:
    rows = energies.allowed(electrodes(LEARNED), electrodes(HELD_OUT))
    assert names(energies, rows) == set(INNOCENT)
    assert len(rows) == 3 * len(INNOCENT)
    # a framework that is learned from brings its energies along
    assert "CoO2" in names(energies, energies.allowed(electrodes([*LEARNED, "LiCoO2"]), electrodes(HELD_OUT[1:])))
    # and one that is held out is kept out even where no crystal shows that it takes lithium
    without = replace(energies, lithium_systems=frozenset())
    assert "FeSiO3" not in names(without, without.allowed([], electrodes(HELD_OUT)))


def test_polymers_hold_no_system() -> None:
    assert lithium_systems(electrodes(["LiCoO2", "Li", "CoO"])) == {"Co-O", ""}


def test_one_training_serves_all_with_the_same_rows_and_is_resumed(
    energies: Energies, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    energies = replace(energies, checkpoints=tmp_path)
    every = electrodes(LEARNED + HELD_OUT)
    seen: list[int] = []
    real = module.train_one

    def watched(setting, split, *rest, **named):
        seen.append(len(split.known))
        return real(setting, split, *rest, **named)

    monkeypatch.setattr(module, "train_one", watched)
    first = energies.encoders(every, np.array([0, 1]), electrode.Model, Execution())
    assert energies.encoders(every, np.array([1, 0]), electrode.Model, Execution()) is first
    assert seen == [3 * len(INNOCENT)]
    again = replace(energies, made={}).encoders(every, np.array([0, 1]), electrode.Model, Execution())
    assert all(bool((again.states[0][k] == v).all()) for k, v in first.states[0].items())
    other = energies.encoders(every, np.array([0, 1, 2, 3]), electrode.Model, Execution())
    assert other.fingerprint != first.fingerprint
    assert len(list(tmp_path.iterdir())) == 2


def pairs() -> tuple[ModelConfig, Dataset]:
    """Made-up electrodes of four framework systems, and a recipe."""
    config = ModelConfig.model_validate(
        {
            "name": "pairs",
            "properties": ["average_voltage"],
            "sources": ["made_up"],
            "architecture": "electrode",
            "options": OPTIONS | {"n_landmarks": 8},
            "energies": "energy",
            "epochs": 1,
            "baseline": None,
            "early_stopping": False,
            "loss": {"absolute": 1.0, "likelihood": 0.0},
            "split": {"group": "framework_chemsys", "folds": 2},
        }
    )
    own = [
        replace(crystal(f, 7 + i), charged=crystal(f.replace("Li2", "").replace("Li", ""), 7 + i).crystal)
        for i in range(4)
        for f in ("LiMnO2", "LiTi2O4", "LiCoO2", "Li2FeSiO4")
    ]
    systems = np.array(["-".join(sorted(set(c.composition.chemical_system.split("-")) - {"Li"})) for c in own])
    values = np.linspace(2, 4, len(own))[:, None]
    return config, Dataset(
        "pairs",
        tuple(own),
        ("average_voltage",),
        values,
        np.zeros_like(values, dtype=np.int8),
        np.full(len(own), np.nan),
        {"framework_chemsys": systems},
        ("made_up",),
    )


def test_networks_of_electrodes_start_from_them(energies: Energies) -> None:
    config, dataset = pairs()
    table = EncodedRows.of(config, dataset)
    rows = np.flatnonzero(np.isin(dataset.groups["framework_chemsys"], ["Mn-O", "O-Ti"]))
    ensemble = train_rows(config, table, rows, start=energies)
    (encoders,) = energies.made.values()
    start = encoders.states[0]["network.learned.weight"]
    moved = ensemble.members[0].state_dict()["network.learned.weight"]
    untouched = [z for z in range(104) if z not in {3, 8, 22, 25, 0}]
    assert (moved[untouched] - start[untouched]).abs().max() < 0.01
    assert float(ensemble.members[0].energy_scale) == pytest.approx(float(encoders.states[0]["energy_scale"]))
    with pytest.raises(UsageError, match="none was given"):
        train_rows(config, table, rows)


def test_a_search_starts_from_them_too(energies: Energies, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTUNA_STORAGE", f"journal://{tmp_path / 'study.log'}")
    asked = []
    real = Energies.allowed
    monkeypatch.setattr(Energies, "allowed", lambda own, *sides: asked.append(sides) or real(own, *sides))
    config, dataset = pairs()
    tuned = tune(config, dataset, n_trials=2, start=energies)
    assert tuned.n_trials == 2
    assert np.isfinite(tuned.validation_loss)
    assert len(asked) == 2
    assert len(energies.made) == 1  # both trials share the rows, hence the network
    learned, held_out = ({module.framework_chemsys(c.composition) for c in side} for side in asked[0])
    assert held_out
    assert not learned & held_out
    assert len(learned | held_out) == 4


def test_an_architecture_without_a_network_cannot_start_from_them(energies: Energies) -> None:
    with pytest.raises(UsageError, match="cannot start from energies"):
        energies.encoders(electrodes(LEARNED), np.array([0]), electrode_process.Model, Execution())


def test_nothing_to_learn_is_said(energies: Energies) -> None:
    with pytest.raises(UsageError, match="no energy"):
        replace(
            energies,
            lithium_systems=frozenset(module.framework_chemsys(c.composition) for c in energies.dataset.candidates),
        ).encoders(electrodes(HELD_OUT), np.array([], dtype=int), electrode.Model, Execution())
