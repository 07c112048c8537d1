"""Answers to single questions: the window of a material, the contact of an electrolyte with a cathode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pymatgen.core import Composition

from ssbscreen.app.material_names import Named, named, split_pair
from ssbscreen.core.cathode import find_cathode
from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.core.formula import parse_formula
from ssbscreen.core.laws import kelvin
from ssbscreen.core.reference import ReferencePhases
from ssbscreen.physics.coatings import COATINGS, CoatingResult, evaluate_coatings
from ssbscreen.physics.gibbs import Gibbs, is_sintered_oxide, volume_per_atom
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interfaces import Interface, interface
from ssbscreen.physics.lithium_interphase import LiOutcome, li_outcome
from ssbscreen.physics.moisture import AirReaction, air_reaction
from ssbscreen.physics.phase_stability import evaluate
from ssbscreen.physics.voltage_profile import VoltageProfile, voltage_profile
from ssbscreen.screening.references import air_library

SINTERING_C = (700.0, 900.0, 1100.0)
AIR_OXYGEN_BAR = 0.21


@dataclass(frozen=True)
class WindowAnswer:
    """What lithium, voltage and air do to one material.

    Attributes:
        material: as asked for.
        profile: steps over the voltage.
        outcome: of contact with lithium metal, one row; NaN where the reference lacks a binary that it needs.
        volume: estimated, cubic angstrom per atom.
        air: reaction with H2O and CO2, None where there is none to compute.
        remarks: what limits the answer.
    """

    material: Named
    profile: VoltageProfile
    outcome: LiOutcome
    volume: float
    air: AirReaction | None
    remarks: tuple[str, ...]


def window(name: str, reference: ReferencePhases, energy: float | None = None) -> WindowAnswer:
    """Answer for one material.

    Args:
        name: formula, abbreviation or label.
        reference: competing phases.
        energy: its formation energy on the scale of the reference, eV/atom.

    Raises:
        InputError: the name is not known or cannot be computed.
    """
    material = named(name)
    amounts = parse_formula(material.formula)
    reference = reference.within(frozenset(amounts) | frozenset(("Li", "H", "C", "O")))
    library = PhaseLibrary(reference)
    profile = voltage_profile(material.formula, library, energy=energy)
    own = np.array([[np.nan if profile.energy_from == "hull" else profile.own_energy]])
    table = evaluate([material.formula], own, library)
    remarks = [table.reasons[0]] if table.reasons[0] else []
    if profile.energy_from == "hull":
        remarks.append(
            "its own energy is not in the reference: window and reactions are those of its equilibrium "
            "products (give one with --energy)"
        )
    if amounts.keys() & {"Br", "I", "Se", "Te"} and not reference.scale:
        remarks.append(
            "this reference binds bromides, iodides, selenides and tellurides too weakly: oxidation limits "
            "of bromides come out about 0.5 V low, of iodides 0.3 V"
        )
    air: AirReaction | None
    try:
        air = air_reaction(
            material.formula, air_library(reference), float(Composition(material.formula).weight), energy=energy
        )
    except InputError as error:
        air = None
        remarks.append(f"air: {error}")
    return WindowAnswer(material, profile, li_outcome(table), volume_per_atom(amounts), air, tuple(remarks))


@dataclass(frozen=True)
class Contact:
    """One contact of a pair.

    Attributes:
        title: in words.
        diagram: reactions over the mixing ratio.
    """

    title: str
    diagram: Interface


@dataclass(frozen=True)
class PairAnswer:
    """Contact of an electrolyte with a cathode.

    Attributes:
        electrolyte, cathode: as asked for.
        coating: None without one.
        contacts: with the lithiated and the half-lithiated cathode; with a coating its contacts too.
        sintering: degree C and strongest reaction (eV/atom) with the lithiated cathode in air; empty for
            electrolytes that are not oxides.
        coatings: judged coatings, the best first; empty when one was named.
        remarks: what limits the answer.
    """

    electrolyte: Named
    cathode: Named
    coating: Named | None
    contacts: tuple[Contact, ...]
    sintering: tuple[tuple[float, float], ...]
    coatings: tuple[CoatingResult, ...]
    remarks: tuple[str, ...]


def pair(
    electrolyte: str,
    cathode: str | None,
    coating: str | None,
    reference: ReferencePhases,
    candidates: Sequence[str] = COATINGS,
) -> PairAnswer:
    """Answer for a pair.

    Args:
        electrolyte: formula, name, or a pair id.
        cathode: formula or name; None where the first argument is an id.
        coating: formula or name; without one the best of `candidates` is looked for.
        reference: competing phases.
        candidates: formulas of coatings.

    Raises:
        InputError: a name is not known or cannot be computed.
    """
    electrolyte, cathode_name, coating = split_pair(electrolyte, cathode, coating)
    solid, library = named(electrolyte), PhaseLibrary(reference)
    active, states = cathode_states(cathode_name)
    film = named(coating) if coating else None
    contacts = []
    inner = film or solid
    for label, state in states:
        contacts.append(Contact(f"{inner.formula} with {label} {state}", interface(inner.formula, state, library)))
    if film is not None:
        contacts.append(
            Contact(f"{solid.formula} with the coating {film.formula}", interface(solid.formula, film.formula, library))
        )
    remarks = [
        f"{formula} is not in the reference: its equilibrium products stand in"
        for formula in sorted(
            {
                formula
                for contact in contacts
                for formula, origin in zip(
                    (contact.diagram.a, contact.diagram.b), contact.diagram.energy_from, strict=True
                )
                if origin == "hull"
            }
        )
    ]
    judged = () if film else evaluate_coatings(solid.formula, [state for _, state in states], library, candidates)
    return PairAnswer(
        solid, active, film, tuple(contacts), _sintering(inner.formula, states[0][1], library), judged, tuple(remarks)
    )


def cathode_states(name: str) -> tuple[Named, tuple[tuple[str, str], ...]]:
    """A cathode and its lithiated and half-lithiated formulas, from the panel or by taking out half the Li.

    Raises:
        InputError: the name is not known.
    """
    from ssbscreen.sources.reference_cathodes import SOURCE as CATHODES

    known = find_cathode(CATHODES.load_panel(), name)
    if known is not None:
        return Named(name, known.formula), (("lithiated", known.formula), ("half-lithiated", known.half_lithiated))
    material = named(name)
    known = find_cathode(CATHODES.load_panel(), material.formula)
    if known is not None:
        return material, (("lithiated", known.formula), ("half-lithiated", known.half_lithiated))
    amounts = parse_formula(material.formula)
    if "Li" not in amounts:
        return material, (("charged", material.formula),)
    half = "".join(f"{el}{x / 2 if el == 'Li' else x:.6g}" for el, x in amounts.items())
    return material, (("lithiated", material.formula), ("half-lithiated", half))


def run_coatings(run: Path | None) -> tuple[str, ...]:
    """Formulas of the ranked coatings of a finished screen, the best hundred; the default list without a run.

    Raises:
        UsageError: that run has no coatings.
    """
    if run is None:
        return COATINGS
    from ssbscreen.query.store import open_run

    table = open_run(run, Path("runs")).ranking()
    found = table.loc[(table["role"] == "coating") & (table["chemistry_class"] != "polymer"), "formula"]
    if not len(found):
        raise UsageError(f"The run '{run}' ranks no coatings; make one with: ssbscreen screen --screen coating")
    return tuple(dict.fromkeys(found.astype(str).head(100)))


def _sintering(solid: str, cathode: str, library: PhaseLibrary) -> tuple[tuple[float, float], ...]:
    if not is_sintered_oxide(solid):
        return ()
    found = []
    for celsius in SINTERING_C:
        hot = library.adjusted(Gibbs(kelvin(celsius), oxygen_pressure_bar=AIR_OXYGEN_BAR))
        found.append((celsius, interface(solid, cathode, hot).reaction_energy))
    return tuple(found)
