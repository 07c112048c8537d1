"""What MLflow loads for `models:/ssbscreen-<property>@champion`: the models of a property behind a frame of materials.

MLflow keeps the name of this module and the models' own files (card, config, safetensors), so nothing is pickled.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import InputError
from ssbscreen.core.insertion import check_pair
from ssbscreen.core.properties import get_property
from ssbscreen.prediction.predictor import predict
from ssbscreen.readers.formats.candidate_table import KINDS, candidate_of, temperature_of
from ssbscreen.readers.formats.cif import read_cif_text
from ssbscreen.readers.reading import Limits

PROPERTY_FILE = "property.json"
# of the input, all optional -> whether it holds numbers
COLUMNS = {
    "composition": False,
    "structure": False,
    "structure_charged": False,
    "smiles": False,
    "salt_smiles": False,
    "molality": True,
    "molar_mass": True,
    "temperature": True,
}


class RegisteredModel:
    """One property by all models that predict it.

    Attributes:
        folder: of the models, a folder each.
        key: of the property.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder
        self.key = key

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """One row a row of the input: mean, std, lower, upper (stored unit), unit, in_domain, model, note.

        Args:
            frame: column `composition` (formula), `structure` (CIF text; with `structure_charged` the discharged end
                of an electrode) or `smiles` (repeat unit) with optional `salt_smiles`, `molality` (mol/kg) and
                `molar_mass` (g/mol); `temperature` (degree C) may be given in every row.

        A row that cannot be read or predicted has no mean; its note says why.
        """
        candidates: list[Candidate] = []
        rows: list[int] = []
        note = np.full(len(frame), "", dtype=object)
        for number, row in enumerate(frame.to_dict("records")):
            try:
                candidates.append(_candidate(number, {str(k): _text(v) for k, v in row.items()}))
                rows.append(number)
            except InputError as error:
                note[number] = str(error)
        found = predict(candidates, [self.key], models_dir=self.folder, device="cpu").by_property[self.key]
        columns = {name: np.full(len(frame), np.nan) for name in ("mean", "std", "lower", "upper")}
        inside = np.zeros(len(frame), dtype=bool)
        for name, column in columns.items():
            column[rows] = getattr(found, name)
        inside[rows], note[rows] = found.in_domain, found.note
        silent = [i for i in rows if np.isnan(columns["mean"][i]) and not note[i]]
        note[silent] = "no model of this property takes such a material"
        return pd.DataFrame(
            columns
            | {"unit": get_property(self.key).stored_unit, "in_domain": inside, "model": found.model, "note": note},
            index=frame.index,
        )


def _load_pyfunc(path: str) -> RegisteredModel:
    """Called by MLflow with the folder of the model's files."""
    folder = Path(path)
    return RegisteredModel(folder, json.loads((folder / PROPERTY_FILE).read_text(encoding="utf-8"))["property"])


def _text(value: object) -> str:
    return "" if value is None or value != value else str(value)


def _candidate(number: int, row: dict[str, str]) -> Candidate:
    if text := row.pop("structure", ""):
        frame = read_cif_text(text)
        charged = None
        if end := row.get("structure_charged", ""):
            charged = read_cif_text(end).crystal
            check_pair(frame.crystal, charged)
        return Candidate(
            str(number),
            crystal=frame.crystal,
            charged=charged,
            space_group=frame.space_group,
            doubt=frame.doubt,
            temperature_c=temperature_of(row.get("temperature", "")),
            provenance="registered model" + frame.note,
        )
    known = {name: row.get(name, "") for name in (*KINDS, *COLUMNS)} | {
        "candidate_id": str(number),
        "structure_file": "",
    }
    return candidate_of(known, Path(), Limits())[0]
