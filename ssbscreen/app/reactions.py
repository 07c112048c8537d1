"""Reactions of one row of a ranking, computed when somebody asks for it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.cathode import find_cathode
from ssbscreen.core.composition_text import parse_composition
from ssbscreen.core.formula import parse_formula
from ssbscreen.physics.phase_stability import evaluate
from ssbscreen.query.store import RunFolder
from ssbscreen.screening.reactions import reaction_table
from ssbscreen.screening.references import References, load_reference, references_of
from ssbscreen.sources.reference_cathodes import SOURCE as CATHODES

_OF_AIR_AND_LITHIUM = frozenset(("Li", "H", "C", "O"))


def reactions_of_row(row: pd.Series, run: RunFolder) -> pd.DataFrame:
    """With lithium, humid air and the best cathode of the row, by the reference phases of its run.

    The row's own energy is that of the hull and its distance to it; where none was predicted the hull stands in.

    Args:
        row: of a ranking, no polymer and no pair.
        run: that ranked it.

    Returns:
        As `screening.reactions.reaction_table`.
    """
    composition = parse_composition(str(row["formula"]))
    candidate = Candidate(str(row["candidate_id"]), composition)
    cathode = find_cathode(CATHODES.load_panel(), str(row.get("best_cathode") or ""))
    phases = load_reference(str(run.config().get("settings", {}).get("reference", "auto")))
    elements = set(composition.get_el_amt_dict()) | (set(parse_formula(cathode.formula)) if cathode else set())
    near = references_of(phases.within(frozenset(elements) | _OF_AIR_AND_LITHIUM))
    energy = _energy(row, str(row["formula"]), near)
    cathodes = {candidate.candidate_id: cathode} if cathode else {}
    return reaction_table([candidate], np.array([[energy]]), near, cathodes)


def _energy(row: pd.Series, formula: str, near: References) -> float:
    """Formation energy, eV/atom; NaN where the distance to the hull is not the row's own."""
    distance = row.get("energy_above_hull_value")
    if distance is None or pd.isna(distance) or bool(row.get("energy_above_hull_imputed", False)):
        return float("nan")
    at_zero = float(evaluate([formula], np.zeros((1, 1)), near.library).energy_above_hull[0, 0])
    return float(distance) - at_zero
