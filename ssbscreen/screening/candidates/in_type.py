"""Moduli of bare compositions: those of the crystal that the structure type of their family makes of them.

They go before those of a network that reads elements and shares alone: on 15 electrolytes with calculated moduli they
are off by 0.045 and 0.069 in log10 of K and G, its by 0.093 and 0.113 (`docs/results/crystals.md`). What only a
structure can say beside, such as the energy, stays unknown (`generation/structure_type.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import InputError
from ssbscreen.core.identity import family_of
from ssbscreen.core.prediction import Predictions, PropertyPrediction, merge
from ssbscreen.generation.structure_type import crystal_in_type
from ssbscreen.prediction.disorder import with_further_error
from ssbscreen.ranking.facts import is_crystalline

STIFFNESS = ("bulk_modulus", "shear_modulus")
TYPE_STD = {"bulk_modulus": 0.10, "shear_modulus": 0.11}
"""Root mean square difference between the moduli in the structure type and in the measured structure, log10.

Source: `python benchmarks/bench_structure_type.py`.
"""
Ask = Callable[[Sequence[Candidate], Sequence[str]], Predictions]
"""Asks the models for properties of candidates."""


def with_moduli_in_type(candidates: Sequence[Candidate], predictions: Predictions, ask: Ask) -> Predictions:
    """Predictions in which bare compositions have the moduli of their structure type, where one holds them.

    Notes name the type, and the error holds that of guessing it. Glasses, and what no type holds, keep what they have.

    Args:
        candidates: aligned with the predictions.
        predictions: of the models; what they hold of `STIFFNESS` is replaced.
        ask: for predictions of the crystals.
    """
    keys = [key for key in STIFFNESS if key in predictions.by_property]
    bare = [i for i, candidate in enumerate(candidates) if _is_bare(candidate)] if keys else []
    if not bare:
        return predictions
    built, rows, words = list[Candidate](), list[int](), list[str]()
    for i in bare:
        composition = candidates[i].composition
        assert composition is not None
        try:
            found = crystal_in_type(composition, str(family_of(candidates[i])))
        except InputError:
            continue
        built.append(replace(candidates[i], crystal=found.crystal, prototype=found.prototype))
        rows.append(i)
        words.append(found.words())
    if not built:
        return predictions
    columns = dict(predictions.by_property)
    for key, column in ask(built, keys).by_property.items():
        column = with_further_error(column, np.ones(len(built), dtype=bool), TYPE_STD[key])
        of_types = _named(column, words).expand(np.array(rows), len(candidates))
        columns[key] = merge([of_types, columns[key]])
    return replace(predictions, by_property=columns)


def _is_bare(candidate: Candidate) -> bool:
    has_structure = candidate.crystal is not None or candidate.charged is not None
    return candidate.composition is not None and is_crystalline(candidate) and not has_structure


def _named(column: PropertyPrediction, words: Sequence[str]) -> PropertyPrediction:
    """A column whose notes name the structure type of each row."""
    notes = [
        "; ".join(filter(None, (word, str(note)))) if present else note
        for word, note, present in zip(words, column.note, column.is_present, strict=True)
    ]
    return replace(column, note=np.array(notes, dtype=object))
