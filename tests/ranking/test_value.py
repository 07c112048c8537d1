"""What a measurement is worth to a candidate and to a family, where the answer is known."""

import numpy as np
import pytest
from ranking_pools import small_screen

from ssbscreen.ranking.score_draws import ScoreDraws
from ssbscreen.ranking.tests_cost import TestKind
from ssbscreen.ranking.value import family_gains, fought_for, own_part, preferences, said_once


def _draws(values):
    m = len(values)
    return ScoreDraws(
        np.array([f"c{i}" for i in range(m)], dtype=object),
        small_screen(),
        np.arange(3),
        np.asarray(values),
        np.ones((m, 3), bool),
        ("ionic_conductivity", "energy_above_hull"),
        np.ones(m, bool),
    )


def _impedance(noise=0.1):
    reading = {"ionic_conductivity": {"noise": noise, "source": "test"}}
    return TestKind.model_validate(
        {"name": "z", "title": "z", "kind": "measurement", "needs": "sample", "cost": 1.0, "source": "test"}
        | {"reveals": reading}
    )


def test_place_that_each_fights_for():
    """With a shortlist of 2 the lists end at 2 and 4: the first two defend, the others attack the list before them."""
    base = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
    assert fought_for(base, 2).tolist() == [0.7, 0.7, 0.8, 0.8, 0.6, 0.6]


def _best(after, costs, base, is_open, shortlist):
    """Tests of candidates without a family."""
    kinds = [_impedance()] * len(after)
    return said_once(preferences(after, costs, base, is_open, shortlist), [""] * len(base), base, kinds)[0]


def test_test_that_can_change_the_place_beats_one_that_only_moves_the_score():
    """The second candidate may overtake by test 1; test 0 moves its score more, always below the place."""
    base = np.array([0.5, 0.3])
    quarter = np.repeat([0.0, 0.0, 0.0, 1.0], 8)
    wide = 0.3 + np.where(np.arange(32) % 2, 0.19, -0.19)
    jump = 0.3 + 0.3 * quarter - 0.075
    after = np.stack([np.stack([np.full(32, 0.5), wide]), np.stack([np.full(32, 0.5), jump])])
    assert wide.std() > jump.std()
    best = _best(after, np.ones((2, 2)), base, np.ones((2, 2), bool), 1)
    assert best[1] == 1
    assert _best(after, np.ones((2, 2)), base, np.zeros((2, 2), bool), 1).tolist() == [-1, -1]
    dear = np.array([[1.0, 1.0], [1.0, 1e12]])
    assert _best(after, dear, base, np.ones((2, 2), bool), 1)[1] == 0  # at that price it changes nothing


def test_what_kin_has_in_common_is_no_matter_of_one_member():
    """Conductivity of ten members: a shared error of 1 and own errors of 0.2 decades; own ones are left."""
    rng = np.random.default_rng(0)
    shared, own = rng.normal(size=2000), 0.2 * rng.normal(size=(10, 2000))
    values = np.stack([-4.0 + shared + own, np.full(own.shape, 0.04), np.full(own.shape, 2.5)], axis=1)
    left = own_part(_draws(values), ["x"] * 10)
    assert left[:, 0].std(axis=1).mean() == pytest.approx(0.2, rel=0.1)
    assert left[:, 0].mean() == pytest.approx(values[:, 0].mean())
    alone = own_part(_draws(values), [""] * 10)
    np.testing.assert_array_equal(alone, values)
    apart = np.stack([-4.0 + rng.normal(size=(10, 2000)), *values.transpose(1, 0, 2)[1:]], axis=1)
    assert own_part(_draws(apart), ["x"] * 10)[:, 0].std(axis=1).mean() == pytest.approx(1.0, rel=0.03)


def test_family_is_worth_a_survey_where_its_members_move_together():
    rng = np.random.default_rng(1)
    rest = [np.full((12, 512), 0.04), np.full((12, 512), 2.5)]
    shared = np.repeat(rng.normal(size=(1, 512)), 6, axis=0)
    together = np.concatenate([-4.3 + shared, -4.0 + 0.02 * rng.normal(size=(6, 512))])
    apart = np.concatenate([-4.3 + rng.normal(size=(6, 512)), together[6:]])
    names = ["moving"] * 6 + ["sure"] * 6
    found = family_gains(_draws(np.stack([together, *rest], axis=1)), [_impedance()], names, 3)
    assert [one.family for one in found] == ["moving"]
    assert found[0].shared == pytest.approx(1.0)
    assert found[0].gain > 0.01
    assert not family_gains(_draws(np.stack([apart, *rest], axis=1)), [_impedance()], names, 3)


def _kind(name, *shown):
    reveals = {key: {"noise": 0.1, "source": "test"} for key in shown}
    row = {"name": name, "title": name, "kind": "measurement", "needs": "sample", "cost": 1.0, "source": "test"}
    return TestKind.model_validate(row | {"reveals": reveals})


def test_what_most_of_a_family_want_is_asked_of_one_of_them():
    """Five of one family want test 0 first; test 1 shows the same again, so that four name test 2 or 3."""
    kinds = [
        _kind("cell", "p_li_mixed_conducting", "area_specific_resistance"),
        _kind("contact", "p_li_mixed_conducting"),
        _kind("pellet", "density"),
        _kind("impedance", "ionic_conductivity"),
    ]
    wanted = np.array([[1.9] * 6, [1.8] * 6, [0.5, 0.4, 0.5, 0.1, 0.1, 0.1], [0.1, 0.3, 0.3, 0.4, 0.4, 0.4]])
    base = np.array([0.1, 0.5, 0.4, 0.3, 0.2, 0.9])
    best, of_families = said_once(wanted, ["a"] * 5 + [""], base, kinds)
    assert best.tolist() == [2, 0, 2, 3, 3, 0]  # the second leads its family; the last has no family
    assert of_families == {"a": (0,)}


def test_members_that_differ_keep_their_own_tests():
    kinds = [_kind("pellet", "density"), _kind("impedance", "ionic_conductivity")]
    wanted = np.array([[2.0, 2.0, 1.0, 1.0, -1.0], [1.0, 1.0, 2.0, 2.0, -1.0]])
    best, of_families = said_once(wanted, ["a"] * 5, np.arange(5.0), kinds)
    assert best.tolist() == [0, 0, 1, 1, -1]
    assert of_families == {}


def test_a_family_with_one_open_test_still_names_it():
    kinds = [_kind("pellet", "density")]
    best, of_families = said_once(np.ones((1, 4)), ["a"] * 4, np.arange(4.0), kinds)
    assert best.tolist() == [0, 0, 0, 0]
    assert of_families == {"a": (0,)}
