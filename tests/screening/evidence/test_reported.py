"""Values of phases that are stable above a transition: told apart, lowered by what others fell, never learned from."""

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.screening.evidence.reported import conductivity_drop, reported
from ssbscreen.sources.literature import SOURCE


def test_the_fall_is_that_of_the_cited_transitions():
    drops = [row.value for row in SOURCE.values("transitions") if row.key == "conductivity_drop"]
    mean, std = conductivity_drop()
    assert len(drops) >= 4
    assert mean == pytest.approx(np.mean(drops))
    assert std > np.std(drops, ddof=1)  # one more material may lie outside of them
    assert all(row.doi for row in SOURCE.values("transitions"))


def test_a_carborate_above_its_transition_is_known_as_such():
    rows = [
        r
        for r in reported({"ionic_conductivity"})
        if r.source == "literature" and r.candidate.composition is not None
        if r.candidate.composition == Composition("LiCB11H12")
    ]
    assert len(rows) == 2
    assert all(row.drop == conductivity_drop()[0] and not row.refusal for row in rows)


def test_values_beside_it_keep_their_temperature_law():
    rows = [r for r in reported({"ionic_conductivity"}) if r.temperature_c in (None, 25.0) and r.source == "literature"]
    assert len(rows) > 300
    assert all(row.drop == 0.0 for row in rows)


def test_nothing_is_learned_from_the_table_of_transitions():
    temperatures = {m.temperature_c for m in SOURCE.load().measurements}
    assert 130.0 not in temperatures
    assert 256.0 not in temperatures


def test_the_table_of_evidence_counts_for_the_ranking():
    rows = [r for r in reported({"ionic_conductivity"}) if r.candidate.candidate_id.startswith("evidence.csv")]
    beta = [r for r in rows if r.candidate.label == "beta-Li3PS4"]
    assert sorted(10**r.value for r in beta) == pytest.approx([6.8e-5, 3.6e-4])  # S/cm, cold- and warm-pressed
    assert {r.reference for r in beta} == {"10.3389/fenrg.2024.1481205"}  # two samples of one study
    assert not any(r.refusal or r.is_compiled for r in rows)
