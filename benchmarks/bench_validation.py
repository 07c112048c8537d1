"""Computed against published values: windows, decomposition, interphases, interfaces, mechanics, stacks.

Usage: SSBSCREEN_DATA_MIRROR=... python benchmarks/bench_validation.py [--reference mp|embedded] [--model] [--out FILE]
Published values and their sources stand in data/validation. --model adds moduli by the shipped crystal model.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import validation_mechanics as mechanics
import validation_thermodynamics as thermodynamics
from validation_thermodynamics import LARGE_ENERGY, LARGE_VOLTAGE, Comparison, Outcome

from ssbscreen.core.reference import ReferencePhases
from ssbscreen.files.writing import write_text
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.sources.reference_phases import EMBEDDED, LARGE, SOURCE

LARGE_DECOMPOSITION = 0.05  # eV/atom
MEASURED = "measured enthalpies and DFT"  # the published set that rests on the same data as the embedded reference


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table."""
    lines = [f"| {' | '.join(header)} |", f"|{'|'.join('---' for _ in header)}|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return [*lines, ""]


def text(value: float, digits: int = 2) -> str:
    """A number, a dash where missing."""
    return f"{value:.{digits}f}" if np.isfinite(value) else "-"


def signed(value: float, digits: int = 2) -> str:
    """A difference with its sign."""
    return f"{value:+.{digits}f}" if np.isfinite(value) else "-"


def both(rows: Sequence[Comparison]) -> list[Comparison]:
    """Rows with a published and a computed value."""
    return [row for row in rows if np.isfinite(row.difference)]


def summary(rows: Sequence[Comparison], limit: float, unit: str, digits: int) -> list[str]:
    """Count, mean and largest difference of each group and quantity."""
    lines = []
    for group, quantity in dict.fromkeys((row.group, row.quantity) for row in rows):
        members = both([row for row in rows if (row.group, row.quantity) == (group, quantity)])
        if not members:
            continue
        size = np.abs([row.difference for row in members])
        lines.append(
            [
                group,
                quantity,
                str(len(members)),
                text(float(size.mean()), digits),
                text(float(size.max()), digits),
                f"{int((size <= limit).sum())} of {len(members)}",
            ]
        )
    header = ("published set", "quantity", "n", f"mean difference, {unit}", "largest", f"within {limit:g} {unit}")
    return markdown(header, lines)


def details(rows: Sequence[Comparison], digits: int, unit: str) -> list[str]:
    """All rows with their reactions."""
    header = ("published set", "case", "quantity", f"published, {unit}", "computed", "difference", "reaction or phases")
    return markdown(
        header,
        [
            [
                r.group,
                r.case,
                r.quantity,
                text(r.published, digits),
                text(r.computed, digits),
                signed(r.difference, digits),
                r.reaction,
            ]
            for r in both(rows)
        ],
    )


def confusion(outcomes: Sequence[Outcome]) -> list[str]:
    """Known against computed outcomes on lithium."""
    names = ("stable", "passivating", "mixed_conducting")
    lines = [
        [known, *(str(sum(o.known == known and o.computed == computed for o in outcomes)) for computed in names)]
        for known in names
    ]
    right = [o.known == o.computed for o in outcomes]
    hard = [o.known == o.computed for o in outcomes if not o.is_binary]
    table = markdown(("known \\ computed", *names), lines)
    return [*table, f"Right: {sum(right)} of {len(right)}; without lithium binaries {sum(hard)} of {len(hard)}.", ""]


def outcome_rows(outcomes: Sequence[Outcome]) -> list[str]:
    """One row a material."""
    header = ("material", "known", "computed", "p stable / passivating / mixed", "products at 0 V (conduct electrons)")
    return markdown(
        header,
        [[o.formula, o.known, o.computed, " / ".join(text(p) for p in o.probabilities), o.products] for o in outcomes],
    )


def thermodynamic_part(reference: ReferencePhases) -> list[str]:
    """Windows, decomposition, interphases and interfaces against one reference."""
    library = PhaseLibrary(reference)
    lines = [f"Reference: {reference.title}", ""]
    windows = thermodynamics.windows(library)
    n_electrolytes = len({row.case for row in both(windows)})
    shown = [row for row in windows if row.group == MEASURED] if reference.scale else windows
    lines += [
        f"### Windows ({n_electrolytes} compounds)",
        "",
        *summary(windows, LARGE_VOLTAGE, "V", 3),
        *details(shown, 2, "V"),
    ]
    outcomes = thermodynamics.interphases(library)
    lines += [f"### Outcome on lithium ({len(outcomes)} materials)", "", *confusion(outcomes), *outcome_rows(outcomes)]
    if reference.scale:  # measured enthalpies: too few phases for the rest
        return lines
    decomposition = thermodynamics.decomposition(library)
    lines += [
        "### Decomposition energies",
        "",
        *summary(decomposition, LARGE_DECOMPOSITION, "eV/atom", 3),
        *details(decomposition, 3, "eV/atom"),
    ]
    interfaces = thermodynamics.interfaces(library)
    n_pairs = len({row.case for row in interfaces})
    lines += [
        f"### Interfaces ({n_pairs} pairs)",
        "",
        *summary(interfaces, LARGE_ENERGY, "meV/atom", 1),
        *details(interfaces, 0, "meV/atom"),
    ]
    offsets = thermodynamics.reference_offsets(reference, SOURCE.load_phases(EMBEDDED))
    lines += [
        "### Energies of the reference against measured enthalpies of formation",
        "",
        *markdown(
            ("anion", "binary salts", "median difference, eV per anion", "spread (MAD)"),
            [[a, str(n), signed(m), text(s)] for a, n, m, s in offsets],
        ),
    ]
    return lines


def mechanical_part(with_model: bool) -> list[str]:
    """Closed formulas, and moduli by the model."""
    lines = [
        "### Fracture toughness, MPa m^0.5",
        "",
        *details(mechanics.toughness(), 2, "MPa m^0.5"),
        "### Hardness, GPa",
        "",
        *details(mechanics.hardness_rows(), 1, "GPa"),
        "### Young's modulus from published K and G, GPa",
        "",
        *summary(mechanics.isotropic(), 0.3, "GPa", 2),
        "### Stack and stability of plating",
        "",
        *details(mechanics.closed_formulas(), 3, "see quantity"),
    ]
    if with_model:
        rows, model = mechanics.predicted_moduli()
        logs = [Comparison(r.group, r.case, r.quantity, np.log10(r.published), np.log10(r.computed), "") for r in rows]
        lines += [
            f"### Moduli by {model}, log10 GPa and GPa",
            "",
            *summary(logs, 0.1, "in log10", 3),
            *details(rows, 1, "GPa"),
        ]
    return lines


def main() -> None:
    """Print the tables and write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", choices=("mp", "embedded", "both"), default="both")
    parser.add_argument("--model", action="store_true", help="also predict moduli with the shipped crystal model")
    parser.add_argument("--out", type=Path, help="Markdown file")
    options = parser.parse_args()
    lines = [
        "# Computed against published values",
        "",
        "Made by `benchmarks/bench_validation.py`. Sources of all published values: `data/validation`.",
        "",
    ]
    if options.reference in ("mp", "both"):
        lines += ["## Materials Project energies", "", *thermodynamic_part(SOURCE.load_phases(LARGE))]
    if options.reference in ("embedded", "both"):
        lines += ["## Embedded measured enthalpies", "", *thermodynamic_part(SOURCE.load_phases(EMBEDDED))]
    lines += ["## Mechanics and cell", "", *mechanical_part(options.model)]
    content = "\n".join(lines).rstrip() + "\n"
    print(content)
    if options.out:
        write_text(content, options.out)


if __name__ == "__main__":
    main()
