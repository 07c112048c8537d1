"""Computed against published values: windows, decomposition, interphases, interfaces, mechanics, temperatures,
stacks.

Usage: python benchmarks/bench_validation.py [--reference mp|measured] [--model] [--out FOLDER]
Published values and their sources stand in data/validation. --model adds moduli and conductivities by the
shipped models, and what they say to every value of data/validation/other_quantities.csv. Prints the summary; --out
writes it as summary.csv with every value beside it, one table a kind.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import validation_lithium as lithium
import validation_mechanics as mechanics
import validation_others as other_quantities
import validation_thermodynamics as thermodynamics
import validation_transport as transport
from arguments import parse, run
from validation_thermodynamics import LARGE_ENERGY, LARGE_VOLTAGE, Comparison

from ssbscreen.core.reference import ReferencePhases
from ssbscreen.files.writing import write_table
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.sources.reference_phases import LARGE, MEASURED, SOURCE

LARGE_DECOMPOSITION = 0.05  # eV/atom
REFERENCES = {"mp": ("Materials Project", LARGE), "measured": ("measured enthalpies", MEASURED)}


class Part(NamedTuple):
    """Values of one kind, computed from one reference.

    Attributes:
        name: of its table.
        reference: name of the reference phases, empty where none is needed.
        rows: one a value.
        unit: of published and computed values; empty where `quantity` says it.
        digits: after the decimal point.
        limit: difference up to which a value counts as reached; None where nothing is counted.
    """

    name: str
    reference: str
    rows: Sequence[Comparison]
    unit: str
    digits: int
    limit: float | None

    @property
    def known(self) -> list[Comparison]:
        """Rows with a published and a computed value."""
        return [row for row in self.rows if np.isfinite(row.difference)]


def thermodynamic_parts(name: str, reference: ReferencePhases) -> Iterator[Part]:
    """Windows, and what needs many phases where there are many."""
    library = PhaseLibrary(reference)
    yield Part("windows", name, thermodynamics.windows(library), "V", 2, LARGE_VOLTAGE)
    if reference.scale:  # measured enthalpies: too few phases for the rest
        return
    yield Part("decomposition", name, thermodynamics.decomposition(library), "eV/atom", 3, LARGE_DECOMPOSITION)
    yield Part("interfaces", name, thermodynamics.interfaces(library), "meV/atom", 0, LARGE_ENERGY)
    yield Part("interphase_growth", name, lithium.interphase_thickness(library), "nm", 0, None)


def mechanical_parts(with_model: bool) -> Iterator[Part]:
    """Closed formulas, and moduli and conductivities by the models."""
    yield Part("toughness", "", mechanics.toughness(), "MPa m^0.5", 2, None)
    yield Part("hardness", "", mechanics.hardness_rows(), "GPa", 1, None)
    yield Part("youngs_modulus", "", mechanics.isotropic(), "GPa", 2, 0.3)
    yield Part("temperatures", "", transport.temperatures(), "log10(S/cm)", 2, 0.3)
    yield Part("composites", "", mechanics.composites(), "log10(S/cm)", 2, 0.3)
    yield Part("cathode_pressure", "", mechanics.cathode_pressure(), "log10 of the ratio", 2, None)
    yield Part("stacks", "", mechanics.closed_formulas(), "", 3, None)
    if with_model:
        for model, rows in mechanics.predicted_moduli().items():
            logs = [
                Comparison(r.group, r.case, r.quantity, np.log10(r.published), np.log10(r.computed), r.reaction)
                for r in rows
            ]
            yield Part("moduli", model, logs, "log10(GPa)", 2, 0.1)
        rows, model = transport.predicted_conductivities()
        yield Part("conductivities", model, rows, "log10(S/cm)", 2, 0.5)


def lithium_parts() -> Iterator[Part]:
    """Kinetic windows and lithium itself."""
    yield Part("kinetic_windows", "", lithium.kinetic_windows(), "V", 2, LARGE_VOLTAGE)
    yield Part("lithium_metal", "", lithium.lithium_metal(), "", 2, None)


def table(part: Part) -> pd.DataFrame:
    """Every value of a part with the reaction behind it."""
    return pd.DataFrame(
        {
            "reference": [part.reference for _ in part.known],
            "published_set": [row.group for row in part.known],
            "case": [row.case for row in part.known],
            "quantity": [row.quantity for row in part.known],
            "unit": [part.unit for _ in part.known],
            "published": [f"{row.published:.{part.digits}f}" for row in part.known],
            "computed": [f"{row.computed:.{part.digits}f}" for row in part.known],
            "difference": [f"{row.difference:+.{part.digits}f}" for row in part.known],
            "detail": [row.reaction for row in part.known],
        }
    )


def summary(parts: Sequence[Part]) -> pd.DataFrame:
    """Count, mean and largest difference of each published set and quantity."""
    lines = []
    for part in parts:
        for group, quantity in dict.fromkeys((row.group, row.quantity) for row in part.known):
            members = [row for row in part.known if (row.group, row.quantity) == (group, quantity)]
            size = np.abs([row.difference for row in members])
            within = "" if part.limit is None else f"{int((size <= part.limit).sum())} of {len(size)}"
            limit = "" if part.limit is None else f"{part.limit:g}"
            digits = part.digits + 1
            mean, largest = f"{size.mean():.{digits}f}", f"{size.max():.{digits}f}"
            line = (part.name, part.reference, group, quantity, part.unit, len(size), mean, largest, limit, within)
            lines.append(line)
    columns = ("table", "reference", "published_set", "quantity", "unit", "n", "mean_difference", "largest", "limit")
    return pd.DataFrame(lines, columns=(*columns, "within_limit"))


def outcomes(name: str, reference: ReferencePhases) -> pd.DataFrame:
    """Known and computed outcome on lithium, one row a material."""
    rows = thermodynamics.interphases(PhaseLibrary(reference))
    columns = ("reference", "material", "is_binary", "known", "computed")
    probabilities = ("p_stable", "p_passivating", "p_mixed_conducting")
    lines = [
        (name, o.formula, o.is_binary, o.known, o.computed, *(f"{p:.2f}" for p in o.probabilities), o.products)
        for o in rows
    ]
    return pd.DataFrame(lines, columns=(*columns, *probabilities, "products_at_0_V"))


def offsets(reference: ReferencePhases) -> pd.DataFrame:
    """Energies of the large reference against measured enthalpies of binary salts, by anion."""
    rows = thermodynamics.reference_offsets(reference, SOURCE.load_phases(MEASURED))
    lines = [(anion, n, f"{median:+.2f}", f"{scatter:.2f}") for anion, n, median, scatter in rows]
    columns = ("anion", "binary_salts", "median_difference_ev_per_anion", "median_absolute_deviation")
    return pd.DataFrame(lines, columns=columns)


def main() -> None:
    """Print the summary and write the tables where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", choices=(*REFERENCES, "both"), default="both")
    parser.add_argument("--model", action="store_true", help="also ask the shipped models")
    parser.add_argument("--out", type=Path, help="folder for CSV files")
    options = parse(parser, reference="measured")
    parts: list[Part] = []
    tables: dict[str, pd.DataFrame] = {}
    known: list[pd.DataFrame] = []
    for key in REFERENCES if options.reference == "both" else (options.reference,):
        name, file = REFERENCES[key]
        reference = SOURCE.load_phases(file)
        parts += thermodynamic_parts(name, reference)
        known.append(outcomes(name, reference))
        if key == "mp":
            tables["energies_by_anion"] = offsets(reference)
            tables["co_sintering"] = transport.sintered(PhaseLibrary(reference))
    parts += lithium_parts()
    parts += mechanical_parts(options.model)
    tables["interphases"] = pd.concat(known, ignore_index=True)
    for name in dict.fromkeys(part.name for part in parts):
        tables[name] = pd.concat([table(part) for part in parts if part.name == name], ignore_index=True)
    tables["summary"] = summary(parts)
    right = (
        tables["interphases"].eval("known == computed").groupby(tables["interphases"]["reference"]).agg(["sum", "size"])
    )
    print(tables["summary"].to_string(index=False), right.to_string(), sep="\n\n")
    if options.model:
        tables["other_quantities"] = other_quantities.others()
        print("", other_quantities.counts(tables["other_quantities"]).to_string(index=False), sep="\n")
    if options.out:
        for name, frame in tables.items():
            write_table(frame, options.out / f"{name}.csv")


if __name__ == "__main__":
    run(main)
