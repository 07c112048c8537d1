"""Which compositions are known compounds, and under which name."""

from __future__ import annotations

import functools
import gzip
import importlib.util
import json
import logging
from pathlib import Path

import pandas as pd
from pymatgen.core import Composition

from ssbscreen.files.paths import data_dir
from ssbscreen.sources.prototypes import load_prototypes

_log = logging.getLogger(__name__)
_DIGITS = 3  # of the atomic fractions by which compositions are compared
_EXPERIMENTS = ("analysis/compatibility/exp_compounds.json.gz", "entries/exp_compounds.json.gz")  # by version

Key = tuple[tuple[str, float], ...]


def composition_key(composition: Composition) -> Key:
    """Atomic fractions rounded to three digits, so that equal compositions meet whatever their formula unit."""
    amounts = composition.get_el_amt_dict()
    total = sum(amounts.values())
    return tuple(sorted((element, round(amount / total, _DIGITS)) for element, amount in amounts.items()))


@functools.cache
def known_compounds() -> dict[Key, str]:
    """Name of every known composition.

    Read from the literature table of this project, the formulas of the prototypes, and the experimental
    compounds that pymatgen ships; the first of these that has a composition names it.
    """
    names: dict[Key, str] = {}
    n_unread = 0
    table = data_dir() / "literature" / "electrolytes.csv"
    if table.is_file():
        rows = pd.read_csv(table, usecols=["material", "composition", "family"], dtype=str)
        rows = rows.dropna(subset=["material", "composition"]).drop_duplicates()
        words = rows["material"] + " " + rows["family"].fillna("")
        rows = rows[~words.str.contains("glass|amorphous", case=False)]  # a crystal is not known by its glass
        for material, text in zip(rows["material"], rows["composition"], strict=True):
            try:
                names.setdefault(composition_key(Composition(text)), f"{material} (literature)")
            except ValueError:  # names such as LiBH4-LiI are no single formula
                n_unread += 1
    for row in load_prototypes():
        names.setdefault(composition_key(row.composition), f"{row.record.formula} (structure type)")
    for formula in _experimental_formulas():
        names.setdefault(composition_key(Composition(formula)), f"{formula} (experimental data of pymatgen)")
    _log.info("known compounds: %d compositions, %d literature names not read as a formula", len(names), n_unread)
    return names


def known_name(composition: Composition) -> str:
    """Name under which a composition is known, empty when it is not."""
    return known_compounds().get(composition_key(composition), "")


def is_other_polymorph(composition: Composition, structure_type: str) -> bool:
    """Whether the compound is a structure type of this project, but a different one from that given."""
    own = _types_of().get(composition_key(composition), frozenset())
    return bool(own) and structure_type not in own


@functools.cache
def _types_of() -> dict[Key, frozenset[str]]:
    types: dict[Key, frozenset[str]] = {}
    for row in load_prototypes():
        key = composition_key(row.composition)
        types[key] = types.get(key, frozenset()) | {row.name}
    return types


def _experimental_formulas() -> list[str]:
    """Formulas of the compounds with experimental enthalpies that pymatgen ships."""
    # The package is only located: importing the module beside the table takes seconds.
    spec = importlib.util.find_spec("pymatgen")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in (Path(folder) / name for name in _EXPERIMENTS):
            if path.is_file():
                return sorted({str(row["formula"]) for row in json.loads(gzip.decompress(path.read_bytes()))})
    _log.warning("this pymatgen ships no table of experimental compounds; fewer candidates are marked as known")
    return []
