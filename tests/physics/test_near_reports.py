"""Reports on compositions near by: weights by hand, and what is known of materials that stand in no table."""

import math

import numpy as np
import pytest

from ssbscreen.core.formula import parse_formula
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.lithium_contact import Contact, Seen, fit_contact_rule, report_error, seen_contacts, with_counts
from ssbscreen.physics.lithium_interphase import Judged
from ssbscreen.physics.near_reports import ALIKE, NEAR, NearReports
from ssbscreen.sources.reference_phases import EMBEDDED, SOURCE

SULFIDE = Contact("sulfide", "argyrodite", {})
INERT = Seen("LiF", Contact("halide", "other", {}), 3, 3, True, "made up")


def test_a_report_counts_by_the_atoms_that_differ_and_by_how_alike_the_rule_finds_them():
    germanium = Contact("sulfide", "argyrodite", {"Ge": 0.2})
    rule = fit_contact_rule([])
    seen = [Seen("Li6PS5Cl", SULFIDE, 1, 0, False, ""), Seen("Li6GeS5Cl", germanium, 1, 1, False, ""), INERT]
    found = NearReports(seen, rule).weights("Li6PS5Br", SULFIDE)
    # one atom of thirteen differs from the first, two from the second, whose germanium is easily reduced
    unlike = abs(rule.log_odds(germanium) - rule.log_odds(SULFIDE))
    assert unlike > 1.0
    assert found == pytest.approx([math.exp(-1 / 13 / NEAR), math.exp(-2 / 13 / NEAR - unlike / ALIKE)])
    same = NearReports(seen, rule).weights("Li12P2S10Cl2", SULFIDE)
    assert same[0] == pytest.approx(1.0)


def test_all_reports_near_by_count_as_one_at_most_and_none_that_is_inert():
    rule = fit_contact_rule([])
    many = [Seen("Li6PS5Cl", SULFIDE, 9, 9, False, ""), INERT]
    before = rule.probability(SULFIDE)
    found = NearReports(many, rule).probability("Li6PS5Cl", SULFIDE)
    assert found == pytest.approx(with_counts(before, 1, 1, report_error(many)))
    assert found > before
    assert NearReports([INERT], rule).probability("LiF", SULFIDE) == pytest.approx(before)


def test_parts_of_reports_by_hand():
    # half a report for growth, wrong in one of ten: odds times 9 to the power of a half
    assert with_counts(0.5, 0.5, 0.5, 0.1) == pytest.approx(3.0 / 4.0)
    assert with_counts(0.5, 0.0, 0.0, 0.1) == pytest.approx(0.5)
    assert with_counts(np.array([0.2, 0.5]), 1.0, 0.0, 0.1) == pytest.approx([0.25 / 9.25, 0.1])


@pytest.mark.parametrize(
    ("formula", "low", "high"),
    [
        # a relative of the perovskite whose paper puts a polymer between tantalum and lithium, 10.1002/anie.201804114
        ("Li0.375Sr0.438Zr0.25Ta0.75O3", 0.5, 1.0),
        ("Li6.6La3Zr1.6Ta0.4O12", 0.0, 0.25),  # cycles with lithium, as every review of garnets says
        ("Li6.75La3Zr1.75Ta0.25O12", 0.0, 0.25),
        ("Li2.1Mg0.05Zr0.95Cl6", 0.9, 1.0),  # Li2ZrCl6 keeps reacting by two reports of data/outcomes
        ("Li2.1Al0.1Zr0.9Cl6", 0.9, 1.0),
        ("Li6.5La3Zr1.5Nb0.5O12", 0.8, 1.0),  # has a report of its own: the niobium is reduced
        ("Li6.6La3Zr1.6Nb0.4O12", 0.5, 1.0),
    ],
)
def test_known_neighbours(formula, low, high):
    library = PhaseLibrary(SOURCE.load_phases(EMBEDDED))
    p, _ = Judged.of(formula, library.path(parse_formula(formula))).probability(use_reports=True)
    assert low <= p <= high


def test_own_reports_win_over_those_near_by():
    """Li6PS5I is undecided in the literature; twelve reports on its chloride do not decide it."""
    row = next(row for row in seen_contacts() if row.formula == "Li6PS5I")
    library = PhaseLibrary(SOURCE.load_phases(EMBEDDED))
    judged = Judged.of("Li6PS5I", library.path(parse_formula("Li6PS5I")))
    alone, _ = judged.probability(use_reports=False)
    p, n = judged.probability(use_reports=True)
    assert (row.n_reports, row.n_growing, n) == (2, 1, 2)
    assert p == pytest.approx(alone)
