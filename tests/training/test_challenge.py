"""Frozen rows, the comparison of two shadows, and what is decided from it, on data whose truth is known."""

import json

import numpy as np
import pytest

from ssbscreen.training.card import Comparison, Decision
from ssbscreen.training.challenge import compare, decide, paired_bootstrap
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.ensemble import EnsembleOutput
from ssbscreen.training.frozen_rows import frozen_rows
from ssbscreen.training.rows import EncodedRows


def groups_of(n, per=3):
    return {"formula": np.array([f"f{i}" for i in range(n)]), "doi": np.array([f"d{i // per}" for i in range(n)])}


def test_test_rows_stay_the_same_when_rows_are_added_before_and_behind():
    groups = groups_of(300)
    first = frozen_rows(groups, np.zeros(300, bool), "formula+doi")
    added = {k: np.concatenate([np.char.add("n", v[:50]), v, np.char.add("m", v[:50])]) for k, v in groups.items()}
    is_new = np.array([True] * 50 + [False] * 300 + [True] * 50)
    second = frozen_rows(added, is_new, "formula+doi")
    assert set(second.test - 50) == set(first.test)
    assert set(second.train - 50) == set(first.train)
    assert 20 < len(first.test) < 80
    assert set(second.new) <= set(np.flatnonzero(is_new))


def test_no_label_stands_on_both_sides_and_empty_labels_tie_nothing():
    rng = np.random.default_rng(0)
    groups = {
        "formula": rng.choice([f"f{i}" for i in range(60)] + [""], 400).astype(str),
        "doi": rng.choice([f"d{i}" for i in range(90)], 400).astype(str),
    }
    rows = frozen_rows(groups, rng.random(400) < 0.3, "formula+doi")
    learned = np.concatenate([rows.train, rows.new])
    for column in groups.values():
        held = set(column[np.concatenate([rows.test, rows.calibration])]) - {""}
        assert not held & set(column[learned])
        assert not (set(column[rows.test]) - {""}) & set(column[rows.calibration])


def test_paired_bootstrap_holds_the_truth_about_as_often_as_it_says():
    rng, hits = np.random.default_rng(1), 0
    for _ in range(200):
        effect = np.repeat(rng.normal(0, 1, 40), 4)  # rows of a cluster share their difference
        low, high = paired_bootstrap(0.3 + effect + rng.normal(0, 0.1, 160), np.repeat(np.arange(40), 4), seed=0, n=400)
        hits += low <= 0.3 <= high
    assert 0.88 <= hits / 200 <= 0.99


CONFIG = ModelConfig(
    name="tiny",
    properties=("band_gap",),
    sources=("matbench",),
    architecture="forest",
    noise_floor={"band_gap": 0.01},
    split={"group": "formula+doi"},
)


def table_of(values, bound, groups):
    n = len(values)
    return EncodedRows((), (), np.ones(n), values, bound, np.zeros((n, 1)), groups)


def play(quality_new, n=600, seed=0):
    """Comparison in which a training's error shrinks with its good rows and grows with its bad ones."""
    rng = np.random.default_rng(seed)
    groups = groups_of(n)
    value = rng.normal(2.0, 1.0, (n, 1))
    noise = rng.normal(0.0, 1.0, (n, 1))
    is_new = np.arange(n) >= 2 * n // 3
    rows = frozen_rows(groups, is_new, "formula+doi")

    def train(own, what):
        n_old, n_new = int((~is_new[own]).sum()), int(is_new[own].sum())
        error = 0.5 * (1.0 - quality_new * n_new / max(n_old, 1))

        def predict(asked):
            mean = value[asked] + error * noise[asked]
            std = np.full_like(mean, error)
            return EnsembleOutput(mean, std, np.zeros_like(std), np.zeros((len(asked), 0)))

        return predict

    found = compare(CONFIG, table_of(value, np.zeros((n, 1), np.int8), groups), rows, train)
    return decide(found, 0.02, int(is_new.sum()))


def test_data_that_help_are_promoted_and_data_that_harm_are_not():
    good, bad, idle = play(0.5), play(-0.5), play(0.0)
    assert good.is_promoted
    assert good.comparisons[0].challenger < good.comparisons[0].champion
    assert good.comparisons[0].coverage_champion == pytest.approx(0.9, abs=0.09)
    assert not bad.is_promoted
    assert "worse" in bad.reasons[0]
    assert not idle.is_promoted
    assert "no difference" in idle.reasons[0]


def result(**changes):
    return Comparison(
        **{
            "property": "band_gap",
            "n_test": 100,
            "champion": 0.5,
            "challenger": 0.5,
            "low": -0.005,
            "high": 0.005,
            "coverage_champion": 0.9,
            "coverage_challenger": 0.9,
        }
        | changes
    )


@pytest.mark.parametrize(
    ("changes", "is_promoted"),
    [
        ({"low": -0.1, "high": -0.01}, True),
        ({"low": -0.1, "high": 0.05}, False),  # may be worse by more than the margin
        ({}, False),
        ({"coverage_champion": 0.8}, True),
        ({"coverage_challenger": 0.8}, False),
        ({"low": -0.1, "high": -0.01, "coverage_challenger": 0.8}, True),  # better by the bootstrap is enough
        ({"n_new": 50, "new_champion": 1.0, "new_challenger": 0.5, "new_low": -0.7, "new_high": -0.3}, True),
        ({"n_new": 50, "new_champion": 0.5, "new_challenger": 1.0, "new_low": 0.3, "new_high": 0.7}, False),
        ({"n_new": 3, "new_champion": 1.0, "new_challenger": 0.5, "new_low": -0.7, "new_high": -0.3}, False),
        (
            {
                "low": -0.1,
                "high": -0.01,
                "n_new": 50,
                "new_champion": 0.5,
                "new_challenger": 1.0,
                "new_low": 0.3,
                "new_high": 0.7,
            },
            False,
        ),
    ],
)
def test_what_decides(changes, is_promoted):
    assert decide((result(**changes),), 0.02, 50).is_promoted is is_promoted


def test_one_property_that_gets_worse_stops_another_that_gets_better():
    better, worse = result(low=-0.1, high=-0.01), result(property="band_gap_pbe", low=0.1, high=0.2)
    assert not decide((better, worse), 0.02, 50).is_promoted


def test_only_rows_of_the_original_sources_are_held_out():
    groups, rng = groups_of(400), np.random.default_rng(3)
    is_new, is_own = np.arange(400) >= 350, rng.random(400) < 0.4
    is_own |= is_new
    rows = frozen_rows(groups, is_new, "formula+doi", is_eligible=~is_own)
    held = np.concatenate([rows.test, rows.calibration])
    assert len(held) > 20
    assert not is_own[held].any()
    assert (is_own & ~is_new)[rows.train].any(), "measurements of earlier tables are learned from"


def test_nobody_is_scored_on_rows_or_relatives_it_has_learned_from():
    n, groups = 600, groups_of(600)
    rows = frozen_rows(groups, np.arange(n) >= 402, "formula+doi")  # whole papers are new
    learned, scored = {}, {}

    def train(own, what):
        learned[what] = own

        def predict(asked):
            scored.setdefault(what, []).append(asked)
            return EnsembleOutput(
                np.zeros((len(asked), 1)),
                np.ones((len(asked), 1)),
                np.zeros((len(asked), 1)),
                np.zeros((len(asked), 0)),
            )

        return predict

    compare(CONFIG, table_of(np.zeros((n, 1)), np.zeros((n, 1), np.int8), groups), rows, train)
    assert set(learned["shadow champion"]) == set(rows.train)
    assert set(learned["shadow challenger"]) == set(rows.train) | set(rows.new)
    halves = [what for what in learned if what.startswith("new rows")]
    asked = [rows_asked for what in halves for rows_asked in scored[what]]
    assert sorted(np.concatenate(asked)) == sorted(rows.new), "each new row is scored once"
    for what, own in learned.items():
        for rows_asked in scored[what]:
            assert not set(own) & set(rows_asked), what
            assert not set(groups["doi"][own]) & set(groups["doi"][rows_asked]), what
        assert set(rows.train) <= set(own)
    sizes = [len(rows_asked) for rows_asked in asked]
    assert max(sizes) <= 1.2 * min(sizes)


def test_a_bound_that_a_prediction_keeps_counts_as_no_error():
    n, groups = 300, groups_of(300)
    rows = frozen_rows(groups, np.zeros(n, bool), "formula+doi")
    bound = np.where(np.arange(n) % 2, -1, 0).astype(np.int8)[:, None]

    def train(own, what):
        return lambda asked: EnsembleOutput(
            np.full((len(asked), 1), -2.0),
            np.ones((len(asked), 1)),
            np.zeros((len(asked), 1)),
            np.zeros((len(asked), 0)),
        )

    (found,) = compare(CONFIG, table_of(np.zeros((n, 1)), bound, groups), rows, train)
    share = float((bound[rows.test] == 0).mean())
    assert found.champion == pytest.approx(2.0 * share)  # at most 0 is kept by -2; an exact 0 is missed by 2


def test_a_decision_on_an_earlier_card_is_read():
    row = {"property": "density", "n_test": 9, "champion": 1.0, "challenger": 0.5, "low": -0.6, "high": -0.4}
    fields = {"is_promoted": True, "reasons": ["better"], "margin": 0.02, "n_new": 3}
    earlier = Decision.model_validate_json(json.dumps(fields | {"contests": [row]}))
    assert earlier == Decision.model_validate_json(json.dumps(fields | {"comparisons": [row]}))
    assert Decision.model_validate_json(earlier.model_dump_json()) == earlier
