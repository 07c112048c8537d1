"""On what windows and reaction energies rest: tabled energies or those of the model."""

from __future__ import annotations

import numpy as np

from ssbscreen.core.evidence import Evidence, EvidenceKind

OF_ENERGY = ("reduction_limit", "oxidation_limit", "li_decomposition_energy", "moisture_reaction_energy")


def evidence_of_energies(energies: np.ndarray, is_listed: np.ndarray) -> dict[str, Evidence]:
    """Kinds of the quantities that a candidate's own energy decides.

    An energy of the model makes them predicted. A tabled one, or none (the equilibrium products stand in), leaves them
    calculated.

    Args:
        energies: draws, NaN where there is none.  # (n, n_draws)
        is_listed: whether the reference lists the energy.  # (n,) bool
    """
    is_of_model = np.isfinite(energies).any(axis=1) & ~is_listed
    kinds = np.where(is_of_model, EvidenceKind.PREDICTED, EvidenceKind.CALCULATED).astype(object)
    return dict.fromkeys(OF_ENERGY, Evidence.of(kinds, np.zeros(len(energies), dtype=np.int64)))
