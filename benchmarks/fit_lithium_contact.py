"""Makes `ssbscreen/physics/lithium_contact.csv` and judges the rule that is learned from it, leaving materials out.

Run: python benchmarks/fit_lithium_contact.py [--out ssbscreen/physics/lithium_contact.csv]
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

from ssbscreen.core.formula import parse_formula
from ssbscreen.core.recognition import classify, recognise_family
from ssbscreen.files.csv_table import csv_rows
from ssbscreen.files.paths import data_dir
from ssbscreen.files.writing import write_text
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interphase_products import conducting_by_metal
from ssbscreen.physics.lithium_contact import (
    Contact,
    Seen,
    disagreement,
    fit_contact_rule,
    report_noise,
    same_material,
    seen_contacts,
)
from ssbscreen.physics.lithium_interphase import is_inert
from ssbscreen.physics.near_reports import NearReports
from ssbscreen.query.outcome_check import area_under_curve
from ssbscreen.sources.reference_phases import EMBEDDED, SOURCE

TABLES = {"outcomes": "outcomes/lithium.csv", "interphases": "validation/interphases.csv"}


def reports() -> list[tuple[str, bool, str]]:
    """Formula, whether the reaction went on, and the table, one row a report; no polymers, composites, binaries."""
    found = []
    for row in csv_rows(data_dir() / TABLES["outcomes"]):
        is_solid = row["chemistry_class"] not in ("polymer", "composite") and "*" not in row["formula"]
        if is_solid and row["confidence"] != "low" and row["value"] in ("0", "1"):
            found.append((row["formula"], row["value"] == "0", "outcomes"))
    for row in csv_rows(data_dir() / TABLES["interphases"]):
        if row["is_binary"] == "0":
            found.append((row["formula"], row["outcome"] == "mixed_conducting", "interphases"))
    return found


def materials() -> list[Seen]:
    """Reports gathered by composition, with the products at 0 V from the embedded reference."""
    rows: list[Seen] = []
    library = PhaseLibrary(SOURCE.load_phases(EMBEDDED))
    for formula, is_growing, table in reports():
        same = same_material(formula, rows)
        if same:
            old = rows[same[0]]
            tables = " ".join(sorted({*old.tables.split(), table}))
            rows[same[0]] = Seen(
                old.formula, old.contact, old.n_reports + 1, old.n_growing + is_growing, old.is_inert, tables
            )
            continue
        path = library.path(parse_formula(formula))
        composition = Composition(formula)
        contact = Contact(classify(composition), recognise_family(composition), conducting_by_metal(path))
        rows.append(Seen(formula, contact, 1, int(is_growing), is_inert(path), table))
    return rows


def text_of(rows: Sequence[Seen]) -> str:
    """The table."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = ("formula", "chemistry_class", "family", "n_reports", "n_growing", "is_inert", "conducting", "tables")
    writer.writerow(names)
    for row in rows:
        shares = " ".join(f"{m}:{x:.4f}" for m, x in sorted(row.contact.conducting.items()))
        inert = "yes" if row.is_inert else "no"
        own = row.contact
        writer.writerow(
            [row.formula, own.chemistry_class, own.family, row.n_reports, row.n_growing, inert, shares, row.tables]
        )
    return out.getvalue()


def left_out(rows: Sequence[Seen], group: Callable[[Seen], object], *, near: bool = True) -> np.ndarray:
    """Probability of each material from a rule and reports of which none is of its group.  # (n,)

    Args:
        rows: all.
        group: of each.
        near: whether reports on materials near by count beside the rule.
    """
    groups = [group(row) for row in rows]
    found = np.zeros(len(rows))
    for name in set(groups):
        others = [row for row, own in zip(rows, groups, strict=True) if own != name]
        rule = fit_contact_rule(others)
        reports = NearReports(others, rule)
        for i, row in enumerate(rows):
            if groups[i] == name:
                p = reports.probability(row.formula, row.contact) if near else rule.probability(row.contact)
                found[i] = 0.0 if row.is_inert else p
    return found


def judged(name: str, rows: Sequence[Seen], p: np.ndarray) -> str:
    """One line of scores; undecided materials are left out."""
    y = np.array([row.share_growing for row in rows])
    kept = (y != 0.5) & np.array(["outcomes" in row.tables for row in rows])
    grows, p, y = y[kept] > 0.5, p[kept], y[kept]
    balanced = 0.5 * ((p[grows] > 0.5).mean() + (p[~grows] <= 0.5).mean())
    area = area_under_curve(p, grows)
    return (
        f"{name:24s} {len(p)} materials, {grows.sum()} growing: area {area:.3f}, balanced accuracy {balanced:.3f}, "
        f"Brier {((p - y) ** 2).mean():.3f}"
    )


def series(row: Seen) -> str:
    """Family and main elements: Li6PS5Cl and its dilute variants are one."""
    amounts = parse_formula(row.formula)
    main = sorted(s for s, x in amounts.items() if x >= 0.03 * sum(amounts.values()))
    return f"{row.contact.family} {' '.join(main)}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the table where asked, and print the scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    if options.out:
        write_text(text_of(materials()), options.out)
    rows = seen_contacts()
    for name in TABLES.values():
        print(name, hashlib.sha256((data_dir() / name).read_bytes()).hexdigest()[:12])
    by_material = left_out(rows, lambda row: row.formula)
    print(judged("materials left out", rows, by_material))
    print(judged("  by the rule alone", rows, left_out(rows, lambda row: row.formula, near=False)))
    print(judged("series left out", rows, left_out(rows, series)))
    print(judged("families left out", rows, left_out(rows, lambda row: row.contact.family)))
    print("calibration, materials left out: mean probability, share growing, materials")
    y = np.array([row.share_growing for row in rows])
    for low, high in ((0.0, 0.1), (0.1, 0.3), (0.3, 0.7), (0.7, 1.01)):
        own = (by_material >= low) & (by_material < high)
        print(f"  {low:.1f} to {min(high, 1.0):.1f}: {by_material[own].mean():.2f} {y[own].mean():.2f} {own.sum()}")
    rule = fit_contact_rule(rows)
    print(f"two reports of one material disagree: {disagreement(rows):.3f}; noise of one {report_noise(rows):.2f}")
    print(
        f"half potential {rule.half_potential} V, half share in oxides {rule.oxide_share};",
        {k: round(v, 2) for k, v in rule.coefficients.items()},
    )


if __name__ == "__main__":
    main()
