"""Answers to single questions: the window of a material, the contact of an electrolyte with a cathode.

Over 300 lines since every field of both answers stands with its unit, and both put the same words beside a formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pymatgen.core import Composition

from ssbscreen.core.anion_correction import CORRECTION
from ssbscreen.core.cathode import Cathode, find_cathode
from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import composition_key, parse_formula
from ssbscreen.core.neutral import balanced, unbalanced_remark, written
from ssbscreen.core.recognition import classify, recognise_family
from ssbscreen.files.material_names import Named, named
from ssbscreen.physics.anolytes import GOES_ON, AnolyteResult, evaluate_anolytes, goes_on
from ssbscreen.physics.co_sintering import OnSupport, co_sintering_energy, furnace, on_supports
from ssbscreen.physics.coatings import CATHOLYTES, CoatingResult, evaluate_coatings
from ssbscreen.physics.gibbs import is_sintered_oxide, volume_per_atom
from ssbscreen.physics.halide_windows import reduction_error, uncorrected_window
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interfaces import Interface, interface
from ssbscreen.physics.lithium_interphase import LiOutcome, li_outcome
from ssbscreen.physics.lithium_vapour import LithiumVapour, lithium_vapour
from ssbscreen.physics.moisture import AirLibrary, AirReaction, air_reaction
from ssbscreen.physics.phase_stability import WINDOW_STD, evaluate
from ssbscreen.physics.processing import processing_temperatures
from ssbscreen.physics.voltage_profile import VoltageProfile, voltage_profile

_NO_WIDTH = 0.005  # V
SINTERING_C = (700.0, 900.0, 1100.0)


@dataclass(frozen=True)
class WindowAnswer:
    """What lithium, voltage and air do to one material.

    Attributes:
        material: as asked for.
        profile: steps over the voltage.
        outcome: of contact with lithium metal, one row; NaN where the reference lacks a binary that it needs.
        volume: estimated, cubic angstrom per atom.
        air: reaction with H2O and CO2, None where there is none to compute.
        supports: what a sintered oxide does on crucibles, the weakest reaction first; empty for everything else.
        vapour: lithium that leaves a sintered oxide as vapour; None for everything else.
        sintering_c: at this temperature, that of its family, degree C; NaN without supports.
        remarks: what limits the answer.
    """

    material: Named
    profile: VoltageProfile
    outcome: LiOutcome
    volume: float
    air: AirReaction | None
    supports: tuple[OnSupport, ...]
    vapour: LithiumVapour | None
    sintering_c: float
    remarks: tuple[str, ...]


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
class CathodeStates:
    """A cathode as charging leaves it.

    Attributes:
        material: as asked for.
        states: word and formula of each state of charge, the fullest first.
    """

    material: Named
    states: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PairAnswer:
    """Contact of an electrolyte with a cathode.

    Attributes:
        electrolyte, cathode: as asked for.
        coating: None without one.
        catholyte: second electrolyte on the side of the cathode, None without one.
        contacts: with the lithiated and the half-lithiated cathode; with something between its contacts too.
        sintering: degree C and strongest reaction (eV/atom) with the lithiated cathode in air; empty for
            electrolytes that are not oxides.
        coatings, catholytes: evaluated ones, the best first; empty when one was named.
        anolytes: second electrolytes on the side of the lithium; empty where lithium leaves the electrolyte alone, and
            when something between was named.
        windows: formula, reduction and oxidation limit (V) of the two electrolytes; empty for one.
        remarks: what limits the answer.
    """

    electrolyte: Named
    cathode: Named
    coating: Named | None
    catholyte: Named | None
    contacts: tuple[Contact, ...]
    sintering: tuple[tuple[float, float], ...]
    coatings: tuple[CoatingResult, ...]
    catholytes: tuple[CoatingResult, ...]
    anolytes: tuple[AnolyteResult, ...]
    windows: tuple[tuple[str, float, float], ...]
    remarks: tuple[str, ...]


def window_of(material: Named, library: PhaseLibrary, air: AirLibrary, energy: float | None = None) -> WindowAnswer:
    """Answer for one material.

    Args:
        material: formula and name.
        library: competing phases.
        air: the same in humid air.
        energy: its formation energy on the scale of the reference, eV/atom.

    Raises:
        InputError: it cannot be computed.
    """
    neutral = balanced(parse_formula(material.formula))
    formula = neutral.formula if neutral.note else material.formula
    profile = voltage_profile(formula, library, energy=energy)
    own = np.array([[np.nan if profile.energy_from == "hull" else profile.own_energy]])
    table = evaluate([material.formula], own, library)
    amounts = neutral.amounts
    said = unbalanced_remark(amounts) or _without_width(profile)
    remarks = [words for words in (table.reasons[0], said) if words]
    if profile.energy_from == "hull":
        remarks.append(
            "its own energy is not in the reference: window and reactions are those of its equilibrium "
            "products (give one with --energy)"
        )
    if library.reference.oxyanions:  # a calculated reference
        remarks += _errors(formula, library, profile)
    reaction: AirReaction | None = None
    try:
        reaction = air_reaction(formula, air, float(Composition(formula).weight), energy=energy)
    except InputError as error:
        remarks.append(f"air: {error}")
    supports, vapour, celsius = _sintered(formula, library)
    volume = volume_per_atom(amounts)
    outcome = li_outcome(table)
    return WindowAnswer(material, profile, outcome, volume, reaction, supports, vapour, celsius, tuple(remarks))


def _without_width(profile: VoltageProfile) -> str:
    """What a window without any width says of a compound whose charges balance; empty where it has one."""
    stability = profile.stability
    if not float(stability.oxidation_limit[0]) - float(stability.reduction_limit[0]) < _NO_WIDTH:
        return ""
    return (
        "no width: at every voltage other phases are more stable, so that only slowness keeps the compound, and how "
        "far that goes equilibrium does not say"
    )


def _errors(formula: str, library: PhaseLibrary, profile: VoltageProfile) -> list[str]:
    """How much the limits err, and what they are without the correction of anions."""
    remarks = [f"each limit errs by {WINDOW_STD:g} V (root mean square of windows by measured enthalpies)"]
    wider = float(np.hypot(WINDOW_STD, reduction_error(parse_formula(formula))))
    if wider > WINDOW_STD + 0.02:
        remarks.append(
            f"its reduction limit errs by {wider:.2f} V: calculated halides of its metal miss measured enthalpies"
        )
    plain = uncorrected_window(formula, library, None if profile.energy_from == "hull" else profile.own_energy)
    limits = float(profile.stability.reduction_limit[0]), float(profile.stability.oxidation_limit[0])
    if plain is not None and not np.allclose(plain, limits, rtol=0.0, atol=0.02):
        anions = " and ".join(symbol for symbol in CORRECTION if symbol in parse_formula(formula))
        remarks.append(
            f"without the correction of calculated energies for {anions} it would be {plain[0]:.2f} to "
            f"{plain[1]:.2f} V, as older work prints it; measured enthalpies ask for the correction"
        )
    return remarks


def _sintered(formula: str, library: PhaseLibrary) -> tuple[tuple[OnSupport, ...], LithiumVapour | None, float]:
    """An oxide on crucibles and its vapour at the temperature that densifies its family, where one was read."""
    nothing = (), None, float("nan")
    if not is_sintered_oxide(formula):
        return nothing
    composition = Composition(formula)
    (celsius,) = processing_temperatures([classify(composition)], [recognise_family(composition)])
    if np.isnan(celsius):
        return nothing
    hot = furnace(library, float(celsius))
    try:
        return on_supports(formula, hot), lithium_vapour(parse_formula(formula), hot, float(celsius)), float(celsius)
    except InputError:
        return nothing


def pair_of(
    electrolyte: Named,
    cathode: CathodeStates,
    coating: Named | None,
    library: PhaseLibrary,
    candidates: Sequence[str],
    catholyte: Named | None = None,
) -> PairAnswer:
    """Answer for a pair.

    Args:
        electrolyte: formula and name.
        cathode: in its states of charge.
        coating: between them; without one the best of `candidates` is looked for.
        library: competing phases.
        candidates: formulas of coatings.
        catholyte: second electrolyte between them, in the place of a coating.

    Raises:
        InputError: an element is not known to the reference.
    """
    between, word = (catholyte, "the catholyte") if catholyte else (coating, "the coating")
    inner = (between or electrolyte).formula
    contacts = [
        Contact(f"{inner} with {label} {state}", interface(inner, state, library)) for label, state in cathode.states
    ]
    if between is not None:
        title = f"{electrolyte.formula} with {word} {between.formula}"
        contacts.append(Contact(title, interface(electrolyte.formula, between.formula, library)))
    states = [state for _, state in cathode.states]
    coatings, catholytes = (
        () if between else evaluate_coatings(electrolyte.formula, states, library, _others(tried, electrolyte.formula))
        for tried in (candidates, CATHOLYTES)
    )
    sintering = _sintering(inner, states[0], library)
    remarks = tuple(
        f"{formula} is not in the reference: its equilibrium products stand in" for formula in _not_listed(contacts)
    )
    windows = _windows([electrolyte.formula, catholyte.formula], library) if catholyte else ()
    return PairAnswer(
        electrolyte,
        cathode.material,
        coating,
        catholyte,
        tuple(contacts),
        sintering,
        coatings,
        catholytes,
        () if between else _anolytes(electrolyte.formula, library),
        windows,
        remarks,
    )


def _others(formulas: Sequence[str], own: str) -> tuple[str, ...]:
    """Formulas but those of one composition: what stands between a material and another is not the material itself."""
    key = composition_key(parse_formula(own))
    return tuple(formula for formula in formulas if composition_key(parse_formula(formula)) != key)


def _anolytes(formula: str, library: PhaseLibrary) -> tuple[AnolyteResult, ...]:
    """For an electrolyte that lithium goes on reducing."""
    return evaluate_anolytes(formula, library) if goes_on([formula], library)[0] >= GOES_ON else ()


def _windows(formulas: list[str], library: PhaseLibrary) -> tuple[tuple[str, float, float], ...]:
    table = evaluate(formulas, np.full((len(formulas), 1), np.nan), library)
    limits = zip(formulas, table.reduction_limit[:, 0], table.oxidation_limit[:, 0], strict=True)
    return tuple((formula, float(low), float(high)) for formula, low, high in limits)


def cathode_states(name: str, panel: Sequence[Cathode]) -> CathodeStates:
    """A cathode and its lithiated and half-lithiated formulas, from the panel or by taking out half the Li.

    Raises:
        InputError: the name is not known.
    """
    if (known := find_cathode(panel, name)) is not None:
        return CathodeStates(Named(name, known.formula), _states(known.formula, known.half_lithiated))
    material = named(name)
    if (known := find_cathode(panel, material.formula)) is not None:
        return CathodeStates(material, _states(known.formula, known.half_lithiated))
    amounts = parse_formula(material.formula)
    if "Li" not in amounts:
        return CathodeStates(material, (("charged", material.formula),))
    half = written({el: x / 2 if el == "Li" else x for el, x in amounts.items()})
    return CathodeStates(material, _states(material.formula, half))


def _states(full: str, half: str) -> tuple[tuple[str, str], ...]:
    return ("lithiated", full), ("half-lithiated", half)


def _not_listed(contacts: Sequence[Contact]) -> list[str]:
    """Formulas whose energy is that of the hull."""
    found = set()
    for contact in contacts:
        pair = (contact.diagram.a, contact.diagram.b)
        found |= {f for f, origin in zip(pair, contact.diagram.energy_from, strict=True) if origin == "hull"}
    return sorted(found)


def _sintering(solid: str, cathode: str, library: PhaseLibrary) -> tuple[tuple[float, float], ...]:
    if not is_sintered_oxide(solid):
        return ()
    found = []
    for celsius in SINTERING_C:
        found.append((celsius, co_sintering_energy(solid, cathode, furnace(library, celsius))))
    return tuple(found)
