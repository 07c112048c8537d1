"""Kinds of hull quantities."""

import numpy as np

from ssbscreen.core.evidence import EvidenceKind
from ssbscreen.screening.hull_evidence import evidence_of_energies

MEASURED, CALCULATED, PREDICTED, FAMILY, IMPUTED = EvidenceKind


def test_the_energy_decides_the_kind():
    """Listed, of the model, none and made, none and not made."""
    energies = np.array([[-1.0, -1.1], [-2.0, -2.1], [np.nan] * 2, [np.nan] * 2])
    found = evidence_of_energies(energies, np.array([True, False, False, False]), np.array([True, False, True, False]))
    assert list(found["oxidation_limit"].kind) == [CALCULATED, PREDICTED, CALCULATED, CALCULATED]
    assert list(found["energy_above_hull"].kind) == [CALCULATED, PREDICTED, FAMILY, CALCULATED]
    assert not found["moisture_reaction_energy"].n_studies.any()
