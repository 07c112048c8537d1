"""Critical current: the fit against made-up truth, blindness to what is judged, levels of well-known cells."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from ssbscreen.files.paths import data_dir
from ssbscreen.physics.critical_current import RANGES, Cell, critical_current_fit, fit_critical_current, measured_cells
from ssbscreen.physics.critical_current_levels import CriticalCurrentLevels, critical_current_levels


def cell(material="A", current=-3.0, family="garnet", bound="exact", between="no", conductivity=-3.0):
    return Cell(material, "oxide", family, current, bound, between, 25.0, conductivity, 0.05, 0.2)


def level(formula, chemistry_class, family, *, blocking=0.1, use=False):
    found, n_cells = critical_current_levels(
        [formula], [chemistry_class], [family], np.array([blocking]), np.array([use])
    )
    return found, int(n_cells[0])


def drawn(levels, conductivity=-3.0, growing=0.2, temperature=25.0):
    """Middle of the critical current, A/cm2."""
    shape = (len(levels), 1)
    zero = np.zeros(shape)
    given = np.full(shape, conductivity), np.full(shape, growing)
    return 10.0 ** levels.critical_current(*given, temperature, lambda name: np.zeros(1), zero)[:, 0]


class Numbers:
    """Standard normal numbers, the same for whoever asks for a name again."""

    def __init__(self, n_draws, seed=0):
        self.rng, self.n_draws, self.by_name = np.random.default_rng(seed), n_draws, {}

    def __call__(self, name):
        if name not in self.by_name:
            self.by_name[name] = self.rng.normal(size=self.n_draws)
        return self.by_name[name]


def many_draws(levels, n_draws=20_000, seed=0):
    """Draws at the centres of conductivity and growth, log10 A/cm2.  # (n, n_draws)"""
    shape = (len(levels), n_draws)
    numbers = Numbers(n_draws, seed)
    own = np.random.default_rng(seed + 1).normal(size=shape)
    return levels.critical_current(np.full(shape, -3.0), np.full(shape, 0.2), 25.0, numbers, own)


def test_made_up_truth_is_found_again():
    rng = np.random.default_rng(3)
    shift = {f"m{i}": rng.normal(0, 0.2) for i in range(60)}
    cells = []
    for name, own in shift.items():
        conductivity = rng.uniform(-4.5, -2.0)
        for between in ("no", "yes"):
            value = -2.8 + 0.4 * (conductivity + 3.0) + 0.5 * (between == "yes") + own + rng.normal(0, 0.3)
            cells.append(cell(name, value, between=between, conductivity=conductivity))
    fit = fit_critical_current(cells)
    assert fit.slope("conductivity") == pytest.approx(0.4, abs=0.12)
    assert fit.slope("layer between") == pytest.approx(0.5, abs=0.12)
    off = np.array([fit.slope(f"material {name}") - own for name, own in shift.items()])
    assert np.std(off) < 0.2  # better than no level of materials at all


def test_without_bounds_and_far_values_it_is_the_textbook_posterior():
    cells = [cell("A", -3.1), cell("A", -3.0), cell("B", -2.9), cell("C", -3.05, conductivity=-2.8)]
    fit = fit_critical_current(cells)
    assert np.linalg.eigvalsh(fit.covariance).min() > -1e-12
    assert fit.level(cells[0].terms()) == pytest.approx(-3.0, abs=0.1)
    numbers = Numbers(40_000)
    found = np.stack(list(fit.drawn(numbers).values()))
    assert found.mean(axis=1) == pytest.approx(fit.mean, abs=0.02)
    assert np.cov(found) == pytest.approx(fit.covariance, rel=0.05, abs=0.01)


def test_a_bound_on_its_own_side_says_nothing_and_on_the_other_it_pulls():
    base = [cell(name, -3.0) for name in "ABCDEF"]
    plain = fit_critical_current(base).level({"always": 1.0})
    weak = fit_critical_current([*base, cell("G", -5.0, bound="above")]).level({"always": 1.0})
    strong = fit_critical_current([*base, cell("G", -1.5, bound="above")]).level({"always": 1.0})
    assert weak == pytest.approx(plain, abs=0.02)
    assert strong > plain + 0.02


def test_no_term_reaches_beyond_what_cells_were_measured_with():
    """No halide is among the cells: its salt must not count for more than the most that was seen."""
    cells = measured_cells()
    salt = [cell.blocking * (1.0 - cell.growing) for cell in cells]
    assert RANGES["blocking salt"] == (pytest.approx(min(salt)), pytest.approx(max(salt), abs=0.001))
    conductivity = [cell.conductivity for cell in cells if np.isfinite(cell.conductivity)]
    assert min(conductivity) <= RANGES["conductivity"][0]
    assert RANGES["conductivity"][1] <= max(conductivity) + 0.5


def test_judging_a_material_hides_its_cells():
    hidden, n_hidden = level("Li6PS5Cl", "sulfide", "argyrodite")
    seen, n_seen = level("Li6PS5Cl", "sulfide", "argyrodite", use=True)
    assert (n_hidden, n_seen > 10) == (0, True)
    assert many_draws(seen).std() < many_draws(hidden).std()
    again = critical_current_fit(frozenset({"Li6PS5Cl"}))
    assert "material Li6PS5Cl" not in again.names
    other, _ = level("Li24P4S20Cl4", "sulfide", "argyrodite")  # the same composition, written otherwise
    assert drawn(other) == drawn(hidden)


def levels_of(*names):
    """Of materials that no cell has held: formula, class, family."""
    n = len(names)
    return critical_current_levels(
        *(list(column) for column in zip(*names, strict=True)), np.zeros(n), np.ones(n, bool)
    )[0]


def test_what_all_or_a_family_have_in_common_parts_no_two_of_them():
    names = [
        ("Li7La3Sn2O12", "oxide", "garnet"),
        ("Li7La3Hf2O12", "oxide", "garnet"),
        ("Li3YCl6", "halide", "trigonal_halide"),
        ("Li3ErCl6", "halide", "trigonal_halide"),
        ("Li2Mg3", "halide", "other"),
        ("Li3Mg2", "halide", "other"),
    ]
    found, fit = many_draws(levels_of(*names)), critical_current_fit()
    material, family = fit.material_std, np.hypot(fit.material_std, fit.level_std)
    assert np.std(found[0] - found[1]) == pytest.approx(material * 2**0.5, abs=0.01)  # not the error of the garnets
    assert np.std(found[2] - found[3]) == pytest.approx(material * 2**0.5, abs=0.01)  # nor of one without cells
    assert np.std(found[4] - found[5]) == pytest.approx(family * 2**0.5, abs=0.01)  # who has no family stands alone
    apart = dict.fromkeys(fit.names, 0.0) | {"class oxide": 1.0, "family garnet": 1.0}  # the level of all drops out
    x = np.array([apart[name] for name in fit.names])
    variance = x @ fit.covariance @ x + 2 * material**2 + 2 * fit.level_std**2
    assert np.std(found[0] - found[2]) == pytest.approx(variance**0.5, abs=0.01)


def test_scatter_of_cells_parts_no_materials():
    """Cells that scatter by 0.4 about materials that are alike: more cells do not make materials differ."""
    rng = np.random.default_rng(8)
    alike = fit_critical_current([cell(f"m{i}", -3.0 + 0.4 * rng.normal()) for i in range(20) for _ in range(5)])
    assert alike.material_std == pytest.approx(0.1, abs=0.06)
    assert alike.scatter == pytest.approx(0.4, abs=0.06)


def test_intervals_of_ranks_cover_made_up_truth():
    """Twelve families of ten materials, the cells of half of them known: true places lie in 10 to 90 % of the draws."""
    inside = []
    for world in range(4):
        rng = np.random.default_rng(40 + world)
        family = np.repeat(np.arange(12), 10)
        truth = -3.0 + rng.normal(0, 0.3) + rng.normal(0, 0.3, 12)[family] + rng.normal(0, 0.2, 120)
        cells = [
            cell(f"m{i}", truth[i] + rng.normal(0, 0.3), family=f"f{family[i]}")
            for i in range(0, 120, 2)
            for _ in range(rng.integers(1, 4))
            if family[i] < 9
        ]
        names = ["class oxide", *(f"family f{k}" for k in family), *(f"material m{i}" for i in range(120))]
        features = np.array(names[:1] * 120 + names[1:], dtype=object).reshape(3, 120)
        one = np.zeros(120, dtype=int)
        levels = CriticalCurrentLevels((fit_critical_current(cells),), one, *features, np.full(120, 0.05 / 0.8))
        draws = many_draws(levels, 1000, seed=world)
        places = np.argsort(np.argsort(-draws, axis=0), axis=0)
        low, high = np.quantile(places, (0.1, 0.9), axis=1, method="nearest")
        place = np.argsort(np.argsort(-truth))
        inside.append(((low <= place) & (place <= high)).mean())
    assert 0.75 <= np.mean(inside) <= 0.85


def test_levels_of_well_known_electrolytes():
    # measured medians of bare contacts, mA/cm2: garnet 0.5 to 0.9, Li6PS5Cl about 1, Li3PS4 0.3 to 0.7
    # (data/outcomes, each with its DOI); the fracture proxy gave 15 and 7 for the first two
    for formula, chemistry_class, family, conductivity, measured in (
        ("Li6.4La3Zr1.4Ta0.6O12", "oxide", "garnet", -3.1, 0.75e-3),
        ("Li6PS5Cl", "sulfide", "argyrodite", -2.7, 1.0e-3),
        ("Li3PS4", "sulfide", "li3ps4", -3.7, 0.5e-3),
    ):
        for use in (False, True):
            found, _ = level(formula, chemistry_class, family, use=use)
            assert np.abs(np.log10(drawn(found, conductivity) / measured))[0] < np.log10(3.0), (formula, use)


def test_more_conductivity_helps_and_growth_hurts():
    found, _ = level("Li6.4La3Zr1.4Ta0.6O12", "oxide", "garnet")
    assert drawn(found, -2.0) > drawn(found, -4.0)
    assert drawn(found, growing=0.9) < drawn(found, growing=0.1)
    assert drawn(found, -20.0) == drawn(found, -5.0)  # beyond what was measured nothing is extrapolated
    assert np.isfinite(drawn(found, growing=np.nan))
    assert drawn(found, temperature=60.0) > drawn(found, temperature=25.0)


def test_goal_of_the_level_on_materials_left_out():
    medians, found = [], []
    bare = [c for c in measured_cells() if c.between in ("no", "unstated")]
    for material in list(dict.fromkeys(c.material for c in bare))[::2]:  # a fit each
        own = [c for c in bare if c.material == material]
        fit = critical_current_fit(frozenset({material}))
        terms = {k: v for k, v in own[0].terms().items() if k not in ("temperature", "contact not described")}
        found.append(fit.level(terms))
        medians.append(np.median([c.current for c in own]))
    off = np.abs(np.array(found) - np.array(medians))
    assert 10 ** np.median(off) < 2.5  # asked for: 3


def test_table_holds_the_cells_of_its_source():
    with (data_dir() / "outcomes" / "critical_current.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["confidence"] != "low"]
    rows = [row for row in rows if not row["temperature_c"] or float(row["temperature_c"]) <= 100.0]
    cells = measured_cells()
    assert [row["formula"] for row in rows] == [c.material for c in cells]
    assert [float(row["value"]) / 1e3 for row in rows] == pytest.approx([10**c.current for c in cells], rel=2e-3)
    assert replace(cells[0], growing=0.0).terms()["growing"] == -0.2
