"""The way of one structure through a screen, as the list of files of ours that it enters.

A profiler notes every function of the package when it is called for the first time, down to a depth below `run_screen`.
Functions of one file after each other count as one entry; an entry into a file that was entered before is a return.
Run once before, so that nothing is imported, cached or built for the first time on the way.

    python benchmarks/walk.py              # from the file to the rank: stages, and what they call
    python benchmarks/walk.py --depth 99   # every function
    python benchmarks/walk.py --whole      # to the end of the run: cells, reactions, report
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from types import CodeType, FrameType

import ssbscreen
from ssbscreen.screening.screen import run_screen
from ssbscreen.screening.settings import Settings, load_settings

PACKAGE = Path(ssbscreen.__file__).parent
STRUCTURE = """data_Li3OCl
_cell_length_a 3.91
_cell_length_b 3.91
_cell_length_c 3.91
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_space_group_name_H-M_alt 'P 1'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
O1 O 0.5 0.5 0.5
Li1 Li 0.5 0.5 0.0
Li2 Li 0.5 0.0 0.5
Li3 Li 0.0 0.5 0.5
Cl1 Cl 0.0 0.0 0.0
"""


class Walk:
    """First calls of the functions of the package, in order, until one of them is left."""

    def __init__(self, depth: int, until: str) -> None:
        self._depth, self._until = depth, until
        self._level, self._is_done = 0, False
        self._seen: set[CodeType] = set()
        self.calls: list[tuple[str, str]] = []

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        """Called by the interpreter."""
        code = frame.f_code
        if event not in ("call", "return") or self._is_done or code.co_name.startswith("<"):
            return
        if not code.co_filename.startswith(str(PACKAGE)):
            return
        if event == "return":
            self._level -= 1
            self._is_done = code.co_name == self._until
            return
        self._level += 1
        if self._level <= self._depth and code not in self._seen:
            self._seen.add(code)
            self.calls.append((os.path.relpath(code.co_filename, PACKAGE), code.co_name))

    def entries(self) -> list[tuple[str, list[str]]]:
        """File and functions of each entry."""
        found: list[tuple[str, list[str]]] = []
        for file, function in self.calls:
            if not found or found[-1][0] != file:
                found.append((file, []))
            found[-1][1].append(function)
        return found


def screen_one(settings: Settings, folder: Path, name: str) -> None:
    """Screen the one structure."""
    path = folder / "Li3OCl.cif"
    path.write_text(STRUCTURE, encoding="utf-8")
    run_screen(settings, [str(path)], folder / name, lambda stage, done, total: None)


def main() -> None:
    """Print the entries and count them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--depth", type=int, default=3, help="1 is run_screen, 2 its stages, 3 what they call")
    parser.add_argument("--whole", action="store_true", help="to the end of the run, not to the rank alone")
    given = parser.parse_args()
    settings = load_settings(n_draws=100, reference="embedded")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder / 'mlflow.db'}"
        screen_one(settings, folder, "first")
        walk = Walk(given.depth, "run_screen" if given.whole else "rank")
        sys.setprofile(walk)
        screen_one(settings, folder, "second")
        sys.setprofile(None)
    entries = walk.entries()
    for file, functions in entries:
        print(f"{file:<36} {', '.join(functions)}")
    n_files = len({file for file, _ in entries})
    print(f"{n_files} files, {len(entries) - n_files} returns, {len(walk.calls)} functions")


if __name__ == "__main__":
    main()
