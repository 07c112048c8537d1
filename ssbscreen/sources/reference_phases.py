"""Competing phases with energies: a Materials Project set when it can be reached, else the shipped part of it."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import logging
import math
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ssbscreen.core.anion_correction import CORRECTION, anion_correction
from ssbscreen.core.errors import DataUnavailable, IntegrityError, unknown
from ssbscreen.core.formula import parse_formula
from ssbscreen.core.reference import OxyanionShift, ReferencePhases, ScaleShift
from ssbscreen.core.reference_faults import MENDED, without_faults
from ssbscreen.core.units import convert
from ssbscreen.download import fetch
from ssbscreen.download.data_set import DataSet
from ssbscreen.download.origin import Builder, formula_of, gzipped, rows_of
from ssbscreen.download.reference_cache import cached, read, write
from ssbscreen.files.csv_table import csv_rows
from ssbscreen.files.data_card import card_of
from ssbscreen.files.paths import cache_dir, data_dir
from ssbscreen.files.user_state import former_caches

if TYPE_CHECKING:
    import pandas as pd

_log = logging.getLogger(__name__)
LARGE, EMBEDDED, ONLINE = "mp_formation_energies", "reference_phases", "materials_project"
MEASURED = "measured_enthalpies"
_SHIPPED = "materials_project.csv.gz"


class ReferencePhaseSource(DataSet):
    """Reads `mp_formation_energies` or the shipped part, asks the Materials Project, or takes measured enthalpies."""

    name = "reference_phases"
    dataset = EMBEDDED

    def load_phases(self, which: str | None = None) -> ReferencePhases:
        """Reference phases, the most stable one of each formula.

        Args:
            which: "mp_formation_energies", "materials_project" (with the user's key, kept in the cache),
                "reference_phases" (shipped) or "measured_enthalpies"; None takes the first of the first and the third
                that can be reached.

        Raises:
            DataUnavailable: the set that was asked for cannot be reached.
            UsageError: no such set.
        """
        if which not in (None, LARGE, EMBEDDED, ONLINE, MEASURED):
            raise unknown("set of reference phases", str(which), (LARGE, EMBEDDED, ONLINE, MEASURED))
        if which == MEASURED:
            return experimental_phases()
        if which == ONLINE:
            return online_phases()
        if which != EMBEDDED:
            try:
                return materials_project_phases()
            except DataUnavailable:
                if which == LARGE:
                    raise
                _log.info("%s cannot be reached; using the shipped part of it", LARGE)
        return shipped_phases()


SOURCE = ReferencePhaseSource()


def materials_project_phases() -> ReferencePhases:
    """Formation energies of matbench_mp_e_form, lowest polymorph of each formula, anions corrected.

    Raises:
        DataUnavailable: neither cache, mirror nor origin has them.
    """
    content = (fetch.locate(card_of(LARGE)) / "formation_energies.csv.gz").read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:8]

    def build() -> dict[str, float]:
        lowest: dict[str, float] = {}
        for row in csv.DictReader(gzip.decompress(content).decode("utf-8").splitlines()):
            keep_lowest(lowest, reduced(row["composition"]), float(row["formation_energy_eV_per_atom"] or "nan"))
        return without_faults({f: energy + anion_correction(parse_formula(f)) for f, energy in lowest.items()})

    corrected = hashlib.sha256(repr((sorted(CORRECTION.items()), MENDED)).encode()).hexdigest()[:4]
    formulas, energies = cached(LARGE, f"{digest}-{corrected}", build)
    return ReferencePhases(
        formulas,
        energies,
        "Materials Project formation energies (matbench_mp_e_form)",
        f"{len(formulas)} formulas, {digest}",
        oxyanions=oxyanion_shifts(),
    )


def shipped_phases() -> ReferencePhases:
    """The part of `mp_formation_energies` that hulls are made of, which the package carries.

    Raises:
        IntegrityError: the file is missing.
    """
    path = data_dir() / EMBEDDED / _SHIPPED
    if not path.is_file():
        raise IntegrityError(f"{path} is missing; install the package again.")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:8]

    def build() -> dict[str, float]:
        lines = csv.DictReader(gzip.decompress(content).decode("utf-8").splitlines())
        return without_faults({row["formula"]: float(row["formation_energy_eV_per_atom"]) for row in lines})

    formulas, energies = cached(EMBEDDED, f"{digest}-{MENDED}", build)
    return ReferencePhases(
        formulas,
        energies,
        "Materials Project formation energies, phases on hulls and lithium compounds of matbench_mp_e_form",
        f"{len(formulas)} formulas, {digest}",
        oxyanions=oxyanion_shifts(),
    )


def online_phases(client: Any = None, *, refresh: bool = False) -> ReferencePhases:
    """Formation energies of today's Materials Project, asked for once with the user's key and kept in the cache.

    Args:
        client: an open `mp_api.client.MPRester`; None opens one with the key of the user.
        refresh: ask again although there is a copy.

    Raises:
        DataUnavailable: no copy, and no key, no mp-api, or no answer; the message says what to do.
    """
    path = online_copy()
    if path is not None and not refresh and client is None:
        formulas, energies = read(path)
    else:
        from ssbscreen.sources.materials_project import SOURCE as ONLINE_SOURCE

        phases = ONLINE_SOURCE.load_phases("", client)
        lowest: dict[str, float] = {}
        for formula, energy in zip(phases.formulas, phases.formation_energy, strict=True):
            keep_lowest(lowest, reduced(formula), float(energy))
        formulas = tuple(sorted(lowest))
        energies = np.array([lowest[formula] for formula in formulas])
        path = cache_dir() / "reference" / f"{ONLINE}-{re.sub(r'[^0-9A-Za-z._]', '_', phases.version)}.npz"
        write(path, formulas, energies)
    release = path.stem.removeprefix(f"{ONLINE}-")
    return ReferencePhases(formulas, energies, "Materials Project (mp-api)", f"{release}, {len(formulas)} formulas")


def online_copy() -> Path | None:
    """The newest copy of today's Materials Project that was kept; None where it was never asked for."""
    caches = (cache_dir(), *former_caches())
    copies = (path for cache in caches for path in (cache / "reference").glob(f"{ONLINE}-*.npz"))
    return max(copies, key=lambda path: path.name, default=None)


def experimental_phases() -> ReferencePhases:
    """Standard formation enthalpies at 298 K that pymatgen ships, completed by our starter table.

    Source: pymatgen/analysis/compatibility/exp_compounds.json.gz (eV per formula unit), starter.csv (kJ/mol).

    Raises:
        IntegrityError: this version of pymatgen ships no such table.
    """
    # to ask for files of the folder itself would import it, with all input sets of VASP: seconds
    shipped = files("pymatgen.analysis").joinpath("compatibility").joinpath("exp_compounds.json.gz")
    if not shipped.is_file():
        raise IntegrityError(
            "This pymatgen ships no analysis/compatibility/exp_compounds.json.gz; install the "
            "version named in constraints.txt."
        )
    theirs, ours = shipped.read_bytes(), (data_dir() / EMBEDDED / "starter.csv").read_bytes()

    def build() -> dict[str, float]:
        lowest: dict[str, float] = {}
        for row in json.loads(gzip.decompress(theirs)):
            _keep_per_formula(lowest, row["formula"], row["exp energy"])
        for line in csv.DictReader(ours.decode("utf-8").splitlines()):
            _keep_per_formula(lowest, line["formula"], convert(float(line["enthalpy_kJ_per_mol"]), "kJ/mol", "eV"))
        return lowest

    formulas, energies = cached(MEASURED, hashlib.sha256(theirs + ours).hexdigest()[:8], build)
    stamp = (
        f"pymatgen-core {_pymatgen_version()}, {len(formulas)} formulas, starter {hashlib.sha256(ours).hexdigest()[:8]}"
    )
    return ReferencePhases(
        formulas, energies, "experimental formation enthalpies shipped with pymatgen", stamp, scale_shifts()
    )


def scale_shifts() -> tuple[ScaleShift, ...]:
    """Shift of the Materials Project's formation energies against the experimental ones, class by class."""
    return tuple(
        ScaleShift(
            row["chemistry_class"],
            float(row["offset_eV_per_atom"]),
            float(row["std_eV_per_atom"]),
            int(row["n_formulas"]),
        )
        for row in csv_rows(data_dir() / EMBEDDED / "scale.csv")
    )


def oxyanion_shifts() -> tuple[OxyanionShift, ...]:
    """Shift of the oxyanions in `mp_formation_energies` against experiment, element by element."""
    return tuple(
        OxyanionShift(
            row["element"],
            float(row["least_oxygen"]),
            float(row["shift_eV_per_atom"]),
            float(row["std_eV_per_atom"]),
            int(row["n_formulas"]),
        )
        for row in csv_rows(data_dir() / EMBEDDED / "oxyanions.csv")
    )


def keep_lowest(lowest: dict[str, float], formula: str, energy: float) -> None:
    """Take the energy (eV/atom) of a formula when it is a number and lower than what is there."""
    if math.isfinite(energy) and energy < lowest.get(formula, math.inf):
        lowest[formula] = energy


def _pymatgen_version() -> str:
    try:
        return version("pymatgen-core")
    except PackageNotFoundError:
        return version("pymatgen")


def _keep_per_formula(lowest: dict[str, float], formula: str, per_formula: float) -> None:
    amounts = parse_formula(formula)
    keep_lowest(lowest, _reduced(amounts), per_formula / sum(amounts.values()))


def reduced(text: str) -> str:
    """Formula with elements sorted and integer amounts divided by their common divisor."""
    return _reduced(parse_formula(text))


def _reduced(amounts: Mapping[str, float]) -> str:
    if all(a == int(a) for a in amounts.values()):
        divisor = math.gcd(*(int(a) for a in amounts.values()))
        amounts = {s: a / divisor for s, a in amounts.items()}
    return "".join(f"{s}{a:g}" if a != 1 else s for s, a in sorted(amounts.items()))


def _build(raw: Path, out: Path) -> None:
    _write_energies(out, rows_of(raw / "matbench_mp_e_form.json.gz", ("structure", "e_form")))


def _write_energies(out: Path, rows: Iterator[Any]) -> None:
    with gzipped(out / "formation_energies.csv.gz") as stream:
        writer = csv.writer(stream)
        writer.writerow(("material_id", "composition", "formation_energy_eV_per_atom"))
        for i, (structure, energy) in enumerate(rows):
            writer.writerow((f"mb-mp-e-form-{i + 1:06d}", formula_of(structure), energy))


def _build_from_table(frame: pd.DataFrame, out: Path) -> None:
    _write_energies(out, ((row["structure"].as_dict(), row["e_form"]) for _, row in frame.iterrows()))


ORIGIN = {LARGE: Builder(_build, _build_from_table)}
