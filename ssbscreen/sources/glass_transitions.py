"""Measured glass transitions of neat polymers."""

from __future__ import annotations

import pandas as pd

from ssbscreen.core.candidate import Candidate, Measurement, Polymer, Records, Rejected
from ssbscreen.core.constants import ZERO_CELSIUS
from ssbscreen.core.errors import InputError
from ssbscreen.core.measure import in_stored_unit
from ssbscreen.download.data_set import DataSet
from ssbscreen.readers.polymer_text import chain_label, repeat_unit

KEY = "glass_transition"


class GlassTransitions(DataSet):
    """Reads `measured.csv`."""

    name = "glass_transitions"
    dataset = "glass_transitions"

    def load(self) -> Records:
        """One candidate and one measurement a row."""
        table = pd.read_csv(self.folder() / "measured.csv")
        candidates: list[Candidate] = []
        measurements: list[Measurement] = []
        rejected: list[Rejected] = []
        for number, row in enumerate(table.to_dict("records"), 2):
            candidate_id = f"{self.name}-{number:04d}"
            try:
                smiles = repeat_unit(str(row["smiles"]).strip())
                measured = in_stored_unit(
                    Measurement(
                        candidate_id,
                        KEY,
                        float(row["glass_transition_k"]) - ZERO_CELSIUS,
                        reference=str(row["doi"]),
                        method="experiment",
                        source=self.name,
                        groups={"polymer": chain_label(smiles)},
                    ),
                    "degree C",
                )
            except InputError as error:
                rejected.append(Rejected(f"{self.name}: line {number}", str(error)))
                continue
            candidates.append(
                Candidate(
                    candidate_id,
                    polymer=Polymer(smiles),
                    label=str(row["polymer"]),
                    source=self.name,
                    provenance="neat polymer",
                    is_known=True,
                )
            )
            measurements.append(measured)
        return self.records(len(table), candidates, measurements, rejected)


SOURCE = GlassTransitions()
