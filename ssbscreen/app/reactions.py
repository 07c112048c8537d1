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
from ssbscreen.screening.hulls.references import References, load_reference, references_of
from ssbscreen.screening.reactions import reaction_table
from ssbscreen.sources.reference_cathodes import SOURCE as CATHODES

_OF_AIR_AND_LITHIUM = frozenset(("Li", "H", "C", "O"))


def reactions_of_row(row: pd.Series, run: RunFolder) -> pd.DataFrame:
    """With lithium, humid air and the best cathode of the row, by the reference phases of its run.

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
    energy = _energy(row, run, near)
    cathodes = {candidate.candidate_id: cathode} if cathode else {}
    return reaction_table([candidate], np.array([[energy]]), near, cathodes)


def _energy(row: pd.Series, run: RunFolder, near: References) -> float:
    """Formation energy that the run took, eV/atom; NaN where it took the hull.

    Runs of older versions do not keep it: there it is that of the hull and the row's own distance to it.
    """
    hulls = run.hulls()
    if "formation_energy" in hulls:
        own = hulls.loc[hulls["candidate_id"] == row["candidate_id"], "formation_energy"]
        return float(own.iloc[0]) if len(own) else float("nan")
    distance = row.get("energy_above_hull_value")
    if distance is None or pd.isna(distance) or bool(row.get("energy_above_hull_imputed", False)):
        return float("nan")
    at_zero = evaluate([str(row["formula"])], np.zeros((1, 1)), near.library).energy_above_hull
    return float(distance) - float(at_zero[0, 0])
