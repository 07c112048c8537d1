"""Answers to single questions from names: the window of a material, the contact of an electrolyte with a cathode."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ssbscreen.core.errors import UsageError
from ssbscreen.core.formula import parse_formula
from ssbscreen.core.reference import ReferencePhases
from ssbscreen.files.material_names import named, split_pair
from ssbscreen.physics.co_sintering import SUPPORT_ELEMENTS
from ssbscreen.physics.coatings import COATINGS
from ssbscreen.physics.gibbs import is_sintered_oxide
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.query.answers import PairAnswer, WindowAnswer, cathode_states, pair_of, window_of
from ssbscreen.query.store import open_run
from ssbscreen.screening.hulls.references import references_of
from ssbscreen.sources.reference_cathodes import SOURCE as CATHODES

_OF_AIR_AND_LITHIUM = frozenset(("Li", "H", "C", "O"))
_N_COATINGS = 100  # of a run that are tried


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
    elements = frozenset(parse_formula(material.formula)) | _OF_AIR_AND_LITHIUM
    if is_sintered_oxide(material.formula):
        elements |= SUPPORT_ELEMENTS
    near = references_of(reference.within(elements))
    return window_of(material, near.library, near.air, energy)


def pair(
    electrolyte: str,
    cathode: str | None,
    coating: str | None,
    reference: ReferencePhases,
    candidates: Sequence[str] = COATINGS,
    catholyte: str | None = None,
) -> PairAnswer:
    """Answer for a pair.

    Args:
        electrolyte: formula, name, or a pair id.
        cathode: formula or name; None where the first argument is an id.
        coating: formula or name; without one the best of `candidates` is looked for.
        reference: competing phases.
        candidates: formulas of coatings.
        catholyte: formula or name of a second electrolyte in the place of a coating.

    Raises:
        InputError: a name is not known or cannot be computed.
        UsageError: coating and catholyte at once.
    """
    electrolyte, cathode, coating = split_pair(electrolyte, cathode, coating)
    if coating and catholyte:
        raise UsageError(
            f"Given the coating {coating} and the catholyte {catholyte}; one film or one second electrolyte stands "
            "between electrolyte and cathode: leave one out."
        )
    states = cathode_states(cathode, CATHODES.load_panel())
    film = named(coating) if coating else None
    second = named(catholyte) if catholyte else None
    return pair_of(named(electrolyte), states, film, PhaseLibrary(reference), candidates, second)


def run_coatings(run: Path | None) -> tuple[str, ...]:
    """Formulas of the ranked coatings of a finished screen, the best hundred; the default list without a run.

    Raises:
        UsageError: that run has no coatings.
    """
    if run is None:
        return COATINGS
    table = open_run(run, Path("runs")).ranking(["role", "chemistry_class", "formula"])
    found = table.loc[(table["role"] == "coating") & (table["chemistry_class"] != "polymer"), "formula"]
    if not len(found):
        raise UsageError(f"The run '{run}' ranks no coatings; make one with: ssbscreen screen --screen coating")
    return tuple(dict.fromkeys(found.astype(str).head(_N_COATINGS)))
