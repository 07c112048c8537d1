"""The Python interface answers as the command line does."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import ssbscreen as ssb
from ssbscreen.app.predict import predict_files
from ssbscreen.core.errors import InputError, UsageError


def test_import_is_quick_and_loads_nothing():
    code = (
        "import time; t = time.process_time(); import ssbscreen; t = time.process_time() - t; import sys;"
        "heavy = {'torch', 'pandas', 'numpy', 'pymatgen', 'mlflow'} & set(sys.modules); print(t, *heavy)"
    )
    seconds, *heavy = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert float(seconds) < 0.3
    assert not heavy


def test_names_are_listed_and_typed():
    assert {"predict", "rank", "load_run", "window", "pair", "suggest", "screen", "Regressor"} <= set(dir(ssb))
    with pytest.raises(AttributeError, match=r"it has .*predict"):
        ssb.guess  # noqa: B018


def test_predictions_are_those_of_the_command_line(tmp_path, sandbox):
    table = pd.DataFrame({"candidate_id": ["a", "b"], "composition": ["Li6PS5Cl", "Li7La3Zr2O12"]})
    table.to_csv(tmp_path / "in.csv", index=False)
    keys = ["ionic_conductivity", "density"]
    theirs = predict_files([str(tmp_path / "in.csv")], keys, tmp_path / "out.csv").table
    pd.testing.assert_frame_equal(ssb.predict(table, keys), theirs)
    series = pd.Series(["Li6PS5Cl", "Li7La3Zr2O12"], index=["a", "b"])
    pd.testing.assert_frame_equal(ssb.predict(series, keys), theirs)


def test_what_is_rejected_is_said(sandbox):
    with pytest.warns(UserWarning, match="nonsense"):
        found = ssb.predict(["Li3PS4", "nonsense"], "ionic_conductivity")
    assert list(found["candidate_id"]) == ["Li3PS4"]
    assert found.attrs["rejected"][0][0] == "nonsense"
    with pytest.raises(InputError, match="nonsense"):
        ssb.predict("nonsense", "ionic_conductivity")
    with pytest.raises(UsageError, match="ionic_conductivity"):
        ssb.predict("Li3PS4", "ionic_conductivty")


def test_window_has_numbers_steps_and_a_picture(sandbox):
    found = ssb.window("Li7La3Zr2O12")
    assert found.reduction_limit == pytest.approx(0.05, abs=0.2)  # Zhu, He, Mo, 10.1021/acsami.5b07517
    assert found.oxidation_limit == pytest.approx(2.91, abs=0.2)
    assert (found.steps["low_V"].diff().dropna() > 0).all()
    assert found.plot().axes
    assert "Li7La3Zr2O12" in str(found)


def test_pair_lists_contacts_and_coatings(sandbox):
    found = ssb.pair("Li3PS4", "NMC111")
    assert found.contacts["reaction_energy_eV_per_atom"].min() < -0.3  # -0.42 and -0.58, 10.1016/j.joule.2019.02.006
    assert len(found.coatings)
    assert found.plot().axes
    assert "Li3PS4" in str(found)


def test_a_run_is_asked(finished):
    run = ssb.load_run(finished.run.path)
    assert run.role == "separator"
    assert len(run.ranking) == len(finished.run.ranking())
    best = run.query(top=1).iloc[0]
    card = run.candidate(best["candidate_id"])
    row = card.criteria.loc["ionic_conductivity"]
    assert row["value"] == best["ionic_conductivity_value"]
    assert row["unit"] == "S/cm"
    assert str(best["candidate_id"]) in str(card)
    side_by_side = run.compare(card.candidate_id, run.query(top=2).iloc[1]["candidate_id"])
    assert side_by_side.shape[1] == 2
    assert "rank" in side_by_side.index
    for picture in (run.plot.scores(), run.plot.pareto(), run.plot.classes(), run.plot.criteria()):
        assert picture.axes
    with pytest.raises(UsageError):
        run.candidate("Xx9")


def test_the_structure_of_a_candidate_comes_from_its_input(finished):
    run = ssb.load_run(finished.run.path)
    rows = run.query(is_expanded=True)
    with_crystal = rows[rows["candidate_id"].str.startswith("proto/")]
    if not len(with_crystal):
        pytest.skip("no structure type was ranked")
    card = run.candidate(with_crystal.iloc[0]["candidate_id"])
    assert card.structure is not None
    assert card.structure.composition.reduced_formula


def test_objects_are_ranked_and_the_same_call_reads_the_run(sandbox, tmp_path, monkeypatch):
    monkeypatch.setenv("SSBSCREEN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)  # the last run of a folder stays that of the other tests
    given = ["Li6PS5Cl", "Li3YCl6", "Li7La3Zr2O12", "Li10GeP2S12"]
    run = ssb.rank(given, out=tmp_path / "run", n_draws=50, reference="embedded")
    assert set(run.query(role="separator")["candidate_id"]) <= set(given)
    again = ssb.rank(given, out=tmp_path / "run", n_draws=50, reference="embedded")
    assert again.ranking.equals(run.ranking)
    assert len(ssb.suggest(run, 2)) <= 2


class TestRegressor:
    def test_learns_what_the_composition_says(self, sandbox):
        shares = np.linspace(0.0, 0.95, 40)
        given = [f"Li{3 - x:.3f}Mg{x / 2:.4f}YCl6" for x in shares]
        model = ssb.Regressor("band_gap", folds=4, n_members=1).fit(given, 2.0 + 3.0 * shares)
        assert model.score_.mae < 0.3 < model.score_.mae_median
        mean, std = model.predict(["Li2.5Mg0.25YCl6", "*CCO*"], return_std=True)
        assert mean[0] == pytest.approx(3.5, abs=0.3)
        assert std[0] > 0
        assert np.isnan(mean[1])

    def test_values_must_be_in_the_stored_unit(self):
        with pytest.raises(InputError, match=r"log10\(S/cm\)"):
            ssb.Regressor().fit([f"Li{n}PS5Cl" for n in range(1, 30)], np.full(29, 100.0))

    def test_one_value_a_material(self):
        with pytest.raises(UsageError, match="one each"):
            ssb.Regressor().fit(["Li3PS4"], [1.0, 2.0])

    def test_it_is_an_estimator_of_scikit_learn(self):
        from sklearn.base import clone

        assert clone(ssb.Regressor("band_gap", folds=3)).get_params()["folds"] == 3
        with pytest.raises(UsageError, match="call fit first"):
            ssb.Regressor().predict(["Li3PS4"])
