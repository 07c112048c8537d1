"""Answers to single questions as lines and tables of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ssbscreen.core.formula import parse_formula
from ssbscreen.physics import dry_room, interphase_growth, kinetic_window
from ssbscreen.physics.anolytes import AnolyteResult
from ssbscreen.physics.coatings import CoatingResult
from ssbscreen.physics.interphase_products import describe
from ssbscreen.physics.moisture import UNKNOWN_IN_AIR, is_unknown_in_air
from ssbscreen.physics.phase_stability import NOTICED_SHARE
from ssbscreen.query.answers import Contact, PairAnswer, WindowAnswer
from ssbscreen.query.text_table import TextTable

_LEAST_ENERGY = 5e-4  # eV/atom, below which nothing is marked as a reaction
_LEAST_VOLTAGE = 5e-3  # V, by which an onset must differ to be told


Part = str | TextTable


def window_text(answer: WindowAnswer) -> Iterator[Part]:
    """Window, equilibria over the voltage, contact with lithium, humid air, remarks."""
    profile, limits = answer.profile, answer.profile.stability
    low, high = limits.reduction_limit[0], limits.oxidation_limit[0]
    yield f"{answer.material.title}: {limits_text(low, high)} against Li/Li+"
    if early := _early(answer):
        yield early
    if profile.energy_from != "hull":
        distance = float(limits.hull_distance[0])
        word = "above" if distance >= 0.0 else "below"
        origin = f"(energy: {profile.energy_from})"
        yield f"{abs(distance) * 1000:.0f} meV/atom {word} the hull of its competing phases {origin}"
    yield f"reference: {profile.reference}\n"
    yield TextTable(
        "Equilibrium at each voltage; energy at the lower end",
        ("V against Li/Li+", "Li per formula", "eV/atom", "reaction"),
        tuple(
            (
                f"{step.low:.2f} - " + ("" if step.high == float("inf") else f"{step.high:.2f}"),
                f"{step.li_exchange:+.2f}" if abs(step.li_exchange) > 5e-3 else "0",
                f"{profile.decomposition_energy(np.array([step.low]))[0]:.3f}",
                step.reaction.text(),
            )
            for step in profile.steps
        ),
        flows=True,
    )
    if kinetic := kinetic_window.in_words(answer.material.formula):
        yield f"kinetic window: {kinetic}"
    yield from _on_lithium(answer)
    if growth := interphase_growth.in_words(answer.material.formula):
        yield f"interphase on lithium: {growth}"
    yield from _in_air(answer)
    yield from _on_supports(answer)
    yield from (f"note: {remark}" for remark in answer.remarks)


def pair_text(answer: PairAnswer, *, is_wide: bool = False) -> Iterator[Part]:
    """Contacts, sintering, the best coatings, remarks.

    Args:
        answer: to be told.
        is_wide: with the reactions at every mixing ratio rather than the strongest ones.
    """
    film = answer.catholyte or answer.coating
    between = f" with {film.title} between" if film else ""
    yield f"{answer.electrolyte.title} and {answer.cathode.title}{between}"
    yield f"reference: {answer.contacts[0].diagram.reference}"
    yield "energies in meV per atom of mixture; a material's own decomposition is not counted\n"
    for contact in answer.contacts:
        yield from [_ratios(contact)] if is_wide else _strongest(contact)
    if answer.sintering:
        hot = ", ".join(f"{_milli(energy)} meV/atom at {celsius:.0f} C" for celsius, energy in answer.sintering)
        yield f"strongest reaction while sintering in air, with the lithiated cathode: {hot}"
    for words, tried in (("coatings", answer.coatings), ("second electrolytes", answer.catholytes)):
        if tried:
            yield _tried(words, tried)
    if answer.anolytes:
        yield _tried_anolytes(answer.anolytes)
    for formula, low, high in answer.windows:
        yield f"{formula}: {limits_text(low, high)} against Li/Li+"
    yield from (f"note: {remark}" for remark in answer.remarks)


def _tried(words: str, results: Sequence[CoatingResult]) -> TextTable:
    return TextTable(
        f"Best of {len(results)} {words} by the stronger of the two reactions, meV/atom",
        ("between", "with the electrolyte", "with the cathode", "window, V"),
        tuple(
            (
                result.formula,
                _milli(result.with_electrolyte),
                _milli(result.with_cathode),
                _range(result.reduction_limit, result.oxidation_limit),
            )
            for result in results[:6]
        ),
    )


def _tried_anolytes(results: Sequence[AnolyteResult]) -> TextTable:
    return TextTable(
        f"Lithium goes on reducing it: best of {len(results)} electrolytes between both, meV/atom",
        ("on the lithium", "with the electrolyte", "goes on with lithium", "oxidised above, V"),
        tuple(
            (
                result.formula,
                _milli(result.with_electrolyte),
                f"{result.p_goes_on:.0%}",
                "none" if np.isnan(result.oxidation_limit) else f"{result.oxidation_limit:.2f}",
            )
            for result in results[:6]
        ),
    )


def _range(low: float, high: float) -> str:
    return " to ".join("none" if np.isnan(limit) else f"{limit:.2f}" for limit in (low, high))


def limits_text(low: float, high: float) -> str:
    """A window in words; a compound without lithium has nothing that could be taken out of it."""
    if np.isnan(low) and np.isnan(high):
        return "no window is known"
    if np.isnan(high):
        return f"reduced below {low:.2f} V, no oxidation limit (it holds no lithium)"
    if np.isnan(low):
        return f"oxidised above {high:.2f} V, no reduction limit"
    return f"window {low:.2f} to {high:.2f} V"


def _early(answer: WindowAnswer) -> str:
    """Where a trace reacts before the first noticed share of the lithium is exchanged."""
    limits, onset = answer.profile.stability, answer.profile.onset
    traces = []
    if onset.reduction_limit[0] > limits.reduction_limit[0] + _LEAST_VOLTAGE:
        traces.append(f"reduced below {onset.reduction_limit[0]:.2f} V")
    if onset.oxidation_limit[0] < limits.oxidation_limit[0] - _LEAST_VOLTAGE:
        traces.append(f"oxidised above {onset.oxidation_limit[0]:.2f} V")
    if not traces:
        return ""
    return f"mean of the first {NOTICED_SHARE:.0%} of its lithium; the first trace is {' and '.join(traces)}"


def _on_lithium(answer: WindowAnswer) -> Iterator[str]:
    outcome = answer.outcome
    if np.isnan(outcome.p_stable[0]):
        return
    yield (
        f"on lithium metal: stable {outcome.p_stable[0]:.0%}, self-passivating "
        f"{outcome.p_passivating[0]:.0%}, mixed-conducting {outcome.p_mixed_conducting[0]:.0%}"
    )
    yield f"products and whether they conduct electrons: {describe(outcome.products[0])}"
    ratio = float(outcome.volume_per_atom[0]) / answer.volume
    consumed = float(outcome.li_consumed(np.array([answer.volume]))[0])
    yield (
        f"per volume of electrolyte: products {ratio:.2f} (Pilling-Bedworth), lithium consumed "
        f"{consumed:.2f} (volume estimated from elements)"
    )


def _in_air(answer: WindowAnswer) -> Iterator[str]:
    air = answer.air
    if air is None:
        return
    if is_unknown_in_air(parse_formula(answer.material.formula), air.gases):
        yield f"in humid air: {UNKNOWN_IN_AIR}"
        return
    if air.reaction.is_nothing:
        yield "in humid air: no reaction"
        return
    gases = ", ".join(f"{mg:.0f} mg/g {gas}" for gas, mg in air.mg_per_g.items())
    freed = f"; sets free {gases}" if gases else ""
    yield f"in humid air: {air.reaction.text()} ({air.energy:.2f} eV per formula{freed})"
    if dry := dry_room.in_words(air):
        yield f"how dry a room: {dry}"


def _on_supports(answer: WindowAnswer) -> Iterator[str]:
    if not answer.supports:
        return
    told = ", ".join(f"{_milli(one.energy)} on {one.support}" for one in answer.supports)
    yield f"sintered in air at {answer.sintering_c:g} degree C, strongest reaction with the support: {told} meV/atom"
    worst = answer.supports[-1]
    if worst.reaction:
        yield f"  {worst.support}: {worst.reaction}"
    if answer.vapour is not None:
        yield f"vapour in air of half humidity: {answer.vapour.text()}"


def _strongest(contact: Contact) -> Iterator[str]:
    """Energy and reaction at the mixing ratio that reacts most."""
    diagram = contact.diagram
    yield f"{contact.title}: {_milli(diagram.reaction_energy)} meV/atom"
    if diagram.reaction_energy < -_LEAST_ENERGY:
        share = f"{diagram.fraction[diagram.worst]:.0%} of the atoms from {diagram.a}"
        yield f"  {share}: {diagram.reactions[diagram.worst].text()}"


def _ratios(contact: Contact) -> TextTable:
    diagram = contact.diagram
    points = zip(diagram.fraction, diagram.mutual_energy, diagram.reactions, strict=True)
    return TextTable(
        f"{contact.title}: {_milli(diagram.reaction_energy)} meV/atom",
        (f"atomic fraction of {diagram.a}", "meV/atom", "reaction"),
        tuple(
            (
                f"{x:.2f}",
                _milli(energy) + (" *" if k == diagram.worst and energy < -_LEAST_ENERGY else ""),
                reaction.text(),
            )
            for k, (x, energy, reaction) in enumerate(points)
        ),
        flows=True,
    )


def _milli(energy: float) -> str:
    """Thousandths, without a minus before a rounded zero."""
    return f"{round(energy * 1000.0) + 0:d}"
