"""Other weights: the terms of a run against a ranking made anew, and their file."""

import numpy as np
import pytest
from ranking_pools import column, facts, plain_profile, pool, small_screen

from ssbscreen.core.errors import UsageError
from ssbscreen.query.score_terms_file import read_score_terms, read_screens, write_score_terms
from ssbscreen.ranking.ranker import rank
from ssbscreen.ranking.score_terms import rerank, terms_of, weights_of

PRECISION = 2e-5  # relative: terms are kept in 32 bits, and the ranking adds up 32-bit draws


def _pool(n=60):
    """Candidates with gaps: some values are drawn from the class."""
    rng = np.random.default_rng(5)
    hull = np.where(rng.random(n) < 0.2, np.nan, rng.uniform(0, 0.12, n))
    voltage = np.where(rng.random(n) < 0.3, np.nan, rng.uniform(1, 5, n))
    columns = [
        column("ionic_conductivity", rng.uniform(-5.5, -3, n), 0.5),
        column("energy_above_hull", hull, 0.02),
        column("average_voltage", voltage, 0.3),
    ]
    return pool(facts(["oxide"] * n), columns, n_draws=200)


def _other_groups(screen):
    """The screen with weights that nobody would choose."""
    groups = dict(zip(screen.groups, (0.1, 0.85, 0.05), strict=True))
    return screen.model_copy(update={"groups": groups})


def test_other_weights_give_the_scores_and_ranks_of_a_new_ranking():
    quantities, screen = _pool(), small_screen(min_coverage=0.5)
    terms = terms_of(rank(quantities, screen, plain_profile()))
    other = _other_groups(screen)
    anew = rank(quantities, other, plain_profile()).table.set_index("candidate_id")
    found = rerank(terms, np.asarray(other.weights))
    expected = anew.loc[terms.candidate_ids]
    np.testing.assert_allclose(found.score, expected["score"], rtol=PRECISION)
    np.testing.assert_array_equal(found.rank, expected["rank"].fillna(0))
    assert (found.rank == 0).any(), "too little is known of some rows at these weights"
    np.testing.assert_array_equal(terms.candidate_ids[found.order], anew.index)


def test_criteria_that_do_not_apply_leave_their_weight_to_others_of_their_group():
    """Also where weights change within a group, so that others stand in with other shares."""
    rng, n = np.random.default_rng(8), 40
    columns = [
        column("ionic_conductivity", rng.uniform(-5.5, -3, n), 0.5),
        column("energy_above_hull", rng.uniform(0, 0.12, n), 0.02),
        column("average_voltage", rng.uniform(1, 5, n), 0.3),
    ]
    quantities = pool(facts(["oxide", "polymer"] * (n // 2)), columns, n_draws=200)
    base, other = _screen_with_three_in_a_group((1.0, 1.0, 2.0)), _screen_with_three_in_a_group((3.0, 0.5, 1.0))
    terms = terms_of(rank(quantities, base, plain_profile()))
    anew = rank(quantities, other, plain_profile()).table.set_index("candidate_id").loc[terms.candidate_ids]
    found = rerank(terms, np.asarray(other.weights))
    np.testing.assert_allclose(found.score, anew["score"], rtol=1e-4)
    np.testing.assert_array_equal(found.rank, anew["rank"])


def _screen_with_three_in_a_group(shares):
    """One of the three does not apply to polymers."""
    rows = [criterion.model_dump() for criterion in small_screen().criteria]
    for row, share in zip(rows, shares, strict=True):
        row |= {"group": "processing", "share": share}
    rows[2]["not_for"] = ("polymer",)
    return small_screen(criteria=rows, groups={"processing": 1.0})


def test_own_weights_give_the_ranking_itself():
    quantities, screen = _pool(), small_screen(min_coverage=0.5)
    base = rank(quantities, screen, plain_profile())
    terms = terms_of(base)
    found = rerank(terms, weights_of(terms.screen, {}, {}))
    np.testing.assert_allclose(found.score, base.table["score"], rtol=PRECISION)
    np.testing.assert_array_equal(found.rank, base.table["rank"].fillna(0))


def test_file_keeps_terms_and_screen(tmp_path):
    terms = terms_of(rank(_pool(), small_screen(), plain_profile()))
    write_score_terms([terms], tmp_path)
    again = read_score_terms(tmp_path, terms.screen.role)
    assert again.screen == terms.screen
    assert read_screens(tmp_path) == {terms.screen.role: terms.screen}
    for name in ("candidate_ids", "log_desirability", "log_survival", "has_own", "is_representative"):
        np.testing.assert_array_equal(getattr(again, name), getattr(terms, name), err_msg=name)


def test_roles_with_other_criteria_share_a_file(tmp_path):
    first = terms_of(rank(_pool(), small_screen(), plain_profile()))
    screen = small_screen().model_copy(update={"role": "another"})
    second = terms_of(rank(_pool(20), screen, plain_profile()))
    write_score_terms([first, second], tmp_path)
    assert len(read_score_terms(tmp_path, "another")) == 20
    np.testing.assert_array_equal(read_score_terms(tmp_path, first.screen.role).has_own, first.has_own)


def test_weights_given_by_name_and_by_factor():
    screen = small_screen()
    own = dict(zip([c.name for c in screen.criteria], screen.weights, strict=True))
    name, group = screen.criteria[0].name, screen.criteria[0].group
    doubled = weights_of(screen, {}, {name: 2.0})
    assert doubled[0] == pytest.approx(2 * own[name] / (1 + own[name]))
    assert weights_of(screen, {name: 2 * own[name]}, {}) == pytest.approx(doubled)
    members = [c.group == group for c in screen.criteria]
    share = sum(np.asarray(screen.weights)[members])
    assert weights_of(screen, {}, {group: 2.0})[members].sum() == pytest.approx(2 * share / (1 + share))


@pytest.mark.parametrize(
    ("given", "factors", "words"),
    [
        ({"conductivity": 1.0}, {}, "Unknown criterion 'conductivity'"),
        ({}, {"costs": 2.0}, "Unknown criterion or group 'costs'"),
        ({"ionic_conductivity": -1.0}, {}, "from 0 to"),
        ({"ionic_conductivity": float("nan")}, {}, "from 0 to"),
        ({}, dict.fromkeys([c.group for c in small_screen().criteria], 0.0), "All weights are 0"),
    ],
)
def test_weights_that_are_none(given, factors, words):
    with pytest.raises(UsageError, match=words):
        weights_of(small_screen(), given, factors)


def test_older_runs_say_what_to_do(tmp_path):
    assert read_screens(tmp_path) == {}
    with pytest.raises(UsageError, match="ssbscreen screen"):
        read_score_terms(tmp_path, "separator")
