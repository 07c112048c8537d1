"""OBELiX: measured conductivities of lithium solid electrolytes with their (mostly disordered) CIFs."""

from __future__ import annotations

import logging
import math
import zipfile
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
from pymatgen.core import Composition

from ssbscreen.core.candidate import (
    ROOM_TEMPERATURE_C,
    Bound,
    Candidate,
    Measurement,
    Records,
    Rejected,
    reduced_formula,
)
from ssbscreen.core.errors import InputError
from ssbscreen.sources import fetch
from ssbscreen.sources.base import Card, card_of, measure
from ssbscreen.sources.cif import read_cif
from ssbscreen.sources.glass import parse_composition

_log = logging.getLogger(__name__)
_CONDUCTIVITY = "Ionic conductivity (S cm-1)"
# Largest difference in atomic fraction between a CIF and the composition stated beside it that rounding of
# occupancies explains. In OBELiX the differences run on without a gap; this value sets aside 23 of 254 CIFs.
COMPOSITION_TOLERANCE = 0.006


class Obelix:
    """Reads `train.csv` and, where it has them, `train_cifs.zip`."""

    name = "obelix"
    dataset = "obelix"

    @property
    def card(self) -> Card:
        return card_of(self.dataset)

    def load(self) -> Records:
        """Candidates with crystals where the CIF agrees with the table, else by composition."""
        folder = fetch.locate(self.card)
        table = pd.read_csv(folder / "train.csv", dtype=str, keep_default_na=False)
        cifs = _read_cifs(folder / "train_cifs.zip")
        candidates: list[Candidate] = []
        measurements: list[Measurement] = []
        rejected: list[Rejected] = []
        for row in _rows(table):
            try:
                candidate = _candidate(row, cifs.get(row["ID"]), rejected)
                value, bound = parse_bound(row[_CONDUCTIVITY] or row["IC (Total)"])
                measurements.append(measure(
                    candidate.candidate_id, "ionic_conductivity", value, "S/cm", bound=bound,
                    temperature_c=ROOM_TEMPERATURE_C, reference=row["DOI"].strip(), method="experiment",
                    source=self.name,
                ))
                candidates.append(candidate)
            except InputError as error:
                rejected.append(Rejected(f"obelix:{row['ID']}", str(error)))
        _log.info("obelix: %d rows, %d kept, %d with crystal, %d notes", len(table), len(candidates),
                  sum(c.crystal is not None for c in candidates), len(rejected))
        return Records(tuple(candidates), tuple(measurements), tuple(rejected))


SOURCE = Obelix()


def parse_bound(text: str) -> tuple[float, Bound]:
    """Value and bound of a number that may be written `<1E-10` or `>1E-3`.

    Raises:
        InputError: no positive number.
    """
    text = text.strip()
    bound = {"<": Bound.BELOW, ">": Bound.ABOVE}.get(text[:1], Bound.EXACT)
    try:
        value = float(text.lstrip("<>=≤≥ "))
    except ValueError:
        value = math.nan
    if not value > 0 or math.isinf(value):
        raise InputError(f"conductivity '{text}' is no positive number")
    return value, bound


def _rows(table: pd.DataFrame) -> list[dict[str, str]]:
    return [dict(zip(table.columns, values, strict=True)) for values in table.itertuples(index=False, name=None)]


def _read_cifs(path: Path) -> dict[str, str]:
    """Text of every CIF by entry id; macOS shadows and folders are passed over."""
    if not path.is_file():
        return {}
    with zipfile.ZipFile(path) as archive:
        names = [PurePosixPath(n) for n in archive.namelist() if n.endswith(".cif") and "__MACOSX" not in n]
        return {n.stem: archive.read(str(n)).decode("utf-8", "replace") for n in names if not n.name.startswith("._")}


def _candidate(row: dict[str, str], cif: str | None, rejected: list[Rejected]) -> Candidate:
    stated = parse_composition(row["True Composition"] or row["Reduced Composition"])
    crystal, provenance = None, "composition"
    if cif is not None:
        try:
            found = read_cif(cif)[0]
            if reason := disagreement(found.crystal.composition, stated):
                raise InputError(f"CIF disagrees with its table row ({reason})")
            crystal, provenance = found.crystal, "CIF"
            if found.n_merged or found.n_close:
                provenance += f", {found.n_merged} split sites merged, {found.n_close} pairs closer than 0.5 angstrom"
        except InputError as error:
            rejected.append(Rejected(f"obelix:{row['ID']} CIF", f"{error}; only its composition is used"))
            provenance = "composition, CIF set aside"
    number = row["Space group #"].strip()
    return Candidate(
        candidate_id=row["ID"], composition=stated, crystal=crystal, source="obelix", provenance=provenance,
        is_known=True, family_hint=" ".join(row["Family"].split()),
        space_group=int(float(number)) if number and 1 <= float(number) <= 230 else None,
    )


def disagreement(found: Composition, stated: Composition, tolerance: float = COMPOSITION_TOLERANCE) -> str:
    """In which way a structure's composition differs from the stated one; empty when it does not.

    Args:
        found: of the structure.
        stated: the truth.
        tolerance: largest difference of atomic fractions that rounding explains.
    """
    missing = {str(e) for e in stated.elements} - {str(e) for e in found.elements}
    added = {str(e) for e in found.elements} - {str(e) for e in stated.elements}
    if missing:
        return f"lacks {', '.join(sorted(missing))}"
    if added:
        return f"has {', '.join(sorted(added))} in addition"
    elements = list(stated.elements)
    difference = np.array([found.get_atomic_fraction(e) - stated.get_atomic_fraction(e) for e in elements])
    if (worst := int(np.abs(difference).argmax())) >= 0 and abs(difference[worst]) > tolerance:
        return (f"{reduced_formula(found)} instead of {reduced_formula(stated)}, "
                f"{elements[worst]} off by {difference[worst]:+.3f} in atomic fraction")
    return ""
