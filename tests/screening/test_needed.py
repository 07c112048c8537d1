"""What a screen needs predicted: whatever else is predicted moves no draw of its rows and cells."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.composition_text import parse_composition
from ssbscreen.core.prediction import Predictions, missing
from ssbscreen.core.properties import get_property
from ssbscreen.ranking.criteria import load_screen
from ssbscreen.ranking.derived import block
from ssbscreen.ranking.facts import facts_of
from ssbscreen.ranking.pairs import all_pairs, pair_quantities
from ssbscreen.screening.needed import needed, quantities_alone
from ssbscreen.screening.predict import predictable
from ssbscreen.screening.settings import load_settings, make_plan
from ssbscreen.sources.reference_cathodes import SOURCE as CATHODES

NAMES = ("Li7La3Zr2O12", "Li6PS5Cl", "Li3YCl6", "LiFePO4", "Li3N", "LiBH4", "Li1.3Al0.3Ti1.7P3O12")
LITFSI = "[Li+].O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F"


def plan_of(screen, **more):
    return make_plan(load_settings(screen=screen, n_draws=50, **more), [], Path("unused"), lambda *_: None)


def candidates():
    inorganic = [
        Candidate(name, parse_composition(name), temperature_c=25.0 + 10.0 * i) for i, name in enumerate(NAMES)
    ]
    return [*inorganic, Candidate("PEO", polymer=Polymer("*CCO*", LITFSI, 1.1), temperature_c=60.0)]


def made_up(facts, keys, seed=0):
    """Predictions of everything, in the middle of what each property may be."""
    generator, columns = np.random.default_rng(seed), {}
    for key in keys:
        row, column = get_property(key), missing(key, len(facts), "made up")
        low, high = (np.log10(row.low), np.log10(row.high)) if row.is_log else (row.low, row.high)
        mean = low + (0.4 + 0.2 * generator.random(len(facts))) * (high - low)
        std = np.full(len(facts), 0.01 * (high - low))
        numbers = {
            "mean": mean,
            "std_aleatoric": std,
            "std_epistemic": std,
            "std_class": 0 * std,
            "std_family": 0 * std,
        }
        inside = np.ones(len(facts), dtype=bool)
        columns[key] = replace(column, **numbers, lower=mean - 2 * std, upper=mean + 2 * std, in_domain=inside)
    return Predictions(tuple(map(str, facts.candidate_ids)), columns)


@pytest.mark.parametrize("name", ["separator", "catholyte", "coating", "cathode"])
def test_nothing_else_moves_a_draw(name):
    plan, facts = plan_of(name), facts_of(candidates())
    keys = needed(plan, predictable())
    assert set(keys) < set(predictable())
    full = made_up(facts, predictable())
    few = replace(full, by_property={key: full.by_property[key] for key in keys})
    given = [quantities_alone(facts, p, plan.settings, plan.profile, None) for p in (full, few)]
    screens = [(plan.screen, given)]
    if plan.screen.has_cells:
        panel = CATHODES.load_panel(None)
        pairing = all_pairs(np.arange(len(facts)), len(panel))
        screens.append((load_screen("pair"), [pair_quantities(one, pairing, panel, {}, 50) for one in given]))
    for screen, quantities in screens:
        blocks = [block(one, slice(None)) for one in quantities]
        for key in (*(c.property for c in screen.criteria), *screen.shown):
            first, second = (b.stored(key) for b in blocks)
            np.testing.assert_array_equal(first, second, err_msg=f"{name}: {key}")


def test_the_voltage_of_a_pair_is_that_of_its_cathode():
    plan, facts, panel = plan_of("separator"), facts_of(candidates()), CATHODES.load_panel(None)
    quantities = quantities_alone(facts, made_up(facts, predictable()), plan.settings, plan.profile, None)
    pairs = pair_quantities(quantities, all_pairs(np.arange(len(facts)), len(panel)), panel, {}, 50)
    volts = np.median(block(pairs, slice(None)).stored("average_voltage"), axis=1).reshape(len(facts), len(panel))
    assert np.ptp(volts, axis=0).max() < 1e-6
    stated = [cathode.average_voltage.value for cathode in panel]
    np.testing.assert_allclose(volts[0], stated, rtol=0.05)


def test_what_each_role_leaves_out():
    assert "average_voltage" not in needed(plan_of("separator"), predictable())
    cathode = needed(plan_of("cathode"), predictable())
    assert {"ionic_conductivity", "shear_modulus", "band_gap"}.isdisjoint(cathode)
    assert {"average_voltage", "formation_energy", "max_delta_volume"} <= set(cathode)
    assert needed(plan_of("cathode", predict="all"), predictable()) == predictable()
