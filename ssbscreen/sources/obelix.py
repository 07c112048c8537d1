"""OBELiX: measured conductivities of lithium solid electrolytes with their (mostly disordered) CIFs."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pandas as pd

from ssbscreen.core.candidate import Candidate, Measurement, Records, Rejected
from ssbscreen.core.composition_text import parse_composition
from ssbscreen.core.constants import ROOM_TEMPERATURE_C
from ssbscreen.core.errors import InputError
from ssbscreen.core.measure import in_stored_unit
from ssbscreen.download.data_set import DataSet
from ssbscreen.readers.agreement import disagreement
from ssbscreen.readers.bound_text import parse_bound
from ssbscreen.readers.formats.cif import read_cif

_CONDUCTIVITY = "Ionic conductivity (S cm-1)"


class Obelix(DataSet):
    """Reads `train.csv` and, where it has them, `train_cifs.zip`."""

    name = "obelix"
    dataset = "obelix"

    def load(self) -> Records:
        """Candidates with crystals where the CIF agrees with the table, else by composition."""
        return self._load(read_cifs(self.folder() / "train_cifs.zip"))

    def load_values(self) -> Records:
        """The same by composition and space group alone, for those who want the values: reading takes no time."""
        return self._load({})

    def _load(self, cifs: Mapping[str, str]) -> Records:
        table = pd.read_csv(self.folder() / "train.csv", dtype=str, keep_default_na=False)
        candidates: list[Candidate] = []
        measurements: list[Measurement] = []
        rejected: list[Rejected] = []
        for row in _rows(table):
            try:
                candidate = _candidate(row, cifs.get(row["ID"]), rejected)
                value, bound = parse_bound(row[_CONDUCTIVITY] or row["IC (Total)"])
                measurements.append(
                    in_stored_unit(
                        Measurement(
                            candidate.candidate_id,
                            "ionic_conductivity",
                            value,
                            bound=bound,
                            temperature_c=ROOM_TEMPERATURE_C,
                            reference=row["DOI"].strip(),
                            method="experiment",
                            source=self.name,
                        ),
                        "S/cm",
                    )
                )
                candidates.append(candidate)
            except InputError as error:
                rejected.append(Rejected(f"obelix:{row['ID']}", str(error)))
        return self.records(len(table), candidates, measurements, rejected)


SOURCE = Obelix()


def _rows(table: pd.DataFrame) -> list[dict[str, str]]:
    return [dict(zip(table.columns, values, strict=True)) for values in table.itertuples(index=False, name=None)]


def read_cifs(path: Path) -> dict[str, str]:
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
            if isinstance(found, str):
                raise InputError(found)
            if reason := disagreement(found.crystal.composition, stated):
                raise InputError(f"CIF disagrees with its table row ({reason})")
            crystal, provenance = found.crystal, "CIF"
            if found.n_merged or found.n_close:
                provenance += f", {found.n_merged} split sites merged, {found.n_close} pairs closer than 0.5 angstrom"
        except InputError as error:
            rejected.append(Rejected(f"obelix:{row['ID']} CIF", f"{error}; only its composition is used"))
            provenance = "composition, CIF rejected"
    number = row["Space group #"].strip()
    return Candidate(
        candidate_id=row["ID"],
        composition=stated,
        crystal=crystal,
        source="obelix",
        provenance=provenance,
        is_known=True,
        family_hint=" ".join(row["Family"].split()),
        space_group=int(float(number)) if number and 1 <= float(number) <= 230 else None,
    )
