"""Rows of a ranking by name: id, formula in any writing, abbreviation or name in use; what was made comes first."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pandas as pd
from pymatgen.core import Composition

from ssbscreen.core.errors import InputError, UsageError, nearest_names
from ssbscreen.core.formula import parse_formula
from ssbscreen.core.identity import COMPOSITION_TOLERANCE, polymorph_words
from ssbscreen.files.material_names import composition_of

_ROUNDING = 0.0007  # of an atomic fraction: formulas are written with two or three decimals
_SYMBOL = re.compile(r"[A-Z][a-z]?")


def find(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows that a name stands for, the one that is meant first.

    Args:
        frame: a ranking.
        name: an id, which stands for its own rows alone; a label, a formula with subscripts or without, or a name such
            as LLZO or "tetragonal LLZO", which stand for all rows of the composition: polymorphs that were made, then
            rows that repeat them, then structures that nobody made. Of a pair, parts joined by `|`.

    Raises:
        UsageError: nothing carries that name.
    """
    own = frame[frame["candidate_id"] == name]
    if len(own):
        return own
    if "|" in name:
        hit = _pairs(frame, name)
    else:
        hit = _in_order(_named(frame, name), name)
    if not len(hit):
        near = _near(frame, name)
        raise UsageError(
            f"No candidate '{name}' in this run, by id, formula or name{near and f'; nearest: {near}'}. "
            "`ssbscreen query --where` finds others; `ssbscreen window` asks about any formula."
        )
    return hit


def same_composition(frame: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    """Other candidates of the role and composition of a row, in the order of `find`; none for pairs and polymers."""
    same = frame[frame["role"] == row["role"]]
    fractions = _fractions(str(row["formula"]))
    if fractions is None or row["role"] == "pair":
        return frame.iloc[:0]
    hit = same[_has_composition(same["formula"], fractions)]
    return _in_order(hit[hit["candidate_id"] != row["candidate_id"]], "")


def _named(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows whose label, formula or composition a name is; of the role pair those whose electrolyte it is."""
    text = unicodedata.normalize("NFKC", name).strip()
    exact = frame["formula"].eq(text) | _is_called(frame, text)
    for column in ("label", "material"):
        if column in frame:
            exact |= frame[column].eq(text)
    parts = frame["formula"].astype(str).str.split("|").str[0]
    fractions = _fractions_of_name(text)
    if fractions is None and exact.any():
        fractions = _fractions(str(parts[exact].iloc[0]))
    return frame[exact if fractions is None else exact | _has_composition(parts, fractions)]


def _is_called(frame: pd.DataFrame, text: str) -> pd.Series:
    """Rows whose label is a name of a material with words in brackets, such as "LiPON (sputtered film)".

    A formula with numbers says its composition itself.
    """
    if "label" not in frame or any(letter.isdigit() for letter in text):
        return pd.Series(False, index=frame.index)
    return frame["label"].fillna("").astype(str).str.startswith(f"{text} (")


def _fractions_of_name(text: str) -> dict[str, float] | None:
    """Atomic fractions behind a name, words for the polymorph left out; None where it is no material's name."""
    bare = text
    for word in polymorph_words(text):
        bare = re.sub(rf"\(?\b{word}\b\)?-?", " ", bare, flags=re.IGNORECASE)
    bare = re.sub(r"^[\u03b1-\u03c9]-", "", bare.strip(" -"))
    for candidate in (text, bare):
        try:
            return _normalised(composition_of(candidate))
        except (InputError, ValueError):
            continue
    return None


def _fractions(formula: str) -> dict[str, float] | None:
    try:
        amounts = parse_formula(formula)
    except InputError:
        return None
    return _normalised(Composition(amounts))


def _normalised(composition: Composition) -> dict[str, float]:
    return {el: x / composition.num_atoms for el, x in composition.get_el_amt_dict().items()}


def _has_composition(formulas: pd.Series, wanted: dict[str, float]) -> np.ndarray:
    """Which formulas have these atomic fractions within the tolerance of one material and of rounding.  # (n,) bool"""
    elements = set(wanted)
    found = np.zeros(len(formulas), dtype=bool)
    for i, formula in enumerate(formulas.astype(str)):
        if set(_SYMBOL.findall(formula)) == elements and (own := _fractions(formula)) is not None:
            tolerance = COMPOSITION_TOLERANCE + _ROUNDING
            found[i] = all(abs(own[el] - share) <= tolerance for el, share in wanted.items())
    return found


def _in_order(hit: pd.DataFrame, name: str) -> pd.DataFrame:
    """Materials before pairs, the polymorph that the name says, then what was made, then by rank, then by score."""
    made = next((hit[c] for c in ("is_made", "is_known") if c in hit), pd.Series(False, index=hit.index))
    label = hit["label"] if "label" in hit else hit["formula"]
    words = polymorph_words(name)
    keys = pd.DataFrame(
        {
            "is_pair": hit["role"].eq("pair") if "role" in hit else False,
            "is_called_otherwise": ~_is_called(hit, unicodedata.normalize("NFKC", name).strip()),
            "is_other": [not words <= polymorph_words(str(text)) for text in label],
            "is_unmade": ~made.fillna(False).astype(bool),
            "rank": hit["rank"].astype(float),
            "score": -hit["score"].astype(float),
        },
        index=hit.index,
    )
    return hit.loc[
        keys.sort_values(
            ["is_pair", "is_called_otherwise", "is_other", "is_unmade", "rank", "score"], kind="stable"
        ).index
    ]


def _pairs(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows of the pairs whose electrolyte is named and whose other parts stand in the id."""
    electrolyte, *rest = (part.strip() for part in name.split("|"))
    ending = "|".join(["", *rest])
    same = frame[frame["candidate_id"].astype(str).str.endswith(ending)]
    own = same["candidate_id"].astype(str).str.removesuffix(ending).eq(electrolyte)
    return same[own] if own.any() else _in_order(_named(same, electrolyte), electrolyte)


def _near(frame: pd.DataFrame, name: str) -> str:
    """At most five ids, formulas and labels that are written alike or hold what was given; empty where none does."""
    columns = [column for column in ("label", "formula", "candidate_id") if column in frame]
    names = dict.fromkeys(str(value) for column in columns for value in frame[column].dropna())
    return ", ".join(nearest_names(name, list(names)))
