"""The user's own CSV of compositions, structure files, polymers and electrode pairs."""

from __future__ import annotations

import csv
import logging
import math
from collections.abc import Mapping
from pathlib import Path

from ssbscreen.core.candidate import Candidate, Records, Rejected
from ssbscreen.core.constants import ROOM_TEMPERATURE_C, ZERO_CELSIUS
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.core.insertion import check_pair
from ssbscreen.readers.agreement import disagreement
from ssbscreen.readers.composition_text import parse_composition
from ssbscreen.readers.polymer_text import formulation
from ssbscreen.readers.structure_formats import Limits, read_crystals

_log = logging.getLogger(__name__)
KINDS = ("composition", "structure_file", "smiles")
PAIR = ("id_charge", "id_discharge")
COLUMNS = ("candidate_id", *KINDS, *PAIR, "salt_smiles", "molality", "molar_mass", "temperature")


class Table:
    """Reads a CSV with `candidate_id` and one of composition, structure_file, smiles or a pair of structure ids; bad
    rows are set aside."""

    name = "table"
    dataset = ""

    def read(
        self, path: Path, limits: Limits | None = None, structures: Mapping[str, Crystal] | None = None
    ) -> Records:
        """One candidate per good row.

        Args:
            path: of the table.
            limits: of what is read.
            structures: crystals by id, to which id_charge and id_discharge of electrode pairs refer.
        """
        limits = limits or Limits()
        candidates: dict[str, Candidate] = {}
        rejected: list[Rejected] = []
        try:
            rows = _rows(path, structures is not None)
        except InputError as error:
            return Records((), (), (Rejected(path.name, str(error)),))
        for number, row in rows:
            label = f"{path.name}: line {number}" + (f" ({row['candidate_id']})" if row.get("candidate_id") else "")
            try:
                if row.get("") is not None:
                    raise InputError("the line has more fields than the header; quote fields that hold commas")
                if any(row.get(name) for name in PAIR):
                    candidate = _electrode(row, structures or {})
                else:
                    candidate = candidate_of(row, path.parent, label, limits, rejected)
                if candidate.candidate_id in candidates:
                    raise InputError(f"the candidate_id '{candidate.candidate_id}' stands in an earlier line too")
                candidates[candidate.candidate_id] = candidate
            except InputError as error:
                rejected.append(Rejected(label, str(error)))
        if not rows:
            rejected.append(Rejected(path.name, "the table has no rows"))
        return Records(tuple(candidates.values()), (), tuple(rejected))


SOURCE = Table()


def _rows(path: Path, has_structures: bool) -> list[tuple[int, dict[str, str]]]:
    """(line number, stripped fields) of every row that is not blank; fields beyond the header under ""."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be opened ({error.strerror})") from error
    if b"\x00" in content:
        raise InputError("the file is binary, not a CSV")
    text = content.decode("utf-8-sig", "replace")
    reader = csv.DictReader(text.splitlines(), restkey="", skipinitialspace=True)
    header = [name.strip() for name in reader.fieldnames or ()]
    if "candidate_id" not in header:
        raise InputError(
            f"the table has no column candidate_id; its columns are {', '.join(header) or 'none'}. "
            f"Known ones: {', '.join(COLUMNS)}"
        )
    is_paired = set(PAIR) <= set(header)
    if is_paired and not has_structures and not set(KINDS) & set(header):
        raise InputError(
            "electrode pairs need their structures; name the file that holds id_charge and id_discharge "
            "with --structures FILE.jsonl.gz"
        )
    if not is_paired and not set(KINDS) & set(header):
        raise InputError(
            "the table needs a column composition, structure_file or smiles, or id_charge together with "
            "id_discharge for electrode pairs"
        )
    if len(set(header)) < len(header):
        raise InputError("the table names a column twice")
    reader.fieldnames = header
    rows: list[tuple[int, dict[str, str]]] = []
    try:
        for raw in reader:
            row = {k: (" ".join(v) if isinstance(v, list) else v or "").strip() for k, v in raw.items()}
            if any(row.values()):
                rows.append((reader.line_num, row))
    except csv.Error as error:
        raise InputError(f"not a readable CSV ({error}, line {reader.line_num})") from error
    return rows


def candidate_of(row: dict[str, str], folder: Path, label: str, limits: Limits, rejected: list[Rejected]) -> Candidate:
    """Candidate of one row of text: a polymer, a composition, or a structure file with its composition beside.

    Args:
        row: column -> text, of `COLUMNS`.
        folder: that structure files are relative to.
        label: of the row, for reasons.
        limits: of a structure file.
        rejected: takes the reason why a structure file is left aside for the composition.

    Raises:
        InputError: the row names no usable material.
    """
    candidate_id = row["candidate_id"]
    if not candidate_id:
        raise InputError("the candidate_id is missing")
    temperature = temperature_of(row.get("temperature", ""))
    if smiles := row.get("smiles", ""):
        if row.get("composition") or row.get("structure_file"):
            raise InputError("the row names a polymer and a composition or structure; give one of them")
        polymer = formulation(smiles, row.get("salt_smiles"), row.get("molality"), row.get("molar_mass"))
        return Candidate(
            candidate_id, polymer=polymer, temperature_c=temperature, source=SOURCE.name, provenance="table"
        )
    text, file = row.get("composition", ""), row.get("structure_file", "")
    if not text and not file:
        raise InputError("the row names neither composition nor structure_file nor smiles; give one of them")
    composition = parse_composition(text) if text else None
    if not file:
        return Candidate(
            candidate_id, composition=composition, temperature_c=temperature, source=SOURCE.name, provenance="table"
        )
    try:
        found = read_crystals(folder / file, limits)
        if len(found) != 1 or isinstance(found[0], str):
            raise InputError(f"holds {len(found)} structures; a row takes a file with one")
        crystal, space_group, note = found[0]
        if composition is not None and (why := disagreement(crystal.composition, composition)):
            raise InputError(f"disagrees with the composition of its row ({why})")
    except InputError as error:
        if composition is None:
            raise InputError(f"structure_file '{file}' {error}") from error
        rejected.append(Rejected(f"{label} structure_file {file}", f"{error}; only the composition is used"))
        return Candidate(
            candidate_id,
            composition=composition,
            temperature_c=temperature,
            source=SOURCE.name,
            provenance=f"table, composition only: structure file {error}",
        )
    return Candidate(
        candidate_id,
        composition=composition or crystal.composition,
        crystal=crystal,
        temperature_c=temperature,
        source=SOURCE.name,
        provenance="table, structure file" + note,
        space_group=space_group,
    )


def _electrode(row: dict[str, str], structures: Mapping[str, Crystal]) -> Candidate:
    """Pair of a charged and a discharged structure."""
    if not row["candidate_id"]:
        raise InputError("the candidate_id is missing")
    if given := [name for name in KINDS if row.get(name)]:
        raise InputError(f"the row names an electrode pair and {given[0]}; give one of them")
    ends = []
    for name in PAIR:
        if not row.get(name):
            raise InputError(f"{name} is missing; an electrode pair needs both ends")
        if row[name] not in structures:
            known = f"none of its {len(structures)} structures" if structures else "no structures were given and none"
            raise InputError(
                f"{name} '{row[name]}' was not found: {known} has that id; give the file with "
                "--structures FILE.jsonl.gz"
            )
        ends.append(structures[row[name]])
    charged, discharged = ends
    check_pair(discharged, charged)
    return Candidate(
        row["candidate_id"],
        crystal=discharged,
        charged=charged,
        temperature_c=temperature_of(row.get("temperature", "")),
        source=SOURCE.name,
        provenance=f"table, pair of {row['id_charge']} and {row['id_discharge']}",
    )


def temperature_of(text: str) -> float:
    """Degree C; room temperature for no text.

    Raises:
        InputError: no number, or none that a temperature can be.
    """
    if not text:
        return ROOM_TEMPERATURE_C
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not -ZERO_CELSIUS < value <= 2000.0:
        raise InputError(f"temperature '{text}' is no number between -273.15 and 2000 degree C")
    return value
