"""Charged states: the energy behind a voltage, held against the same phases, and values of the Materials Project."""

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.evidence import EvidenceKind
from ssbscreen.core.prediction import Predictions, PropertyPrediction
from ssbscreen.screening.electrodes.charged_state import CHARGED, CYCLED_AT_MOST, with_charged_state
from ssbscreen.screening.hulls.hull_quantities import compute_hulls
from ssbscreen.screening.hulls.references import load_reference, references_of

SEED, N_DRAWS = 3, 400


@pytest.fixture(scope="module")
def references():
    return references_of(load_reference("embedded"))


def distances(references, formula, voltage, *, look_up, std=1e-6):
    library = references.library
    candidate = Candidate(formula, composition=Composition(formula), is_known=True)
    listed = library.energy_of(dict(Composition(formula).get_el_amt_dict()))
    energies = np.full((1, N_DRAWS), listed)
    hulls = compute_hulls([candidate], energies, references, np.array([True]), SEED)
    one = np.array([voltage])
    parts = (np.array([std]), np.zeros(1), one - std, one + std, np.ones(1, dtype=bool))
    column = PropertyPrediction("average_voltage", one, *parts, "a model", np.array([""], dtype=object))
    given = Predictions((formula,), {"average_voltage": column})
    found = with_charged_state(hulls, [candidate], given, np.array([True]), library, SEED, look_up=look_up)
    return found.draws.values[CHARGED][0], found.evidence[CHARGED].kind[0], library


def test_the_voltage_between_two_tabled_ends_gives_the_tabled_distance(references):
    library = references.library
    full, empty = (dict(Composition(f).get_el_amt_dict()) for f in ("LiCoPO4", "CoPO4"))
    voltage = library.energy_of(empty) * 6 - library.energy_of(full) * 7
    path = library.path(empty)
    truth = library.energy_of(empty) - path.hull_energy()
    higher = 0.6  # V; above the noise, which is cut at the hull
    draws, kind, _ = distances(references, "LiCoPO4", voltage + higher, look_up=False)
    assert np.median(draws) == pytest.approx(truth + higher / 6, abs=0.004)
    assert kind == EvidenceKind.PREDICTED


def test_known_hosts_have_the_distance_of_the_materials_project(references):
    draws, kind, _ = distances(references, "LiFePO4", 9.9, look_up=True)
    assert np.median(draws) == pytest.approx(0.018, abs=0.004)  # mp-19017 and mp-20361, not what 9.9 V would make
    assert kind == EvidenceKind.CALCULATED


def test_the_error_of_the_voltage_is_that_of_the_charged_state(references):
    sharp, _, _ = distances(references, "LiCoPO4", 6.0, look_up=False)
    wide, _, _ = distances(references, "LiCoPO4", 6.0, look_up=False, std=0.3)
    assert np.std(wide) == pytest.approx(np.hypot(np.std(sharp), 0.3 / 6), rel=0.1)


def test_what_was_cycled_has_been_charged(references):
    free, _, _ = distances(references, "Li2FeP2O7", 9.0, look_up=False)
    cycled, _, _ = distances(references, "LiNi0.8Mn0.1Co0.1O2", 9.0, look_up=True)
    assert np.median(free) > 0.3
    assert np.max(cycled) <= CYCLED_AT_MOST + 1e-6


def test_nothing_is_said_of_what_gives_up_no_lithium(references):
    draws, _, _ = distances(references, "Li2S", 2.0, look_up=True)
    assert np.isnan(draws).all()
