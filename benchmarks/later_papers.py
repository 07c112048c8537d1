"""Papers of later years as the test: what was known up to a year predicts compositions that were published after it.

Parts of `bench_conductivity.py`. The year of a row is that of the literature table, else the one its DOI states. A row
that states none is never tested, and learned from only where it cannot be later: it is taken to be as late as the
latest dated row of its collection, or as the paper of a collection without any; such rows of the literature table are
left out. Tested are rows of later papers whose composition stands in no row that may be of before.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ssbscreen.core.dataset import EXACT
from ssbscreen.curation.publication_year import publication_year
from ssbscreen.curation.splits import grouped_kfold, linked_groups
from ssbscreen.sources.literature import SOURCE
from ssbscreen.training.metrics import censored_error, spearman

if TYPE_CHECKING:
    from bench_conductivity import Bench

CLOSED = {"laskowski": 2022}  # no row of it names its paper; its own, 10.1039/d2ee03499a, was handed in in October 2022
GOOD = -5.0  # log10 S/cm, the hard limit of a separator: most of what is published as an electrolyte lies above
FEW = 8  # rows from which on a family has a line of its own
PERIODS = (1900, 1996, 2006, 2013, 2018, 2021, 2023, 2030)  # first years; about a hundred rows in each
N_DRAWS = 2000


@dataclass(frozen=True)
class Years:
    """Years of publication.

    Attributes:
        stated: NaN where none is.  # (n,)
        latest: the stated one, else the latest possible; NaN where nothing is known.  # (n,)
    """

    stated: np.ndarray
    latest: np.ndarray

    @classmethod
    def of(cls, papers: Sequence[str], source: np.ndarray) -> Years:
        """Of rows by their DOI or address and the collection they come from.  # n each"""
        known: dict[str, int] = {}
        for value in SOURCE.values("electrolytes"):
            if value.year is not None:  # an address may hold several papers: the latest of them
                known[value.reference] = max(value.year, known.get(value.reference, 0))
        found = [known.get(paper) or publication_year(paper) for paper in papers]
        stated = np.array([np.nan if year is None else year for year in found], dtype=float)
        latest = stated.copy()
        for name in set(source[~np.isfinite(stated)].tolist()) - {SOURCE.name}:
            own = source == name
            latest[own & ~np.isfinite(stated)] = CLOSED[name] if name in CLOSED else np.nanmax(stated[own])
        return cls(stated, latest)


@dataclass(frozen=True)
class Later:
    """One division by year.

    Attributes:
        year: the last one that is learned from.
        train, test: rows, ascending.
    """

    year: int
    train: np.ndarray
    test: np.ndarray


def divisions(years: Years, composition: np.ndarray, last: Sequence[int]) -> Iterator[Later]:
    """What is learned from and tested for each last year; a paper has one year, so none lies on both sides.

    Args:
        years: of n rows.
        composition: label of every row.  # (n,)
        last: years.
    """
    for year in last:
        later = years.stated > year
        test = later & ~np.isin(composition, composition[~later])
        yield Later(year, np.flatnonzero(years.latest <= year), np.flatnonzero(test))


def constants(value: np.ndarray, label: np.ndarray, train: np.ndarray, test: np.ndarray) -> dict[str, np.ndarray]:
    """Guesses that know nothing of a test row but its class, from the rows that are learned from.

    Returns:
        Medians of all, of its class, of the good conductors, and of the good conductors of its class; a class without
        any takes the median of all, or of all good ones.  # (n_test,) each
    """

    def medians(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        of_all = float(np.median(value[rows]))
        own = {name: float(np.median(value[rows[label[rows] == name]])) for name in np.unique(label[rows])}
        return np.full(len(test), of_all), np.array([own.get(name, of_all) for name in label[test]])

    of_all, of_class = medians(train)
    of_good, of_good_class = medians(train[value[train] > GOOD])
    return {"median": of_all, "class median": of_class, "good median": of_good, "good class median": of_good_class}


def later_papers(bench: Bench, last: Sequence[int]) -> None:
    """Errors of model, trees and constants on what was published after each year, by class and by family."""
    groups = bench.table.groups
    years = Years.of([str(paper) for paper in groups["doi"]], bench.source)
    for part in divisions(years, groups["composition"], last):
        train, test = part.train, part.test
        value, bound, paper = bench.value[test], bench.bound[test], groups["doi"][test]
        guesses = {"model": bench.model(train, test).mean[:, 0], "trees": bench.trees(train, test)}
        guesses |= constants(bench.value, groups["class"], train, test)
        errors = {name: censored_error(guess, value, bound) for name, guess in guesses.items()}
        rank = {name: spearman(guesses[name], value, bound) for name in ("model", "trees", "good class median")}
        print(
            f"up to {part.year}: {len(train)} rows learned from, {len(test)} later ones of {len(set(paper))} papers, "
            "rank correlation " + ", ".join(f"{name} {found:.2f}" for name, found in rank.items())
        )
        bias = np.where(bound == EXACT, guesses["model"] - value, np.nan)
        _line("all", errors, bias, np.ones(len(test), dtype=bool))
        for kind in ("class", "family"):
            labels = groups[kind][test]
            names, counts = np.unique(labels, return_counts=True)
            for name in names[np.argsort(-counts)][: (counts >= FEW).sum()]:
                _line(str(name), errors, bias, labels == name)
        for name in ("trees", "good median", "good class median"):
            mean, low, high = _mean_of_draws(errors["model"] - errors[name], paper)
            print(f"  model less {name}: {mean:+.3f}, 95 % of draws of papers {low:+.3f} to {high:+.3f}", flush=True)


def selection(bench: Bench, repeats: int) -> None:
    """Measured less predicted by period, and less what earlier papers measured on the same composition.

    Predictions are of folds that hold out linked rows. If samples grew better, later values of one composition would be
    higher; if papers are written on what conducts, later values of new compositions are higher than predicted.
    """
    groups, exact = bench.table.groups, bench.bound == EXACT
    stated = Years.of([str(paper) for paper in groups["doi"]], bench.source).stated
    linked = linked_groups(groups["composition"], groups["doi"])
    predicted = np.zeros((repeats, len(bench.value)))
    for seed in range(repeats):
        for train, test in grouped_kfold(linked, 5, seed):
            predicted[seed, test] = bench.model(train, test).mean[:, 0]
    above = bench.value - predicted.mean(axis=0)
    for label in ("all", "oxide", "sulfide", "halide"):
        own = exact & ((groups["class"] == label) | (label == "all"))
        for first, end in itertools.pairwise(PERIODS):
            rows = own & (stated >= first) & (stated < end)
            if rows.sum() >= FEW:
                mean, low, high = _mean_of_draws(above[rows], groups["doi"][rows])
                print(
                    f"{label}, {first} to {end - 1}: {rows.sum()} rows, median {np.median(bench.value[rows]):.2f}, "
                    f"measured less predicted {mean:+.2f}, 95 % of draws of papers {low:+.2f} to {high:+.2f}"
                )
        again = repeated(bench.value, stated, groups["composition"], groups["doi"], np.flatnonzero(own))
        if len(again.rise) >= FEW:
            slope, low, high = _of_draws(again.rise, again.weight, again.composition)
            print(
                f"{label}: {len(again.rise)} pairs of one composition in earlier and later papers, "
                f"{len(set(again.composition))} compositions, {slope:+.2f} in ten years ({low:+.2f} to {high:+.2f})",
                flush=True,
            )


@dataclass(frozen=True)
class Repeats:
    """Pairs of values of one composition from an earlier and a later paper.

    Attributes:
        rise: how much higher the later value is, in ten years, log10 units.  # (n,)
        weight: square of the years between them over the number of pairs of the composition.  # (n,)
        composition: label.  # (n,)
    """

    rise: np.ndarray
    weight: np.ndarray
    composition: np.ndarray


def repeated(
    value: np.ndarray, year: np.ndarray, composition: np.ndarray, paper: np.ndarray, rows: np.ndarray
) -> Repeats:
    """All pairs of the given rows that are of one composition, different papers and different, known years."""
    found: list[tuple[float, float, str]] = []
    dated = rows[np.isfinite(year[rows])]
    for label in np.unique(composition[dated]):
        own = dated[composition[dated] == label]
        pairs = [(i, j) for i in own for j in own if year[i] < year[j] and paper[i] != paper[j]]
        for i, j in pairs:
            years = year[j] - year[i]
            found.append((10.0 * (value[j] - value[i]) / years, years**2 / len(pairs), str(label)))
    rise, weight, label = zip(*found, strict=True) if found else ((), (), ())
    return Repeats(np.array(rise), np.array(weight), np.array(label))


def _line(title: str, errors: dict[str, np.ndarray], bias: np.ndarray, rows: np.ndarray) -> None:
    """Mean errors of all guesses, and how far the model lies above the measured values."""
    off = f"{np.nanmean(bias[rows]):+.2f}" if np.isfinite(bias[rows]).any() else "unknown"
    said = ", ".join(f"{name} {error[rows].mean():.3f}" for name, error in errors.items())
    print(f"  {title}: {rows.sum()} rows, {said}; bias of the model {off}")


def _mean_of_draws(value: np.ndarray, cluster: np.ndarray) -> tuple[float, float, float]:
    return _of_draws(value, np.ones(len(value)), cluster)


def _of_draws(value: np.ndarray, weight: np.ndarray, cluster: np.ndarray) -> tuple[float, float, float]:
    """Weighted mean, and its 95 % interval when whole clusters are drawn again."""
    rng = np.random.default_rng(0)
    _, code = np.unique(cluster, return_inverse=True)
    total, count = np.bincount(code, weight * value), np.bincount(code, weight)
    drawn = rng.integers(len(count), size=(N_DRAWS, len(count)))
    found = total[drawn].sum(axis=1) / count[drawn].sum(axis=1)
    low, high = np.quantile(found, (0.025, 0.975))
    return float(total.sum() / count.sum()), float(low), float(high)
