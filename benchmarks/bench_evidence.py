"""How well the studies of a material predict one more: every study left out in turn, and the fit of the scatter.

python benchmarks/bench_evidence.py          # figures of docs/results/evidence.md
python benchmarks/bench_evidence.py --fit    # most likely scatter of every property; materials left out of the fit
python benchmarks/bench_evidence.py --tails  # how heavy the tails of what a class lets expect are
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from arguments import parse, run
from left_out_studies import MaterialStudies, fit_scatter, left_out, refactored, studies_of_materials

from ssbscreen.core.constants import ROOM_TEMPERATURE_C
from ssbscreen.core.evidence import Reported
from ssbscreen.ranking.posterior import Normal, log_evidence
from ssbscreen.ranking.scatter import Scatter, load_scatter
from ssbscreen.ranking.studies import Activation
from ssbscreen.screening.evidence.group_prior import MIN_MATERIALS
from ssbscreen.screening.evidence.reported import reported

KEY = "ionic_conductivity"
USUAL = Activation(0.38, 0.22)
NEAR = 40.0  # degree C from room temperature
POOLS = {
    "shipped table": ("literature",),
    "with OBELiX and Liverpool": ("literature", "obelix", "liverpool"),
    "with Laskowski, too": ("literature", "obelix", "liverpool", "laskowski"),
}
FREE = ("scale", "spread", "dof", "slope", "compiled")


def values_of(key: str, sources: Sequence[str]) -> list[Reported]:
    """Reported values of a property near room temperature, inorganic ones."""
    return [
        v
        for v in reported([key])
        if v.source in sources
        and v.candidate.polymer is None
        and not v.candidate.candidate_id.startswith("interfaces")  # cathodes
        and (v.temperature_c is None or abs(v.temperature_c - ROOM_TEMPERATURE_C) <= NEAR)
    ]


def materials_of(key: str, sources: Sequence[str], scatter: Scatter) -> list[MaterialStudies]:
    """Their studies by material."""
    is_warm = key == KEY
    values = [replace(v, value=scatter.scaled(v.value)) for v in values_of(key, sources)]
    return studies_of_materials(values, scatter, ROOM_TEMPERATURE_C if is_warm else None, USUAL if is_warm else None)


def row(name: str, table: pd.DataFrame) -> str:
    """One line: materials, studies, coverage with two standard errors by material, median width."""
    if table.empty:
        return f"{name:<44} no material"
    by_material = table.groupby("label")["inside"].agg(["sum", "count"])
    draws = np.random.default_rng(0).integers(0, len(by_material), (2000, len(by_material)))
    sums, counts = (by_material[c].to_numpy()[draws].sum(axis=1) for c in ("sum", "count"))
    low, high = np.quantile(sums / counts, (0.025, 0.975))
    return (
        f"{name:<44} {len(by_material):>3} materials {len(table):>4} studies  inside {table['inside'].mean():.1%} "
        f"({low:.0%} to {high:.0%})  median width {table['width'].median():.2f}  "
        f"as good as itself {table['covered'].mean():.1%} {table['covered_width'].median():.2f}"
    )


def coverage(scatter: Scatter) -> None:
    """Every study left out in turn, conductivity."""
    for name, sources in POOLS.items():
        table = left_out(materials_of(KEY, sources, scatter), scatter)
        print(row(name, table))
        print(row("  left out: read in the paper", table[~table["is_compiled"]]))
        print(row("  left out: from a compilation", table[table["is_compiled"]]))
        print(row("  left out: above 1e-5 S/cm", table[table["value"] > -5.0]))


def cross_fitted(scatter: Scatter, n_folds: int = 5) -> None:
    """Scatter fitted to four fifths of the materials, judged on the others."""
    materials = materials_of(KEY, POOLS["with OBELiX and Liverpool"], scatter)
    order = np.random.default_rng(0).permutation(len(materials))
    tables = []
    for fold in range(n_folds):
        own = set(order[fold::n_folds].tolist())
        fitted, _ = fit_scatter([m for i, m in enumerate(materials) if i not in own], scatter, FREE)
        tables.append(left_out(refactored([m for i, m in enumerate(materials) if i in own], scatter, fitted), fitted))
    table = pd.concat(tables)
    print(row("scatter fitted to other materials", table))
    print(row("  left out: read in the paper", table[~table["is_compiled"]]))


def fits() -> None:
    """Most likely scatter of every property."""
    for key, scatter in load_scatter().items():
        sources = POOLS["with OBELiX and Liverpool"] if key == KEY else ("literature", "liverpool")
        materials = materials_of(key, sources, scatter)
        repeated = sum(len(m.studies) > 1 for m in materials)
        free = FREE if key == KEY else ("scale",)
        if repeated < 3:
            print(f"{key}: {repeated} materials measured twice, too few to fit")
            continue
        found, likelihood = fit_scatter(materials, scatter, free)
        numbers = ", ".join(f"{name} {getattr(found, name):.3g}" for name in free)
        print(f"{key}: {numbers}; {repeated} materials, ln likelihood {likelihood:.1f}")


def tails() -> None:
    """Log likelihood of every material's studies where the other materials of its class are what is expected of it."""
    for key, sources in ((KEY, POOLS["with OBELiX and Liverpool"]), ("activation_energy", ("literature", "liverpool"))):
        scatter = load_scatter()[key]
        materials = materials_of(key, sources, scatter)
        middle = np.array([np.median([study.value for study in m.studies]) for m in materials])
        label = np.array([m.chemistry_class for m in materials])
        priors = []
        for i in range(len(materials)):
            others = middle[(label == label[i]) & (np.arange(len(materials)) != i)]
            priors.append(
                Normal(float(np.mean(others)), float(np.std(others))) if len(others) >= MIN_MATERIALS else None
            )
        for dof in (float("inf"), 12.0, 8.0, 6.0, 5.0, 4.0, 3.0):
            law = scatter.model_copy(update={"prior_dof": dof})
            rows = [
                (log_evidence(m.studies, prior, law), _last(m, prior, law))
                for m, prior in zip(materials, priors, strict=True)
                if prior is not None
            ]
            likelihood, last = np.nansum(rows, axis=0)
            n_last = np.isfinite([row[1] for row in rows]).sum()
            print(f"{key}, {dof:g} degrees of freedom: {len(rows)} materials, ln likelihood {likelihood:.1f}; "
                  f"second study after the first, {n_last} materials {last:.1f}")  # fmt: skip


def _last(material: MaterialStudies, prior: Normal, law: Scatter) -> float:
    """Log density of a material's second study, known the first; NaN where there is none."""
    if len(material.studies) < 2:
        return float("nan")
    first, second = material.studies[:1], material.studies[:2]
    return log_evidence(second, prior, law) - log_evidence(first, prior, law)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true", help="fit the scatter anew")
    parser.add_argument("--tails", action="store_true", help="tails of what is expected")
    own, chosen = load_scatter()[KEY], parse(parser)
    if chosen.tails:
        tails()
    elif chosen.fit:
        fits()
        cross_fitted(own)
    else:
        coverage(own)


if __name__ == "__main__":
    run(main)
