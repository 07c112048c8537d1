"""Tables of a run at another temperature: Arrhenius and Vogel by hand, transitions, and what the energies rest on."""

import numpy as np
import pandas as pd
import pytest
import yaml

from ssbscreen.app.at_temperature import CARRIED, energy_origins, ranking_at
from ssbscreen.core.constants import BOLTZMANN_EV
from ssbscreen.core.errors import UsageError
from ssbscreen.files.writing import write_text
from ssbscreen.query.store import CONFIG, EVIDENCE, PREDICTIONS, RANKING, RunFolder
from ssbscreen.query.temperature_law import EnergyOrigin, carried, worth_gained
from ssbscreen.ranking.criteria import load_profile, load_screen, resolve
from ssbscreen.ranking.desirability import Ramp

OPERATING = load_profile("ev").operating
SCREEN = resolve(load_screen("separator"), load_profile("ev"))
ROWS = [
    ("a", "Li6PS5Cl", "sulfide", 1e-3, 0.30),
    ("b", "Li7La3Zr2O12", "oxide", 3e-4, 0.40),
    ("c", "LiZr2(PO4)3", "oxide", 1e-5, 0.45),
    ("d", "*CC(C)O* + LiTFSI 1 mol/kg", "polymer", 1e-5, 0.90),
    ("e", "Li3BO3", "oxide", 1e-9, np.nan),
]


def frame():
    rows = []
    for name, formula, kind, sigma, energy in ROWS:
        row = {"candidate_id": name, "formula": formula, "chemistry_class": kind, "role": "separator", "rank": 1.0}
        for part, by in (("value", 1.0), ("low", 0.5), ("high", 2.0)):
            row[f"ionic_conductivity_{part}"] = sigma * by
            row[f"critical_current_{part}"] = 1e-3 * by
        row["ionic_conductivity_imputed"] = False
        row["score"] = 0.1
        row |= {"activation_energy_value": energy, "practical_thickness_value": np.nan}
        rows.append(row)
    return pd.DataFrame(rows)


def arrhenius(sigma, energy, celsius):
    hot, room = celsius + 273.15, 298.15
    return sigma * room / hot * np.exp(energy / BOLTZMANN_EV * (1 / room - 1 / hot))


def test_rows_follow_arrhenius_and_a_polymer_the_law_of_vogel():
    at = carried(frame(), OPERATING, 60.0, {"d": -60.0})
    assert at.conductivity[:2, 0] == pytest.approx([arrhenius(1e-3, 0.3, 60), arrhenius(3e-4, 0.4, 60)], rel=0.01)
    steep = 0.9 / BOLTZMANN_EV * ((298.15 - 213.15) / 298.15) ** 2  # B of sigma T = A exp(-B / (T - T0))
    by_hand = 1e-5 * 298.15 / 333.15 * np.exp(steep * (1 / (298.15 - 213.15) - 1 / (333.15 - 213.15)))
    assert at.conductivity[3, 0] == pytest.approx(by_hand, rel=0.01)
    assert at.conductivity[3, 0] < arrhenius(1e-5, 0.9, 60)  # which a straight line would give
    assert np.isnan(at.conductivity[2]).all()  # its phase transition lies between
    assert [t is not None for t in at.transitions] == [False, False, True, False, False]


def test_blocks_and_single_rows_give_the_same():
    many = pd.concat([frame()] * 250, ignore_index=True)
    whole, alone = carried(many, OPERATING, -20.0), carried(frame(), OPERATING, -20.0)
    assert np.array_equal(whole.conductivity[-5:], alone.conductivity, equal_nan=True)
    assert np.isnan(alone.critical_current).all()  # no cell was measured in the cold


def test_a_class_at_its_own_temperature_starts_from_there():
    own = load_profile("ev").at("own").operating
    at = carried(frame(), own, 70.0)
    assert at.conductivity[3] == pytest.approx([1e-5, 5e-6, 2e-5], rel=0.02)  # polymers are known at 70 degree C
    assert at.conductivity[0, 0] == pytest.approx(arrhenius(1e-3, 0.3, 70), rel=0.01)


@pytest.fixture
def run(tmp_path):
    frame().to_parquet(tmp_path / RANKING)
    columns = ["candidate_id", "property", "mean"]
    given = [("d", "vogel_temperature", -60.0), ("d", "activation_energy", 0.9)]
    pd.DataFrame(given, columns=columns).to_parquet(tmp_path / PREDICTIONS)
    verdicts = [("a", "activation_energy", "study 1"), ("b", "activation_energy", "not counted: too far")]
    pd.DataFrame(verdicts, columns=["candidate_id", "property", "verdict"]).to_parquet(tmp_path / EVIDENCE)
    settings = {"profile": "ev", "temperature_c": None}
    config = {"settings": settings, "screen": SCREEN.model_dump(mode="json")}
    write_text(yaml.safe_dump(config), tmp_path / CONFIG)
    return RunFolder(tmp_path)


def test_a_run_at_another_temperature_keeps_its_ranks_and_says_what_it_rests_on(run):
    found = ranking_at(run, 60.0)
    assert list(found.frame["rank"]) == list(frame()["rank"])
    assert set(found.frame["use_temperature_value"]) == {60.0}
    assert all(f"{key}_{part}" in found.frame for key in CARRIED for part in ("value", "low", "high"))
    drop = found.frame["voltage_drop_value"] / found.frame["area_specific_resistance_value"]
    assert drop.dropna().to_numpy() == pytest.approx(OPERATING.current_density.value)
    assert any("phase transition of LiZr2(PO4)3 (1)" in note for note in found.notes)
    kinds = energy_origins(run, run.ranking())
    measured, predicted, of_class, assumed = EnergyOrigin
    assert kinds == [measured, of_class, of_class, predicted, assumed]


@pytest.mark.parametrize("role", ["pair", "cathode"])
def test_cells_are_not_carried(run, role):
    with pytest.raises(UsageError, match="carries electrolytes"):
        ranking_at(run, 60.0, role)


def test_the_score_changes_by_what_the_carried_criteria_are_worth():
    """Without errors, by hand: weight times the log of the desirabilities, and what the limits leave."""
    sure = frame().iloc[:2].copy()
    for key in ("ionic_conductivity", "critical_current"):
        for part in ("low", "high"):
            sure[f"{key}_{part}"] = sure[f"{key}_value"]
    gained = worth_gained(sure, OPERATING, 60.0, SCREEN)
    cold, warm = (carried(sure, OPERATING, celsius) for celsius in (25.0, 60.0))
    by_hand = np.zeros(2)
    for weight, criterion in zip(SCREEN.weights, SCREEN.criteria, strict=True):
        ramp = Ramp(criterion, SCREEN.floor)
        if criterion.property == "ionic_conductivity":
            both = [np.log10(at.conductivity[:, 0]) for at in (warm, cold)]
        elif criterion.property == "critical_current":
            both = [np.log10(at.critical_current[:, 0]) for at in (warm, cold)]
        elif criterion.property == "area_specific_resistance":
            both = [np.log10(at.resistance[:, 0]) for at in (warm, cold)]
        else:
            continue
        there, here = (weight * np.log(ramp.desirability(x)) + ramp.log_survival(x) for x in both)
        by_hand += there - here
    assert gained == pytest.approx(by_hand, abs=0.05)  # the interface resistance and the slope are drawn
    assert (gained > 0.0).all()
    assert worth_gained(sure, OPERATING, 25.0, SCREEN) == pytest.approx(0.0, abs=1e-12)


def test_rows_without_a_law_have_no_rank_there(run):
    found = ranking_at(run, 60.0).frame.set_index("candidate_id")
    assert found.index[-1] == "c"
    assert found["rank_at_temperature"].tolist()[:4] == [1.0, 2.0, 3.0, 4.0]
    assert np.isnan(found.loc["c", "rank_at_temperature"])
    assert (found["score_at_temperature"].dropna().diff().dropna() <= 0.0).all()
    assert found.loc["a", "score_at_temperature"] > 0.1
