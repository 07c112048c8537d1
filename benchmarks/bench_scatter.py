"""How much laboratories differ about one material, from the shipped tables: the tables of docs/results/scatter.md.

python benchmarks/bench_scatter.py --out docs/results
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from arguments import parse, run
from bench_evidence import KEY, NEAR, USUAL
from left_out_studies import studies_of_materials

from ssbscreen.core.constants import ROOM_TEMPERATURE_C
from ssbscreen.core.properties import get_property
from ssbscreen.files.writing import write_table
from ssbscreen.physics.critical_current import measured_cells
from ssbscreen.ranking.repeatability import parts_of
from ssbscreen.ranking.scatter import load_scatter
from ssbscreen.screening.evidence.reported import reported

PLATING = "critical_current"


@dataclass(frozen=True)
class Material:
    """Studies of one property of one material.

    Attributes:
        key: of the property.
        label: of the material.
        values: of the studies, on the scale on which they scatter.
        is_logarithmic: whether that scale is log10.
    """

    key: str
    label: str
    values: tuple[float, ...]
    is_logarithmic: bool

    @property
    def variance(self) -> float:
        """Of its studies about their mean."""
        return float(np.var(self.values, ddof=1))

    def natural(self, value: float) -> float:
        """On the scale of the property's unit."""
        return 10.0**value if self.is_logarithmic else value


def materials() -> Iterator[Material]:
    """Materials measured in two studies or more, near room temperature."""
    for key, scatter in load_scatter().items():
        values = [
            replace(v, value=scatter.scaled(v.value))
            for v in reported([key])
            if v.source == "literature"
            and not v.candidate.candidate_id.startswith("interfaces")  # cathodes
            and (v.temperature_c is None or abs(v.temperature_c - ROOM_TEMPERATURE_C) <= NEAR)
        ]
        warm = (ROOM_TEMPERATURE_C, USUAL) if key == KEY else (None, None)
        for found in studies_of_materials(values, scatter, *warm):
            if len(found.studies) > 1:
                own = tuple(float(study.value) for study in found.studies)
                yield Material(key, found.label, own, scatter.is_relative or get_property(key).is_log)
    yield from plating()


def plating() -> Iterator[Material]:
    """Critical currents of bare contacts near room temperature; bounds left aside."""
    found: dict[str, list[float]] = defaultdict(list)
    for cell in measured_cells():
        is_warm = abs(cell.temperature_c - ROOM_TEMPERATURE_C) <= 10.0
        if cell.bound == "exact" and is_warm and cell.between in ("no", "unstated"):
            found[cell.material].append(cell.current)
    for material, values in found.items():
        if len(values) > 1:
            yield Material(PLATING, material, tuple(values), True)


def by_property(found: list[Material]) -> pd.DataFrame:
    """Pooled standard deviation of each property, and what is used."""
    rows = []
    for key in dict.fromkeys(m.key for m in found):
        own = [m for m in found if m.key == key]
        n = sum(len(m.values) for m in own)
        pooled = np.sqrt(sum(m.variance * (len(m.values) - 1) for m in own) / (n - len(own)))
        far = np.concatenate([np.abs(np.subtract(m.values, np.median(m.values))) for m in own])
        parts = parts_of(key, float(np.median(np.concatenate([m.values for m in own]))))
        rows.append(
            {
                "property": key,
                "unit": "decades" if own[0].is_logarithmic else get_property(key).unit,
                "materials": len(own),
                "studies": n,
                "pooled_standard_deviation": f"{pooled:.3f}",
                "median_deviation": f"{np.median(far):.3f}",
                "largest_deviation": f"{far.max():.2f}",
                "used_between_laboratories": f"{parts.laboratories:.3f}",
                "used_between_cells": f"{parts.cells:.3f}",
                "cells": "assumed" if parts.is_assumed else "read",
            }
        )
    return pd.DataFrame(rows)


def by_material(found: list[Material]) -> pd.DataFrame:
    """Each material with the span of its studies."""
    rows = [
        {
            "property": m.key,
            "material": m.label,
            "studies": len(m.values),
            "unit": get_property(m.key).unit,
            "lowest": f"{m.natural(min(m.values)):.3g}",
            "median": f"{m.natural(float(np.median(m.values))):.3g}",
            "highest": f"{m.natural(max(m.values)):.3g}",
            "standard_deviation": f"{np.sqrt(m.variance):.3f}" + (" decades" if m.is_logarithmic else ""),
        }
        for m in found
    ]
    return pd.DataFrame(rows).sort_values(["property", "studies", "material"], ascending=[True, False, True])


def main() -> None:
    """Print both tables and write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="folder for the CSV files")
    options = parse(parser)
    found = list(materials())
    tables = {"scatter_by_property": by_property(found), "scatter_by_material": by_material(found)}
    for name, table in tables.items():
        print(table.to_string(index=False), end="\n\n")
        if options.out:
            write_table(table, options.out / f"{name}.csv")


if __name__ == "__main__":
    run(main)
