"""ChemArr: measured conductivities of polymer electrolytes over temperature."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ssbscreen.core.candidate import Candidate, Measurement, Records, Rejected
from ssbscreen.core.errors import InputError, IntegrityError
from ssbscreen.core.measure import in_stored_unit
from ssbscreen.download.data_set import DataSet
from ssbscreen.download.origin import Builder, gzipped
from ssbscreen.readers.polymer_text import chain_label, formulation

# Hosts whose films keep the solvent they are cast from, which then carries the lithium: up to a tenth of the weight
# of dimethylformamide or dimethyl sulfoxide in polyacrylonitrile (Brandell, Mindemark, Hernandez, Polymer-based Solid
# State Batteries, section 5.3), water in poly(vinyl alcohol). The table does not say what a film held.
HOLD_SOLVENT = frozenset({"*CC(*)C#N", "*CC(*)O"})
OLIGOMER_MASS = 1000.0  # g/mol; below it the sample is an oligomer or a liquid


class Chemarr(DataSet):
    """Reads `clean_train_data.csv.gz`."""

    name = "chemarr"
    dataset = "chemarr"

    def load(self) -> Records:
        """One candidate per formulation, one measurement per row; oligomers are marked, wet hosts rejected."""
        table = pd.read_csv(self.folder() / "clean_train_data.csv.gz")
        candidates: dict[tuple[str, str | None, float | None, float | None], Candidate] = {}
        measurements: list[Measurement] = []
        rejected: list[Rejected] = []
        columns = ("smiles", "salt smiles", "molality", "mw", "conductivity", "temperature")
        for number, row in enumerate(zip(*(table[c] for c in columns), strict=True), 2):
            smiles, salt, molality, mass, conductivity, temperature = row
            try:
                polymer = formulation(smiles, salt, molality, mass)
                if polymer.smiles in HOLD_SOLVENT:
                    raise InputError(
                        "films of this host hold solvent or water, so its values are not those of a dry film"
                    )
                key = (polymer.smiles, polymer.salt_smiles, polymer.molality, polymer.molar_mass)
                if key not in candidates:
                    is_oligomer = polymer.molar_mass is not None and polymer.molar_mass < OLIGOMER_MASS
                    candidates[key] = Candidate(
                        candidate_id=f"chemarr-{len(candidates) + 1:05d}",
                        polymer=polymer,
                        source=self.name,
                        provenance="measured formulation" + (", oligomer" if is_oligomer else ""),
                        family_hint="oligomer" if is_oligomer else "",
                        is_known=True,
                    )
                if temperature != temperature:
                    raise InputError("the temperature is missing; a conductivity needs one")
                measurements.append(
                    in_stored_unit(
                        Measurement(
                            candidates[key].candidate_id,
                            "ionic_conductivity",
                            conductivity,
                            temperature_c=round(float(temperature), 3),
                            method="experiment",
                            source=self.name,
                            groups={
                                "oligomer": "yes" if candidates[key].family_hint else "no",
                                "polymer": chain_label(polymer.smiles),
                            },
                        ),
                        "log10(S/cm)",
                    )
                )
            except InputError as error:
                rejected.append(Rejected(f"chemarr: line {number}", str(error)))
        used = {m.candidate_id for m in measurements}
        kept = [c for c in candidates.values() if c.candidate_id in used]
        return self.records(len(table), kept, measurements, rejected)


SOURCE = Chemarr()


def _build(raw: Path, out: Path) -> None:
    content = (raw / "clean_train_data.csv").read_bytes()
    header = content[:300].decode("utf-8", "replace").splitlines()[0]
    if not {"smiles", "conductivity", "temperature"} <= {name.strip() for name in header.split(",")}:
        raise IntegrityError(f"clean_train_data.csv begins with '{header[:80]}', not with the known columns")
    with gzipped(out / "clean_train_data.csv.gz") as stream:
        stream.write(content.decode("utf-8"))


ORIGIN = {"chemarr": Builder(_build)}
