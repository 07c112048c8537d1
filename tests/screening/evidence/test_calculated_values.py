"""Values of a refinement beside the models: each counts with its own noise, for its own candidate."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.core.evidence import Evidence, EvidenceKind
from ssbscreen.core.prediction import Predictions, PropertyPrediction
from ssbscreen.core.reference import ReferencePhases
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.query.store import ACCOUNT
from ssbscreen.ranking.facts import facts_of
from ssbscreen.ranking.quantities import DrawTable
from ssbscreen.screening.evidence.calculated_values import (
    SELDOM_MADE,
    SOFT_SHARE,
    VALUES,
    CalculatedValues,
    calculated_values,
    combined,
    with_calculated_distances,
    with_calculated_energies,
    with_soft_frameworks,
)
from ssbscreen.screening.evidence.weighing import weigh
from ssbscreen.screening.hulls.hull_quantities import Hulls
from ssbscreen.screening.settings import load_settings

COLUMNS = ("candidate_id", "property", "value", "unit", "noise", "temperature_c", "method", "reference", "note")


def candidate(name, *, disordered=False):
    given = Crystal.ordered(4.0 * np.eye(3), np.array([[0.0, 0, 0], [0.5, 0.5, 0.5]]), np.array([3, 17]))
    if disordered:
        shares = np.array([0.5, 0.5, 1.0])
        given = Crystal(given.lattice, given.frac, np.array([0, 0, 1]), np.array([3, 11, 17]), shares)
    return Candidate(name, given.composition, crystal=given)


def column(key, mean, std, n):
    numbers = (np.full(n, x) for x in (mean, 0.0, std, mean - 1.6449 * std, mean + 1.6449 * std))
    return PropertyPrediction(key, *numbers, np.full(n, True), "test 1", np.full(n, "", dtype=object))


def written(folder, *rows):
    table = pd.DataFrame([dict(zip(COLUMNS, row, strict=True)) for row in rows], columns=list(COLUMNS))
    table.to_csv(folder / VALUES, index=False)
    return load_settings(calculated=folder)


def row(name, key="ionic_conductivity", value=1e-2, unit="S/cm", noise=1.0, celsius=25.0):
    return name, key, value, unit, noise, celsius, "calculation: toy", "10.1/toy", ""


def test_two_normal_sources_of_one_quantity():
    assert combined((0.0, 1.0), (1.0, 1.0)) == pytest.approx((0.5, 0.5**0.5))
    assert combined((0.0, 1.0), (1.0, 1e-6)) == pytest.approx((1.0, 1e-6))


def test_a_conductivity_counts_with_its_noise_for_its_candidate_alone(tmp_path):
    pool = [candidate("a"), candidate("b"), candidate("c")]
    settings = written(tmp_path, row("a"), row("b", noise=0.01), row("gone"))
    found = calculated_values(settings, pool)
    assert set(found.reported) == {"a", "b"}
    assert found.reported["a"][0].value == pytest.approx(-2.0)
    models = Predictions(("a", "b", "c"), {"ionic_conductivity": column("ionic_conductivity", -5.0, 1.0, 3)})
    weighed = weigh(pool, facts_of(pool), models, lambda *_: None, (), None, found.reported)
    mean = weighed.predictions.by_property["ionic_conductivity"].mean
    # prior and calculation weigh about alike in a, the calculation more in b, nothing changes in c
    assert -4.3 < mean[0] < -3.0
    assert mean[0] + 0.3 < mean[1] < -2.0
    assert mean[2] == -5.0
    kinds = weighed.evidence["ionic_conductivity"].kind
    assert list(kinds) == [EvidenceKind.CALCULATED, EvidenceKind.CALCULATED, EvidenceKind.PREDICTED]
    assert list(weighed.sheet["verdict"]) == ["study 1", "study 1"]


def test_a_table_that_cannot_be_used_is_refused(tmp_path):
    pool = [candidate("a")]
    assert calculated_values(load_settings(), pool) == CalculatedValues()
    with pytest.raises(UsageError, match="ssbscreen refine"):
        calculated_values(load_settings(calculated=tmp_path), pool)
    with pytest.raises(InputError, match="noise"):
        calculated_values(written(tmp_path, row("a", noise=0.0)), pool)
    pd.DataFrame({"candidate_id": ["a"]}).to_csv(tmp_path / VALUES)
    with pytest.raises(InputError, match="lacks the columns"):
        calculated_values(load_settings(calculated=tmp_path), pool)
    assert calculated_values(load_settings(calculated=tmp_path, evidence="predicted"), pool) == CalculatedValues()


def test_energies_of_what_nobody_made_weigh_by_their_variances():
    pool = [candidate("a"), candidate("made"), candidate("d", disordered=True)]
    gated = SimpleNamespace(candidates=pool, facts=facts_of(pool))
    is_made = np.array([False, True, False])
    energies = dict.fromkeys(("a", "made", "d"), (-1.9, 0.05))
    models = Predictions(("a", "made", "d"), {"formation_energy": column("formation_energy", -2.0, 0.05, 3)})
    library = PhaseLibrary(ReferencePhases(("LiCl",), np.array([-2.1]), "made up", "1"))
    found = with_calculated_energies(models, gated, is_made, CalculatedValues({}, energies), library)
    changed = found.by_property["formation_energy"]
    assert changed.mean == pytest.approx([-1.95, -2.0, -2.0])
    assert changed.std == pytest.approx([0.05 / np.sqrt(2), 0.05, 0.05])
    assert with_calculated_energies(models, gated, is_made, CalculatedValues(), library) is models

    draws = np.array([[0.02] * 4000, [0.0] * 4000, list(np.random.default_rng(0).normal(0.2, 0.05, 4000))])
    kinds = Evidence.uniform(EvidenceKind.PREDICTED, 3)
    hulls = Hulls(
        draws,
        DrawTable({"energy_above_hull": draws}),
        pd.DataFrame(),
        {"energy_above_hull": kinds},
        np.zeros(3),
        np.array([-2.1, -2.1, -2.0]),
    )
    after = with_calculated_distances(hulls, gated, is_made, CalculatedValues({}, energies), 0)
    values = after.draws.values["energy_above_hull"]
    assert np.array_equal(values[:2], draws[:2])
    # 0.2 +- 0.05 of the family, and -1.9 against -2.0 +- 0.05
    assert values[2].mean() == pytest.approx(0.15, abs=0.005)
    assert values[2].std() == pytest.approx(0.05 / np.sqrt(2), rel=0.05)
    kind = after.evidence["energy_above_hull"].kind
    assert list(kind) == [EvidenceKind.CALCULATED, EvidenceKind.PREDICTED, EvidenceKind.CALCULATED]


def test_a_soft_framework_is_harder_to_make_unless_it_was_made(tmp_path):
    """Half of the draws of an ordered crystal that nobody made stand at 0.1 eV/atom; every other row is as it was."""
    pool = [candidate("soft"), candidate("made"), candidate("mixed", disordered=True), candidate("sheared")]
    pool += [Candidate("formula", pool[0].composition), candidate("firm")]
    gated, n = SimpleNamespace(candidates=pool, facts=facts_of(pool)), len(pool)
    written(tmp_path, row("firm"))
    account = [(one.candidate_id, 1, "phonons", "left", "its framework is soft", 0.1) for one in pool[:5]]
    account[3] = ("sheared", 1, "elastic", "left", "an eigenvalue of -3 GPa", 0.1)
    account += [("firm", 1, "phonons", "goes on", "softest mode 1 THz", 0.1), ("firm", 1, "hull", "left", "far", 0.1)]
    columns = ("candidate_id", "rank_before", "step", "outcome", "text", "core_hours")
    pd.DataFrame(account, columns=list(columns)).to_csv(tmp_path / ACCOUNT, index=False)
    calculated = calculated_values(load_settings(calculated=tmp_path), pool)
    assert set(calculated.soft) == {one.candidate_id for one in pool[:5]}
    draws = np.full((n, 4000), 0.02)
    draws[3] = 0.3
    sheet = pd.DataFrame({"reason": ["", "it was made", "", "", "", ""]})
    kinds = {"energy_above_hull": Evidence.uniform(EvidenceKind.PREDICTED, n)}
    hulls = Hulls(draws, DrawTable({"energy_above_hull": draws}), sheet, kinds, np.zeros(n), np.zeros(n))
    after = with_soft_frameworks(hulls, gated, np.arange(n) == 1, calculated, 0)
    values = after.draws.values["energy_above_hull"]
    assert (values[0] == SELDOM_MADE).mean() == pytest.approx(SOFT_SHARE, abs=0.03)
    assert set(values[0]) == {0.02, SELDOM_MADE}
    assert np.array_equal(values[1:], draws[1:])  # farther than that already, made, disordered, a formula, firm
    assert after.sheet["reason"].tolist() == [
        "its framework is soft",
        "it was made",
        "",
        "an eigenvalue of -3 GPa",
        "",
        "",
    ]
    assert with_soft_frameworks(hulls, gated, np.full(n, True), calculated, 0) is hulls
