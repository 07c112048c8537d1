"""Outcomes on lithium that the user imported count at once, for the material they were seen with."""

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Measurement
from ssbscreen.core.evidence import EvidenceKind
from ssbscreen.measurements.rows import NewValue, Provenance
from ssbscreen.measurements.store import MeasurementStore
from ssbscreen.physics.lithium_contact import report_error, seen_contacts
from ssbscreen.ranking.facts import facts_of
from ssbscreen.screening.evidence.own_outcomes import with_own_outcomes
from ssbscreen.screening.evidence.plating import plating_of
from ssbscreen.screening.hulls.hull_quantities import OUTCOMES, compute_hulls
from ssbscreen.screening.hulls.references import load_reference, references_of

FORMULAS = ("Li6.5La3Zr1.5Hf0.25Nb0.25O12", "Li3HoCl6")


def test_the_users_own_outcome_counts_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("SSBSCREEN_HOME", str(tmp_path))
    candidates = [Candidate(formula, Composition(formula)) for formula in FORMULAS]
    is_made = np.zeros(2, dtype=bool)
    hulls = compute_hulls(candidates, np.full((2, 3), np.nan), references_of(load_reference("embedded")), is_made)
    assert with_own_outcomes(hulls, candidates, is_made) is hulls  # nothing imported
    table = tmp_path / "mine.csv"
    table.write_text("x", encoding="utf-8")
    sample = Candidate("s1", Composition("Li3HoCl6") * 2)
    rows = [
        NewValue(sample, Measurement("s1", "lithium_outcome", 1.0), Provenance("mine.csv", line, "s1", "stable", ""))
        for line in (2, 3)
    ]
    MeasurementStore().add(rows, table)
    found = with_own_outcomes(hulls, candidates, is_made)
    stable, passivating, mixed = (found.draws.values[key][:, 0] for key in OUTCOMES)
    before = hulls.draws.values["p_li_mixed_conducting"][:, 0]
    assert before[1] > 0.5  # ternary chlorides grow
    assert mixed[1] < 0.5  # seen twice to live, against the neighbours Li3ErCl6 and Li3YCl6 that grow
    error = report_error(seen_contacts())
    bayes = before[1] / (1 - before[1]) * (error / (1 - error)) ** 2**0.5  # n reports weigh as their root
    assert mixed[1] == pytest.approx(bayes / (1 + bayes), rel=1e-3)
    assert mixed[0] == before[0]
    assert stable + passivating + mixed == pytest.approx(np.ones(2), abs=1e-6)
    evidence = found.evidence["p_li_mixed_conducting"]
    assert list(evidence.kind) == [EvidenceKind.PREDICTED, EvidenceKind.MEASURED]
    assert list(evidence.n_studies) == [0, 2]


def test_the_users_own_critical_current_counts_at_once(tmp_path, monkeypatch):
    """Three laboratories short a compound at 0.1 mA/cm2: its level falls to theirs, that of others hardly."""
    monkeypatch.setenv("SSBSCREEN_HOME", str(tmp_path))
    candidates = [Candidate(formula, Composition(formula)) for formula in ("Li2.7BS2.7Cl0.3", "Li6.4La3Zr1.4Ta0.6O12")]
    facts, is_made = facts_of(candidates), np.array([True, True])
    hulls = compute_hulls(candidates, np.full((2, 3), np.nan), references_of(load_reference("embedded")), is_made)

    def level() -> tuple[np.ndarray, np.ndarray]:
        levels, evidence = plating_of(facts, hulls, is_made, hide_outcomes=False, conductivity=np.array([-3.0, -3.3]))
        drawn = levels.critical_current(
            np.tile([[-3.0], [-3.3]], 400),
            np.full((2, 400), 0.1),
            25.0,
            lambda name: np.random.default_rng(sum(name.encode())).normal(size=400),
            np.random.default_rng(1).normal(size=(2, 400)),
        )
        return drawn, evidence.n_studies

    before, none = level()
    sample = Candidate("s", Composition("Li2.7BS2.7Cl0.3"))
    rows = [
        NewValue(
            sample,
            Measurement("s", "critical_current", -4.0, reference=f"laboratory: {name}", temperature_c=25.0),
            Provenance("mine.csv", line, "s", "0.1", "mA/cm2"),
        )
        for line, name in enumerate("abc", 2)
    ]
    (tmp_path / "mine.csv").write_text("x", encoding="utf-8")
    MeasurementStore().add(rows, tmp_path / "mine.csv")
    after, three = level()
    assert list(three - none) == [3, 0]
    assert before[0].mean() > -3.3
    assert -4.1 < after[0].mean() < -3.6
    assert after[0].std() < before[0].std()
    assert after[1].mean() == pytest.approx(before[1].mean(), abs=0.1)
    hidden, _ = plating_of(facts, hulls, is_made, hide_outcomes=True)
    assert all("Li2.7BS2.7Cl0.3" not in name for fit in hidden.fits for name in fit.names)
