"""Electronic resistivity of measured samples with whole families left out, beside the formula from the gap alone.

Each family of the literature table is predicted from the others. An error counts once a value and once a family, since
one paper brings most of the values. Values that were only recalled are left out.

Run: python benchmarks/bench_resistivity.py
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from arguments import parse, run
from pymatgen.core import Composition
from scipy import stats

from ssbscreen.core.candidate import Bound, Candidate
from ssbscreen.physics.electronic import fit_extrinsic, intrinsic_resistivity
from ssbscreen.prediction.predictor import predict
from ssbscreen.sources.literature import SOURCE

MIN_VALUES, MIN_FAMILIES = 25, 5
SHIPPED = "shipped: nested levels of class, family and study"
RULES = (
    "gap-only formula",
    "formula moved by a constant",
    "median of all studies",
    "line over the gap",
    "mean of the class",
    SHIPPED,
)


def _print_rank_correlation(material: np.ndarray, gap: np.ndarray, value: np.ndarray) -> None:
    """Does measured resistivity follow the gap? One mean value a composition, Spearman's rank correlation."""
    known = np.isfinite(gap) & np.isfinite(value)
    names = sorted(set(material[known].tolist()))
    gaps, values = ([column[known & (material == name)].mean() for name in names] for column in (gap, value))
    result = stats.spearmanr(gaps, values)
    print(
        f"rank correlation with the predicted gap over {len(names)} compositions: {result.statistic:.2f} "
        f"(p {result.pvalue:.2g}), significant: {len(names) >= 5 and result.pvalue < 0.05}"
    )


@dataclass(frozen=True)
class Samples:
    """Measured samples, one row a value.

    Attributes:
        value: electronic resistivity, log10 ohm cm.
        gap: predicted, eV; of the PBE gap where it is the larger one, since that is a lower limit of the real one.
        chemistry, family, study, formula: of each.
    """

    value: np.ndarray
    gap: np.ndarray
    chemistry: np.ndarray
    family: np.ndarray
    study: np.ndarray
    formula: np.ndarray

    @property
    def families(self) -> list[str]:
        """Each once."""
        return sorted(set(self.family))


def read_samples() -> Samples:
    """Exact measured values of the literature table with the gaps of their compositions."""
    rows = [
        row
        for row in SOURCE.values("electronic")
        if row.key == "electronic_resistivity"
        and row.is_measured
        and row.value
        and row.composition is not None
        and row.bound is Bound.EXACT
    ]
    candidates = [Candidate(f"{i}", Composition(row.composition)) for i, row in enumerate(rows)]
    gap = predict(candidates, ["band_gap", "band_gap_pbe"]).by_property
    return Samples(
        np.log10([float(row.value or 0.0) for row in rows]),
        np.fmax(gap["band_gap"].mean, gap["band_gap_pbe"].mean),
        np.array([row.chemistry_class for row in rows]),
        np.array([row.family for row in rows]),
        np.array([row.reference or row.material for row in rows]),
        np.array([Composition(row.composition).reduced_formula for row in rows]),
    )


def by_each_rule(samples: Samples) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """What each rule says of each value from the other families, and the error that the shipped one states."""
    n, intrinsic = len(samples.value), intrinsic_resistivity(samples.gap)
    rules = {name: np.full(n, np.nan) for name in RULES}
    std = np.full(n, np.nan)
    for name in samples.families:
        out = samples.family == name
        kept, chemistry = ~out, samples.chemistry
        of_study = [np.flatnonzero(kept & (samples.study == s)) for s in sorted(set(samples.study[kept]))]
        middle = np.array([np.median(samples.value[i]) for i in of_study])
        gaps = np.array([np.median(samples.gap[i]) for i in of_study])
        fit = fit_extrinsic(chemistry[kept], samples.family[kept], samples.study[kept], samples.value[kept])
        levels = [fit.of(c, name) for c in chemistry[out]]
        rules["gap-only formula"][out] = intrinsic[out]
        of_class = np.array([chemistry[i[0]] for i in of_study])
        for c in set(chemistry[out]):
            own = middle[of_class == c]
            rules["mean of the class"][out & (chemistry == c)] = own.mean() if len(own) else middle.mean()
        shift = np.median(middle - intrinsic_resistivity(gaps))
        rules["formula moved by a constant"][out] = intrinsic[out] + shift
        rules["median of all studies"][out] = np.median(middle)
        slope, start = np.polyfit(gaps, middle, 1)
        rules["line over the gap"][out] = start + slope * samples.gap[out]
        rules[SHIPPED][out] = np.minimum(intrinsic[out], np.array([level.mean for level in levels]))
        std[out] = [np.sqrt(g.std_coarse**2 + g.std_fine**2 + fit.std_own**2) for g in levels]
    return rules, std


def main() -> None:
    """Print the errors of each rule."""
    parse(argparse.ArgumentParser(description=__doc__))
    samples = read_samples()
    names, family, value = samples.families, samples.family, samples.value
    print(
        f"{len(value)} values, {len(set(samples.formula))} compositions, {len(set(samples.study))} studies, "
        f"{len(names)} families: " + ", ".join(f"{n} {int((family == n).sum())}" for n in names)
    )
    if len(value) < MIN_VALUES or len(names) < MIN_FAMILIES:
        print(f"under {MIN_VALUES} values or {MIN_FAMILIES} families: too few to judge a rule")
    _print_rank_correlation(samples.formula, samples.gap, value)
    rules, std = by_each_rule(samples)
    for name, found in rules.items():
        error = np.abs(found - value)
        by_family = np.array([error[family == f].mean() for f in names])
        inside = np.array([(error[family == f] <= 1.0).mean() for f in names])
        print(
            f"{name}: MAE {error.mean():.2f} decades ({by_family.mean():.2f} a family), within one decade "
            f"{(error <= 1.0).mean():.0%} of the values, {inside.mean():.0%} of the families "
            f"({', '.join(f'{f} {e:.1f}' for f, e in zip(names, by_family, strict=True))})"
        )
    _print_coverage("families", np.abs(rules[SHIPPED] - value) <= 1.645 * std, family)
    _leave_out("studies", samples.study, samples.chemistry, family, samples.study, value)
    _leave_out("materials", samples.formula, samples.chemistry, family, samples.study, value)


def _print_coverage(title: str, covered: np.ndarray, family: np.ndarray) -> None:
    by_family = np.mean([covered[family == f].mean() for f in sorted(set(family))])
    print(f"{title} left out: the 90 % interval holds {covered.mean():.0%} of the values, {by_family:.0%} a family")


def _leave_out(
    title: str, left: np.ndarray, chemistry: np.ndarray, family: np.ndarray, study: np.ndarray, value: np.ndarray
) -> None:
    """Values of one study or material predicted from all others, its own family among them."""
    error, std = np.full(len(value), np.nan), np.full(len(value), np.nan)
    for name in sorted(set(left)):
        out = left == name
        fit = fit_extrinsic(chemistry[~out], family[~out], study[~out], value[~out])
        for i in np.flatnonzero(out):
            level = fit.of(chemistry[i], family[i])
            error[i] = abs(level.mean - value[i])
            std[i] = np.sqrt(level.std_coarse**2 + level.std_fine**2 + fit.std_own**2)
    by_family = np.mean([(error[family == f] <= 1).mean() for f in sorted(set(family))])
    print(
        f"{title} left out: MAE {error.mean():.2f} decades, within one decade {(error <= 1).mean():.0%} of the values, "
        f"{by_family:.0%} of the families, median width of the 90 % interval {np.median(2 * 1.645 * std):.1f} decades"
    )
    _print_coverage(title, error <= 1.645 * std, family)


if __name__ == "__main__":
    run(main)
