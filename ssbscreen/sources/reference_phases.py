"""Competing phases with formation energies: the Materials Project set when it can be reached, else measured ones."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import logging
import math
import re
from importlib.metadata import version
from importlib.resources import files

import numpy as np
import pandas as pd
from pymatgen.core import Composition

from ssbscreen.core.errors import DataUnavailable, IntegrityError, unknown
from ssbscreen.core.paths import data_dir
from ssbscreen.core.reference import ReferencePhases, ScaleShift
from ssbscreen.core.units import convert
from ssbscreen.sources import fetch
from ssbscreen.sources.base import Card, card_of

_log = logging.getLogger(__name__)
LARGE, EMBEDDED = "mp_formation_energies", "reference_phases"
_TOKEN = re.compile(r"([A-Z][a-z]?)([0-9.]*)")


class ReferencePhaseSource:
    """Reads `mp_formation_energies`, or the experimental enthalpies shipped with pymatgen and `starter.csv`."""

    name = "reference_phases"
    dataset = EMBEDDED

    @property
    def card(self) -> Card:
        return card_of(self.dataset)

    def load_phases(self, which: str | None = None) -> ReferencePhases:
        """Reference phases, the most stable one of each formula.

        Args:
            which: "mp_formation_energies" or "reference_phases"; None takes the first that can be reached.

        Raises:
            DataUnavailable: the set that was asked for cannot be reached.
            UsageError: no such set.
        """
        if which not in (None, LARGE, EMBEDDED):
            raise unknown("set of reference phases", str(which), (LARGE, EMBEDDED))
        if which != EMBEDDED:
            try:
                return materials_project_phases()
            except DataUnavailable:
                if which == LARGE:
                    raise
                _log.warning("%s cannot be reached; using the embedded experimental enthalpies", LARGE)
        return experimental_phases()


SOURCE = ReferencePhaseSource()


def materials_project_phases() -> ReferencePhases:
    """Formation energies of matbench_mp_e_form, lowest polymorph of each formula.

    Raises:
        DataUnavailable: neither cache, mirror nor origin has them.
    """
    path = fetch.locate(card_of(LARGE)) / "formation_energies.csv.gz"
    content = path.read_bytes()
    table = pd.read_csv(path, usecols=["composition", "formation_energy_eV_per_atom"])
    energies = table["formation_energy_eV_per_atom"].to_numpy(dtype=float)
    lowest: dict[str, float] = {}
    for text, energy in zip(table["composition"], energies, strict=True):
        if math.isfinite(energy):
            formula = reduced(text)
            if energy < lowest.get(formula, math.inf):
                lowest[formula] = float(energy)
    return _phases(lowest, "Materials Project formation energies (matbench_mp_e_form)",
                   f"{len(lowest)} formulas, {hashlib.sha256(content).hexdigest()[:8]}")


def experimental_phases() -> ReferencePhases:
    """Standard formation enthalpies at 298 K that pymatgen ships, completed by our starter table.

    Source: pymatgen/analysis/compatibility/exp_compounds.json.gz (eV per formula unit), starter.csv (kJ/mol).

    Raises:
        IntegrityError: this version of pymatgen ships no such table.
    """
    shipped = files("pymatgen.analysis.compatibility").joinpath("exp_compounds.json.gz")
    if not shipped.is_file():
        raise IntegrityError("This pymatgen ships no analysis/compatibility/exp_compounds.json.gz; install the "
                             "version named in constraints.txt.")
    lowest: dict[str, float] = {}
    for row in json.loads(gzip.decompress(shipped.read_bytes())):
        _keep_lowest(lowest, row["formula"], row["exp energy"])
    own = data_dir() / EMBEDDED / "starter.csv"
    with own.open(encoding="utf-8", newline="") as stream:
        for line in csv.DictReader(stream):
            _keep_lowest(lowest, line["formula"], convert(float(line["enthalpy_kJ_per_mol"]), "kJ/mol", "eV"))
    digest = hashlib.sha256(own.read_bytes()).hexdigest()[:8]
    return _phases(lowest, "experimental formation enthalpies shipped with pymatgen",
                   f"pymatgen-core {_pymatgen_version()}, {len(lowest)} formulas, starter {digest}", scale_shifts())


def scale_shifts() -> tuple[ScaleShift, ...]:
    """Shift of the Materials Project's formation energies against the experimental ones, class by class."""
    with (data_dir() / EMBEDDED / "scale.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(ScaleShift(row["chemistry_class"], float(row["offset_eV_per_atom"]),
                                float(row["std_eV_per_atom"]), int(row["n_formulas"]))
                     for row in csv.DictReader(stream))


def _pymatgen_version() -> str:
    try:
        return version("pymatgen-core")
    except ImportError:
        return version("pymatgen")


def _keep_lowest(lowest: dict[str, float], formula: str, per_formula: float) -> None:
    composition = Composition(formula)
    energy = per_formula / composition.num_atoms
    key = reduced(composition.formula)
    if math.isfinite(energy) and energy < lowest.get(key, math.inf):
        lowest[key] = energy


def _phases(lowest: dict[str, float], source: str, stamp: str, scale: tuple[ScaleShift, ...] = ()) -> ReferencePhases:
    formulas = tuple(sorted(lowest))
    return ReferencePhases(formulas, np.array([lowest[f] for f in formulas]), source, stamp, scale)


def reduced(text: str) -> str:
    """Formula with elements sorted and integer amounts divided by their common divisor, parsed without pymatgen.

    Args:
        text: plain formula without brackets, such as "Li4 P2 O7" or "La2Zr2O7".
    """
    amounts: dict[str, float] = {}
    for symbol, amount in _TOKEN.findall(text):
        amounts[symbol] = amounts.get(symbol, 0.0) + (float(amount) if amount else 1.0)
    if all(a == int(a) for a in amounts.values()):
        divisor = math.gcd(*(int(a) for a in amounts.values()))
        amounts = {s: a / divisor for s, a in amounts.items()}
    return "".join(f"{s}{a:g}" if a != 1 else s for s, a in sorted(amounts.items()))
