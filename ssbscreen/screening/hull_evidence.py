"""On what hull quantities rest: tabled energies, energies of the model, or the fact that a compound was made."""

from __future__ import annotations

import numpy as np

from ssbscreen.core.evidence import Evidence, EvidenceKind

OF_ENERGY = ("energy_above_hull", "reduction_limit", "oxidation_limit", "li_decomposition_energy",
             "moisture_reaction_energy")  # fmt: skip


def evidence_of_energies(energies: np.ndarray, is_listed: np.ndarray, is_made: np.ndarray) -> dict[str, Evidence]:
    """Kinds of the quantities that a candidate's own energy decides.

    An energy of the model makes them predicted. A tabled one, or none (the equilibrium products stand in), leaves them
    calculated; the distance to the hull of a compound that was made and has no energy is that of its kind.

    Args:
        energies: draws, NaN where there is none.  # (n, n_draws)
        is_listed: whether the reference lists the energy.  # (n,) bool
        is_made: whether the compound is on record as synthesised.  # (n,) bool
    """
    has_energy = np.isfinite(energies).any(axis=1)
    zeros = np.zeros(len(energies), dtype=np.int64)
    kinds = np.where(has_energy & ~is_listed, EvidenceKind.PREDICTED, EvidenceKind.CALCULATED).astype(object)
    found = dict.fromkeys(OF_ENERGY, Evidence(kinds, zeros))
    of_made = np.where(is_made & ~has_energy, EvidenceKind.FAMILY, kinds).astype(object)
    return found | {"energy_above_hull": Evidence(of_made, zeros)}
