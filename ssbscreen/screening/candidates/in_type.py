"""Moduli of bare compositions: those of the crystal that the structure type of their family makes of them.

What only a structure can say, such as the energy, stays unknown (`generation/structure_type.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import InputError
from ssbscreen.core.identity import family_of
from ssbscreen.core.prediction import Predictions, PropertyPrediction, merge, missing
from ssbscreen.generation.structure_type import crystal_in_type
from ssbscreen.ranking.facts import is_crystalline

STIFFNESS = ("bulk_modulus", "shear_modulus")
Ask = Callable[[Sequence[Candidate], Sequence[str]], Predictions]
"""Asks the models for properties of candidates."""


def with_moduli_in_type(candidates: Sequence[Candidate], predictions: Predictions, ask: Ask) -> Predictions:
    """Predictions in which bare compositions have the moduli of their structure type, where it holds them.

    Notes name the type; where none holds the composition they say why.

    Args:
        candidates: aligned with the predictions.
        predictions: of the models; what they hold of `STIFFNESS` is filled.
        ask: for predictions of the crystals.
    """
    keys = [key for key in STIFFNESS if key in predictions.by_property]
    bare = [i for i, candidate in enumerate(candidates) if _is_bare(candidate)] if keys else []
    if not bare:
        return predictions
    built, rows, words = list[Candidate](), list[int](), list[str]()
    why = np.full(len(candidates), "", dtype=object)
    for i in bare:
        composition = candidates[i].composition
        assert composition is not None
        if not is_crystalline(candidates[i]):
            why[i] = "it takes a structure, and a glass has no structure type"
            continue
        try:
            found = crystal_in_type(composition, str(family_of(candidates[i])))
        except InputError as error:
            why[i] = f"it takes a structure, and no structure type holds the composition: {error}"
            continue
        built.append(replace(candidates[i], crystal=found.crystal, prototype=found.prototype))
        rows.append(i)
        words.append(found.words())
    columns = dict(predictions.by_property)
    of_crystals = ask(built, keys).by_property if built else {}
    for key in keys:
        parts = [columns[key]]
        if key in of_crystals:
            parts.append(_named(of_crystals[key], words).expand(np.array(rows), len(candidates)))
        columns[key] = merge([*parts, replace(missing(key, len(candidates)), note=why)])
    return replace(predictions, by_property=columns)


def _is_bare(candidate: Candidate) -> bool:
    has_structure = candidate.crystal is not None or candidate.charged is not None
    return candidate.composition is not None and candidate.polymer is None and not has_structure


def _named(column: PropertyPrediction, words: Sequence[str]) -> PropertyPrediction:
    """A column whose notes name the structure type of each row."""
    notes = [
        "; ".join(filter(None, (word, str(note)))) if present else note
        for word, note, present in zip(words, column.note, column.is_present, strict=True)
    ]
    return replace(column, note=np.array(notes, dtype=object))
