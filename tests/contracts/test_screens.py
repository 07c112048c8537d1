"""Every screen and profile that ships: readable, consistent, cited, and with the thresholds of the design."""

import re

import numpy as np
import pytest
import yaml

from ssbscreen.core.errors import UsageError
from ssbscreen.core.properties import PROPERTIES
from ssbscreen.files.paths import configs_dir
from ssbscreen.physics.cell import self_discharge_month
from ssbscreen.physics.electronic import leakage_current
from ssbscreen.ranking.criteria import (
    GROUPS,
    MAX_TRANSPORT_WEIGHT,
    load_profile,
    load_screen,
    profile_names,
    resolve,
    screen_names,
)
from ssbscreen.ranking.desirability import Ramp
from ssbscreen.ranking.family_values import load_family_values
from ssbscreen.screening.settings import load_settings

SCREENS, PROFILES = screen_names(), profile_names()


def test_all_roles_and_applications_ship():
    assert {"separator", "catholyte", "coating", "cathode"} <= set(SCREENS)
    assert {"ev", "aviation", "consumer", "grid"} <= set(PROFILES)


def test_screen(screen_name):
    screen = load_screen(screen_name)
    assert screen.name == screen_name
    assert screen.description
    assert all(criterion.test for criterion in screen.criteria)
    assert {c.name for c in screen.criteria}.isdisjoint(screen.shown)
    if screen_name != "pair":  # its electrolytes passed the gates of their own screen
        assert screen.gates
    assert sum(screen.groups.values()) == pytest.approx(1.0)
    assert sum(screen.weights) == pytest.approx(1.0)
    assert screen.groups.get("transport", 0.0) <= MAX_TRANSPORT_WEIGHT
    assert screen.floor == 0.01
    for criterion in screen.criteria:
        row = PROPERTIES[criterion.property]
        for threshold in (criterion.good, criterion.bad):
            for value in threshold if isinstance(threshold, tuple) else (threshold,):
                assert row.low <= value <= row.high, (criterion.name, value)
        assert re.search(
            r"10\.\d{4,}/|https?://|[Aa]rithmetic|Ohm's law|default of the project|assumption|\(\d{4}\)",
            criterion.citation,
        ), criterion.name


def test_every_profile_fits_every_screen(screen_name, profile_name):
    resolved = resolve(load_screen(screen_name), load_profile(profile_name))
    assert sum(resolved.weights) == pytest.approx(1.0)
    assert resolved.groups.get("transport", 0.0) <= MAX_TRANSPORT_WEIGHT + 1e-9


def test_a_new_role_is_one_file(tmp_path):
    given = yaml.safe_load((configs_dir() / "screens" / "separator.yaml").read_text())
    given |= {"role": "anolyte", "gates": ["composition", "lithium"], "has_cells": False}
    (tmp_path / "anolyte.yaml").write_text(yaml.safe_dump(given))
    screen = load_screen("anolyte", tmp_path)
    assert (screen.role, screen.gates, screen.has_cells) == ("anolyte", ("composition", "lithium"), False)
    (tmp_path / "anolyte.yaml").write_text(yaml.safe_dump(given | {"gates": ["lithum"]}))
    with pytest.raises(UsageError, match="lithium"):
        load_screen("anolyte", tmp_path)


@pytest.mark.parametrize(
    ("key", "place"), [("n_draws", "--config"), ("temperature_c", "profile"), ("limit_factor", "vital")]
)
def test_keys_that_moved_say_where_to(tmp_path, key, place):
    text = (configs_dir() / "screens" / "separator.yaml").read_text()
    (tmp_path / "old.yaml").write_text(f"{text}\n{key}: 25\n")
    with pytest.raises(UsageError, match=place):
        load_screen("old", tmp_path)


def test_profile_overrides_something_that_exists(profile_name):
    profile = load_profile(profile_name)
    known = {c.name for s in SCREENS for c in load_screen(s).criteria}
    assert set(profile.criteria) <= known
    assert set(profile.group_weights) <= set(GROUPS)
    for field in set(type(profile.operating).model_fields) - {"has_own_temperatures"}:  # a choice, no number
        assert len(getattr(profile.operating, field).source) > 10


def test_default_limits_of_a_separator():
    screen = load_screen("separator")
    limits = {c.property: c.hard_limit for c in screen.criteria if c.hard_limit is not None}
    assert limits == {
        "ionic_conductivity": 1e-5,
        "critical_current": 1e-3,
        "electronic_resistivity": 4e6,
        "energy_above_hull": 0.1,
        "oxidation_limit": 1.74,
        "p_li_mixed_conducting": 0.9,
    }


def test_limit_of_the_critical_current_fills_a_cell_in_five_hours():
    """Lower end of the 1 to 10 mA/cm2 of Albertus et al. and as long elsewhere."""
    for name in ("ev", "aviation", "consumer", "grid"):
        profile = load_profile(name)
        row = next(c for c in resolve(load_screen("separator"), profile).criteria if c.name == "critical_current")
        assert 1e3 * row.hard_limit * 5.0 == pytest.approx(profile.operating.areal_capacity.value)
        assert row.bad < row.hard_limit < row.good


def test_limit_of_the_resistivity_follows_from_self_discharge():
    """3.8 V over 20 micrometre: a tenth of 5 mA/cm2 at the limit, 5 mAh/cm2 a day at bad, 1 % a month at 3e10."""
    operating = load_profile("ev").operating
    row = next(c for c in load_screen("separator").criteria if c.property == "electronic_resistivity")
    volt, thickness = operating.cell_voltage.value, operating.separator_thickness.value
    at = {rho: float(leakage_current(np.log10(rho), volt, thickness)) for rho in (row.hard_limit, row.bad, 3e10)}
    assert at[row.hard_limit] == pytest.approx(0.1 * operating.current_density.value, rel=0.1)
    capacity = operating.areal_capacity.value
    assert at[row.bad] * 24 * 1e3 == pytest.approx(capacity, rel=0.1)
    assert float(self_discharge_month(at[3e10], capacity)) == pytest.approx(0.01, rel=0.1)


def test_every_role_names_what_is_vital(screen_name):
    """And the electrolytes of working cells lie on the good side: LLZO 1e7, Li6PS5Cl 1e8 ohm cm."""
    screen = load_screen(screen_name)
    assert len(screen.vital) >= 3
    named = {c.name for c in screen.criteria if c.hard_limit is not None}
    assert set(screen.vital) == named
    for criterion in screen.criteria:
        if criterion.property == "electronic_resistivity" and criterion.hard_limit:
            assert not Ramp(criterion, 0.01).fails(np.array([7.0, 8.0])).any()


def test_vital_needs_a_limit_and_a_partner_words(tmp_path):
    with pytest.raises(UsageError, match="vital criteria are those with a hard_limit"):
        load_screen(_changed(tmp_path, SEPARATOR, lambda v: v["vital"].append("density")))
    with pytest.raises(UsageError, match="needs a partner"):
        load_screen(_changed(tmp_path, SEPARATOR, lambda v: v["criteria"][-1].update(kept=0.5)))


def test_default_thresholds_of_a_separator():
    rows = {c.property: (c.good, c.bad) for c in load_screen("separator").criteria}
    assert rows["oxidation_limit"] == (4.3, 2.0)
    assert rows["energy_above_hull"] == (0.025, 0.1)
    assert rows["fracture_toughness"] == (1.5, 0.2)
    assert rows["ionic_conductivity"][0] == 1e-3
    assert rows["area_specific_resistance"][0] == 10
    assert rows["pugh_ratio"][0] == 1.75


def test_family_values_are_cited_and_plausible():
    for value in load_family_values():
        row = PROPERTIES[value.property]
        assert row.low <= value.sampled.value <= row.high
        assert re.search(r"https?://|10\.\d{4,}/|assumption", value.sampled.source), value


def _changed(tmp_path, source, change):
    values = yaml.safe_load(source.read_text(encoding="utf-8"))
    change(values)
    path = tmp_path / source.name
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return str(path)


SEPARATOR = configs_dir() / "screens" / "separator.yaml"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda v: v.update(critera=[]), "Did you mean 'criteria'"),
        (lambda v: v["criteria"][0].update(directon="max"), "Did you mean 'direction'"),
        (lambda v: v["criteria"][0].update(property="ionic_conductivty"), "Did you mean 'ionic_conductivity'"),
        (lambda v: v["criteria"][0].update(group="transprot"), "Did you mean 'transport'"),
        (lambda v: v["groups"].update(transport=0.5), "transport weighs"),
        (lambda v: v["criteria"][0].update(good=1e-6), "does not fit good"),
        (lambda v: v["criteria"].append(dict(v["criteria"][0])), "named twice"),
        (lambda v: v["criteria"][0].update(hard_limit="high"), "hard_limit"),
        (lambda v: v["criteria"][0].pop("citation"), "citation"),
        (lambda v: v["groups"].pop("cost"), "groups without a weight: cost"),
        (lambda v: v.update(n_draws=0), "n_draws"),
    ],
)
def test_mistakes_in_a_screen_are_refused_with_a_hint(tmp_path, change, said):
    with pytest.raises(UsageError, match=re.escape(said)):
        load_screen(_changed(tmp_path, SEPARATOR, change))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda v: v.update(operatng={}), "Did you mean 'operating'"),
        (lambda v: v["operating"].update(temperature={"value": 1, "source": "x"}), "Did you mean 'temperature_c'"),
        (lambda v: v.update(group_weights={"lithum": 1}), "Did you mean 'lithium'"),
        (lambda v: v["operating"].update(temperature_c={"value": 1}), "source"),
    ],
)
def test_mistakes_in_a_profile_are_refused_with_a_hint(tmp_path, change, said):
    with pytest.raises(UsageError, match=re.escape(said)):
        load_profile(_changed(tmp_path, configs_dir() / "profiles" / "ev.yaml", change))


def test_names_that_do_not_exist():
    with pytest.raises(UsageError, match="Did you mean 'separator'"):
        load_screen("seperator")
    with pytest.raises(UsageError, match="Did you mean 'aviation'"):
        load_profile("aviaton")
    with pytest.raises(UsageError, match="cannot be read"):
        load_screen("nowhere.yaml")


def test_a_profile_of_ones_own_changes_what_it_says_and_nothing_else(tmp_path):
    """Compared with the default one, so that a cell with another negative electrode is not another one by the way."""
    path = tmp_path / "mine.yaml"
    path.write_text("title: Indium\ndescription: test\noperating: {negative_electrode: lithium_indium}\n")
    own, given = load_profile(str(path)), load_profile(load_settings().profile)
    assert own.operating.negative_electrode.key == "lithium_indium" != given.operating.negative_electrode.key
    same = given.operating.model_copy(update={"negative_electrode": own.operating.negative_electrode})
    assert own.operating == same
    assert (own.criteria, own.group_weights) == (given.criteria, given.group_weights)
