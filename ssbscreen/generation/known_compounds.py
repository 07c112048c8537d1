"""Which compounds are on record as made, in which structure, and under which name."""

from __future__ import annotations

import functools
import gzip
import importlib.util
import json
import logging
from collections.abc import Iterator
from pathlib import Path

from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.chemical_formula import formula_of
from ssbscreen.core.errors import DataUnavailable, SsbscreenError
from ssbscreen.core.identity import structure_type_of
from ssbscreen.core.known_electrode import MeasuredElectrode
from ssbscreen.files.data_source import RecordSource, load_source
from ssbscreen.sources.literature import SOURCE as LITERATURE
from ssbscreen.sources.measurements import SOURCE as MEASUREMENTS
from ssbscreen.sources.obelix import SOURCE as OBELIX
from ssbscreen.sources.prototypes import SOURCE as PROTOTYPES
from ssbscreen.sources.reference_cathodes import SOURCE as CATHODES

_log = logging.getLogger(__name__)
_DIGITS = 3  # of the atomic fractions by which compositions are compared
_EXPERIMENTS = ("analysis/compatibility/exp_compounds.json.gz", "entries/exp_compounds.json.gz")  # by version
_MEASURED_SETS = ("obelix", "laskowski", "liverpool", "matbench")  # compositions count where a set is at hand

Key = tuple[tuple[str, float], ...]


def composition_key(composition: Composition) -> Key:
    """Atomic fractions rounded to three digits, so that equal compositions meet whatever their formula unit."""
    amounts = composition.get_el_amt_dict()
    total = sum(amounts.values())
    return tuple(sorted((element, round(amount / total, _DIGITS)) for element, amount in amounts.items()))


@functools.cache
def made_compounds() -> tuple[Candidate, ...]:
    """Every compound on record as made, those whose structure is known first; polymers are left out.

    The structure types of this project with their references, the literature tables, and, of the composition alone,
    the user's measurements, the public sets of measured values that are at hand, and the experimental compounds that
    pymatgen ships.
    """
    records = [*PROTOTYPES.load().candidates, *LITERATURE.load().candidates]
    records += [c for c in _own_measurements() if c.composition is not None]
    records += known_cathodes()
    records += [c for name in _MEASURED_SETS for c in _compositions_of(name)]
    records += list(_experimental())
    return tuple(c for c in records if c.composition is not None)


def _own_measurements() -> tuple[Candidate, ...]:
    try:
        return MEASUREMENTS.load().candidates
    except DataUnavailable:
        return ()
    except SsbscreenError as error:
        _log.warning("imported measurements cannot be read: %s", error)
        return ()


def known_cathodes() -> tuple[Candidate, ...]:
    """Discharged cathodes that were cycled, by composition, in the order of their table."""
    known: dict[Composition, MeasuredElectrode] = {}
    for row in CATHODES.load_measured():
        known.setdefault(row.discharged, row)
    return tuple(
        _by_composition(f"cathode {row.material}", composition, f"cycled as a cathode, {row.source}")
        for composition, row in known.items()
    )


def _compositions_of(name: str) -> Iterator[Candidate]:
    """What a public set measured, by composition: their families and groups are too coarse to tell polymorphs apart."""
    source = load_source(name)
    assert isinstance(source, RecordSource)
    try:
        found = OBELIX.load_values() if source is OBELIX else source.load()
    except DataUnavailable:
        return
    for c in found.candidates:
        yield _by_composition(c.candidate_id, c.composition, f"measured, in the data set {source.name}")


def _experimental() -> Iterator[Candidate]:
    for formula in _experimental_formulas():
        yield _by_composition(formula, Composition(formula), "experimental enthalpy, in pymatgen's table")


def _by_composition(name: str, composition: Composition | None, provenance: str) -> Candidate:
    return Candidate(name, composition, source="record", provenance=provenance, is_known=True)


@functools.cache
def _by_key() -> dict[Key, Candidate]:
    """First record of every composition of a crystal."""
    found: dict[Key, Candidate] = {}
    for record in made_compounds():
        if record.composition is not None and not structure_type_of(record).is_glass:
            found.setdefault(composition_key(record.composition), record)
    _log.info("known compounds: %d compositions", len(found))
    return found


def known_name(composition: Composition) -> str:
    """Name under which a composition is known, empty when it is not."""
    record = _by_key().get(composition_key(composition))
    return "" if record is None else record.label or formula_of(record)


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
