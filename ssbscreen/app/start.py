"""What a user begins with in a folder of their own: commented settings and tables to fill."""

from __future__ import annotations

from pathlib import Path

from ssbscreen.core.errors import UsageError
from ssbscreen.files.paths import configs_dir
from ssbscreen.files.writing import write_text
from ssbscreen.measurements.files import write_template

SETTINGS, CANDIDATES, MEASUREMENTS = "ssbscreen.yaml", "candidates.csv", "measurements.csv"
_EXAMPLES = (  # one of each kind that a table may hold
    "candidate_id,composition,structure_file,smiles,salt_smiles,molality,temperature",
    "argyrodite,Li6PS5Cl,,,,,",
    "garnet,LLZO,,,,,",
    "mixture,75Li2S-25P2S5,,,,,",
    "polymer,,,*CCO*,LiTFSI,1.2,60",
)


def begin(folder: Path) -> tuple[Path, ...]:
    """Write settings with their comments, a table of candidates with an example of each kind, one of measurements.

    Raises:
        UsageError: one of the files exists already; none is written then.
    """
    files = tuple(folder / name for name in (SETTINGS, CANDIDATES, MEASUREMENTS))
    if there := [file.name for file in files if file.exists()]:
        raise UsageError(f"'{folder}' holds {', '.join(there)} already; name another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    write_text((configs_dir() / "defaults.yaml").read_text(encoding="utf-8"), files[0])
    write_text("\n".join(_EXAMPLES) + "\n", files[1])
    write_template(files[2])
    return files
