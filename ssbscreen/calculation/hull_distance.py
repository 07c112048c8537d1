"""Distance of a crystal at rest to the hull of its competing phases, all by one potential."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass

from ssbscreen.calculation.calculated import check_scale
from ssbscreen.calculation.competing import Phase, competing, equilibrium, fractions_of
from ssbscreen.calculation.phase_structures import PhaseStructures
from ssbscreen.calculation.potentials import Potential
from ssbscreen.calculation.refine_settings import RefineSettings
from ssbscreen.calculation.straining import Effort
from ssbscreen.calculation.workbench import Workbench
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.physics.hull import PhaseLibrary


@dataclass(frozen=True)
class Distance:
    """Distance to the hull of competing phases that were calculated by the same potential.

    Attributes:
        distance: eV/atom; below 0 where the candidate is a corner of the hull.
        reference_hull: energy of the equilibrium in the reference, eV/atom against the elements.
        products: in words.
        n_competing: phases that were calculated.
        lacking: formulas of phases without a crystal or an energy.
        seconds: of processor time.
    """

    distance: float
    reference_hull: float
    products: str
    n_competing: int
    lacking: tuple[str, ...]
    seconds: float


def hull(
    crystal: Crystal,
    energy: float,
    bench: Workbench,
    potential: Potential,
    given: RefineSettings,
    library: PhaseLibrary,
    structures: PhaseStructures,
) -> Distance:
    """Distance of an energy to the hull of the phases that matter, all by one potential.

    The anion corrections of the reference are not added: they count atoms of an anion in one state, which candidate and
    products hold alike, so that they fall out. Where a metal of the candidate has a Hubbard U in the training set with
    this anion and none with another, there is no distance.

    Raises:
        InputError: such a metal, a product without a crystal, or phases that do not span the composition.
    """
    begin = time.process_time()
    phases, lacking = [], []
    named = competitors(crystal, potential, given, library)
    for phase in named:
        value = energy_of(phase, bench, potential, given, structures)
        if value is None:
            lacking.append(phase.written)
        else:
            phases.append(Phase(phase.formula, phase.fractions, value, phase.above_plane))
    fractions = fractions_of(_amounts(crystal))
    at_rest = equilibrium(fractions, [phase for phase in named if phase.above_plane == 0.0])
    if missing := [phase.written for phase, _ in at_rest.products if phase.written in lacking]:
        raise InputError(f"its product {', '.join(missing)} has no crystal that comes to rest ({structures.title})")
    by_potential = equilibrium(fractions, phases)
    return Distance(
        energy - by_potential.energy,
        at_rest.energy,
        by_potential.words(),
        len(phases),
        tuple(lacking),
        time.process_time() - begin,
    )


def competitors(
    crystal: Crystal, potential: Potential, given: RefineSettings, library: PhaseLibrary
) -> tuple[Phase, ...]:
    """Phases of the reference that matter at the composition of a crystal.

    Raises:
        InputError: an element that the reference does not know, or a metal that the potential learned on two scales.
    """
    amounts = _amounts(crystal)
    check_scale(set(amounts), potential)
    return competing(amounts, library, given.hull.within, given.hull.n_competing)


def crystals_of(phase: Phase, given: RefineSettings, structures: PhaseStructures) -> list[Crystal]:
    """Crystals of a phase to bring to rest."""
    return [c.crystal for c in structures.of(phase.fractions, given.hull.max_atoms) if c.crystal is not None]


def rival_effort(given: RefineSettings) -> Effort:
    """How far competing phases are relaxed; molecular crystals are loose in the data set."""
    return Effort(**{**asdict(given.relax.effort(given.hull.max_atoms)), "max_volume_change": 0.8})


def energy_of(
    phase: Phase, bench: Workbench, potential: Potential, given: RefineSettings, structures: PhaseStructures
) -> float | None:
    """Least energy of a phase's crystals at rest, eV/atom; None where none is known or comes to rest."""
    effort = rival_effort(given)
    found = [bench.at_rest(crystal, potential, effort) for crystal in crystals_of(phase, given, structures)]
    return min((one.energy for one in found if not one.reason), default=None)


def _amounts(crystal: Crystal) -> dict[str, float]:
    return {str(el): float(x) for el, x in crystal.composition.get_el_amt_dict().items()}
