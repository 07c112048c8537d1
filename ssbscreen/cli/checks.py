"""What can be said at once about a call: files, names and devices, before anything heavy is loaded or read."""

from __future__ import annotations

import ctypes
import difflib
import importlib.util
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from ssbscreen.core.errors import UsageError, unknown
from ssbscreen.files.paths import configs_dir, state_dir

NOT_SERVED = frozenset(
    {
        *("interface_reaction_energy", "contact_oxidation_limit", "heat_of_reaction"),  # of a pair
        *("cathode_reaction_energy", "electrolyte_reaction_energy"),  # with its neighbours in a cell
        *("coating_conductivity", "co_sintering_energy"),  # of a coating, and of a furnace
        *("lithium_outcome", "h2s_released"),  # observed, never computed
        "lumo",  # no shipped model has learned it well enough
    }
)
_Name = TypeVar("_Name", bound=str | None)
_FORMULA = re.compile(r"(?:[A-Z][a-z]?|[\d.]+|[-+()\[\]·])+|.*\*.*")  # or the SMILES of a repeat unit
_DRIVER = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"


def inputs(names: Iterable[str]) -> None:
    """Paths among the inputs are there; what may be a data set, a formula or a repeat unit is looked up later.

    Raises:
        UsageError: one is not; the nearest name in its folder is said.
    """
    for name in names:
        if re.search(r"[./\\]", name) and not _FORMULA.fullmatch(name) and not Path(name).expanduser().exists():
            near = _near_path(Path(name).expanduser())
            hint = f" Did you mean '{near}'?" if near else ""
            raise UsageError(f"'{name}' is no file and no folder.{hint} Check the path (sets: `ssbscreen data list`).")


def _near_path(path: Path) -> Path | None:
    """The path in the same folder whose name is written most alike; None where none is."""
    if not path.parent.is_dir():
        return None
    near = difflib.get_close_matches(path.name, [other.name for other in path.parent.iterdir()], n=1, cutoff=0.75)
    return path.parent / near[0] if near else None


def file(path: Path | None, option: str) -> None:
    """A file that an option names is there.

    Raises:
        UsageError: it is not.
    """
    if path is not None and not path.is_file():
        raise UsageError(f"{option} '{path}' is no file; check the path.")


def output(path: Path | None, endings: Sequence[str], option: str = "--out") -> None:
    """A file to write has one of the endings.

    Raises:
        UsageError: it has not.
    """
    if path is not None and path.suffix.lower() not in endings:
        raise UsageError(f"{option} '{path.name}' ends in '{path.suffix}'; end it in {', '.join(endings)}.")


def temperatures(given: str | None) -> str | None:
    """A list of temperatures holds numbers.

    Raises:
        UsageError: a part is none.
    """
    for part in (given or "").split(","):
        try:
            float(part if given else "0")
        except ValueError:
            raise UsageError(f"--temperature '{part}' is no number; give degree C as in -20,0,25,60,80.") from None
    return given


def temperature_of_use(given: str | None) -> str | None:
    """One temperature, or the word that stands for that of each class.

    Raises:
        UsageError: it is neither.
    """
    if given is not None and given != "own":
        try:
            float(given)
        except ValueError:
            raise UsageError(
                f"--temperature '{given}' is no number; give degree C, or own for each class at its own."
            ) from None
    return given


def properties(keys: Iterable[str]) -> None:
    """Keys stand in the table of properties; an error names the nearest that are served.

    Raises:
        UsageError: one does not; the nearest is named.
    """
    from ssbscreen.core.properties import PROPERTIES, PROPERTIES_LISTED_BY

    for key in keys:
        if key not in PROPERTIES:
            raise unknown("property", key, set(PROPERTIES) - NOT_SERVED, PROPERTIES_LISTED_BY)


def configs(kind: str, names: Iterable[str | None]) -> None:
    """Names of files in `configs/models`, `configs/screens` or `configs/profiles`, shipped or the user's own.

    Args:
        kind: "model", "screen" or "profile".
        names: None is passed over.

    Raises:
        UsageError: there is no such file.
    """
    folders = [configs_dir() / f"{kind}s", *([state_dir() / "tuned"] if kind == "model" else [])]
    known = [p.stem for folder in folders for p in folder.glob("*.yaml") if not p.stem.startswith("_")]
    for name in names:
        if name is not None and name not in known and not name.endswith((".yaml", ".yml")):
            raise unknown(kind, name, known)


def picture(path: Path | None) -> Path | None:
    """A picture to write, as an option gives it.

    Raises:
        UsageError: an ending that no picture has.
    """
    output(path, (".png", ".svg", ".pdf"), "--plot")
    return path


def pool_screen(name: str | None) -> None:
    """A screen that ranks a pool; cells of electrolytes and cathodes are ranked beside it.

    Raises:
        UsageError: there is none of that name.
    """
    if name is None or name.endswith((".yaml", ".yml")):
        return
    texts = {p.stem: p.read_text(encoding="utf-8") for p in (configs_dir() / "screens").glob("*.yaml")}
    of_pools = [stem for stem, text in texts.items() if re.search(r"^gates:", text, re.MULTILINE)]
    if name in texts and name not in of_pools:
        raise UsageError(
            f"'{name}' ranks cells, which a screen of electrolytes ranks beside them: run `ssbscreen screen`, then "
            f"`ssbscreen query --role {name}`."
        )
    if name not in of_pools:
        raise unknown("screen", name, of_pools)


def device(name: _Name) -> _Name:
    """A CUDA device is there where one is asked for; the driver and the build of PyTorch say so without loading it.

    Raises:
        UsageError: it is not.
    """
    if name == "cuda" and not (_torch_has_rocm() or (_torch_has_cuda() and n_cuda_devices() > 0)):
        raise UsageError("No CUDA device was found; give --device cpu.")
    return name


def n_cuda_devices() -> int:
    """Devices that the NVIDIA driver counts; 0 without a driver."""
    try:
        driver = ctypes.CDLL(_DRIVER)
        count = ctypes.c_int(0)
        if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
            return 0
    except (OSError, AttributeError):
        return 0
    return count.value


def _torch_has_cuda() -> bool:
    return _torch_builds("cuda")


def _torch_has_rocm() -> bool:
    return _torch_builds("hip")


def _torch_builds(platform: str) -> bool:
    """Whether PyTorch was built for a platform, as its file of versions says."""
    found = importlib.util.find_spec("torch")
    path = Path(found.origin).parent / "version.py" if found and found.origin else None
    if path is None or not path.is_file():
        return True  # said where PyTorch is loaded
    match = re.search(rf"^{platform}\b[^=\n]*=\s*(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return match is not None and match.group(1).strip() != "None"
