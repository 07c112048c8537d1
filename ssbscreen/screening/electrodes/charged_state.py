"""Distance of the charged state of a cathode to the hull: looked up where its host is known, else from the voltage.

A voltage is a difference of two energies, so that the energy of the emptied framework is that of the discharged one and
the work of taking the lithium out, E(charged) = E(discharged) + n V, on the scale of the calculation. It is held
against the phases of its composition. What the functional gets wrong of the voltage it gets wrong of those phases in
part, too, so the calculated voltage counts and not the measured one. A cathode that was cycled has been charged, which
bounds the distance.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import InputError
from ssbscreen.core.evidence import Evidence, EvidenceKind
from ssbscreen.core.formula import parse_formula
from ssbscreen.core.identity import Materials
from ssbscreen.core.known_electrode import CalculatedCouple
from ssbscreen.core.noise import noise_of, owner_keys
from ssbscreen.core.prediction import Predictions
from ssbscreen.core.recognition import element_amounts
from ssbscreen.core.redox import removable_lithium
from ssbscreen.physics.electrode import charged_energy
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.lithium_interphase import REACTION_STD
from ssbscreen.ranking.quantities import DrawTable
from ssbscreen.screening.candidates.gate import Gated
from ssbscreen.screening.electrodes.couples import VOLTAGE, couple_of, was_cycled
from ssbscreen.screening.hulls.formation_energies import plain_formula
from ssbscreen.screening.hulls.hull_quantities import Hulls
from ssbscreen.screening.settings import Plan

CHARGED = "stability_charge"
CYCLED_AT_MOST = 0.1  # eV/atom; what was cycled can be charged, and NiO2, the worst of those calculated, has 0.09
log = logging.getLogger(__name__)


def charged_states_of(
    plan: Plan, pool: Gated, predictions: Predictions, hulls: Hulls, materials: Materials, library: PhaseLibrary
) -> Hulls:
    """Hulls of a pool, with its charged states where the screen asks for them."""
    if all(criterion.property != CHARGED for criterion in plan.screen.criteria):
        return hulls
    best = plan.settings.evidence == "best"
    made = materials.is_made
    return with_charged_state(hulls, pool.candidates, predictions, made, library, plan.settings.seed, look_up=best)


def with_charged_state(
    hulls: Hulls,
    candidates: Sequence[Candidate],
    predictions: Predictions,
    is_made: np.ndarray,
    library: PhaseLibrary,
    seed: int,
    *,
    look_up: bool = True,
) -> Hulls:
    """Hulls with the distance of the charged state, of as much lithium taken out as the metals can give.

    Args:
        hulls: of the candidates.
        candidates: n.
        predictions: of the models, with the voltage on the scale of the calculation.
        is_made: whether each is on record as made.  # (n,) bool
        library: competing phases.
        seed: of the run.
        look_up: whether known couples count.
    """
    n_draws = hulls.energies.shape[1]
    values = np.full((len(candidates), n_draws), np.nan, dtype=np.float32)
    kinds = np.full(len(candidates), EvidenceKind.PREDICTED, dtype=object)
    column = predictions.by_property.get(VOLTAGE)
    owners = owner_keys(candidate.candidate_id for candidate in candidates)
    of_state, of_voltage = (noise_of(seed, owners, stream, n_draws) for stream in (CHARGED, VOLTAGE))
    for i, candidate in enumerate(candidates):
        if column is None or not column.is_present[i] or candidate.composition is None:
            continue
        couple = couple_of(candidate, is_made=bool(is_made[i])) if look_up else None
        own = of_state[i]
        if couple is not None and np.isfinite(couple.stability_charge):
            values[i] = np.maximum(couple.stability_charge + REACTION_STD * own, 0.0)
            kinds[i] = EvidenceKind.CALCULATED
            continue
        voltage = column.mean[i] + column.std[i] * of_voltage[i]
        if couple is not None:
            voltage, kinds[i] = np.full(n_draws, couple.average_voltage), EvidenceKind.CALCULATED
        found = _distance(candidate, hulls.energies[i], hulls.hull_energy[i], voltage, couple, library)
        if found is not None:
            most = CYCLED_AT_MOST if look_up and was_cycled(candidate.composition) else np.inf
            values[i] = np.clip(found + REACTION_STD * own, 0.0, most)
    log.info("charged states: %d of %d", int(np.isfinite(values[:, 0]).sum()), len(candidates))
    evidence = {**hulls.evidence, CHARGED: Evidence.of(kinds, np.zeros(len(candidates), dtype=np.int64))}
    return replace(hulls, draws=DrawTable({**hulls.draws.values, CHARGED: values}), evidence=evidence)


def _distance(
    candidate: Candidate,
    energies: np.ndarray,
    hull_energy: float,
    voltage: np.ndarray,
    couple: CalculatedCouple | None,
    library: PhaseLibrary,
) -> np.ndarray | None:
    """Distance of the emptied framework to the hull, eV/atom; None where the phases of its composition are not known.

    Of a candidate without an energy of its own, such as a disordered cell, the hull stands in for the discharged state.
    """
    amounts = parse_formula(plain_formula(candidate))
    removed = removable_lithium(amounts)
    if couple is not None:
        full, empty = element_amounts(couple.discharged), element_amounts(couple.charged)
        sizes = [sum(a for name, a in ends.items() if name != "Li") for ends in (full, empty)]
        removed = amounts["Li"] * (1.0 - empty.get("Li", 0.0) / full["Li"] * sizes[0] / sizes[1])
    if removed < 1e-6:
        return None
    try:
        path = library.path(amounts)
    except InputError:
        return None
    if path.unpaired_elements:
        return None
    total = sum(amounts.values())
    discharged = np.where(np.isfinite(energies), energies, hull_energy)
    charged = charged_energy(discharged * total, voltage, np.array(removed))
    hull = float(np.interp((amounts["Li"] - removed) / total, path.li, path.energy)) * total
    return np.asarray((charged - hull) / (total - removed))
