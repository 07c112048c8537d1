"""Kinds of hull quantities."""

import numpy as np

from ssbscreen.core.evidence import EvidenceKind
from ssbscreen.screening.hulls.hull_evidence import evidence_of_energies


def test_the_energy_decides_the_kind():
    """Listed, of the model, none."""
    energies = np.array([[-1.0, -1.1], [-2.0, -2.1], [np.nan, np.nan]])
    found = evidence_of_energies(energies, np.array([True, False, False]))
    expected = [EvidenceKind.CALCULATED, EvidenceKind.PREDICTED, EvidenceKind.CALCULATED]
    for key in ("oxidation_limit", "reduction_limit", "moisture_reaction_energy"):
        assert list(found[key].kind) == expected
        assert not found[key].n_studies.any()
