"""Crystal structures of the rows of a run, read from its inputs again and written as CIF files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ssbscreen.files.writing import write_text
from ssbscreen.query.store import RunFolder

if TYPE_CHECKING:
    from pymatgen.core import Structure

    from ssbscreen.core.crystal import Crystal

_GENERATED = ("generated",)  # sets that are made anew when they are read
_WITHOUT_CRYSTALS = ("polymers",)
_CODE_LENGTH = 75  # characters that a block code may have


def structures_of(run: RunFolder, ids: Sequence[str]) -> dict[str, Structure]:
    """Structures by candidate id, in the order given; those without one are left out.

    One input of the run after the other is read until all are found, what takes longest last.

    Raises:
        UsageError: an input is not where it was.
    """
    from ssbscreen.screening.candidates.pool import load_candidates
    from ssbscreen.screening.settings import load_settings

    config, missing = run.config(), set(ids)
    settings = load_settings(**{key: value for key, value in config["settings"].items() if key in ("pool", "seed")})
    found: dict[str, Crystal] = {}
    inputs = [str(name) for name in config["run"]["inputs"] if name not in _WITHOUT_CRYSTALS]
    for name in sorted(inputs, key=lambda name: name in _GENERATED):
        if missing:
            there = load_candidates([name], settings.pool, settings.seed).candidates
            found |= {c.candidate_id: c.crystal for c in there if c.crystal is not None and c.candidate_id in missing}
            missing -= set(found)
    return {name: found[name].to_structure() for name in ids if name in found}


def block_code(candidate_id: str) -> str:
    """The id as a CIF block code, which is a file name, too; characters that neither takes become underscores."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-+()") else "_" for c in candidate_id)[:_CODE_LENGTH]


def cif_text(candidate_id: str, structure: Structure) -> str:
    """A CIF block under the candidate's id."""
    from pymatgen.io.cif import CifWriter

    lines = str(CifWriter(structure)).splitlines()
    code = block_code(candidate_id)
    return "\n".join(f"data_{code}" if line.startswith("data_") else line for line in lines) + "\n"


def write_cifs(run: RunFolder, ids: Sequence[str], folder: Path) -> list[str]:
    """Write one CIF file a candidate, named by its place in the list and its id, such as `001-argyrodite.cif`.

    Args:
        run: a finished run.
        ids: candidates in the order of the list.
        folder: made where it does not exist; files of the same name are replaced.

    Returns:
        The ids that have no structure: compositions, polymers and cells.

    Raises:
        UsageError: an input of the run is not where it was.
    """
    found = structures_of(run, ids)
    folder.mkdir(parents=True, exist_ok=True)
    for place, name in enumerate(ids, start=1):
        if name in found:
            stem = block_code(name.removesuffix(".cif"))
            write_text(cif_text(name, found[name]), folder / f"{place:03d}-{stem}.cif")
    return [name for name in ids if name not in found]
