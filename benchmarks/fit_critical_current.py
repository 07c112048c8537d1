"""Makes `ssbscreen/physics/critical_current.csv` and judges the fit that is learned from it, leaving materials out.

Run: python benchmarks/fit_critical_current.py [--out ssbscreen/physics/critical_current.csv]
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import parse_formula
from ssbscreen.core.recognition import classify, recognise_family
from ssbscreen.files.csv_table import csv_rows
from ssbscreen.files.paths import data_dir
from ssbscreen.files.writing import write_text
from ssbscreen.physics.critical_current import ROOM_C, Cell, fit_critical_current, measured_cells
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interphase_products import blocking_share
from ssbscreen.physics.lithium_interphase import Judged
from ssbscreen.query.outcome_check import HOTTEST, spearman
from ssbscreen.sources.reference_phases import EMBEDDED, SOURCE

TABLE = "outcomes/critical_current.csv"
BARE = ("no", "unstated")
COLUMNS = (
    "material,chemistry_class,family,log10_current,bound,between,temperature_c,log10_conductivity,blocking,growing"
).split(",")


def cells() -> list[Cell]:
    """Rows of the table that are not of low confidence nor of molten lithium."""
    rows = [row for row in csv_rows(data_dir() / TABLE) if row["confidence"] != "low"]
    rows = [row for row in rows if not row["temperature_c"] or float(row["temperature_c"]) <= HOTTEST]
    conductivity = conductivities(sorted({row["formula"] for row in rows if "*" not in row["formula"]}))
    library = PhaseLibrary(SOURCE.load_phases(EMBEDDED))
    found = []
    for row in rows:
        formula = row["formula"]
        is_polymer = "*" in formula
        composition = None if is_polymer else Composition(formula)
        blocking, growing = 0.0, 0.0
        if not is_polymer:
            path = library.path(parse_formula(formula))
            blocking, growing = blocking_share(path), Judged.of(formula, path).probability(use_reports=False)[0]
        found.append(
            Cell(
                formula,
                classify(composition, is_polymer),
                recognise_family(composition, None, formula if is_polymer else None),
                float(np.log10(float(row["value"]) / 1e3)),
                row["bound"],
                row["interlayer"],
                float(row["temperature_c"] or ROOM_C),
                conductivity.get(formula, float("nan")),
                blocking,
                growing,
            )
        )
    return found


def conductivities(formulas: Sequence[str]) -> dict[str, float]:
    """Log10 of the predicted conductivity at room temperature, S/cm, as a candidate of the same composition gets it."""
    from ssbscreen.prediction.predictor import predict

    candidates = [Candidate(candidate_id=f, composition=Composition(f)) for f in formulas]
    mean = predict(candidates, ["ionic_conductivity"]).by_property["ionic_conductivity"].mean
    return dict(zip(formulas, mean.tolist(), strict=True))


def text_of(rows: Sequence[Cell]) -> str:
    """The table."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for c in rows:
        known = f"{c.conductivity:.2f}" if np.isfinite(c.conductivity) else ""
        numbers = (f"{c.temperature_c:g}", known, f"{c.blocking:.4f}", f"{c.growing:.3f}")
        writer.writerow([c.material, c.chemistry_class, c.family, f"{c.current:.3f}", c.bound, c.between, *numbers])
    return out.getvalue()


def judged(rows: Sequence[Cell], group: Callable[[Cell], str]) -> dict[str, np.ndarray]:
    """Measured median of each bare material, and what was predicted without its group.  # each (n,)"""
    bare = [row for row in rows if row.between in BARE]
    found: dict[str, list[float]] = {key: [] for key in ("measured", "fit", "class median", "conductivity", "is_solid")}
    for material in dict.fromkeys(row.material for row in bare):
        own = [row for row in bare if row.material == material]
        others = [row for row in rows if group(row) != group(own[0])]
        terms = {k: v for k, v in own[0].terms().items() if k not in ("temperature", "contact not described")}
        of_class = [
            row.current for row in others if row.chemistry_class == own[0].chemistry_class and row.between in BARE
        ]
        found["measured"].append(float(np.median([row.current for row in own])))
        found["fit"].append(fit_critical_current(others).level(terms))
        found["class median"].append(
            float(np.median(of_class or [row.current for row in others if row.between in BARE]))
        )
        found["conductivity"].append(own[0].conductivity)
        found["is_solid"].append("*" not in material)
    return {key: np.array(values) for key, values in found.items()}


def scores(name: str, table: dict[str, np.ndarray]) -> str:
    """Rank correlation and median factor."""
    lines = []
    solid = table["is_solid"].astype(bool)
    for key in ("fit", "class median", "conductivity"):
        order = spearman(table[key][solid], table["measured"][solid])
        off = np.abs(table[key] - table["measured"])
        level = "" if key == "conductivity" else f", median factor {10 ** np.median(off):.2f}"
        within = "" if key == "conductivity" else f", within 3: {np.mean(off < np.log10(3.0)):.0%}"
        lines.append(f"{name}, {key}: Spearman {order:+.2f} ({solid.sum()} inorganic){level}{within}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the table where asked, and print the scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    if options.out:
        write_text(text_of(cells()), options.out)
    rows = measured_cells()
    if not rows:
        raise InputError("The table is empty; make it with --out.")
    print(TABLE, hashlib.sha256((data_dir() / TABLE).read_bytes()).hexdigest()[:12], len(rows), "cells")
    print(scores("materials left out", judged(rows, lambda row: row.material)))
    print(scores("families left out", judged(rows, lambda row: row.family)))
    fit = fit_critical_current(rows)
    print(f"spread of classes and families {fit.level_std}, materials {fit.material_std}, laboratories {fit.scatter}")
    kept = [i for i, name in enumerate(fit.names) if not name.startswith("material ")]
    print({fit.names[i]: f"{fit.mean[i]:+.2f} +- {fit.covariance[i, i] ** 0.5:.2f}" for i in kept})


if __name__ == "__main__":
    main()
