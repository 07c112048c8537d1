"""Pairs: names, shared random numbers, cells by hand, order, missing values, and what a table shows beside criteria."""

import dataclasses

import numpy as np
import pytest
from pymatgen.core import Composition
from ranking_pools import column, facts, plain_profile, pool

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.cathode import Estimate
from ssbscreen.core.noise import owner_keys
from ssbscreen.physics.pair_cell import CathodeValues, cathode_values
from ssbscreen.ranking.criteria import load_screen, resolve
from ssbscreen.ranking.derived import block
from ssbscreen.ranking.facts import facts_of
from ssbscreen.ranking.pairs import Pairing, all_pairs, best_in_parts, best_of_each, pair_quantities, select, together
from ssbscreen.ranking.ranker import rank
from ssbscreen.ranking.scoring import score
from ssbscreen.ranking.summaries import summarise, words_of
from ssbscreen.sources.reference_cathodes import SOURCE

PANEL = SOURCE.load_panel()
SCREEN = load_screen("pair")
N = 60


def _electrolytes(n_draws=N):
    """A soft good conductor, a stiff one, and one of which little is known."""
    of = facts(
        ["sulfide", "oxide", "halide"],
        ids=["soft", "stiff", "vague"],
        density=np.array([1.86, 5.1, np.nan]),
        volume_per_atom=np.array([20.0, 11.0, np.nan]),
        raw_material_cost=np.array([30.0, 40.0, np.nan]),
    )
    nan = float("nan")
    columns = [
        column("ionic_conductivity", [-2.7, -3.5, -3.3], 0.3),
        column("bulk_modulus", [1.4, 2.0, nan], 0.05),
        column("shear_modulus", [0.95, 1.77, nan], 0.05),
        column("electronic_resistivity", [9, 9, 9], 0.5),
        column("oxidation_limit", [2.1, 2.9, 4.2], 0.1),
        column("energy_above_hull", [0.01, 0.01, 0.01], 0.005),
        column("p_li_mixed_conducting", [0.0, 0.0, 0.9], 0.0),
        column("li_decomposition_energy", [-0.9, -0.02, -0.5], 0.05),
    ]
    return pool(of, columns, n_draws=n_draws)


def _pairs(energies=None, n_draws=N):
    everyone = all_pairs(np.arange(3), len(PANEL))
    table = np.full((len(everyone), 1), -0.1) if energies is None else energies
    return everyone, pair_quantities(
        _electrolytes(n_draws), everyone, PANEL, {"interface_reaction_energy": table}, n_draws
    )


def test_names_and_order():
    everyone, pairs = _pairs()
    assert pairs.facts.candidate_ids[:2].tolist() == ["soft|LCO", "soft|NMC111"]
    assert len(pairs) == 3 * len(PANEL)
    coated = dataclasses.replace(select(everyone, np.array([0])), coating=np.array(["Li3PO4"], dtype=object))
    named = pair_quantities(_electrolytes(), coated, PANEL, {}, N)
    assert named.facts.candidate_ids.tolist() == ["soft|Li3PO4|LCO"]
    assert named.facts.formula.tolist() == ["soft|Li3PO4|LiCoO2"]


def test_an_electrolyte_is_the_same_in_all_its_pairs_and_alone():
    alone = block(_electrolytes(), slice(0, 3)).stored("ionic_conductivity")
    paired = block(_pairs()[1], slice(0, 3 * len(PANEL))).stored("ionic_conductivity")
    for i in range(3):
        for j in range(len(PANEL)):
            assert (paired[i * len(PANEL) + j] == alone[i]).all()


def test_a_cathode_is_the_same_in_all_its_pairs():
    drawn = block(_pairs()[1], slice(0, 3 * len(PANEL)))
    voltage = drawn.stored("average_voltage")
    assert (voltage[0] == voltage[len(PANEL)]).all()
    assert np.median(voltage[1]) == pytest.approx(3.8, abs=0.05)


def test_cell_numbers_of_a_pair_by_hand():
    """Fixed values: 5 mAh/cm2 of 195 mAh/g at 3.86 V in the stack of the profile."""
    exact = [
        dataclasses.replace(
            c,
            **{
                name: Estimate(v.value, v.value, v.value, "fixed")
                for name in ("average_voltage", "capacity_grav", "density", "volume_change_on_charge", "youngs_modulus")
                if (v := getattr(c, name))
            },
        )
        for c in PANEL
        if c.key == "NMC811"
    ]
    base = _electrolytes()
    operating = base.operating.model_copy(
        update={"volume_error": base.operating.volume_error.model_copy(update={"low": None, "high": None})}
    )
    base = dataclasses.replace(base, operating=operating)
    drawn = block(pair_quantities(base, all_pairs(np.array([0]), 1), exact, {}, N), slice(0, 1))
    active = 5.0 / 195.0 * 1000
    mass = active / 0.8 + 20e-4 * 1.86e3 + 30e-4 * 0.534e3 + 0.5e-4 * (6 * 8.96 + 10 * 2.70) * 1e3
    assert np.median(drawn.natural("cell_energy_grav")) == pytest.approx(5.0 * 3.86 / mass * 1e3, rel=1e-3)
    assert np.median(drawn.natural("oxidation_margin")) == pytest.approx(2.1 - 3.86, abs=0.05)
    swing = 5.0 / 2.062e-1 - 0.051 * active / 4.7 * 10
    assert np.median(drawn.natural("thickness_swing")) == pytest.approx(swing, rel=0.02)
    assert cathode_values(exact[0]).average_voltage == 3.86


def test_a_coating_covers_the_particles_alone():
    """Under a film that lasts to 4 V the electrolyte's own limit still counts for what is not covered."""
    base = _electrolytes(4000)
    some = select(all_pairs(np.arange(3), 1), np.arange(3))
    films = np.array([[4.0], [4.0], [np.nan]], dtype=np.float32)
    drawn = block(pair_quantities(base, some, PANEL[:1], {"contact_oxidation_limit": films}, 4000), slice(0, 3))
    margin, voltage = drawn.natural("oxidation_margin"), drawn.cathode_values().average_voltage
    assert np.median(margin[0] + voltage[0]) == pytest.approx((4.0 + 2.1) / 2, abs=0.1)
    assert np.median(margin[2] + voltage[2]) == pytest.approx(4.2, abs=0.05)  # bare
    own = drawn.natural("oxidation_limit")
    assert ((margin + voltage)[:2] <= 4.0 + 1e-5).all()
    assert ((margin + voltage)[:2] >= own[:2] - 1e-5).all()


def test_weaker_reaction_never_lowers_a_rank():
    profile = plain_profile()
    everyone, pairs = _pairs()
    before = rank(pairs, SCREEN, profile).table.set_index("candidate_id")["rank"]
    energies = np.full((len(everyone), 1), -0.1)
    energies[3] = -0.03
    _, better = _pairs(energies)
    after = rank(better, SCREEN, profile).table.set_index("candidate_id")["rank"]
    name = pairs.facts.candidate_ids[3]
    assert after[name] <= before[name]


def test_too_strong_a_reaction_fails_the_limit():
    energies = np.full((3 * len(PANEL), 1), -0.1)
    energies[0] = -0.7
    _, pairs = _pairs(energies)
    table = rank(pairs, SCREEN, plain_profile()).table.set_index("candidate_id")
    assert table.loc["soft|LCO", "p_all"] == 0.0
    assert table.loc["soft|NMC111", "p_all"] > 0.3


def test_draws_of_cathodes_are_those_of_each_row():
    """Rows of a block that starts anywhere, against the cathodes one by one."""
    _, pairs = _pairs()
    drawn = block(pairs, slice(len(PANEL) - 2, len(PANEL) + 3))
    for row, i in enumerate(drawn.index):
        cathode = pairs.cathodes[i]
        numbers = {
            f.name: drawn.group_noise(f"cathode {cathode.key} {f.name}") for f in dataclasses.fields(CathodeValues)
        }
        alone = cathode_values(cathode, numbers)
        for f in dataclasses.fields(CathodeValues):
            wanted = np.broadcast_to(getattr(alone, f.name), (N,))
            np.testing.assert_array_equal(getattr(drawn.cathode_values(), f.name)[row], wanted)


def test_best_cathode_is_the_one_with_the_best_score():
    everyone, pairs = _pairs()
    profile = plain_profile()
    rows, scores = best_of_each(pairs, SCREEN, profile, len(PANEL))
    table = rank(pairs, SCREEN, profile).table.set_index("candidate_id")
    for i, row in enumerate(rows):
        mine = table.loc[pairs.facts.candidate_ids[i * len(PANEL) : (i + 1) * len(PANEL)], "score"]
        assert table.loc[pairs.facts.candidate_ids[row], "score"] == pytest.approx(mine.max())
        assert scores[i] == pytest.approx(mine.max(), rel=1e-4)
        assert everyone.electrolyte[row] == i


def test_best_cathodes_in_parts_are_those_of_all_at_once(monkeypatch):
    """Known values do not hang on the parts; what is missing is drawn from the first part."""
    profile = plain_profile()
    _, pairs = _pairs()
    rows, scores = best_of_each(pairs, SCREEN, profile, len(PANEL))
    n = len(PANEL)

    def pairs_of(some):
        own = all_pairs(some, n)
        return pair_quantities(
            _electrolytes(), own, PANEL, {"interface_reaction_energy": np.full((len(own), 1), -0.1)}, N
        )

    ids = np.array(["soft", "stiff", "vague"], dtype=object)
    best, worth, _ = best_in_parts(pairs_of, ids, SCREEN, profile, n)
    assert best.tolist() == (rows - np.arange(3) * n).tolist()
    assert worth == pytest.approx(scores)
    monkeypatch.setattr("ssbscreen.ranking.pairs.PART", 2)
    best, worth, _ = best_in_parts(pairs_of, ids, SCREEN, profile, n)
    assert best[:2].tolist() == (rows - np.arange(3) * n)[:2].tolist()
    assert worth[:2] == pytest.approx(scores[:2], rel=0.1)
    assert best_in_parts(pairs_of, np.empty(0, dtype=object), SCREEN, profile, n)[0].shape == (0,)


def test_what_is_unknown_is_imputed_and_not_credited():
    _, pairs = _pairs()
    table = rank(pairs, SCREEN, plain_profile()).table.set_index("candidate_id")
    assert table.loc["vague|LCO", "cell_energy_grav_imputed"]
    assert np.isnan(table.loc["vague|LCO", "cell_energy_grav_value"])
    assert table.loc["vague|LCO", "coverage"] < table.loc["soft|LCO", "coverage"]


def test_same_seed_same_ranking_whatever_the_block():
    tables = []
    for size in (2, 100):
        _, pairs = _pairs()
        tables.append(rank(pairs, SCREEN, plain_profile(), block_size=size).table)
    assert tables[0].equals(tables[1])


def test_summaries_are_quantiles_in_natural_units():
    found = summarise(_electrolytes(), ["ionic_conductivity", "density", "bulk_modulus"], prefix="x_")
    stored = block(_electrolytes(), slice(0, 3)).stored("ionic_conductivity").astype(float)
    expected = np.quantile(stored, (0.05, 0.5, 0.95), axis=1)
    for part, values in zip(("low", "value", "high"), expected, strict=True):
        assert found[f"x_ionic_conductivity_{part}"].to_numpy() == pytest.approx(10.0**values)
    assert found["x_bulk_modulus_value"].isna().tolist() == [False, False, True]


def test_words():
    words = words_of(_electrolytes().facts)
    assert words["process_route"].tolist() == ["cold pressed", "sintered", "cold pressed"]
    assert words["flammability"].str.startswith("gases").tolist() == [True, False, True]
    assert (words["polymer_rule"] == "").all()


def test_short_supply_and_glass_formers_are_flagged_from_the_formula():
    formulas = ("Li10GeP2S12", "Li7La2.75Ca0.25Zr1.75Ta0.25O12", "Li6PS5Cl", "Li3YCl6")
    candidates = [Candidate(formula, composition=Composition(formula)) for formula in formulas]
    candidates.append(Candidate("peo", polymer=Polymer("[*]CCO[*]")))
    words = words_of(facts_of(candidates))
    assert words["scarce_elements"].tolist() == ["Ge", "Ta", "", "", ""]
    assert words["glass_formers"].str.startswith("100%").tolist() == [True, False, True, False, False]
    assert (words["glass_formers"].iloc[[1, 3, 4]] == "").all()
    assert words["kinetic_window"].str.contains("10.1021", regex=False).tolist() == [True, False, True, False, False]
    assert words["interphase_growth"].str.contains("ohm cm2").tolist() == [True, False, True, False, False]


def test_cathodes_must_fit_the_rows():
    _, pairs = _pairs()
    with pytest.raises(ValueError, match="cathodes for"):
        dataclasses.replace(pairs, cathodes=pairs.cathodes[:2])
    one = Pairing(np.array([1]), np.array([0]), np.array([""], dtype=object), np.array([1]))
    assert len(together([one, one, one])) == 3


def test_what_is_not_known_of_a_cell_comes_from_cells_with_its_cathode():
    """Twelve electrolytes with known moduli and one without: its pressure differs with the cathode as theirs do."""
    n, nan = 13, float("nan")
    of = facts(["sulfide"] * n, density=np.full(n, 1.9), volume_per_atom=np.full(n, 20.0))
    known = [column("bulk_modulus", [1.4] * 12 + [nan], 0.05), column("shear_modulus", [0.95] * 12 + [nan], 0.05)]
    electrolytes = pool(of, [column("ionic_conductivity", [-3.0] * n, 0.1), *known], n_draws=N)
    everyone = all_pairs(np.arange(n), len(PANEL))
    pairs = pair_quantities(electrolytes, everyone, PANEL, {}, N)
    scores = score(pairs, resolve(SCREEN, plain_profile()))
    column_of = [c.name for c in scores.screen.criteria].index("stack_pressure")
    imputer = scores.imputers[column_of]
    own = block(pairs, slice(0, len(pairs))).stored("stack_pressure").reshape(n, len(PANEL), N)[:12]
    drawn = imputer.draws(12 * len(PANEL) + np.arange(len(PANEL)), owner_keys("x" * len(PANEL)), 400)
    for j in range(len(PANEL)):
        least = np.quantile(own[:, j], 0.5 - 1.0 / (12 + 1))  # cells with other cathodes count for one member
        assert drawn[j].min() >= least - 1e-6  # never better than the median of its cathode
        assert drawn[j].max() <= own[:, j].max() + 1e-6
    swelling = [cathode.key for cathode in PANEL].index("Li2S")
    assert np.median(drawn[swelling]) > np.median(drawn) + 0.3
