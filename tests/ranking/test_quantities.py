"""Draws: distributions, correlations, order of sources, and physics on the same draws."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from ranking_pools import column, facts, plain_profile, pool

from ssbscreen.core.noise import noise
from ssbscreen.physics.elasticity import fracture_toughness
from ssbscreen.physics.electronic import fit_extrinsic
from ssbscreen.physics.transport import conductivity_at
from ssbscreen.query.temperatures import at_temperatures
from ssbscreen.ranking.derived import block
from ssbscreen.ranking.family_values import FamilyValue
from ssbscreen.ranking.operating import Sampled
from ssbscreen.ranking.quantities import DrawTable, Quantities
from ssbscreen.ranking.summaries import summarise

ALL = slice(0, None)
NAN = float("nan")
SHOWN = ("ionic_conductivity", "area_specific_resistance", "activation_energy")


def test_draws_have_the_predicted_distribution():
    q = pool(facts(["oxide"] * 2), [column("ionic_conductivity", [-4.0, NAN], [0.5, NAN])], n_draws=20_000)
    draws = block(q, ALL).stored("ionic_conductivity")
    assert draws.dtype == np.float32
    assert draws[0].mean() == pytest.approx(-4.0, abs=0.015)  # 4 standard errors
    assert draws[0].std() == pytest.approx(0.5, rel=0.02)
    assert np.isnan(draws[1]).all()


def test_errors_are_correlated_as_calibrated():
    columns = [column("bulk_modulus", [1.9], 0.1), column("shear_modulus", [1.6], 0.2), column("band_gap", [4.0], 0.3)]
    q = pool(facts(["oxide"]), columns, n_draws=20_000, correlation={("bulk_modulus", "shear_modulus"): 0.7})
    k, g, gap = (block(q, ALL).stored(key)[0] for key in ("bulk_modulus", "shear_modulus", "band_gap"))
    assert np.corrcoef(k, g)[0, 1] == pytest.approx(0.7, abs=0.02)
    assert np.corrcoef(k, gap)[0, 1] == pytest.approx(0.0, abs=0.03)
    assert g.std() == pytest.approx(0.2, rel=0.03)


def test_impossible_correlations_are_tamed():
    columns = [column(k, [1.0], 0.1) for k in ("bulk_modulus", "shear_modulus", "band_gap")]
    pairs = {
        ("bulk_modulus", "shear_modulus"): 0.95,
        ("shear_modulus", "band_gap"): 0.95,
        ("bulk_modulus", "band_gap"): -0.95,
    }
    q = pool(facts(["oxide"]), columns, n_draws=2000, correlation=pairs)
    draws = np.array([block(q, ALL).stored(k)[0] for k in ("bulk_modulus", "shear_modulus", "band_gap")])
    assert np.isfinite(draws).all()
    assert draws.std(axis=1) == pytest.approx(0.1, rel=0.1)


def test_toughness_uses_the_same_draws_of_the_moduli():
    """K_IC recomputed from the pool's own K and G draws differs by volume and model error only, 25 % at most."""
    of = facts(["oxide"], volume_per_atom=np.array([11.0]))
    q = pool(of, [column("bulk_modulus", [2.0], 0.15), column("shear_modulus", [1.75], 0.15)], n_draws=4000)
    draws = block(q, ALL)
    again = fracture_toughness(10.0 ** draws.stored("bulk_modulus"), 10.0 ** draws.stored("shear_modulus"), 11.0)
    ratio = np.log10(draws.stored("fracture_toughness") / again)
    assert ratio.std() == pytest.approx(np.log10(1.5) / 1.645, rel=0.1)
    assert np.corrcoef(draws.stored("fracture_toughness")[0], draws.stored("youngs_modulus")[0])[0, 1] > 0.5


def test_formula_of_crystals_is_not_used_for_polymers_and_glasses():
    of = facts(["polymer", "oxide"], volume_per_atom=np.array([10.0, 10.0]), is_crystalline=np.array([False, False]))
    q = pool(of, [column("bulk_modulus", [1.0, 1.0]), column("shear_modulus", [0.5, 0.5])])
    assert np.isnan(block(q, ALL).stored("fracture_toughness")).all()


def test_cubic_llzo_moduli_and_toughness():
    """K 102.8, G 59.6 give E 149.8 GPa (Ni et al. 2012) and K_IC about 1.17 MPa m^0.5 by the formula."""
    of = facts(["oxide"], volume_per_atom=np.array([2145.0 / 192.0]))
    q = pool(of, [column("bulk_modulus", [np.log10(102.8)]), column("shear_modulus", [np.log10(59.6)])], n_draws=2001)
    assert np.median(block(q, ALL).stored("youngs_modulus")) == pytest.approx(149.8, rel=0.002)
    assert np.median(block(q, ALL).stored("fracture_toughness")) == pytest.approx(1.17, rel=0.03)


def test_conductivity_moves_with_the_profile_temperature():
    profile = plain_profile()
    hot = profile.operating.temperature_c.model_copy(update={"value": 60.0})
    hot_profile = profile.model_copy(update={"operating": profile.operating.model_copy(update={"temperature_c": hot})})
    columns = [column("ionic_conductivity", [-4.0, -4.0]), column("activation_energy", [0.3, NAN])]
    of = facts(["oxide"] * 2, temperature_c=np.array([25.0, 60.0]))
    draws = block(pool(of, columns, profile=hot_profile), ALL).stored("ionic_conductivity")
    assert draws[0] == pytest.approx(float(conductivity_at(-4.0, 0.3, 60.0)), rel=1e-5)
    assert draws[1] == pytest.approx(-4.0)  # predicted at the temperature of use already
    assert draws[0].mean() > -3.6


def test_each_class_is_drawn_at_its_own_temperature():
    """A sulfide at 25 degree C, a polymer at 70 by its own law, and one predicted there already."""
    profile = plain_profile().at("own")
    columns = [column("ionic_conductivity", [-3.0] * 3), column("activation_energy", [0.4] * 3)]
    of = facts(["sulfide", "polymer", "polymer"], temperature_c=np.array([25.0, 25.0, 70.0]))
    b = block(pool(of, columns, profile=profile), ALL)
    moved = conductivity_at(np.array(-3.0), np.array(0.4), 70.0)
    assert b.stored("ionic_conductivity")[:, 0] == pytest.approx([-3.0, float(moved), -3.0])
    assert b.natural("use_temperature")[:, 0].tolist() == [25.0, 70.0, 70.0]


def test_sources_take_turns():
    """A prediction of the quantity itself, then computed draws, then a formula, then the family's cited value."""
    of = facts(
        ["oxide", "oxide", "oxide", "polymer"],
        ["garnet", "garnet", "garnet", "polyether"],
        density=np.array([5.0, 5.0, 5.0, NAN]),
    )
    cited = FamilyValue("polymer", "polyether", "density", Sampled(value=1.2, source="test"))
    overridden = FamilyValue("polymer", "", "density", Sampled(value=9.9, source="test"))
    base = pool(of, [column("density", [1.0, NAN, NAN, NAN])])
    table = DrawTable({"density": np.array([[2.0], [2.0], [NAN], [NAN]])})
    q = Quantities(of, base.predictions, base.operating, 0, 50, table, None, (cited, overridden))
    assert np.median(block(q, ALL).stored("density"), axis=1) == pytest.approx([1.0, 2.0, 5.0, 1.2], rel=0.02)


def test_few_table_draws_are_used_in_turn():
    of = facts(["oxide"])
    base = pool(of, [column("band_gap", [1.0])])
    q = Quantities(of, base.predictions, base.operating, 0, 7, DrawTable({"oxidation_limit": np.array([[1.0, 2, 3]])}))
    assert block(q, ALL).stored("oxidation_limit").tolist() == [[1, 2, 3, 1, 2, 3, 1]]


def test_even_draws_keep_mean_order_and_company_of_table_draws():
    """Of 50 draws eight parts: each mean stands where the row's own first draws have this place, in both tables."""
    of, rng = facts(["oxide"] * 3), np.random.default_rng(0)
    base = pool(of, [column("band_gap", [1.0] * 3)])
    one = rng.normal(3.0, 0.5, (3, 50)).astype(np.float32)
    other = -(one**3)
    one[2, 40:] = NAN
    table = DrawTable({"oxidation_limit": one, "reduction_limit": other})
    even = block(Quantities(of, base.predictions, base.operating, 0, 8, table).evenly(), ALL)
    found, opposite = even.stored("oxidation_limit"), even.stored("reduction_limit")
    parts = [part.mean() for part in np.split(np.sort(one[0]), [6, 12, 18, 25, 31, 37, 43])]
    assert_allclose(np.sort(found[0]), parts, rtol=1e-6)
    for row in (0, 1):
        np.testing.assert_array_equal(np.argsort(found[row]), np.argsort(one[row, :8]))
        np.testing.assert_array_equal(np.argsort(found[row]), np.argsort(-opposite[row]))
    np.testing.assert_array_equal(found[2], one[2, :8])  # some are missing: as they stand


def test_even_draws_have_the_predicted_spread_of_own_and_shared_errors():
    q = pool(facts(["oxide"] * 40), [column("ionic_conductivity", [-4.0] * 40, 0.5)], n_draws=8).evenly()
    draws = block(q, ALL).stored("ionic_conductivity")
    assert_allclose(draws.mean(axis=1), -4.0, atol=1e-5)
    assert_allclose(draws.std(axis=1), 0.5, rtol=1e-4)
    assert len(np.unique(draws.argsort(axis=1), axis=0)) > 30  # each in an order of its own
    assert len(np.unique(block(q, ALL).shared("separator_thickness"))) in (1, 8)


def test_noise_belongs_to_its_owner_and_starts_alike():
    long, short = noise(0, "a", "x", 1000), noise(0, "a", "x", 64)
    np.testing.assert_array_equal(long[:64], short)
    assert abs(np.corrcoef(long, noise(0, "b", "x", 1000))[0, 1]) < 0.15
    assert abs(np.corrcoef(long, noise(0, "a", "y", 1000))[0, 1]) < 0.15
    assert abs(np.corrcoef(long, noise(1, "a", "x", 1000))[0, 1]) < 0.15


def test_sampled_values_have_the_stated_percentiles():
    z = noise(0, "", "test", 40_000)
    drawn = Sampled(value=5.0, low=2.0, high=50.0, scale="log", source="test").sample(z)
    assert np.quantile(drawn, [0.05, 0.5, 0.95]) == pytest.approx([2.0, 5.0, 50.0], rel=0.04)
    fixed = Sampled(value=3.0, source="test").sample(z)
    assert fixed.min() == fixed.max() == 3.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": 1.0, "low": 2.0, "high": 3.0},
        {"value": 1.0, "low": 0.5},
        {"value": 1.0, "low": -1.0, "high": 2.0, "scale": "log"},
    ],
)
def test_sampled_refuses_what_makes_no_sense(wrong):
    with pytest.raises(ValueError, match=r"low|positive"):
        Sampled(source="test", **wrong)


def test_resistivity_takes_the_larger_of_the_two_gaps():
    """A compound that a table of measured gaps calls a metal but whose PBE gap is 3 eV is no metal."""
    of = facts(["oxide"], ["garnet"])
    measured = fit_extrinsic(np.full(9, "oxide"), np.full(9, "garnet"), np.arange(9), np.linspace(8.9, 9.1, 9))
    gaps = [column("band_gap", [0.0], 0.1), column("band_gap_pbe", [3.0], 0.1)]
    medians = []
    for columns in (gaps[:1], gaps):
        base = pool(of, columns, n_draws=400)
        q = Quantities(of, base.predictions, base.operating, 0, 400, None, measured)
        medians.append(np.median(block(q, ALL).stored("electronic_resistivity")))
    assert medians[0] < 2
    assert medians[1] == pytest.approx(9.0, abs=0.1)


def test_errors_that_a_family_and_a_class_share_are_drawn_once() -> None:
    """Two argyrodites share family and class, a thiophosphate the class, a garnet nothing; variances stay."""
    of = facts(["sulfide", "sulfide", "sulfide", "oxide"], ["argyrodite", "argyrodite", "lgps", "garnet"])
    given = column("ionic_conductivity", [-3.0] * 4, 1.0)
    shared = replace(given, std_class=np.full(4, 0.5), std_family=np.full(4, 0.6))
    drawn = block(pool(of, [shared], n_draws=20_000), slice(0, 4)).stored("ionic_conductivity")
    assert_allclose(drawn.std(axis=1), 1.0, rtol=0.03)
    found = np.corrcoef(drawn)
    assert_allclose(found[0, 1:], (0.25 + 0.36, 0.25, 0.0), atol=0.03)


def test_candidates_of_no_family_share_only_what_their_class_does() -> None:
    of = facts(["oxide", "oxide"])
    given = replace(column("band_gap", [5.0, 5.0], 1.0), std_class=np.full(2, 0.3), std_family=np.full(2, 0.8))
    drawn = block(pool(of, [given], n_draws=20_000), slice(0, 2)).stored("band_gap")
    assert_allclose(np.corrcoef(drawn)[0, 1], 0.09, atol=0.03)


def test_a_screen_at_a_temperature_and_the_table_of_temperatures_agree():
    """The pool at 60 degree C, and the row of the pool at 25 degree C carried to 60."""
    columns = [column("ionic_conductivity", [-3.0], 0.2), column("activation_energy", [0.35], 0.05)]
    of = facts(["sulfide"], ids=["Li6PS5Cl"])
    at_25, at_60 = (
        summarise(pool(of, columns, n_draws=4000, profile=plain_profile().at(t)), [*SHOWN]) for t in (25.0, 60.0)
    )
    row = at_25.iloc[0].copy()
    row["formula"], row["candidate_id"], row["chemistry_class"] = "Li6PS5Cl", "c", "sulfide"
    (carried,) = at_temperatures(row, plain_profile().operating, [60.0])
    for key, found in zip(SHOWN[:2], (carried.conductivity, carried.resistance), strict=True):
        for part in ("value", "low", "high"):
            assert np.log10(getattr(found, part) / at_60[f"{key}_{part}"][0]) == pytest.approx(0.0, abs=0.05)


def test_no_conversion_across_a_transition():
    columns = [column("ionic_conductivity", [-6.0, -6.0], 0.2), column("activation_energy", [0.4, 0.4], 0.05)]
    of = facts(["oxide"] * 2, ids=["LiZr2(PO4)3", "Li3PO4"])
    warm = block(pool(of, columns, profile=plain_profile().at(80.0)), ALL).stored("ionic_conductivity")
    assert np.isnan(warm[0]).all()
    assert warm[1].mean() > -5.5


def test_numbers_of_a_family_are_those_of_its_name():
    """Rows of a family take the stream named after it, rows of no known family one of their own, in any block."""
    of = facts(["oxide", "sulfide", "oxide", "oxide"], ["garnet", "lgps", "other", "garnet"], ids=list("abcd"))
    q = pool(of, [column("band_gap", [1.0] * 4)], n_draws=7)

    def named(label: str) -> np.ndarray:
        return noise(q.seed, label, "x of a group", 7)

    found = block(q, ALL).family_noise("x")
    for row, label in zip(found, ["family oxide garnet", "family sulfide lgps", "alone c"], strict=False):
        np.testing.assert_array_equal(row, named(label))
    np.testing.assert_array_equal(block(q, slice(3, 4)).family_noise("x")[0], named("family oxide garnet"))
    np.testing.assert_array_equal(block(q, slice(1, 3)).class_noise("x")[1], named("class oxide"))
    assert block(q, slice(1, 4)).by_family(lambda kind, name: len(kind + name)).tolist() == [11.0, 10.0, 11.0]
