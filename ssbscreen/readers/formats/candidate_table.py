"""The user's own CSV of compositions, structure files, polymers and electrode pairs.

Over 300 lines since the rows of all four kinds share columns, and each refusal has its words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import orjson

from ssbscreen.core.candidate import Candidate, Records, Rejected
from ssbscreen.core.constants import ROOM_TEMPERATURE_C, ZERO_CELSIUS
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.core.identity import polymorph_words
from ssbscreen.core.insertion import check_pair
from ssbscreen.core.unit_text import plain as plain_text
from ssbscreen.core.unit_text import written_number
from ssbscreen.files.material_names import composition_of, is_polymer_name
from ssbscreen.readers.agreement import disagreement
from ssbscreen.readers.column_names import KELVIN, SYNONYMS, check_columns, plain_column
from ssbscreen.readers.polymer_names import named_formulation
from ssbscreen.readers.polymer_text import formulation
from ssbscreen.readers.reading import Limits, Reading
from ssbscreen.readers.reasons import Reasons
from ssbscreen.readers.sheet import SURPLUS, Sheet, filled, read_sheet, streamed_sheet
from ssbscreen.readers.structures import read_frame

SOURCE_NAME = "table"  # of candidates
KINDS = ("composition", "structure_file", "smiles")
PAIR = ("id_charge", "id_discharge")
COLUMNS = ("candidate_id", *KINDS, *PAIR, "salt_smiles", "molality", "molar_mass", "plasticiser", "temperature")
_ROOM = frozenset(("rt", "r.t.", "r. t.", "room temperature", "room temp", "room temp.", "raumtemperatur", "室温"))


class CandidateTable:
    """Reads a table with one of composition, structure_file, smiles or a pair of structure ids in each row."""

    endings = (".csv", ".tsv", ".xlsx")
    beginnings = ()
    is_in_folders = False

    def recognises(self, text: str) -> bool:
        """A table is known by its name alone."""
        return False

    def read(self, path: Path, name: str, reading: Reading) -> Records:
        """One candidate per good row; see `reading.Reader`."""
        try:
            return records_of(read_sheet(path, reading.limits.n_bytes), path, name, reading)
        except InputError as error:
            return Records((), (), (Rejected(path.name, str(error)),))

    def cut(self, path: Path, size: int, limits: Limits) -> Iterator[bytes]:
        """Parts of a table of `size` rows each, the header with every one; see `pieces.Divisible`."""
        with streamed_sheet(path, limits.n_bytes) as sheet:
            first = 0
            while part := list(islice(sheet.rows, size)):
                yield orjson.dumps({"header": sheet.header, "first": first, "rows": part})
                first += len(part)
            if not first:
                raise InputError("the table has no rows")

    def read_part(self, content: bytes, path: Path, name: str, reading: Reading) -> Records:
        """Candidates of a part of a table."""
        part = orjson.loads(content)
        rows = [(int(number), row) for number, row in part["rows"]]
        sheet = Sheet(tuple(part["header"]), iter(rows), rows[-1][0], part["first"])
        return records_of(sheet, path, name, reading)


READER = CandidateTable()


def records_of(sheet: Sheet, path: Path, name: str, reading: Reading) -> Records:
    """One candidate per good row of a table, each bad row with its reason.

    Args:
        sheet, path: the table, and where it stands; structure files are looked for beside it.
        name: by which candidates without an id are known.
        reading: limits, and structures that electrode pairs refer to.
    """
    candidates: dict[str, Candidate] = {}
    reasons = Reasons(path.name)
    number = 0
    try:
        for number, row in _rows(sheet, name, reading):
            label = f"{path.name}: line {number}" + (f" ({row['candidate_id']})" if row.get("candidate_id") else "")
            try:
                candidate, fault = _candidate(row, path, reading)
                if candidate.candidate_id in candidates:
                    raise InputError(f"the candidate_id '{candidate.candidate_id}' stands in an earlier line too")
                candidates[candidate.candidate_id] = candidate
                if fault:
                    reasons.add(*structure_fault(label, row, fault))
            except InputError as error:
                reasons.add(label, str(error))
            if not candidates and reasons.is_hopeless:
                reasons.add_untried(sheet.n_lines - number)
                break
    except InputError as error:
        reasons.add(f"{path.name}: after line {number}" if number else path.name, str(error))
    else:
        if not number:
            reasons.add(path.name, "the table has no rows")
    return Records(tuple(candidates.values()), (), reasons.all())


def _candidate(row: dict[str, str], path: Path, reading: Reading) -> tuple[Candidate, str]:
    """Candidate of a row, and what is wrong with a structure file that is not used."""
    if row.get(SURPLUS):
        raise InputError("the line has more fields than the header; quote fields that hold commas")
    if any(row.get(end) for end in PAIR):
        candidate, fault = _electrode(row, reading.structures or {}), ""
    else:
        candidate, fault = candidate_of(row, path.parent, reading.limits)
    if may_be_kelvin(row.get("temperature", "")):
        doubt = f"{row['temperature']} degree C may be meant as kelvin; write K or C behind it"
        candidate = replace(candidate, doubt="; ".join(filter(None, (candidate.doubt, doubt))))
    return candidate, fault


def _rows(sheet: Sheet, name: str, reading: Reading) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, fields by our names of the columns) of every row; ids are made where the table has none."""
    columns = _columns(sheet.header)
    is_paired = set(PAIR) <= set(columns)
    if is_paired and reading.structures is None and not set(KINDS) & set(columns):
        raise InputError(
            "electrode pairs need their structures; name the file that holds id_charge and id_discharge "
            "with --structures FILE.jsonl.gz"
        )
    if not is_paired and not set(KINDS) & set(columns):
        raise InputError(
            "the table needs a column composition, structure_file or smiles, or id_charge together with id_discharge "
            f"for electrode pairs, named in its first line; its columns are {', '.join(sheet.header) or 'none'}"
        )
    for index, (line, cells) in enumerate(sheet.rows, sheet.first):
        row = {ours: filled(cells.get(given, "")) for ours, given in columns.items()}
        if "candidate_id" in columns:
            row["candidate_id"] = cells.get(columns["candidate_id"], "")  # a material may be called none
        if SURPLUS in cells:
            row[SURPLUS] = cells[SURPLUS]
        if "candidate_id" not in columns:
            row["candidate_id"] = f"{name}#{index}"
        if kelvin := row.pop(KELVIN, ""):
            row["temperature"] = f"{_number(kelvin) - ZERO_CELSIUS:.6g}"
        yield line, row


def _columns(header: Sequence[str]) -> dict[str, str]:
    """Our name of a column -> the table's; exact names go before other names of the same, which go in their order.

    A column that names the materials is taken for their composition where there is nothing else.

    Raises:
        InputError: a column stands there twice.
    """
    if twice := {name for name in header if header.count(name) > 1}:
        raise InputError(f"the table names a column twice: {', '.join(sorted(twice))}")
    found = {name: name for name in (*COLUMNS, KELVIN) if name in header}
    plain = {given: plain_column(given) for given in header}
    check_columns(plain)
    for ours, others in SYNONYMS.items():
        if ours not in found:
            order = [ours, *others.split()]
            fitting = sorted((order.index(p), g) for g, p in plain.items() if p in order and g not in found.values())
            if fitting:
                found[ours] = fitting[0][1]
    if not (set(KINDS) | set(PAIR)) & set(found) and plain.get(found.get("candidate_id", "")) in ("name", "material"):
        found["composition"] = found["candidate_id"]
    return found


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
    if text and not file and not smiles and (fields := _polymer_by_name(text)):
        row = {**fields, **{name: value for name, value in row.items() if value}, "composition": ""}
        text, smiles = "", fields["smiles"]
    if smiles:
        if text or file:
            raise InputError("the row names a polymer and a composition or structure; give one of them")
        polymer = formulation(
            smiles, *(row.get(name) for name in ("salt_smiles", "molality", "molar_mass", "plasticiser"))
        )
        return Candidate(
            candidate_id, polymer=polymer, temperature_c=temperature, source=SOURCE_NAME, provenance="table"
        ), ""
    if not text and not file:
        raise InputError("the row names neither composition nor structure_file nor smiles; give one of them")
    composition = composition_of(text) if text else None
    try:
        frame = read_frame(_inside(folder, file), limits) if file else None
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
        label=text if polymorph_words(text) else "",  # the name says the polymorph or that it is a glass
        crystal=frame.crystal if frame else None,
        temperature_c=temperature,
        source=SOURCE_NAME,
        provenance=f"table, composition only: structure file {fault}" if fault else "table",
    )
    if frame:
        candidate = replace(
            candidate, provenance="table, structure file" + frame.note, space_group=frame.space_group, doubt=frame.doubt
        )
    return candidate, fault


def _polymer_by_name(text: str) -> dict[str, str] | None:
    """Fields of a polymer that stands where compositions do; None for what reads as a composition."""
    if not text.startswith(("{", "*", "[*")) and not is_polymer_name(text):
        try:
            composition_of(text)
        except InputError:
            pass
        else:
            return None
    return named_formulation(text)


def _inside(folder: Path, file: str) -> Path:
    """Path of a structure file that a table names; a table from elsewhere shall not say what is opened here.

    Raises:
        InputError: it lies outside the folder of the table.
    """
    try:
        path = (folder / file).resolve()
        is_inside = path.is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"cannot be opened ({error})") from error
    if not is_inside:
        raise InputError("lies outside the folder of the table; put it there, or beneath it")
    return folder / file


def structure_fault(label: str, row: Mapping[str, str], fault: str) -> tuple[str, str]:
    """Which structure file of a row is not used, while its composition is, and why."""
    return f"{label} structure_file {row['structure_file']}", f"{fault}; only the composition is used"


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
    check_pair(ends[1], ends[0])
    return Candidate(
        row["candidate_id"],
        crystal=ends[1],
        charged=ends[0],
        temperature_c=temperature_of(row.get("temperature", "")),
        source=SOURCE_NAME,
        provenance=f"table, pair of {row['id_charge']} and {row['id_discharge']}",
    )


def temperature_of(text: str) -> float:
    """Degree C; room temperature (25) for no text and where it says so. A unit behind the number counts: 298 K, 60 °C.

    Raises:
        InputError: no number, or none that a temperature can be.
    """
    given = plain_text(text)
    if not given or given.lower() in _ROOM:
        return ROOM_TEMPERATURE_C
    match = re.fullmatch(r"(.*?)\s*(K|[°o]\s*C|C|degC|deg\.?\s*C|degree C)?", given)
    value = _number(match.group(1)) if match else math.nan
    if match and match.group(2) == "K":
        value -= ZERO_CELSIUS
    if not -ZERO_CELSIUS < value <= 2000.0:
        raise InputError(f"temperature '{text}' is no number of degree C (or K, as in 298 K) from -273.15 to 2000")
    return value


def may_be_kelvin(text: str) -> bool:
    """Whether a temperature without a unit lies where kelvin at room temperature to the boiling of water do."""
    value = _number(text)
    return ZERO_CELSIUS <= value <= ZERO_CELSIUS + 100.0


def _number(text: str) -> float:
    try:
        return written_number(text)
    except InputError:
        return math.nan
