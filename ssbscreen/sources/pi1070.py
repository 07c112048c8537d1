"""PI1070: bulk modulus, density and frontier orbitals of amorphous polymers from molecular dynamics (RadonPy)."""

from __future__ import annotations

import pandas as pd

from ssbscreen.core.candidate import Candidate, Measurement, Polymer, Records, Rejected
from ssbscreen.core.errors import InputError
from ssbscreen.core.measure import in_stored_unit
from ssbscreen.download.data_set import DataSet
from ssbscreen.readers.polymer_text import chain_label, repeat_unit

# column -> property, unit, method
_COLUMNS = {
    "bulk_modulus": ("bulk_modulus", "Pa", "molecular dynamics, 300 K"),
    "density": ("density", "g/cm3", "molecular dynamics, 300 K"),
    "qm_homo_monomer": ("homo", "eV", "DFT, monomer"),
    "qm_lumo_monomer": ("lumo", "eV", "DFT, monomer"),
}


class Pi1070(DataSet):
    """Reads `PI1070.csv`."""

    name = "pi1070"
    dataset = "pi1070"

    def load(self) -> Records:
        """One candidate and up to four measurements a row; an empty cell is a missing value, not a rejected one."""
        table = pd.read_csv(self.folder() / "PI1070.csv")
        candidates: list[Candidate] = []
        measurements: list[Measurement] = []
        rejected: list[Rejected] = []
        for number, row in enumerate(table.to_dict("records"), 2):
            try:
                smiles = repeat_unit(str(row["smiles"]).strip())
                label = chain_label(smiles)
                own = [
                    in_stored_unit(
                        Measurement(
                            f"pi1070-{row['monomer_ID']}",
                            key,
                            row[column],
                            method=method,
                            source=self.name,
                            groups={"polymer": label},
                        ),
                        unit,
                    )
                    for column, (key, unit, method) in _COLUMNS.items()
                    if row[column] == row[column]
                ]
            except InputError as error:
                rejected.append(Rejected(f"pi1070: line {number}", str(error)))
                continue
            candidates.append(
                Candidate(
                    f"pi1070-{row['monomer_ID']}",
                    polymer=Polymer(smiles),
                    source=self.name,
                    provenance="simulated neat polymer",
                    is_known=True,
                )
            )
            measurements += own
        return self.records(len(table), candidates, measurements, rejected)


SOURCE = Pi1070()
