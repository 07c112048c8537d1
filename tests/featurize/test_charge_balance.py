"""Balance of formal charges against pymatgen's guesses, textbook compounds and a count by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from pymatgen.core import Composition, Element

from ssbscreen.core.crystal import SYMBOLS
from ssbscreen.featurize.charge_balance import BALANCE_NAMES, charge_balance
from ssbscreen.featurize.composition import amounts_of


def _of(*formulas: str) -> dict[str, np.ndarray]:
    found = charge_balance(np.stack([amounts_of(Composition(f)) for f in formulas]))
    assert found.shape == (len(formulas), len(BALANCE_NAMES))
    return dict(zip(BALANCE_NAMES, found.T, strict=True))


def test_salts_balance_and_metals_do_not() -> None:
    salts = _of("NaCl", "Li7La3Zr2O12", "Li3YCl6", "SrTiO3", "LiFePO4", "K2Cr2O7", "Cu2O", "Mg2Si", "PbTe", "GaAs")
    np.testing.assert_allclose(salts["imbalance"], 0.0, atol=1e-9)
    np.testing.assert_allclose(salts["rare states"], 0.0)
    metals = _of("Ti2O", "Ni3Al", "LaNi5", "Zr5Si3", "TiFe", "Mg17Al12")
    assert (metals["imbalance"] > 0.1).all()
    assert metals["has anion"].tolist() == [1, 0, 0, 1, 0, 0]


def test_it_agrees_with_pymatgens_guesses() -> None:
    """Where pymatgen finds integer states that balance with these very states, the imbalance is 0, and only there."""
    formulas = [
        "Li2O",
        "Na3AlF6",
        "CaTiO3",
        "Zn2SiO4",
        "ZnS",
        "CdTe",
        "AgCl",
        "BaF2",
        "Li3PO4",
        "LiCoO2",
        "TiO",
        "KF2",
        "CaCl3",
        "Sc2O",
        "Mg3O",
        "Al2F",
    ]
    states = {
        e: [s for s in Element(e).common_oxidation_states if s]
        for e in "Li Na Al Ca Ti Zn Si Cd Ag Ba P Co K Sc Mg O F S Te Cl".split()
    }
    states |= {"O": [-2], "F": [-1], "S": [-2], "Te": [-2], "Cl": [-1], "Ti": [2, 3, 4], "Sc": [2, 3]}
    guessed = [
        bool(Composition(f).oxi_state_guesses(oxi_states_override=states, all_oxi_states=False)) for f in formulas
    ]
    assert 9 < sum(guessed) < len(formulas)
    assert (_of(*formulas)["imbalance"] < 1e-9).tolist() == guessed


def test_octets_of_the_8_n_rule() -> None:
    zintl = _of("GaAs", "ZnSe", "Mg2Si", "NaCl", "CuGaS2", "Li3N", "PbTe", "SnO", "TiO2", "NbC")
    np.testing.assert_allclose(zintl["electrons per anion"], [1, 1, 1, 1, 1, 1, 10 / 8, 10 / 8, 1, 9 / 8])
    np.testing.assert_allclose(zintl["off 8 without lone pairs"][6:8], 0.0)
    np.testing.assert_allclose(_of("Fe", "NaTl")["electrons per anion"], 20 / 8)


def test_mixed_valence_has_no_excess_but_is_no_single_state() -> None:
    magnetite = _of("Fe3O4")
    assert magnetite["excess"][0] == 0.0
    assert magnetite["imbalance"][0] == pytest.approx(1 / 7)  # (8 - 9) / 7 atoms with Fe3+ throughout
    found = _of("Al2O", "KF2")["excess"]
    np.testing.assert_allclose(found, [4 / 3, 1 / 3])  # electrons left over, electrons that lack


def test_open_shells_of_transition_metals() -> None:
    """d0 and d10 are closed; V4+ has one electron, Ni2+ two holes, Cu2+ one; a share per atom."""
    found = _of("V2O5", "TiO2", "ZnO", "VO2", "NiO", "CuO", "Cu2O", "La2O3")["open shells"]
    np.testing.assert_allclose(found, [0, 0, 0, 1 / 3, 2 / 2, 1 / 2, 0, 0], atol=1e-12)


def test_brute_force_over_states() -> None:
    """Li-Fe-P-O by hand: every state of Fe and P."""
    composition = Composition("Li2Fe3P2O11")
    share = {e: composition.get_atomic_fraction(e) for e in ("Li", "Fe", "P", "O")}
    best = min(
        abs(share["Li"] + fe * share["Fe"] + p * share["P"] - 2 * share["O"])
        for fe, p in product((2, 3), (3, 4, 5, -3))
    )
    assert _of("Li2Fe3P2O11")["imbalance"][0] == pytest.approx(best)


def test_rows_do_not_depend_on_each_other_or_on_the_size_of_the_formula() -> None:
    rng = np.random.default_rng(0)
    formulas = [
        "".join(f"{SYMBOLS[z]}{rng.integers(1, 9)}" for z in rng.choice(np.arange(1, 104), k, replace=False))
        for k in (1, 2, 3, 4, 5, 7, 12)
        for _ in range(12)
    ]
    amounts = np.stack([amounts_of(Composition(f)) for f in formulas])
    whole = charge_balance(amounts)
    assert np.isfinite(whole).all()
    np.testing.assert_allclose(np.vstack([charge_balance(3.0 * row[None]) for row in amounts]), whole, atol=1e-12)
    assert charge_balance(np.zeros((0, 104))).shape == (0, len(BALANCE_NAMES))
