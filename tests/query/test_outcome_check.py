"""A ranking against outcomes: statistics against other libraries, and made-up worlds in which the truth is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from ssbscreen.core.candidate import Bound
from ssbscreen.core.crystal import SYMBOLS
from ssbscreen.core.outcome import Outcome, OutcomeKind
from ssbscreen.query.outcome_check import area_under_curve, best_rows, check_outcomes, spearman


def outcome(formula, value, kind=OutcomeKind.CRITICAL_CURRENT, has_interlayer=False):
    return Outcome(formula, formula, kind, value, Bound.EXACT, has_interlayer, 25.0, "made up")


def world(n=30, seed=0):
    """Materials whose critical current follows a hidden quality; conductivity is unrelated to it."""
    rng = np.random.default_rng(seed)
    quality = rng.normal(size=n)
    formulas = [f"Li3{symbol}Cl6" for symbol in SYMBOLS[20 : 20 + n]]
    ranking = pd.DataFrame(
        {
            "formula": formulas,
            "score": quality,
            "is_known": True,
            "ionic_conductivity_value": 10 ** rng.normal(-4, 1, n),
            "critical_current_value": 10**quality * 1e-3,
            "ionic_conductivity_desirability": rng.random(n),
        }
    )
    return ranking, [outcome(f, 10**q) for f, q in zip(formulas, quality, strict=True)]


def test_statistics_equal_those_of_scipy_and_scikit_learn():
    rng = np.random.default_rng(1)
    order, number, kind = rng.integers(0, 9, 60), rng.normal(size=60), rng.random(60) > 0.7
    assert spearman(order, number) == pytest.approx(spearmanr(order, number).statistic, abs=1e-12)
    assert area_under_curve(order, kind) == pytest.approx(roc_auc_score(kind, order), abs=1e-12)


def test_statistics_of_too_little_are_missing():
    assert np.isnan(spearman(np.array([1.0, 2.0]), np.array([1.0, 2.0])))
    assert np.isnan(spearman(np.ones(5), np.arange(5.0)))
    assert np.isnan(area_under_curve(np.arange(4.0), np.zeros(4, bool)))


def test_a_score_that_knows_the_truth_beats_conductivity():
    ranking, outcomes = world()
    found = {(s.check, s.order): s for s in check_outcomes(ranking, outcomes)}
    score = found["critical current of lithium cells", "score"]
    assert score.value == pytest.approx(1.0)
    conductivity = found["critical current of lithium cells", "conductivity alone"]
    assert conductivity.p_better > 0.99
    assert conductivity.low < conductivity.value < conductivity.high
    assert found["level of the critical current", "critical_current"].value == pytest.approx(1.0)


def test_a_level_that_is_off_by_ten_is_reported_as_ten():
    ranking, outcomes = world()
    ranking["critical_current_value"] *= 10
    level = next(s for s in check_outcomes(ranking, outcomes) if s.check.startswith("level"))
    assert level.value == pytest.approx(10.0)


def test_values_behind_an_interlayer_do_not_count():
    ranking, outcomes = world()
    behind = [outcome(o.formula, 1e6, has_interlayer=True) for o in outcomes[:10]]
    plain, added = (check_outcomes(ranking, o)[0].value for o in (outcomes, [*outcomes, *behind]))
    assert plain == added


def test_molten_lithium_does_not_count():
    ranking, outcomes = world()
    hot = [replace(outcomes[0], value=530.0, temperature_c=195.0)] * 3
    assert check_outcomes(ranking, outcomes)[0].value == check_outcomes(ranking, [*outcomes, *hot])[0].value


def test_a_known_row_goes_before_a_better_hypothetical_one():
    ranking = pd.DataFrame(
        {"formula": ["Li6PS5Cl", "Li6PS5Cl", "Li3YCl6"], "score": [0.9, 0.5, 0.7], "is_known": [False, True, True]}
    )
    assert best_rows(ranking, [outcome("Li5.99PS5Cl1.0", 1.0), outcome("Li5.4PS4.4Cl1.6", 1.0)]) == {
        "Li5.99PS5Cl1.0": 1
    }


def test_the_row_that_stands_for_a_material_goes_before_a_better_repeat():
    ranking = pd.DataFrame(
        {"formula": ["Li6PS5Cl"] * 2, "score": [0.9, 0.5], "is_known": True, "variant_of": ["proto/argyrodite", ""]}
    )
    assert best_rows(ranking, [outcome("Li6PS5Cl", 1.0)]) == {"Li6PS5Cl": 1}


def test_a_polymer_is_found_by_its_repeat_unit():
    ranking = pd.DataFrame({"formula": ["*CCO* + [Li+].F", "LiF"], "score": [0.1, 0.2], "is_known": [True, True]})
    assert best_rows(ranking, [outcome("*CCO*", 1.0)]) == {"*CCO*": 0}


def test_cells_that_cycled_and_lithium_are_told_apart():
    ranking, _ = world()
    cycled = [outcome(f, 1.0, OutcomeKind.CYCLING) for f in ranking.nlargest(8, "score")["formula"]]
    lives = [
        outcome(f, float(s > 0), OutcomeKind.LITHIUM) for f, s in zip(ranking["formula"], ranking["score"], strict=True)
    ]
    found = {(s.check, s.order): s.value for s in check_outcomes(ranking, [*cycled, *lives])}
    assert found["electrolytes of cells that cycled", "score"] == 1.0
    assert found["contact with lithium", "score"] == 1.0
    assert found["contact with lithium", "random"] == pytest.approx(0.5, abs=0.02)
