"""The user's own CSV of compositions, structure files, polymers and electrode pairs."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ssbscreen.core.candidate import Candidate, Records, Rejected
from ssbscreen.core.constants import ROOM_TEMPERATURE_C, ZERO_CELSIUS
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.core.insertion import check_pair
from ssbscreen.readers.agreement import disagreement
from ssbscreen.readers.composition_text import parse_composition
from ssbscreen.readers.polymer_text import formulation
from ssbscreen.readers.reading import Limits, Reading
from ssbscreen.readers.structures import read_frame

SOURCE_NAME = "table"  # of candidates
KINDS = ("composition", "structure_file", "smiles")
PAIR = ("id_charge", "id_discharge")
COLUMNS = ("candidate_id", *KINDS, *PAIR, "salt_smiles", "molality", "molar_mass", "temperature")


class CandidateTable:
    """Reads a CSV with `candidate_id` and one of composition, structure_file, smiles or a pair of structure ids."""

    endings = (".csv",)
    beginnings = ()
    is_in_folders = False

    def recognises(self, text: str) -> bool:
        """A table is known by its name alone."""
        return False

    def read(self, path: Path, name: str, reading: Reading) -> Records:
        """One candidate per good row; see `reading.Reader`."""
        candidates: dict[str, Candidate] = {}
        rejected: list[Rejected] = []
        try:
            rows = _rows(path, reading.structures is not None)
        except InputError as error:
            return Records((), (), (Rejected(path.name, str(error)),))
        for number, row in rows:
            label = f"{path.name}: line {number}" + (f" ({row['candidate_id']})" if row.get("candidate_id") else "")
            try:
                if row.get("") is not None:
                    raise InputError("the line has more fields than the header; quote fields that hold commas")
                if any(row.get(end) for end in PAIR):
                    candidate = _electrode(row, reading.structures or {})
                else:
                    candidate, fault = candidate_of(row, path.parent, reading.limits)
                    if fault:
                        rejected.append(structure_rejected(label, row, fault))
                if candidate.candidate_id in candidates:
                    raise InputError(f"the candidate_id '{candidate.candidate_id}' stands in an earlier line too")
                candidates[candidate.candidate_id] = candidate
            except InputError as error:
                rejected.append(Rejected(label, str(error)))
        if not rows:
            rejected.append(Rejected(path.name, "the table has no rows"))
        return Records(tuple(candidates.values()), (), tuple(rejected))


READER = CandidateTable()


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


def candidate_of(row: Mapping[str, str], folder: Path, limits: Limits) -> tuple[Candidate, str]:
    """Candidate of one row of text: a polymer, a composition, or a structure file with its composition beside.

    Args:
        row: column -> text, of `COLUMNS`.
        folder: that structure files are relative to.
        limits: of a structure file.

    Returns:
        The candidate, and what is wrong with the structure file where only the composition of its row is used.

    Raises:
        InputError: the row names no usable material.
    """
    candidate_id = row["candidate_id"]
    if not candidate_id:
        raise InputError("the candidate_id is missing")
    temperature = temperature_of(row.get("temperature", ""))
    text, file, smiles = (row.get(kind, "") for kind in KINDS)
    if smiles:
        if text or file:
            raise InputError("the row names a polymer and a composition or structure; give one of them")
        polymer = formulation(smiles, row.get("salt_smiles"), row.get("molality"), row.get("molar_mass"))
        return Candidate(
            candidate_id, polymer=polymer, temperature_c=temperature, source=SOURCE_NAME, provenance="table"
        ), ""
    if not text and not file:
        raise InputError("the row names neither composition nor structure_file nor smiles; give one of them")
    composition = parse_composition(text) if text else None
    try:
        frame = read_frame(folder / file, limits) if file else None
        if frame and composition and (why := disagreement(frame.crystal.composition, composition)):
            raise InputError(f"disagrees with the composition of its row ({why})")
    except InputError as error:
        if composition is None:
            raise InputError(f"structure_file '{file}' {error}") from error
        frame, fault = None, str(error)
    else:
        fault = ""
    candidate = Candidate(
        candidate_id,
        composition=composition,
        crystal=frame.crystal if frame else None,
        temperature_c=temperature,
        source=SOURCE_NAME,
        provenance=f"table, composition only: structure file {fault}" if fault else "table",
    )
    if frame:
        candidate = replace(candidate, provenance="table, structure file" + frame.note, space_group=frame.space_group)
    return candidate, fault


def structure_rejected(label: str, row: Mapping[str, str], fault: str) -> Rejected:
    """Why the structure file of a row is not used, while its composition is."""
    return Rejected(f"{label} structure_file {row['structure_file']}", f"{fault}; only the composition is used")


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
        source=SOURCE_NAME,
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
