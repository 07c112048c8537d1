"""The rule of the contact with lithium: fitted as it should be, calibrated, and blind to what it is judged on."""

import csv
from collections import Counter

import numpy as np
import pytest
from scipy.optimize import minimize

from ssbscreen.core.noise import even_noise
from ssbscreen.core.recognition import OTHER_FAMILY
from ssbscreen.files.paths import data_dir
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.lithium_contact import (
    LEVEL_PRIOR,
    Contact,
    Seen,
    contact_rule,
    disagreement,
    fit_contact_rule,
    report_error,
    report_noise,
    same_material,
    seen_contacts,
    standard_potentials,
    with_reports,
)
from ssbscreen.physics.lithium_interphase import li_outcome
from ssbscreen.physics.phase_stability import evaluate
from ssbscreen.physics.shrinkage import logistic, logistic_fit
from ssbscreen.query.outcome_check import area_under_curve
from ssbscreen.sources.reference_phases import EMBEDDED, SOURCE


def outcomes(formulas, **options):
    library = PhaseLibrary(SOURCE.load_phases(EMBEDDED))
    return li_outcome(evaluate(formulas, np.full((len(formulas), 1), np.nan), library), **options)


def test_newton_finds_what_a_general_optimiser_finds():
    rng = np.random.default_rng(1)
    design = np.column_stack([np.ones(40), rng.normal(size=(40, 3))])
    share, weight = rng.random(40), rng.random(40) + 0.5
    mean, std = np.array([-1.0, 0.0, 2.0, 0.0]), np.array([1.0, 0.5, 2.0, 0.7])

    def negative(b):
        z = design @ b
        return -(weight * (share * z - np.logaddexp(0, z))).sum() + 0.5 * (((b - mean) / std) ** 2).sum()

    found, posterior, covariance = logistic_fit(design, share, weight, mean, std)
    other = minimize(negative, np.zeros(4), method="BFGS", options={"gtol": 1e-9})
    assert found == pytest.approx(other.x, abs=1e-5)
    assert posterior == pytest.approx(-other.fun, abs=1e-8)
    step = 1e-3 * np.eye(4)
    curvature = [
        [(negative(found + a + b) - negative(found + a - b) - negative(found - a + b) + negative(found - a - b)) / 4e-6
         for b in step] for a in step
    ]  # fmt: skip
    assert covariance == pytest.approx(np.linalg.inv(curvature), rel=1e-3, abs=1e-5)
    assert logistic(np.array([-800.0, 0.0, 800.0])) == pytest.approx([0.0, 0.5, 1.0])


def test_without_any_report_the_prior_speaks():
    rule = fit_contact_rule([Seen("LiF", Contact("halide", "other", {}), 1, 0, True, "none")])
    assert rule.probability(Contact("sulfide", "other", {})) == pytest.approx(logistic(np.array(-2.0)))
    assert rule.probability(Contact("sulfide", "other", {"Ge": 1.0})) > 0.8
    assert rule.probability(Contact("halide", "other", {"Y": 0.9})) > 0.8  # nothing else protects in a halide


def test_goal_on_materials_left_out():
    seen = [row for row in seen_contacts() if row.share_growing != 0.5 and "outcomes" in row.tables]
    p = []
    for row in seen:
        own = same_material(row.formula, seen_contacts())
        p.append(0.0 if row.is_inert else contact_rule(own).probability(row.contact))
    p, grows = np.array(p), np.array([row.share_growing > 0.5 for row in seen])
    assert area_under_curve(p, grows) >= 0.90
    assert 0.5 * ((p[grows] > 0.5).mean() + (p[~grows] <= 0.5).mean()) >= 0.85
    assert ((p - grows) ** 2).mean() < 0.6 * grows.mean() * (1 - grows.mean())  # a constant at the mean makes the rest
    certain = p > 0.7
    assert grows[certain].mean() == pytest.approx(p[certain].mean(), abs=0.15)


def test_a_little_of_a_cation_reduced_in_place_is_enough_in_an_oxide_and_a_hard_one_never():
    """Of doped garnets those with niobium keep reacting, those with tantalum and aluminium do not (data/outcomes), each
    judged without its own report; Li5La3Ta2O12, more than a tenth tantalum by volume, lives with molten lithium
    (Thangadurai, Kaack, Weppner 2003, from memory) and is in no table."""
    found = outcomes(["Li6.5La3Zr1.5Nb0.5O12", "Li6.4La3Zr1.4Ta0.6O12", "Li6.25Al0.25La3Zr2O12"], use_reports=False)
    niobium, tantalum, aluminium = found.p_mixed_conducting
    assert niobium > 1.5 * tantalum > 1.5 * aluminium
    assert outcomes(["Li5La3Ta2O12"]).p_mixed_conducting[0] < 0.5
    rule = contact_rule()
    assert rule.probability(Contact("oxide", "other", {"Ti": 0.005})) > rule.probability(
        Contact("sulfide", "other", {"Ti": 0.005})
    )


GROWS = ("Li10GeP2S12", "Li3.25Ge0.25P0.75S4", "Li1.3Al0.3Ti1.7P3O12", "Li0.33La0.557TiO3", "Li3YCl6", "Li3InCl6")
LIVES = ("Li6.6Si0.6Sb0.4S5I", "Li6.4La3Zr1.4Ta0.6O12", "LiBH4", "Li2.94PO3.5N0.31", "Li6PS5Cl", "LiZr2P3O12")


@pytest.mark.parametrize("use_reports", [False, True])
def test_known_contacts(use_reports):
    result = outcomes([*GROWS, *LIVES], use_reports=use_reports)
    p = result.p_mixed_conducting
    assert (p[: len(GROWS)] > 0.5).all(), dict(zip(GROWS, p, strict=False))
    assert (p[len(GROWS) :] < 0.5).all(), dict(zip(LIVES, p[len(GROWS) :], strict=True))
    assert result.p_stable + result.p_passivating + p == pytest.approx(np.ones(12))
    assert (result.n_reports > 0).any() == use_reports


def test_judging_a_material_hides_its_reports():
    open_, hidden = (outcomes(["Li6.5La3Zr1.5Nb0.5O12"], use_reports=use) for use in (True, False))
    assert open_.p_mixed_conducting[0] > hidden.p_mixed_conducting[0] + 0.1  # seen to grow; hidden, it is a garnet
    rows = same_material("Li13La6Zr3NbO24", seen_contacts())  # the same composition, written otherwise
    assert [seen_contacts()[i].formula for i in rows] == ["Li6.5La3Zr1.5Nb0.5O12"]
    assert contact_rule(rows).n_materials == contact_rule().n_materials - 1


def test_what_lithium_cannot_enter_does_not_grow():
    # two nitride chlorides that fall apart into phases which lithium leaves as they are; nothing can react with it
    result = outcomes(["Li9N2Cl3", "Li3OCl", "Li2.9N0.95F0.05"], use_reports=False)
    assert result.p_mixed_conducting == pytest.approx(np.zeros(3))


def test_reports_by_hand():
    row = Seen("X", Contact("oxide", "other", {}), 3, 2, False, "outcomes")
    # one report more for growth than against, error 1 in 10; three reports weigh as the square root of three
    odds = 9.0 ** (1 / 3**0.5)
    assert with_reports(0.5, row, 0.1) == pytest.approx(odds / (1 + odds))
    assert report_error([row, row]) == pytest.approx(1 / 3)


def test_noise_of_a_report_is_what_two_reports_differ_by():
    """Reports that are wrong in 20 %: the spread of one is the root of 0.2 times 0.8."""
    rng = np.random.default_rng(4)
    n = rng.integers(2, 6, 4000)
    truth = rng.integers(0, 2, 4000)
    growing = rng.binomial(n, np.where(truth == 1, 0.8, 0.2))
    contact = Contact("sulfide", "lgps", {})
    seen = [Seen("X", contact, int(a), int(b), False, "made up") for a, b in zip(n, growing, strict=True)]
    assert disagreement(seen) == pytest.approx(2 * 0.2 * 0.8, abs=0.02)
    assert report_noise(seen) == pytest.approx(0.4, abs=0.02)
    assert np.isnan(disagreement([Seen("X", contact, 1, 1, False, "made up")]))


def test_table_holds_the_reports_of_its_sources():
    found = Counter()
    with (data_dir() / "outcomes" / "lithium.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            is_solid = row["chemistry_class"] not in ("polymer", "composite") and "*" not in row["formula"]
            if is_solid and row["confidence"] != "low" and row["value"] in ("0", "1"):
                found[row["value"]] += 1
    with (data_dir() / "validation" / "interphases.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["is_binary"] == "0":
                found["0" if row["outcome"] == "mixed_conducting" else "1"] += 1
    seen = seen_contacts()
    assert sum(row.n_growing for row in seen) == found["0"]
    assert sum(row.n_reports for row in seen) == found["0"] + found["1"]
    assert all(metal in standard_potentials() for row in seen for metal in row.contact.conducting)


def test_errors_are_shared_by_features_and_as_wide_as_their_covariance():
    rule = contact_rule()

    def numbers(name):
        return np.random.default_rng(sum(map(ord, name))).standard_normal(20_000)

    sulfide = rule.error(Contact("sulfide", "argyrodite", {}), "Li6PS5Cl", numbers)
    names = list(rule.coefficients)
    own = np.array([float(name in ("always", "class sulfide", "family argyrodite")) for name in names])
    assert sulfide.std() == pytest.approx((own @ rule.covariance @ own) ** 0.5, rel=0.03)
    other = rule.error(Contact("sulfide", "argyrodite", {}), "Li6PS5Br", numbers)
    assert np.array_equal(sulfide, other)  # one error for what the rule cannot tell apart
    # a class and a family that nobody reported keep the doubt of the prior, and strangers share no family
    new = rule.error(Contact("never", "unheard", {}), "A", numbers)
    level = (rule.covariance[names.index("always"), names.index("always")] + 2 * LEVEL_PRIOR[1] ** 2) ** 0.5
    assert new.std() == pytest.approx(level, rel=0.03)
    assert new.std() > 1.5 * sulfide.std()
    alone = [rule.error(Contact("never", OTHER_FAMILY, {}), name, numbers) for name in ("A", "B")]
    assert np.corrcoef(alone)[0, 1] < 0.9


def test_a_class_without_a_cell_is_wide_and_a_reported_material_is_not():
    library = PhaseLibrary(SOURCE.load_phases(EMBEDDED))
    table = evaluate(["LiCN", "Li6PS5Cl", "LiF"], np.full((3, 1), np.nan), library)
    result = li_outcome(table, numbers=lambda name: even_noise(0, "", name, 50))
    stable, passivating, mixed = result.drawn()
    assert stable + passivating + mixed == pytest.approx(np.ones((3, 50)))
    assert min(x.min() for x in (stable, passivating, mixed)) >= 0.0
    assert np.median(mixed, axis=1) == pytest.approx(result.p_mixed_conducting, abs=0.02)
    low, high = np.quantile(mixed, (0.05, 0.95), axis=1)
    assert high[0] > 0.3  # cyanides: nobody has built a cell of them
    assert low[0] < 0.06
    assert high[1] - low[1] < 0.5 * (high[0] - low[0])
    assert (mixed[2] == 0.0).all()  # lithium goes into nothing
